import type { JsonObject } from "../model/json.ts";
import type { KindRule } from "./rule.ts";
import type { ObjectStatus } from "./status.ts";
import { stringAt } from "../model/json.ts";
import { statusOf } from "./status.ts";

/** v1 Namespace. */
export const NAMESPACE: KindRule = { shape: { "status.phase": "text" }, generic: true, compute: computeNamespace };

function computeNamespace(object: JsonObject): ObjectStatus {
  return stringAt(object, "status", "phase") === "Terminating"
    ? statusOf("Terminating", "Deleted", "the Namespace is being emptied")
    : statusOf("Current", "Active", "the Namespace is there", { unproven: true });
}
