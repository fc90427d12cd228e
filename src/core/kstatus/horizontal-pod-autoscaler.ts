import type { JsonObject } from "../model/json.ts";
import type { Condition } from "./fields.ts";
import type { KindRule } from "./rule.ts";
import type { ObjectStatus } from "./status.ts";
import { conditionsOf, findCondition } from "./fields.ts";
import { fromCondition } from "./generic.ts";
import { notObserved, statusOf } from "./status.ts";

/** The spec can not work: what it scales is missing or cannot be scaled, or its selector is broken (kubernetes `horizontal.go`). */
const BROKEN = ["FailedGetScale", "FailedUpdateScale", "InvalidSelector", "InvalidMetricSourceType"];

/** autoscaling/v2 HorizontalPodAutoscaler. */
export const HORIZONTAL_POD_AUTOSCALER: KindRule = {
  shape: { "status.currentReplicas": "count", "status.desiredReplicas": "count" },
  generic: true,
  compute: computeAutoscaler,
};

function computeAutoscaler(object: JsonObject): ObjectStatus {
  const conditions = conditionsOf(object);
  if (conditions.length === 0)
    return notObserved("the autoscaler has not looked yet (autoscaling/v1 shows no conditions)");
  const broken = conditions.find(({ reason }) => BROKEN.includes(reason));
  if (broken !== undefined) return fromCondition("Failed", broken);
  const active = findCondition(object, "ScalingActive");
  if (active?.reason === "ScalingDisabled") {
    return statusOf("Current", "ScalingDisabled", active.message, { sinceMs: active.sinceMs, unproven: true });
  }
  // Metrics come from another system, and are missing for a while after each rollout: that says nothing about the workload.
  const blind = conditions.find(hasNoMetrics);
  if (blind !== undefined) return fromCondition("Unknown", blind);
  const able = findCondition(object, "AbleToScale");
  if (able?.status === "True") return fromCondition("Current", able);
  return able === undefined
    ? notObserved("the autoscaler has not said whether it is able to scale")
    : fromCondition("InProgress", able);
}

function hasNoMetrics({ type, status }: Condition): boolean {
  return type === "ScalingActive" && status !== "True";
}
