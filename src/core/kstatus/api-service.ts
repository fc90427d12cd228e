import type { JsonObject } from "../model/json.ts";
import type { KindRule } from "./rule.ts";
import type { ObjectStatus } from "./status.ts";
import { findCondition } from "./fields.ts";
import { fromCondition } from "./generic.ts";
import { notObserved } from "./status.ts";

/** apiregistration.k8s.io/v1 APIService: an extension API server that cannot be reached may still be starting. */
export const API_SERVICE: KindRule = { shape: {}, generic: true, compute: computeApiService };

function computeApiService(object: JsonObject): ObjectStatus {
  const available = findCondition(object, "Available");
  if (available === undefined) return notObserved("the API server has not looked at the APIService yet");
  return fromCondition(available.status === "True" ? "Current" : "InProgress", available);
}
