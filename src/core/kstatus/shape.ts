import type { JsonObject, JsonValue } from "../model/json.ts";
import { isList, isObject, property, valueAt } from "../model/json.ts";
import { toCount, toGeneration } from "./fields.ts";

/**
 * What a field has to be where it is present: a whole number, a string, true or false, an object, a list of objects, a list of strings.
 * `generation`: a whole number from -1, or a string (Argo Rollouts).
 */
export type FieldType = "count" | "text" | "flag" | "map" | "list" | "texts" | "generation";

/** Field (keys joined by dots) → its type. Only what the rule of the kind reads. */
export type Shape = Readonly<Record<string, FieldType>>;

/** More than any controller writes; a longer list is an attack or a bug. */
const LONGEST_LIST = 10_000;

const EVERY_OBJECT: Shape = {
  metadata: "map",
  "metadata.annotations": "map",
  "metadata.deletionTimestamp": "text",
  "metadata.generation": "count",
  spec: "map",
  status: "map",
  "status.conditions": "list",
  "status.observedGeneration": "generation",
};

const CONDITION: Shape = { type: "text", status: "text", reason: "text", message: "text" };

/** The first field that is not what it has to be, as a phrase: `status.replicas is no whole number`. Undefined: all is well. */
export function findFault(object: JsonObject, shape: Shape): string | undefined {
  if (!isObject(property(object, "metadata"))) return "metadata is missing";
  const fault = faultIn(object, EVERY_OBJECT) ?? faultIn(object, shape);
  if (fault !== undefined) return fault;
  const conditions = valueAt(object, "status", "conditions");
  return isList(conditions) ? conditions.reduce<string | undefined>(conditionFault, undefined) : undefined;
}

function conditionFault(found: string | undefined, condition: JsonValue): string | undefined {
  if (found !== undefined || !isObject(condition)) return found;
  if (typeof property(condition, "type") !== "string") return "a condition has no type";
  const fault = faultIn(condition, CONDITION);
  return fault === undefined ? undefined : `status.conditions: ${fault}`;
}

function faultIn(object: JsonObject, shape: Shape): string | undefined {
  for (const [path, type] of Object.entries(shape)) {
    const value = valueAt(object, ...path.split("."));
    if (value !== undefined && value !== null && !fits(value, type)) return `${path} is ${WRONG[type]}`;
  }
  return undefined;
}

const WRONG: Readonly<Record<FieldType, string>> = {
  count: "no whole number",
  text: "no string",
  flag: "neither true nor false",
  map: "no object",
  list: "no list of objects",
  texts: "no list of strings",
  generation: "no generation",
};

function fits(value: JsonValue, type: FieldType): boolean {
  switch (type) {
    case "count":
      return toCount(value) !== undefined;
    case "generation":
      return toGeneration(value) !== undefined || typeof value === "string";
    case "text":
      return typeof value === "string";
    case "flag":
      return typeof value === "boolean";
    case "map":
      return isObject(value);
    case "list":
      return isList(value) && value.length <= LONGEST_LIST && value.every(isObject);
    case "texts":
      return isList(value) && value.length <= LONGEST_LIST && value.every((item) => typeof item === "string");
  }
}
