import { isDeepStrictEqual } from "node:util";
import type { JsonObject, JsonValue } from "../../src/core/model/json.ts";
import { isList, isObject, listAt, property, stringAt, valueAt } from "../../src/core/model/json.ts";

/**
 * The part of OpenAPI v3 that the structural schemas of CustomResourceDefinitions use: type, properties, required, items, additionalProperties,
 * enum, pattern, lengths, minimum, anyOf, `x-kubernetes-int-or-string`, `x-kubernetes-preserve-unknown-fields`. A field that the schema does not
 * know is a fault: an API server would drop it. Answers the faults as `status.phase: is no string`, empty when there are none.
 */
export function findSchemaFaults(schema: JsonObject, value: JsonValue, at = ""): readonly string[] {
  const say = (text: string): readonly string[] => [`${at === "" ? "the object" : at}: ${text}`];
  if (value === null) return property(schema, "nullable") === true ? [] : say("is null");
  if (property(schema, "x-kubernetes-int-or-string") === true) {
    return typeof value === "string" || Number.isInteger(value) ? [] : say("is neither a whole number nor a string");
  }
  const type = stringAt(schema, "type");
  if (type !== undefined && !hasType(value, type)) return say(`is no ${type}`);
  const allowed = listAt(schema, "enum");
  if (allowed.length > 0 && !allowed.some((item) => isDeepStrictEqual(item, value))) return say("is not in the enum");
  const choices = listAt(schema, "anyOf").filter(isObject);
  if (choices.length > 0 && choices.every((choice) => findSchemaFaults(choice, value, at).length > 0))
    return say("fits none of anyOf");
  if (typeof value === "string") return textFaults(schema, value).flatMap(say);
  if (typeof value === "number") return numberFaults(schema, value).flatMap(say);
  if (isList(value)) {
    const items = property(schema, "items");
    return isObject(items) ? value.flatMap((item, index) => findSchemaFaults(items, item, `${at}[${index}]`)) : [];
  }
  return isObject(value) ? objectFaults(schema, value, at) : [];
}

function hasType(value: JsonValue, type: string): boolean {
  switch (type) {
    case "integer":
      return Number.isInteger(value);
    case "array":
      return isList(value);
    case "object":
      return isObject(value);
    default:
      return typeof value === type;
  }
}

function textFaults(schema: JsonObject, value: string): readonly string[] {
  const [pattern, format] = [stringAt(schema, "pattern"), stringAt(schema, "format")];
  return [
    ...(pattern !== undefined && !new RegExp(pattern).test(value) ? [`does not match ${pattern}`] : []),
    ...(format === "date-time" && Number.isNaN(Date.parse(value)) ? ["is no date-time"] : []),
    ...(value.length > Number(property(schema, "maxLength") ?? Infinity) ? ["is too long"] : []),
    ...(value.length < Number(property(schema, "minLength") ?? 0) ? ["is too short"] : []),
  ];
}

function numberFaults(schema: JsonObject, value: number): readonly string[] {
  return value < Number(property(schema, "minimum") ?? -Infinity) ? ["is too small"] : [];
}

function objectFaults(schema: JsonObject, value: JsonObject, at: string): readonly string[] {
  const properties = property(schema, "properties");
  const more = property(schema, "additionalProperties");
  const open = properties === undefined || property(schema, "x-kubernetes-preserve-unknown-fields") === true;
  const missing = listAt(schema, "required").filter((key) => typeof key === "string" && !Object.hasOwn(value, key));
  return [
    ...missing.map((key) => `${at}.${key as string}: is required`),
    ...Object.entries(value).flatMap(([key, item]) => {
      const known = valueAt(properties, key);
      if (isObject(known)) return findSchemaFaults(known, item, `${at}.${key}`);
      if (isObject(more)) return findSchemaFaults(more, item, `${at}.${key}`);
      return open ? [] : [`${at}.${key}: is not in the schema`];
    }),
  ];
}
