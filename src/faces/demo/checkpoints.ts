import { commitId } from "../../core/model/git.ts";
import { toIso } from "../../core/model/time.ts";
import type { CheckpointRecord } from "../../core/record.ts";

/** What was live, as an engine saw it. */
export interface Observed {
  readonly revision: string;
  readonly images: readonly string[];
  readonly status: "Current" | "Failed";
  readonly message: string;
  readonly sinceMs: number;
}

export interface CheckpointFacts {
  readonly target: string;
  /** How long a revision stays Current before it counts as good. */
  readonly bakeTimeMs: number;
  readonly nowMs: number;
  readonly newId: () => string;
}

/**
 * What is recorded of that: Current for the bake time is good, Failed is bad, replaced earlier is nothing. It is what a watcher
 * would write; lastgood has none yet, so the demo writes it in its place.
 */
export function checkpointsOf(history: readonly Observed[], facts: CheckpointFacts): readonly CheckpointRecord[] {
  const { target, bakeTimeMs, nowMs, newId } = facts;
  return history.flatMap((seen, index): readonly CheckpointRecord[] => {
    const { revision, images, status, message, sinceMs } = seen;
    const untilMs = history[index + 1]?.sinceMs ?? nowMs;
    if (status === "Current" && untilMs - sinceMs < bakeTimeMs) return [];
    const common = {
      v: 1,
      type: "checkpoint",
      id: newId(),
      target,
      revision: commitId(revision),
      images,
      by: "stand-in engine",
    } as const;
    if (status === "Failed") {
      return [{ ...common, verdict: "bad", evidence: "observed", at: toIso(sinceMs), reason: `Failed: ${message}` }];
    }
    const healthyForSeconds = Math.floor((untilMs - sinceMs) / 1000);
    return [
      {
        ...common,
        verdict: "good",
        evidence: "observed",
        at: toIso(untilMs),
        reason: "Current all the time",
        healthyForSeconds,
      },
    ];
  });
}
