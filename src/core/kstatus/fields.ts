import type { JsonObject, JsonValue } from "../model/json.ts";
import type { RolledBack } from "./status.ts";
import { isObject, listAt, property, stringAt, valueAt } from "../model/json.ts";
import { fromIso } from "../model/time.ts";

/** One entry of `status.conditions`. Missing texts are "". */
export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
  /** `lastTransitionTime`, epoch ms. */
  readonly sinceMs?: number;
  /** `observedGeneration` of this condition alone. */
  readonly generation?: number;
}

/** The whole number under a path of keys; undefined when it is missing, negative, no number, or beyond 2^53. */
export function countAt(value: JsonValue | undefined, ...keys: readonly string[]): number | undefined {
  return toCount(valueAt(value, ...keys));
}

/** As `countAt`, of a value. */
export function toCount(value: JsonValue | undefined): number | undefined {
  const number = typeof value === "bigint" ? Number(value) : value;
  return typeof number === "number" && Number.isSafeInteger(number) && number >= 0 ? number : undefined;
}

/** Is the value under a path of keys `true`? */
export function flagAt(value: JsonValue | undefined, ...keys: readonly string[]): boolean {
  return valueAt(value, ...keys) === true;
}

/** The RFC 3339 time under a path of keys, epoch ms. */
export function timeAt(value: JsonValue | undefined, ...keys: readonly string[]): number | undefined {
  return fromIso(stringAt(value, ...keys) ?? "");
}

/** The objects in the list under a path of keys. */
export function objectsAt(value: JsonValue | undefined, ...keys: readonly string[]): readonly JsonObject[] {
  return listAt(value, ...keys).filter(isObject);
}

/** An annotation; undefined when it is missing or no string. */
export function annotationOf(object: JsonObject, key: string): string | undefined {
  return stringAt(object, "metadata", "annotations", key);
}

/** `status.conditions`, read leniently. */
export function conditionsOf(object: JsonObject): readonly Condition[] {
  return objectsAt(object, "status", "conditions").map((item) => {
    const sinceMs = timeAt(item, "lastTransitionTime");
    const generation = countAt(item, "observedGeneration");
    return {
      type: stringAt(item, "type") ?? "",
      status: stringAt(item, "status") ?? "",
      reason: stringAt(item, "reason") ?? "",
      message: stringAt(item, "message") ?? "",
      ...(sinceMs === undefined ? {} : { sinceMs }),
      ...(generation === undefined ? {} : { generation }),
    };
  });
}

/** The condition of a type; of several (no controller writes that) the first. */
export function findCondition(object: JsonObject, type: string): Condition | undefined {
  return conditionsOf(object).find((condition) => condition.type === type);
}

/** The condition of a type, if its status is the one given. */
export function conditionIs(object: JsonObject, type: string, status: "True" | "False"): Condition | undefined {
  const condition = findCondition(object, type);
  return condition?.status === status ? condition : undefined;
}

/** `reason: message`, whichever of them there is. */
export function describe({ type, status, reason, message }: Condition): string {
  const text = [reason, message].filter((part) => part !== "").join(": ");
  return text === "" ? `${type} is ${status}` : text;
}

/** From and to of an in-cluster rollback, as far as they are known. */
export function rolledBack(from: string | undefined, to: string | undefined): RolledBack {
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

/** A name as engines write revisions, versions and hashes: printable, of a sane length. Anything else is none. */
export function wordAt(value: JsonValue | undefined, ...keys: readonly string[]): string | undefined {
  const text = stringAt(value, ...keys);
  return text !== undefined && /^[\x21-\x7e]{1,300}$/.test(text) ? text : undefined;
}

/**
 * `metadata.generation` and `status.observedGeneration`. Argo Rollouts writes the latter as a string of digits;
 * Flux' definitions start it at -1, which is behind everything.
 */
export function generationsOf(object: JsonObject): {
  readonly asked: number | undefined;
  readonly observed: number | undefined;
} {
  return {
    asked: countAt(object, "metadata", "generation"),
    observed: toGeneration(valueAt(object, "status", "observedGeneration")),
  };
}

/** A generation that a controller has observed; undefined when it is none. */
export function toGeneration(value: JsonValue | undefined): number | undefined {
  if (typeof value === "string") return /^[0-9]{1,15}$/.test(value) ? Number(value) : undefined;
  return value === -1 || value === -1n ? -1 : toCount(value);
}

/** The kind for messages; "object" when it is none. */
export function kindOf(object: JsonObject): string {
  const kind = property(object, "kind");
  return typeof kind === "string" && kind !== "" ? kind : "object";
}
