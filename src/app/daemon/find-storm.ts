import type { DecisionFacts } from "../../core/decision/facts.ts";
import { isEnded, type Job } from "../../core/job/job.ts";
import { fromIso } from "../../core/model/time.ts";
import { BREAKER } from "../../core/signal/policy.ts";
import { type Red, stormsAmong } from "../../core/signal/storm.ts";

/**
 * The breaker across everybody who writes into one ledger (I13): each process sees a storm among the targets that it watches by itself; jobs
 * tell of those that others watch. A revert that has landed is not counted any more. Undefined: the target fails by itself.
 */
export function findStorm(
  jobs: readonly Job[],
  { target, nowMs }: { readonly target: string; readonly nowMs: number },
): DecisionFacts["storm"] {
  const storms = stormsAmong(jobs.flatMap(redOf), BREAKER, nowMs);
  const own = storms.findLast(({ endMs, targets }) => endMs === undefined && targets.includes(target));
  return own === undefined ? undefined : { targets: own.targets.length, sinceMs: own.startMs };
}

function redOf(job: Job): readonly Red[] {
  const { target, suspect = target, since, landed } = job;
  const startMs = since === undefined ? undefined : fromIso(since);
  if (startMs === undefined || isEnded(job) || landed !== undefined) return [];
  return [{ target, cause: suspect, startMs, endMs: Number.POSITIVE_INFINITY }];
}
