import type { JsonObject } from "../model/json.ts";
import type { KindRule } from "./rule.ts";
import type { ObjectStatus } from "./status.ts";
import { stringAt } from "../model/json.ts";
import { timeAt } from "./fields.ts";
import { notObserved, statusOf } from "./status.ts";

/** argoproj.io/v1alpha1 AnalysisRun: measurements of a Rollout. */
export const ANALYSIS_RUN: KindRule = {
  shape: { "status.phase": "text", "status.message": "text" },
  generic: false,
  compute: computeAnalysisRun,
};

function computeAnalysisRun(object: JsonObject): ObjectStatus {
  const phase = stringAt(object, "status", "phase") ?? "";
  const said = stringAt(object, "status", "message") ?? "";
  const message = said === "" ? `the analysis is ${phase}` : said;
  const sinceMs = timeAt(object, "status", "startedAt");
  switch (phase) {
    case "":
      return notObserved("the analysis has not begun");
    case "Pending":
    case "Running":
      return statusOf("InProgress", phase, message, { sinceMs });
    case "Successful":
      return statusOf("Current", phase, message, { sinceMs });
    case "Failed":
      return statusOf("Failed", "AnalysisFailed", message, { sinceMs });
    case "Error":
      return statusOf("Failed", "AnalysisError", message, { sinceMs });
    case "Inconclusive":
      return statusOf("Unknown", phase, message, { sinceMs });
    default:
      return statusOf("Unknown", "Malformed", `no such phase: ${phase}`);
  }
}
