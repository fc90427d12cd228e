/**
 * Station *signal*, first half: facts are folded into the state of a target, one after the other. Facts that come late, twice, or about a
 * revision that is no longer live change nothing; a clock that jumps makes everything begin anew.
 */
import { type Leaning, leaningOf, type SignalPolicy, staleMsOf } from "./policy.ts";
import type { LiveFact, Observation, SignalFact } from "./observation.ts";
import {
  type LastSample,
  type LiveRevision,
  type RedTime,
  REMEMBERED,
  type SourceState,
  type TargetSignal,
} from "./state.ts";
import { extendStreak, keepStreak } from "./streak.ts";
import { isProven } from "./weigh.ts";

const NO_SAMPLES: SourceState = { flips: [] };

/** The state after one more fact; the same object when the fact says nothing new. Facts about other targets are not for this state. */
export function observe(signal: TargetSignal, fact: SignalFact, policy: SignalPolicy): TargetSignal {
  if (fact.target !== signal.target || !Number.isFinite(fact.atMs)) return signal;
  const settled = afterJump(signal, fact, policy);
  return fact.kind === "live" ? seeLive(settled, fact, policy) : seeSample(settled, fact, policy);
}

/** All facts, in their order. */
export function observeAll(signal: TargetSignal, facts: readonly SignalFact[], policy: SignalPolicy): TargetSignal {
  return facts.reduce((state, fact) => observe(state, fact, policy), signal);
}

/**
 * Times are of our own clock, so a fact that is much older than the last one means that the clock was set back: what was measured
 * against it is void. (Set forward, it leaves a silence, which ends every streak.)
 */
function afterJump(signal: TargetSignal, fact: SignalFact, { maxStaleMs }: SignalPolicy): TargetSignal {
  const { live } = signal;
  const newestMs = Math.max(
    live?.confirmedAtMs ?? fact.atMs,
    ...Object.values(signal.sources).map(({ last }) => last?.atMs ?? fact.atMs),
  );
  if (newestMs - fact.atMs <= maxStaleMs) return signal;
  const { target } = signal;
  if (live === undefined) return { target, sources: {}, reds: [] };
  return { target, live: { ...live, sinceMs: fact.atMs, confirmedAtMs: fact.atMs }, sources: {}, reds: [] };
}

function seeLive(signal: TargetSignal, fact: LiveFact, policy: SignalPolicy): TargetSignal {
  const { live } = signal;
  if (live !== undefined && fact.atMs < live.confirmedAtMs) return signal;
  if (live !== undefined && isSameContent(live, fact)) {
    return { ...signal, live: { ...live, latest: fact.revision, confirmedAtMs: fact.atMs } };
  }
  const blamed = live === undefined ? undefined : alreadyFailing(signal, live, { atMs: fact.atMs, policy });
  return {
    ...signal,
    live: {
      revision: fact.revision,
      latest: fact.revision,
      ...(fact.content === undefined ? {} : { content: fact.content }),
      sinceMs: fact.atMs,
      confirmedAtMs: fact.atMs,
      ...(blamed === undefined ? {} : { inherits: blamed }),
    },
    sources: Object.fromEntries(
      Object.entries(signal.sources).flatMap(([name, state]) =>
        isCarried(state, fact.atMs, staleMsOf(policy, name)) ? [[name, CARRIED]] : [],
      ),
    ),
    reds: closeRed(signal.reds, fact.atMs),
  };
}

const CARRIED: SourceState = { flips: [], carried: true };

function isSameContent(live: LiveRevision, fact: LiveFact): boolean {
  if (fact.content !== undefined && live.content !== undefined) return fact.content === live.content;
  return fact.revision === live.latest || fact.revision === live.revision;
}

/** The revision that was live when the failure began that still goes on; undefined when nothing fails. */
function alreadyFailing({ sources }: TargetSignal, live: LiveRevision, { atMs, policy }: When): string | undefined {
  const failing = Object.entries(sources).filter(([name, state]) => isFailing(state, atMs, staleMsOf(policy, name)));
  if (failing.length === 0) return undefined;
  return failing.some(([, { carried }]) => carried === true) ? (live.inherits ?? live.revision) : live.revision;
}

interface When {
  readonly atMs: number;
  readonly policy: SignalPolicy;
}

function isFailing({ bad }: SourceState, atMs: number, staleMs: number): boolean {
  return keepStreak(bad, atMs, staleMs) !== undefined;
}

/** A source that knows the revision it speaks of begins anew with each; others go on measuring what they have measured. */
function isCarried(state: SourceState, atMs: number, staleMs: number): boolean {
  return state.carried === true || (isFailing(state, atMs, staleMs) && state.last?.bound !== true);
}

function seeSample(signal: TargetSignal, seen: Observation, policy: SignalPolicy): TargetSignal {
  const { live } = signal;
  if (live === undefined || !isBound(seen, live, policy)) return signal;
  if (!policy.sources.some(({ name }) => name === seen.source)) return signal;
  const before = Object.hasOwn(signal.sources, seen.source) ? (signal.sources[seen.source] ?? NO_SAMPLES) : NO_SAMPLES;
  if (before.last !== undefined && seen.atMs <= before.last.atMs) return signal;
  const said = leaningOf(seen, policy);
  const leaning = said === "bad" && isOlder(seen, live, { before, policy }) ? "neither" : said;
  if (leaning === "bad" && before.carried === true && reachesBack(seen, live)) return signal;
  const staleMs = staleMsOf(policy, seen.source);
  const sources = { ...signal.sources, [seen.source]: nextSource(before, seen, { leaning, staleMs }) };
  const next: TargetSignal = {
    ...signal,
    sources,
    reds: nextReds({ ...signal, sources }, live, { atMs: seen.atMs, policy }),
  };
  if (live.provenAtMs !== undefined || !isProven(next, policy, seen.atMs)) return next;
  // It was well for the whole bake time: what fails after that did not begin before it came.
  const { inherits: _, ...own } = live;
  return { ...next, live: { ...own, provenAtMs: seen.atMs } };
}

/** Is it about what runs? Where it does not say, what runs has to have been known at that time. */
function isBound(seen: Observation, live: LiveRevision, { maxStaleMs }: SignalPolicy): boolean {
  if (seen.atMs < live.sinceMs) return false;
  if (seen.revision !== undefined) return seen.revision === live.latest || seen.revision === live.revision;
  return seen.atMs - live.confirmedAtMs <= maxStaleMs;
}

/** Does it also measure what ran before? */
function reachesBack(seen: Observation, live: LiveRevision): boolean {
  return seen.atMs - (seen.coversMs ?? 0) < live.sinceMs;
}

/**
 * Did it begin before the revision came, without having been seen then? Nobody knows under which revision it began, so it is evidence for
 * none. What was seen is carried over instead. The revision may have run for a while before it was first seen.
 */
function isOlder(
  { sinceMs }: Observation,
  live: LiveRevision,
  { before, policy }: { readonly before: SourceState; readonly policy: SignalPolicy },
): boolean {
  if (sinceMs === undefined || before.carried === true || before.bad !== undefined) return false;
  return sinceMs < live.sinceMs - policy.maxStaleMs;
}

function nextSource(
  before: SourceState,
  seen: Observation,
  { leaning, staleMs }: { readonly leaning: Leaning; readonly staleMs: number },
): SourceState {
  const { atMs } = seen;
  const good =
    leaning === "good"
      ? extendStreak(before.good, atMs, staleMs)
      : leaning === "bad"
        ? undefined
        : keepStreak(before.good, atMs, staleMs);
  const bad =
    leaning === "bad"
      ? extendStreak(before.bad, atMs, staleMs)
      : leaning === "good"
        ? undefined
        : keepStreak(before.bad, atMs, staleMs);
  const turned = (leaning === "bad" && before.good !== undefined) || (leaning === "good" && before.bad !== undefined);
  return {
    last: sampleOf(seen, leaning),
    ...(good === undefined ? {} : { good }),
    ...(bad === undefined ? {} : { bad }),
    flips: turned ? [...before.flips, atMs].slice(-REMEMBERED) : before.flips,
    ...(before.carried === true && leaning !== "good" ? { carried: true } : {}),
  };
}

function sampleOf(
  { status, atMs, message, revision, unproven, rolledBack }: Observation,
  leaning: Leaning,
): LastSample {
  return {
    leaning,
    status,
    atMs,
    message,
    ...(revision === undefined ? {} : { bound: true }),
    ...(unproven === undefined ? {} : { unproven }),
    ...(rolledBack === undefined ? {} : { rolledBack }),
  };
}

function nextReds(
  { target, sources, reds }: TargetSignal,
  live: LiveRevision,
  { atMs, policy }: When,
): readonly RedTime[] {
  const failing = Object.entries(sources).flatMap(([name, { bad }]) =>
    bad === undefined || atMs - bad.untilMs > staleMsOf(policy, name) ? [] : [bad.sinceMs],
  );
  const open = reds.at(-1)?.endMs === undefined ? reds.at(-1) : undefined;
  if (failing.length === 0) return open === undefined ? reds : closeRed(reds, atMs);
  if (open !== undefined) return reds;
  const cause = live.provenAtMs === undefined ? `revision ${live.revision}` : `target ${target}`;
  return [...reds, { startMs: Math.min(...failing), cause }].slice(-REMEMBERED);
}

function closeRed(reds: readonly RedTime[], atMs: number): readonly RedTime[] {
  const last = reds.at(-1);
  return last === undefined || last.endMs !== undefined ? reds : [...reds.slice(0, -1), { ...last, endMs: atMs }];
}
