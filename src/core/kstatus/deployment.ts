import type { JsonObject } from "../model/json.ts";
import type { KindRule } from "./rule.ts";
import type { ObjectStatus } from "./status.ts";
import { countAt, findCondition, flagAt } from "./fields.ts";
import { computeNotObserved, fromCondition } from "./generic.ts";
import { allThere, findExtra, findMissing, statusCount, wantedReplicas } from "./replicas.ts";
import { statusOf } from "./status.ts";

/** The controller reads 2^31-1 as "no deadline", and writes no condition `Progressing` then (kubernetes `deployment_util.go`, HasProgressDeadline). */
const NO_DEADLINE = 2_147_483_647;

/** apps/v1 Deployment. */
export const DEPLOYMENT: KindRule = {
  shape: {
    "spec.replicas": "count",
    "spec.paused": "flag",
    "spec.progressDeadlineSeconds": "count",
    "status.replicas": "count",
    "status.updatedReplicas": "count",
    "status.readyReplicas": "count",
    "status.availableReplicas": "count",
  },
  generic: true,
  compute: computeDeployment,
};

function computeDeployment(object: JsonObject): ObjectStatus {
  const unseen = computeNotObserved(object);
  if (unseen !== undefined) return unseen;
  const progressing = findCondition(object, "Progressing");
  if (progressing?.reason === "ProgressDeadlineExceeded") return fromCondition("Failed", progressing);
  if (flagAt(object, "spec", "paused")) {
    return statusOf("Unknown", "Paused", "the Deployment is paused: changes of its template are not rolled out");
  }
  return computeReplicas(object) ?? computeConditions(object);
}

function computeReplicas(object: JsonObject): ObjectStatus | undefined {
  const wanted = wantedReplicas(object);
  const [there, updated] = [statusCount(object, "replicas"), statusCount(object, "updatedReplicas")];
  const failure = findCondition(object, "ReplicaFailure");
  const missing =
    findMissing([
      ["LessReplicas", "replicas", there, wanted],
      ["LessUpdated", "updated", updated, wanted],
    ]) ??
    findExtra(there, wanted) ??
    findMissing([
      ["LessAvailable", "available", statusCount(object, "availableReplicas"), updated],
      ["LessReady", "ready", statusCount(object, "readyReplicas"), wanted],
    ]);
  if (missing !== undefined && failure?.status === "True") return fromCondition("InProgress", failure);
  return missing;
}

function computeConditions(object: JsonObject): ObjectStatus {
  const progressing = findCondition(object, "Progressing");
  const deadline = countAt(object, "spec", "progressDeadlineSeconds") ?? NO_DEADLINE;
  const complete = progressing?.status === "True" && progressing.reason === "NewReplicaSetAvailable";
  if (!complete && deadline !== NO_DEADLINE) {
    return statusOf("InProgress", "ReplicaSetNotAvailable", "the new ReplicaSet is not available");
  }
  const available = findCondition(object, "Available");
  if (available?.status !== "True") {
    const sinceMs = available?.sinceMs;
    return statusOf("InProgress", "DeploymentNotAvailable", "the Deployment is not available", { sinceMs });
  }
  return allThere(wantedReplicas(object), available.sinceMs);
}
