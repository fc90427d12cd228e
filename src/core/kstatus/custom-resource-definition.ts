import type { JsonObject } from "../model/json.ts";
import type { KindRule } from "./rule.ts";
import type { ObjectStatus } from "./status.ts";
import { conditionIs, findCondition } from "./fields.ts";
import { fromCondition } from "./generic.ts";
import { notObserved } from "./status.ts";

/** apiextensions.k8s.io/v1 CustomResourceDefinition. */
export const CUSTOM_RESOURCE_DEFINITION: KindRule = { shape: {}, generic: true, compute: computeDefinition };

function computeDefinition(object: JsonObject): ObjectStatus {
  const terminating = conditionIs(object, "Terminating", "True");
  if (terminating !== undefined) return fromCondition("Terminating", terminating);
  const refused = conditionIs(object, "NamesAccepted", "False");
  if (refused !== undefined) return fromCondition("Failed", refused);
  const established = findCondition(object, "Established");
  if (established === undefined) return notObserved("the API server has not looked at the definition yet");
  if (established.status === "True") return fromCondition("Current", established);
  return fromCondition(
    established.status === "False" && established.reason !== "Installing" ? "Failed" : "InProgress",
    established,
  );
}
