import type { JsonObject } from "../model/json.ts";
import type { KindRule } from "./rule.ts";
import type { ObjectStatus } from "./status.ts";
import { stringAt } from "../model/json.ts";
import { describe, findCondition, flagAt, rolledBack, timeAt, wordAt } from "./fields.ts";
import { statusOf } from "./status.ts";

/**
 * flagger.app/v1beta1 Canary. A failed analysis leaves the primary on the old spec: `rolledBack` names the hashes of the specs.
 * After a revert in git the phase *stays* `Failed`, as a spec that equals the promoted one starts nothing: the caller has to compare the template.
 */
export const CANARY: KindRule = {
  shape: {
    "spec.suspend": "flag",
    "spec.skipAnalysis": "flag",
    "status.phase": "text",
    "status.lastAppliedSpec": "text",
    "status.lastPromotedSpec": "text",
  },
  generic: false,
  compute: computeCanary,
};

function computeCanary(object: JsonObject): ObjectStatus {
  if (flagAt(object, "spec", "suspend")) {
    return statusOf("Unknown", "Suspended", "the Canary is suspended: Flagger does not look at it");
  }
  const phase = stringAt(object, "status", "phase") ?? "";
  const promoted = findCondition(object, "Promoted");
  const message = promoted === undefined ? `the phase is ${phase}` : `${phase}: ${describe(promoted)}`;
  const sinceMs = timeAt(object, "status", "lastTransitionTime");
  switch (phase) {
    case "Initialized":
    case "Succeeded":
      return statusOf("Current", phase, message, { sinceMs, unproven: flagAt(object, "spec", "skipAnalysis") });
    case "Initializing":
    case "Progressing":
    case "Promoting":
    case "Finalising":
      return statusOf("InProgress", phase, message, { sinceMs });
    case "Waiting":
    case "WaitingPromotion":
      return statusOf("Unknown", phase, message, { sinceMs });
    case "Terminating":
    case "Terminated":
      return statusOf("Terminating", phase, message, { sinceMs });
    case "Failed":
      return statusOf("Failed", "AnalysisFailed", message, { sinceMs, rolledBack: rolledBackSpecs(object) });
    default:
      return statusOf("Unknown", "NoPhase", "the Canary has no phase that is known");
  }
}

function rolledBackSpecs(object: JsonObject): ObjectStatus["rolledBack"] {
  return rolledBack(wordAt(object, "status", "lastAppliedSpec"), wordAt(object, "status", "lastPromotedSpec"));
}
