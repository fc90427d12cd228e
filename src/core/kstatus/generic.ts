import type { JsonObject } from "../model/json.ts";
import type { Condition } from "./fields.ts";
import type { ObjectStatus } from "./status.ts";
import { stringAt } from "../model/json.ts";
import { conditionIs, describe, findCondition, generationsOf, kindOf, timeAt } from "./fields.ts";
import { notObserved, statusOf } from "./status.ts";

/** `Terminating` when somebody asked for the deletion; undefined otherwise. */
export function computeDeletion(object: JsonObject): ObjectStatus | undefined {
  if ((stringAt(object, "metadata", "deletionTimestamp") ?? "") === "") return undefined;
  const sinceMs = timeAt(object, "metadata", "deletionTimestamp");
  return statusOf("Terminating", "Deleted", `${kindOf(object)} is being deleted`, { sinceMs });
}

/**
 * What kstatus says of any object before it looks at the kind (cli-utils `pkg/kstatus/status/generic.go`): the newest generation is not
 * observed, `Reconciling`, `Stalled`. Undefined when none of them decides. An object without `observedGeneration` passes.
 */
export function computeGeneric(object: JsonObject): ObjectStatus | undefined {
  const { asked, observed } = generationsOf(object);
  if (asked !== undefined && observed !== undefined && asked !== observed) return behind(object, asked, observed);
  const reconciling = conditionIs(object, "Reconciling", "True");
  if (reconciling !== undefined) return fromCondition("InProgress", reconciling);
  const stalled = conditionIs(object, "Stalled", "True");
  return stalled === undefined ? undefined : fromCondition("Failed", stalled);
}

/** The last resort of kstatus: the condition `Ready`; without one the object is what was asked for, and nothing proves it. */
export function computeByReady(object: JsonObject): ObjectStatus {
  const ready = findCondition(object, "Ready");
  const { asked } = generationsOf(object);
  if (ready === undefined || !["True", "False", "Unknown"].includes(ready.status)) {
    return statusOf("Current", "NoReadyCondition", `${kindOf(object)} has no Ready condition`, { unproven: true });
  }
  if (asked !== undefined && ready.generation !== undefined && ready.generation < asked) {
    return behind(object, asked, ready.generation);
  }
  return fromCondition(ready.status === "True" ? "Current" : "InProgress", ready);
}

/** For controllers that always write `observedGeneration`: without one nobody has looked yet. */
export function computeNotObserved(object: JsonObject): ObjectStatus | undefined {
  return generationsOf(object).observed === undefined
    ? notObserved(`no controller has observed the ${kindOf(object)} yet`)
    : undefined;
}

/** A status in the words of the condition that decided it. */
export function fromCondition(status: ObjectStatus["status"], condition: Condition, revision?: string): ObjectStatus {
  return statusOf(status, condition.reason, describe(condition), { sinceMs: condition.sinceMs, revision });
}

function behind(object: JsonObject, asked: number, observed: number): ObjectStatus {
  return notObserved(`generation of the ${kindOf(object)} is ${asked}, observed is ${observed}`);
}
