import type { JsonObject } from "../model/json.ts";
import type { KindRule } from "./rule.ts";
import type { ObjectStatus } from "./status.ts";
import { isObject, stringAt, valueAt } from "../model/json.ts";
import {
  annotationOf,
  findCondition,
  flagAt,
  generationsOf,
  objectsAt,
  rolledBack,
  timeAt,
  toGeneration,
  wordAt,
} from "./fields.ts";
import { wantedReplicas } from "./replicas.ts";
import { statusOf } from "./status.ts";

/** argoproj.io/v1alpha1 Rollout (argo-rollouts 1.0 or newer: `status.phase`). An abort is a rollback: `rolledBack` names pod template hashes. */
export const ROLLOUT: KindRule = {
  shape: {
    "spec.replicas": "count",
    "spec.paused": "flag",
    "status.phase": "text",
    "status.message": "text",
    "status.abort": "flag",
    "status.abortedAt": "text",
    "status.currentPodHash": "text",
    "status.stableRS": "text",
    "status.blueGreen": "map",
    "status.canary": "map",
    "status.pauseConditions": "list",
    "status.workloadObservedGeneration": "generation",
  },
  generic: false,
  compute: computeRollout,
};

function computeRollout(object: JsonObject): ObjectStatus {
  const behind = computeBehind(object);
  if (behind !== undefined) return behind;
  const message = stringAt(object, "status", "message") ?? "";
  const sinceMs = findCondition(object, "Progressing")?.sinceMs;
  const phase = stringAt(object, "status", "phase") ?? "";
  switch (phase) {
    case "Healthy":
      return computePromoted(object);
    case "Progressing":
      return statusOf("InProgress", "Progressing", message, { sinceMs });
    case "Paused":
      return computePaused(object, message);
    case "Degraded":
      return (
        computeAborted(object, message) ?? statusOf("Failed", reasonIn(message) ?? "Degraded", message, { sinceMs })
      );
    default:
      return statusOf("Unknown", "NoPhase", "the Rollout has no phase that is known");
  }
}

/** The phase belongs to an older spec, or to an older template of the workload that `workloadRef` names. */
function computeBehind(object: JsonObject): ObjectStatus | undefined {
  const { asked, observed } = generationsOf(object);
  if (observed === undefined || asked !== observed) {
    return statusOf(
      "Unknown",
      "GenerationBehind",
      `generation is ${asked ?? "unknown"}, observed is ${observed ?? "none"}`,
    );
  }
  if (!isObject(valueAt(object, "spec", "workloadRef"))) return undefined;
  const wanted = annotationOf(object, "rollout.argoproj.io/workload-generation");
  const seen = toGeneration(valueAt(object, "status", "workloadObservedGeneration"));
  if (wanted === undefined || toGeneration(wanted) === seen) return undefined;
  return statusOf("Unknown", "WorkloadBehind", "the template of the referenced workload is not observed yet");
}

function computePromoted(object: JsonObject): ObjectStatus {
  const [hash, stable] = [wordAt(object, "status", "currentPodHash"), wordAt(object, "status", "stableRS")];
  const active = wordAt(object, "status", "blueGreen", "activeSelector");
  if (hash === undefined || hash !== stable || (active !== undefined && active !== hash)) {
    return statusOf(
      "Unknown",
      "NotPromoted",
      `it calls itself Healthy; current is ${hash ?? "none"}, stable ${stable ?? "none"}, active ${active ?? "none"}`,
    );
  }
  const sinceMs = (findCondition(object, "Healthy") ?? findCondition(object, "Available"))?.sinceMs;
  return wantedReplicas(object) === 0
    ? statusOf("Current", "ScaledToZero", "0 replicas are asked for", { sinceMs, unproven: true })
    : statusOf("Current", "Promoted", `all traffic goes to ${hash}`, { sinceMs });
}

/** A step, a person, or an inconclusive analysis stopped it: neither good nor bad. */
function computePaused(object: JsonObject, message: string): ObjectStatus {
  const pause = objectsAt(object, "status", "pauseConditions")[0];
  const byHand = flagAt(object, "spec", "paused");
  const reason = byHand ? "PausedByHand" : (stringAt(pause, "reason") ?? "Paused");
  return statusOf("Unknown", reason, message === "" ? "the Rollout is paused" : message, {
    sinceMs: timeAt(pause, "startTime"),
  });
}

/** All traffic is back on the stable ReplicaSet, git asks for the new template (argo-rollouts docs/features/rollback.md). */
function computeAborted(object: JsonObject, message: string): ObjectStatus | undefined {
  if (!flagAt(object, "status", "abort")) return undefined;
  const [hash, stable] = [wordAt(object, "status", "currentPodHash"), wordAt(object, "status", "stableRS")];
  const reason = hasFailedAnalysis(object) ? "AnalysisFailed" : "RolloutAborted";
  return statusOf("Failed", reason, message, {
    sinceMs: timeAt(object, "status", "abortedAt"),
    rolledBack: stable !== undefined && stable !== hash ? rolledBack(hash, stable) : undefined,
  });
}

const ANALYSES = [
  ["canary", "currentStepAnalysisRunStatus"],
  ["canary", "currentBackgroundAnalysisRunStatus"],
  ["blueGreen", "prePromotionAnalysisRunStatus"],
  ["blueGreen", "postPromotionAnalysisRunStatus"],
] as const;

function hasFailedAnalysis(object: JsonObject): boolean {
  return ANALYSES.some((path) => ["Failed", "Error"].includes(stringAt(object, "status", ...path, "status") ?? ""));
}

/** The message of a degraded Rollout begins with the reason: `ProgressDeadlineExceeded: …` (argo-rollouts `rolloututil.go`, CalculateRolloutPhase). */
function reasonIn(message: string): string | undefined {
  return /^([A-Z][A-Za-z]{2,60}): /.exec(message)?.[1];
}
