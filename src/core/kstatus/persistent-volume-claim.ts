import type { JsonObject } from "../model/json.ts";
import type { KindRule } from "./rule.ts";
import type { ObjectStatus } from "./status.ts";
import { stringAt } from "../model/json.ts";
import { notObserved, statusOf } from "./status.ts";

/** v1 PersistentVolumeClaim. */
export const PERSISTENT_VOLUME_CLAIM: KindRule = {
  shape: { "status.phase": "text" },
  generic: true,
  compute: computeClaim,
};

function computeClaim(object: JsonObject): ObjectStatus {
  const phase = stringAt(object, "status", "phase") ?? "";
  switch (phase) {
    case "Bound":
      return statusOf("Current", "Bound", "the claim is bound");
    case "Lost":
      return statusOf("Failed", "Lost", "the volume of the claim is gone");
    case "Pending":
      return statusOf("InProgress", "NotBound", "the claim is not bound");
    case "":
      return notObserved("no controller has looked at the claim yet");
    default:
      return statusOf("Unknown", "Malformed", `no such phase: ${phase}`);
  }
}
