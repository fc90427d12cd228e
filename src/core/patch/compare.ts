/** The one tree of differences that the patch, the fields and the selection are all read from. */
import { isList, isObject, type JsonObject, type JsonValue } from "../model/json.ts";
import { alignLists, type Ids } from "./align.ts";
import type { DiffContext } from "./diff-context.ts";
import type { MergeKeys } from "./merge-keys.ts";
import { mergeOrder } from "./order.ts";
import { requirePatchable } from "./require-patchable.ts";

/** What differs at one place, and below it. `children` holds only what differs, in document order; never empty but for pure reordering. */
export type Difference = Leaf | ObjectDifference | KeyedDifference | IndexedDifference;

/** One value for another, as a whole. `undefined`: there is none on that side. */
export interface Leaf {
  readonly kind: "leaf";
  readonly before: JsonValue | undefined;
  readonly after: JsonValue | undefined;
}

export interface ObjectDifference {
  readonly kind: "object";
  readonly before: JsonObject;
  readonly after: JsonObject;
  readonly children: ReadonlyMap<string, Difference>;
}

/** Two lists whose items are known by their ids; `children` is by id. */
export interface KeyedDifference {
  readonly kind: "keyed";
  readonly before: readonly JsonValue[];
  readonly after: readonly JsonValue[];
  readonly keys: MergeKeys | undefined;
  readonly idsBefore: Ids;
  readonly idsAfter: Ids;
  /** The items that both lists hold stand in another order. */
  readonly reordered: boolean;
  /** See `alignLists`. */
  readonly steady: boolean;
  readonly children: ReadonlyMap<string, Difference>;
}

/** Two lists of the same length whose items have no names; `children` is by index. */
export interface IndexedDifference {
  readonly kind: "indexed";
  readonly before: readonly JsonValue[];
  readonly after: readonly JsonValue[];
  readonly steady: boolean;
  readonly children: ReadonlyMap<string, Difference>;
}

interface Spot {
  /** The keys on the way here; items are left out, and a list directly inside a list counts as `[]`. */
  readonly names: readonly string[];
  readonly context: DiffContext;
}

/** What differs between two values; undefined when they are equal. Throws `ManifestUnsafeKey` and `LimitDepth`. */
export function compareValues(before: JsonValue, after: JsonValue, context: DiffContext): Difference | undefined {
  requirePatchable(before);
  requirePatchable(after);
  return compare(before, after, { names: [], context });
}

function compare(before: JsonValue, after: JsonValue, spot: Spot): Difference | undefined {
  if (before === after) return undefined;
  if (isList(before) && isList(after)) return compareLists(before, after, spot);
  if (isObject(before) && isObject(after)) return compareObjects(before, after, spot);
  return { kind: "leaf", before, after };
}

function compareObjects(before: JsonObject, after: JsonObject, spot: Spot): Difference | undefined {
  const children = new Map<string, Difference>();
  for (const key of mergeOrder(Object.keys(before), Object.keys(after))) {
    const sides = { before: ownValue(before, key), after: ownValue(after, key) };
    const child = compareSides(sides, { ...spot, names: [...spot.names, key] });
    if (child !== undefined) children.set(key, child);
  }
  return children.size === 0 ? undefined : { kind: "object", before, after, children };
}

function compareLists(before: readonly JsonValue[], after: readonly JsonValue[], spot: Spot): Difference | undefined {
  const alignment = alignLists(before, after, spot);
  const children = new Map<string, Difference>();
  if (alignment.kind === "none") {
    if (before.length !== after.length) return { kind: "leaf", before, after };
    for (const [index, item] of before.entries()) {
      const child = compareSides({ before: item, after: after[index] }, itemSpot(item, spot));
      if (child !== undefined) children.set(String(index), child);
    }
    return children.size === 0 ? undefined : { kind: "indexed", before, after, steady: alignment.steady, children };
  }
  const { keys, before: idsBefore, after: idsAfter, steady } = alignment;
  for (const id of mergeOrder(idsBefore.keys(), idsAfter.keys())) {
    const item = itemOf(before, idsBefore, id);
    const child = compareSides({ before: item, after: itemOf(after, idsAfter, id) }, itemSpot(item, spot));
    if (child !== undefined) children.set(id, child);
  }
  const reordered = isReordered(idsBefore, idsAfter);
  if (children.size === 0 && !reordered) return undefined;
  return { kind: "keyed", before, after, keys, idsBefore, idsAfter, reordered, steady, children };
}

function compareSides(sides: Pick<Leaf, "before" | "after">, spot: Spot): Difference | undefined {
  const { before, after } = sides;
  return before === undefined || after === undefined ? { kind: "leaf", before, after } : compare(before, after, spot);
}

function isReordered(before: Ids, after: Ids): boolean {
  const common = [...before.keys()].flatMap((id) => after.get(id) ?? []);
  return common.some((position, at) => position < (common[at - 1] ?? -1));
}

function itemSpot(item: JsonValue | undefined, spot: Spot): Spot {
  return item !== undefined && isList(item) ? { ...spot, names: [...spot.names, "[]"] } : spot;
}

function itemOf(list: readonly JsonValue[], ids: Ids, id: string): JsonValue | undefined {
  const index = ids.get(id);
  return index === undefined ? undefined : list[index];
}

function ownValue(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}
