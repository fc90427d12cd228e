import type { JsonObject } from "../model/json.ts";
import type { KindRule } from "./rule.ts";
import type { ObjectStatus } from "./status.ts";
import { conditionIs } from "./fields.ts";
import { computeNotObserved } from "./generic.ts";
import { statusOf } from "./status.ts";

/** policy/v1 PodDisruptionBudget. It holds back evictions; whether its pods are well is told by their own objects. */
export const POD_DISRUPTION_BUDGET: KindRule = {
  shape: { "status.disruptionsAllowed": "count" },
  generic: true,
  compute: computeBudget,
};

function computeBudget(object: JsonObject): ObjectStatus {
  const unseen = computeNotObserved(object);
  if (unseen !== undefined) return unseen;
  const forbidden = conditionIs(object, "DisruptionAllowed", "False");
  const [reason, message] =
    forbidden === undefined
      ? ["Computed", "the allowed disruptions are computed"]
      : [forbidden.reason, `no disruption is allowed: ${forbidden.message}`];
  return statusOf("Current", reason, message, { sinceMs: forbidden?.sinceMs, unproven: true });
}
