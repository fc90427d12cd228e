/** Finds out which item of one list is which item of another: by merge keys, or by itself for scalars. */
import { isObject, type JsonObject, type JsonValue, toJson } from "../model/json.ts";
import type { DiffContext } from "./diff-context.ts";
import { defaultOf, type MergeKeys, mergeKeysAt } from "./merge-keys.ts";

type List = readonly JsonValue[];

/** Item id → index, in the order of the list. */
export type Ids = ReadonlyMap<string, number>;

export type Alignment =
  | {
      readonly kind: "keyed";
      /** Undefined: the items are scalars, each its own id. */
      readonly keys: MergeKeys | undefined;
      readonly before: Ids;
      readonly after: Ids;
      readonly steady: boolean;
    }
  | { readonly kind: "none"; readonly steady: boolean };

/**
 * Aligns two lists by the first of [merge keys of the kind and path, or of the field's name; `name`; the scalar itself]
 * that names every item of both sides, uniquely on each side.
 * `steady`: `before` alone leads to the same answer, so that every mixture of the two lists aligns with `before` in the same way.
 */
export function alignLists(
  before: List,
  after: List,
  at: { readonly names: readonly string[]; readonly context: DiffContext },
): Alignment {
  let steady = true;
  for (const keys of [...mergeKeysAt(at.names, at.context), undefined]) {
    const idsBefore = idsBy(before, keys);
    if (idsBefore === undefined) continue;
    const idsAfter = idsBy(after, keys);
    if (idsAfter !== undefined) return { kind: "keyed", keys, before: idsBefore, after: idsAfter, steady };
    steady = false;
  }
  return { kind: "none", steady };
}

/** The merge keys of an item with their values, defaults filled in; keys without either are left out. */
export function matchOf(item: JsonValue, keys: MergeKeys): { readonly [key: string]: JsonValue } {
  if (!isObject(item)) return {};
  const entries = keys.map((key) => [key, keyValue(item, key)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== null));
}

function idsBy(list: List, keys: MergeKeys | undefined): Ids | undefined {
  const ids = new Map<string, number>();
  for (const [index, item] of list.entries()) {
    const id = keys === undefined ? scalarId(item) : keyedId(item, keys);
    if (id === undefined || ids.has(id)) return undefined;
    ids.set(id, index);
  }
  return ids;
}

function scalarId(item: JsonValue): string | undefined {
  return isScalar(item) ? toJson(item) : undefined;
}

function keyedId(item: JsonValue, keys: MergeKeys): string | undefined {
  if (!isNamedBy(item, keys)) return undefined;
  const values = keys.map((key) => keyValue(item, key));
  return values.every(isScalar) ? toJson(values) : undefined;
}

/** Does the first of the keys name the item? */
export function isNamedBy(item: JsonValue, keys: MergeKeys): item is JsonObject {
  const [first] = keys;
  return (
    first !== undefined &&
    isObject(item) &&
    Object.hasOwn(item, first) &&
    item[first] !== null &&
    isScalar(item[first] as JsonValue)
  );
}

/** What a merge key of the item counts as, its default filled in; null when there is neither. */
export function keyValue(item: JsonObject, key: string): JsonValue {
  return (Object.hasOwn(item, key) ? item[key] : undefined) ?? defaultOf(key);
}

/** Anything but a list or an object. */
export function isScalar(value: JsonValue): boolean {
  return typeof value !== "object" || value === null;
}
