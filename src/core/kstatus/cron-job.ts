import type { JsonObject } from "../model/json.ts";
import type { KindRule } from "./rule.ts";
import type { ObjectStatus } from "./status.ts";
import { flagAt, objectsAt, timeAt } from "./fields.ts";
import { statusOf } from "./status.ts";

/** batch/v1 CronJob: it makes Jobs, and they fail or not. One bad run says too little to call the CronJob `Failed`, and too much to call it proven. */
export const CRON_JOB: KindRule = {
  shape: {
    "spec.suspend": "flag",
    "status.active": "list",
    "status.lastScheduleTime": "text",
    "status.lastSuccessfulTime": "text",
  },
  generic: true,
  compute: computeCronJob,
};

function computeCronJob(object: JsonObject): ObjectStatus {
  if (flagAt(object, "spec", "suspend")) {
    return statusOf("Current", "Suspended", "the CronJob is suspended", { unproven: true });
  }
  const scheduledMs = timeAt(object, "status", "lastScheduleTime");
  const succeededMs = timeAt(object, "status", "lastSuccessfulTime");
  if (scheduledMs === undefined) {
    return statusOf("Current", "NeverScheduled", "the CronJob has not run yet", { unproven: true });
  }
  if (objectsAt(object, "status", "active").length > 0) {
    return statusOf("Current", "Running", "a run has not ended yet", { sinceMs: scheduledMs, unproven: true });
  }
  if (succeededMs === undefined || succeededMs < scheduledMs) {
    return statusOf("Current", "LastRunFailed", "its last run did not succeed", {
      sinceMs: scheduledMs,
      unproven: true,
    });
  }
  return statusOf("Current", "LastRunSucceeded", "its last run succeeded", { sinceMs: succeededMs });
}
