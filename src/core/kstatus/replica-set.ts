import type { JsonObject } from "../model/json.ts";
import type { KindRule } from "./rule.ts";
import type { ObjectStatus } from "./status.ts";
import { conditionIs } from "./fields.ts";
import { computeNotObserved, fromCondition } from "./generic.ts";
import { allThere, findExtra, findMissing, statusCount, wantedReplicas } from "./replicas.ts";

/** apps/v1 ReplicaSet. */
export const REPLICA_SET: KindRule = {
  shape: {
    "spec.replicas": "count",
    "status.replicas": "count",
    "status.fullyLabeledReplicas": "count",
    "status.readyReplicas": "count",
    "status.availableReplicas": "count",
  },
  generic: true,
  compute: computeReplicaSet,
};

function computeReplicaSet(object: JsonObject): ObjectStatus {
  const unseen = computeNotObserved(object);
  if (unseen !== undefined) return unseen;
  // A quota or an admission webhook refuses pods: it may let them through a moment later, so it is no failure yet.
  const failure = conditionIs(object, "ReplicaFailure", "True");
  if (failure !== undefined) return fromCondition("InProgress", failure);
  const wanted = wantedReplicas(object);
  return (
    findMissing([
      ["LessLabelled", "labelled", statusCount(object, "fullyLabeledReplicas"), wanted],
      ["LessAvailable", "available", statusCount(object, "availableReplicas"), wanted],
      ["LessReady", "ready", statusCount(object, "readyReplicas"), wanted],
    ]) ??
    findExtra(statusCount(object, "replicas"), wanted) ??
    allThere(wanted)
  );
}
