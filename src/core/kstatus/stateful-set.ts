import type { JsonObject } from "../model/json.ts";
import type { KindRule } from "./rule.ts";
import type { ObjectStatus } from "./status.ts";
import { stringAt } from "../model/json.ts";
import { countAt } from "./fields.ts";
import { computeNotObserved } from "./generic.ts";
import { allThere, findExtra, findMissing, statusCount, wantedReplicas } from "./replicas.ts";
import { statusOf } from "./status.ts";

/** apps/v1 StatefulSet. Its controller writes no conditions: it can not be seen to fail, only to take too long. */
export const STATEFUL_SET: KindRule = {
  shape: {
    "spec.replicas": "count",
    "spec.updateStrategy.type": "text",
    "spec.updateStrategy.rollingUpdate.partition": "count",
    "status.replicas": "count",
    "status.readyReplicas": "count",
    "status.currentReplicas": "count",
    "status.updatedReplicas": "count",
    "status.currentRevision": "text",
    "status.updateRevision": "text",
  },
  generic: true,
  compute: computeStatefulSet,
};

function computeStatefulSet(object: JsonObject): ObjectStatus {
  const unseen = computeNotObserved(object);
  if (unseen !== undefined) return unseen;
  const onDelete = stringAt(object, "spec", "updateStrategy", "type") === "OnDelete";
  const wanted = wantedReplicas(object);
  const there = statusCount(object, "replicas");
  const missing =
    findMissing([
      ["LessReplicas", "replicas", there, wanted],
      ["LessReady", "ready", statusCount(object, "readyReplicas"), wanted],
    ]) ?? findExtra(there, wanted);
  if (missing !== undefined) return missing;
  if (onDelete) return computeOnDelete(object);
  return computeUpdate(object, wanted) ?? allThere(wanted);
}

/** Nobody but a person replaces the pods: as long as they run an older template, that one is what is proven. */
function computeOnDelete(object: JsonObject): ObjectStatus {
  const unproven = stringAt(object, "status", "currentRevision") !== stringAt(object, "status", "updateRevision");
  return statusOf("Current", "OnDelete", "its pods are replaced by hand (updateStrategy OnDelete)", { unproven });
}

function computeUpdate(object: JsonObject, wanted: number): ObjectStatus | undefined {
  const partition = countAt(object, "spec", "updateStrategy", "rollingUpdate", "partition") ?? 0;
  const updated = statusCount(object, "updatedReplicas");
  if (partition > 0) {
    const share = Math.max(0, wanted - partition);
    const less = findMissing([["PartitionRollout", "updated", updated, share]]);
    return (
      less ??
      statusOf("Current", "PartitionRolledOut", `updated: ${updated} of ${wanted}, partition ${partition}`, {
        unproven: share === 0,
      })
    );
  }
  const current = findMissing([["LessCurrent", "current", statusCount(object, "currentReplicas"), wanted]]);
  if (current !== undefined) return current;
  if (stringAt(object, "status", "currentRevision") === stringAt(object, "status", "updateRevision")) return undefined;
  return statusOf("InProgress", "RevisionMismatch", "some pods run an older revision");
}
