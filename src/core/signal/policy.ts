import type { Observation } from "./observation.ts";

/** What makes a verdict, for one target. */
export interface SignalPolicy {
  /** All health sources that the target has. */
  readonly sources: readonly SourcePolicy[];
  readonly bad: { readonly forMs: number; readonly samples: number; readonly on: readonly ("Failed" | "InProgress")[] };
  readonly good: {
    readonly bakeTimeMs: number;
    /**
     * The target is well when all of its sources say so, and one bad source is enough for bad. Without: it is well when one says so
     * and none objects, and all have to be bad for bad.
     */
    readonly requireAll: boolean;
  };
  /** What the engine has said is no longer taken for true after this; nor is a source's sample, where the source says nothing else. */
  readonly maxStaleMs: number;
}

/** One health source. What it sets can only lengthen the policy's dwell. */
export interface SourcePolicy {
  readonly name: string;
  readonly forMs?: number;
  readonly samples?: number;
  /** An older sample is no data; a longer silence ends a streak. Missing: the policy's. Longer where it is seldom asked. */
  readonly maxStaleMs?: number;
}

/** How long a sample of this source counts, in ms. */
export function staleMsOf({ sources, maxStaleMs }: SignalPolicy, source: string): number {
  return sources.find(({ name }) => name === source)?.maxStaleMs ?? maxStaleMs;
}

/** When failing targets say more about where they run than about what was deployed. */
export interface BreakerPolicy {
  /** So many targets, with unrelated revisions, … */
  readonly targets: number;
  /** … that began to fail within so long. After it is over, what still fails is given as long again. */
  readonly withinMs: number;
  /** For so long after it began, whatever else begins to fail is taken to belong to it. */
  readonly capturesMs: number;
}

/** safety.md, section 7. */
export const MAX_STALE_MS = 60_000;
export const BREAKER: BreakerPolicy = { targets: 3, withinMs: 600_000, capturesMs: 3_600_000 };

/** What a sample says about its revision. No data, and whatever is on its way, says nothing. */
export type Leaning = "good" | "bad" | "neither";

export function leaningOf(observation: Observation, { bad }: SignalPolicy): Leaning {
  if (observation.rolledBack === true) return "bad";
  switch (observation.status) {
    case "Failed":
    case "InProgress":
      return bad.on.includes(observation.status) ? "bad" : "neither";
    case "Current":
      return observation.unproven === true ? "neither" : "good";
    case "Terminating":
    case "NotFound":
    case "Unknown":
      return "neither";
  }
}
