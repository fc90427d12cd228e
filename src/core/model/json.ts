/** A JSON value as lastgood holds it: whole numbers beyond 2^53 are `bigint`, so that nothing is rounded. */
export type JsonValue = null | boolean | number | bigint | string | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: JsonValue;
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

export function isList(value: unknown): value is readonly JsonValue[] {
  return Array.isArray(value);
}

/** The own property `key` of an object; undefined for anything else. Safe for keys such as `constructor`. */
export function property(value: JsonValue | undefined, key: string): JsonValue | undefined {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** The value under a path of own keys; undefined when any of them is missing. */
export function valueAt(value: JsonValue | undefined, ...keys: readonly string[]): JsonValue | undefined {
  return keys.reduce<JsonValue | undefined>((found, key) => property(found, key), value);
}

/** The string under a path of keys; undefined when it is missing or no string. */
export function stringAt(value: JsonValue | undefined, ...keys: readonly string[]): string | undefined {
  const found = valueAt(value, ...keys);
  return typeof found === "string" ? found : undefined;
}

/** The list under a path of keys; empty when it is missing or no list. */
export function listAt(value: JsonValue | undefined, ...keys: readonly string[]): readonly JsonValue[] {
  const found = valueAt(value, ...keys);
  return isList(found) ? found : [];
}

/** Equal as JSON: the order of keys does not count, the order of items does. `-0` equals `0`. */
export function jsonEqual(a: JsonValue, b: JsonValue): boolean {
  if (a === b) return true;
  if (isList(a)) return isList(b) && a.length === b.length && a.every((item, i) => jsonEqual(item, b[i] as JsonValue));
  if (!isObject(a) || !isObject(b)) return false;
  const keys = Object.keys(a);
  return (
    keys.length === Object.keys(b).length &&
    keys.every((key) => Object.hasOwn(b, key) && jsonEqual(a[key] as JsonValue, b[key] as JsonValue))
  );
}

/** JSON text. `bigint` is written as a number, with all its digits. `indent` in spaces, 0 for one line. */
export function toJson(value: unknown, indent = 0): string {
  return write(value, indent, "\n");
}

function write(value: unknown, indent: number, newline: string): string {
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "null";
  const inner = indent === 0 ? "" : newline + " ".repeat(indent);
  const outer = indent === 0 ? "" : newline;
  if (Array.isArray(value)) {
    if (value.length === 0) return "[]";
    return `[${inner}${value.map((item) => write(item, indent, inner)).join(`,${inner}`)}${outer}]`;
  }
  const entries = Object.entries(value).filter(([, item]) => item !== undefined);
  if (entries.length === 0) return "{}";
  const colon = indent === 0 ? ":" : ": ";
  const fields = entries.map(([key, item]) => `${JSON.stringify(key)}${colon}${write(item, indent, inner)}`);
  return `{${inner}${fields.join(`,${inner}`)}${outer}}`;
}
