/**
 * Everything is red: so many targets with unrelated revisions began to fail at about the same time that it is not what was deployed.
 * One commit that breaks many targets is one cause, and no storm.
 */
import { type BreakerPolicy, type SignalPolicy, staleMsOf } from "./policy.ts";
import type { TargetSignal } from "./state.ts";

export interface Storm {
  readonly startMs: number;
  /** When too few failed to call it one; missing while it goes on. */
  readonly endMs?: number;
  /** Names of the targets that failed in it. */
  readonly targets: readonly string[];
}

/** A time in which a target failed. */
export interface Red {
  readonly target: string;
  /** Failures of one cause have the same one. */
  readonly cause: string;
  readonly startMs: number;
  readonly endMs: number;
}

interface OpenStorm {
  readonly startMs: number;
  readonly targets: Set<string>;
  members: Red[];
}

/** The storms that what is remembered of all targets tells of, oldest first. A target that is silent fails no longer. */
export function findStorms(
  signals: Iterable<TargetSignal>,
  breaker: BreakerPolicy,
  { nowMs, policyOf }: { readonly nowMs: number; readonly policyOf: (target: string) => SignalPolicy },
): readonly Storm[] {
  return stormsAmong(
    [...signals].flatMap((signal) => redsOf(signal, policyOf(signal.target))),
    breaker,
    nowMs,
  );
}

/** The storms among these, oldest first. */
export function stormsAmong(reds: readonly Red[], breaker: BreakerPolicy, nowMs: number): readonly Storm[] {
  const storms: Storm[] = [];
  let failing: Red[] = [];
  let open: OpenStorm | undefined;
  for (const { atMs, red } of eventsOf(reds, nowMs)) {
    const starts = red.startMs === atMs && !failing.includes(red);
    failing = starts ? [...failing, red] : failing.filter((other) => other !== red);
    if (open !== undefined) {
      if (starts && atMs - open.startMs <= breaker.capturesMs) join(open, red);
      if (!starts) open.members = open.members.filter((other) => other !== red);
      if (causesOf(open.members) >= breaker.targets) continue;
      storms.push({ startMs: open.startMs, endMs: atMs, targets: [...open.targets] });
      open = undefined;
      continue;
    }
    if (!starts) continue;
    const together = failing.filter(({ startMs }) => atMs - startMs <= breaker.withinMs);
    if (causesOf(together) < breaker.targets) continue;
    open = { startMs: atMs, targets: new Set(together.map(({ target }) => target)), members: together };
  }
  return open === undefined ? storms : [...storms, { startMs: open.startMs, targets: [...open.targets] }];
}

function join(storm: OpenStorm, red: Red): void {
  storm.members.push(red);
  storm.targets.add(red.target);
}

function causesOf(reds: readonly Red[]): number {
  return new Set(reds.map(({ cause }) => cause)).size;
}

function redsOf({ target, reds, sources }: TargetSignal, policy: SignalPolicy): readonly Red[] {
  const ends = Object.entries(sources).map(([name, { bad }]) => (bad?.untilMs ?? -Infinity) + staleMsOf(policy, name));
  return reds.map(({ cause, startMs, endMs }) => ({ target, cause, startMs, endMs: endMs ?? Math.max(...ends) }));
}

/** Beginnings and ends up to now, in the order of time; at the same time what ends comes first. */
function eventsOf(reds: readonly Red[], nowMs: number): readonly { readonly atMs: number; readonly red: Red }[] {
  const ends = reds.filter(({ endMs }) => endMs < nowMs).map((red) => ({ atMs: red.endMs, red, rank: 0 }));
  const starts = reds.filter(({ startMs }) => startMs <= nowMs).map((red) => ({ atMs: red.startMs, red, rank: 1 }));
  return [...starts, ...ends].sort((a, b) => a.atMs - b.atMs || a.rank - b.rank);
}
