/** What single sources say at a moment, and what they say together. */
import type { SignalPolicy, SourcePolicy } from "./policy.ts";
import type { SourceState, TargetSignal } from "./state.ts";
import { streakLengthMs } from "./streak.ts";

/**
 * What a source says of the live revision. `bad`, `good`: for the whole dwell. `failing`, `baking`: on the way there. `flapping`: to and fro.
 * The rest says nothing about the revision.
 */
export type Opinion =
  | "bad"
  | "failing"
  | "flapping"
  | "good"
  | "baking"
  | "unproven"
  | "in progress"
  | "terminating"
  | "not found"
  | "unknown"
  | "stale"
  | "no data";

/** One source's part in a verdict. */
export interface SourceOpinion {
  readonly source: string;
  readonly opinion: Opinion;
  /** Since when it says so, where it is a streak: epoch ms. */
  readonly sinceMs?: number;
  /** How much is missing for `bad` or `good`, in ms as far as time goes. */
  readonly leftMs?: number;
  /** Its last word. */
  readonly message: string;
}

/** So many turns within that time are flapping. */
const FLIPS = 4;
const FLAP_MS = 600_000;

/** What each source of the policy says now, in the policy's order. `fromMs`: what failed before does not count towards bad. */
export function opinionsOf(
  signal: TargetSignal,
  policy: SignalPolicy,
  { nowMs, fromMs }: { readonly nowMs: number; readonly fromMs?: number },
): readonly SourceOpinion[] {
  return policy.sources.map((source) => {
    const state = Object.hasOwn(signal.sources, source.name) ? signal.sources[source.name] : undefined;
    const said = opinionOf(state, policy, {
      source,
      nowMs,
      fromMs: Math.max(fromMs ?? 0, graceOf(signal, state, policy)),
    });
    return {
      source: source.name,
      message: state?.last?.message ?? "nothing was heard of it at this revision",
      ...said,
    };
  });
}

interface Moment {
  readonly source: SourcePolicy;
  readonly nowMs: number;
  readonly fromMs: number;
}

/** What was failing before the revision came is given the bake time to recover: a fix takes its time to roll out. */
function graceOf({ live }: TargetSignal, state: SourceState | undefined, { good }: SignalPolicy): number {
  return state?.carried === true && live !== undefined ? live.sinceMs + good.bakeTimeMs : 0;
}

function opinionOf(
  state: SourceState | undefined,
  policy: SignalPolicy,
  { source, nowMs, fromMs }: Moment,
): Pick<SourceOpinion, "opinion" | "sinceMs" | "leftMs"> {
  const last = state?.last;
  if (state === undefined || last === undefined) return { opinion: "no data" };
  // From the future: the clock was set back since.
  if (Math.abs(nowMs - last.atMs) > (source.maxStaleMs ?? policy.maxStaleMs)) return { opinion: "stale" };
  if (last.leaning === "neither") return { opinion: silenceOf(last) };
  const streak = last.leaning === "bad" ? state.bad : state.good;
  if (streak === undefined) return { opinion: "unknown" };
  const bad = last.leaning === "bad";
  const { sinceMs } = streak;
  const wantedMs = bad ? Math.max(policy.bad.forMs, source.forMs ?? 0) : policy.good.bakeTimeMs;
  const leftMs = Math.max(0, wantedMs - streakLengthMs(streak, bad ? fromMs : undefined));
  const missing = bad ? Math.max(policy.bad.samples, source.samples ?? 0) - streak.samples : 0;
  if (leftMs === 0 && missing <= 0) return { opinion: bad ? "bad" : "good", sinceMs };
  const flapping = state.flips.filter((atMs) => nowMs - atMs <= FLAP_MS).length >= FLIPS;
  return { opinion: flapping ? "flapping" : bad ? "failing" : "baking", sinceMs, leftMs };
}

function silenceOf({ status, unproven }: NonNullable<SourceState["last"]>): Opinion {
  switch (status) {
    case "InProgress":
      return "in progress";
    case "Terminating":
      return "terminating";
    case "NotFound":
      return "not found";
    case "Current":
      return unproven === true ? "unproven" : "unknown";
    case "Failed":
    case "Unknown":
      return "unknown";
  }
}

/** Which way the sources lean together: see `SignalPolicy.good.requireAll`. */
export function leanTogether(opinions: readonly SourceOpinion[], requireAll: boolean): "good" | "bad" | "undecided" {
  if (opinions.length === 0) return "undecided";
  const every = (opinion: Opinion): boolean => opinions.every((said) => said.opinion === opinion);
  const some = (...wanted: readonly Opinion[]): boolean => opinions.some(({ opinion }) => wanted.includes(opinion));
  if (requireAll ? some("bad") : every("bad")) return "bad";
  if (some("bad", "failing", "flapping")) return "undecided";
  return (requireAll ? every("good") : some("good")) ? "good" : "undecided";
}

/** Is the bake time over? */
export function isProven(signal: TargetSignal, policy: SignalPolicy, nowMs: number): boolean {
  return leanTogether(opinionsOf(signal, policy, { nowMs }), policy.good.requireAll) === "good";
}
