import type { JsonObject } from "../model/json.ts";
import type { KindRule } from "./rule.ts";
import type { ObjectStatus } from "./status.ts";
import { stringAt } from "../model/json.ts";
import { conditionIs, countAt, flagAt, timeAt } from "./fields.ts";
import { fromCondition } from "./generic.ts";
import { statusCount } from "./replicas.ts";
import { statusOf } from "./status.ts";

/** batch/v1 Job. */
export const JOB: KindRule = {
  shape: {
    "spec.parallelism": "count",
    "spec.completions": "count",
    "spec.suspend": "flag",
    "status.succeeded": "count",
    "status.active": "count",
    "status.failed": "count",
    "status.startTime": "text",
  },
  generic: true,
  compute: computeJob,
};

function computeJob(object: JsonObject): ObjectStatus {
  const needed = countAt(object, "spec", "completions") ?? countAt(object, "spec", "parallelism") ?? 1;
  const succeeded = statusCount(object, "succeeded");
  const failed = conditionIs(object, "Failed", "True");
  if (failed !== undefined) return fromCondition("Failed", failed);
  const complete = conditionIs(object, "Complete", "True");
  if (complete !== undefined) {
    return statusOf("Current", "Complete", `succeeded: ${succeeded}/${needed}`, { sinceMs: complete.sinceMs });
  }
  if (flagAt(object, "spec", "suspend")) return computeSuspended(object);
  if ((stringAt(object, "status", "startTime") ?? "") === "") {
    return statusOf("InProgress", "JobNotStarted", "the Job has not started");
  }
  const [active, broken] = [statusCount(object, "active"), statusCount(object, "failed")];
  const text = `succeeded: ${succeeded}/${needed}, active: ${active}, failed: ${broken}`;
  return statusOf("InProgress", "JobRunning", text, { sinceMs: timeAt(object, "status", "startTime") });
}

function computeSuspended(object: JsonObject): ObjectStatus {
  const sinceMs = conditionIs(object, "Suspended", "True")?.sinceMs;
  if (sinceMs === undefined) return statusOf("InProgress", "Suspending", "the Job is being suspended");
  return statusOf("Current", "Suspended", "the Job is suspended", { sinceMs, unproven: true });
}
