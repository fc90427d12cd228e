import type { JsonObject } from "../model/json.ts";
import type { KindRule } from "./rule.ts";
import type { ObjectStatus } from "./status.ts";
import { stringAt } from "../model/json.ts";
import { countAt } from "./fields.ts";
import { computeNotObserved } from "./generic.ts";
import { findMissing, statusCount } from "./replicas.ts";
import { notObserved, statusOf } from "./status.ts";

/** apps/v1 DaemonSet. */
export const DAEMON_SET: KindRule = {
  shape: {
    "spec.updateStrategy.type": "text",
    "status.desiredNumberScheduled": "count",
    "status.currentNumberScheduled": "count",
    "status.updatedNumberScheduled": "count",
    "status.numberAvailable": "count",
    "status.numberReady": "count",
  },
  generic: true,
  compute: computeDaemonSet,
};

function computeDaemonSet(object: JsonObject): ObjectStatus {
  const unseen = computeNotObserved(object);
  if (unseen !== undefined) return unseen;
  const wanted = countAt(object, "status", "desiredNumberScheduled");
  if (wanted === undefined) return notObserved("the number of nodes to run on is not known yet");
  const updated = statusCount(object, "updatedNumberScheduled");
  const onDelete = stringAt(object, "spec", "updateStrategy", "type") === "OnDelete";
  const missing = findMissing([
    ["LessCurrent", "current", statusCount(object, "currentNumberScheduled"), wanted],
    ["LessUpdated", "updated", onDelete ? wanted : updated, wanted],
    ["LessAvailable", "available", statusCount(object, "numberAvailable"), wanted],
    ["LessReady", "ready", statusCount(object, "numberReady"), wanted],
  ]);
  if (missing !== undefined) return missing;
  if (wanted === 0) return statusOf("Current", "NoNodes", "no node is to run it", { unproven: true });
  if (!onDelete) return statusOf("Current", "Available", `nodes: ${wanted}`);
  const text = `its pods are replaced by hand (updateStrategy OnDelete), updated: ${updated}/${wanted}`;
  return statusOf("Current", "OnDelete", text, { unproven: updated < wanted });
}
