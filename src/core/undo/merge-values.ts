/** What a value becomes when a change to it is undone on top of later work: field by field, lists by their keys. */
import { isList, isObject, jsonEqual, type JsonObject, type JsonValue, toJson } from "../model/json.ts";
import type { Segment } from "../model/field.ts";
import { isScalar } from "../patch/align.ts";
import { changeAt } from "../patch/changes.ts";
import type { DiffContext } from "../patch/diff-context.ts";
import { mergeOrder } from "../patch/order.ts";
import { splitLines } from "../edit/lines.ts";
import { alignThree, segmentOf } from "./align-three.ts";
import { mergeLines } from "../edit/merge-lines.ts";
import { orderItems, replacedAgain } from "./merge-order.ts";
import type { Sides } from "../model/sides.ts";
import type { ConflictKind, FieldConflict, Resolution } from "./types.ts";

/** Undefined: there is nothing. */
type Value = JsonValue | undefined;
type Values = Sides<Value>;

export interface MergeContext {
  readonly diff: DiffContext;
  /** What was decided about a conflict; undefined: it stays one. */
  readonly settle: (conflict: Omit<FieldConflict, "path" | "component">) => Resolution | undefined;
  /** The change is undone already at this place. */
  readonly already: (display: string) => void;
}

/** As `mergeValues`, for one of many: `added` is what later work put beside it. */
export function mergeMember(values: Values, added: readonly JsonValue[], context: MergeContext): Value {
  return mergeChild(values, { context, path: [], names: [] }, () => isLeft(values, added));
}

interface Spot {
  readonly context: MergeContext;
  readonly path: readonly Segment[];
  /** Keys on the way, as the merge keys are looked up by. */
  readonly names: readonly string[];
}

/** Now without the change; undefined: it goes. Where a conflict is not settled, now stays. */
export function mergeValues(values: Values, context: MergeContext): Value {
  return merge(values, { context, path: [], names: [] });
}

function merge(values: Values, spot: Spot): Value {
  const { good, bad, now } = values;
  if (same(good, bad)) return now;
  if (same(now, bad)) return good;
  if (same(now, good)) {
    spot.context.already(describe(values, spot).display);
    return now;
  }
  if (isObject(good) && isObject(bad) && isObject(now)) return mergeObjects({ good, bad, now }, spot);
  if (isList(good) && isList(bad) && isList(now)) return mergeLists({ good, bad, now }, spot);
  if (typeof good === "string" && typeof bad === "string" && typeof now === "string") {
    return mergeStrings({ good, bad, now }, spot);
  }
  return settle(values, spot);
}

/** Equal, or both missing. */
export function same(a: Value, b: Value): boolean {
  return a === undefined || b === undefined ? a === b : jsonEqual(a, b);
}

function settle(values: Values, spot: Spot, kind: ConflictKind = kindOf(values)): Value {
  return decide(values, spot, kind) === "good" ? values.good : values.now;
}

function decide(values: Values, spot: Spot, kind: ConflictKind = kindOf(values)): Resolution | undefined {
  const { good, bad, now } = values;
  return spot.context.settle({
    ...describe(values, spot),
    at: spot.path,
    kind,
    ...(good === undefined ? {} : { good }),
    ...(bad === undefined ? {} : { bad }),
    ...(now === undefined ? {} : { now }),
  });
}

function kindOf({ good, bad, now }: Values): ConflictKind {
  return good === undefined || bad === undefined || now === undefined ? "deleted-modified" : "same-field";
}

function describe({ good, bad, now }: Values, { context, path }: Spot): Pick<FieldConflict, "display" | "facet"> {
  const place = { path, shown: path, before: "", after: "", context: context.diff };
  const change = changeAt({ kind: "leaf", before: bad ?? now ?? null, after: good }, place);
  return change === undefined ? { display: "." } : { display: change.display, facet: change.facet };
}

function mergeObjects(values: Sides<JsonObject>, spot: Spot): JsonValue {
  const { good, bad, now } = values;
  const entries = mergeOrder(Object.keys(now), Object.keys(good)).flatMap((key) => {
    const child = { good: own(good, key), bad: own(bad, key), now: own(now, key) };
    const below = { ...spot, path: [...spot.path, { key }], names: [...spot.names, key] };
    const merged = mergeChild(child, below, () => isLeft(child, keysAdded(bad, now)));
    return merged === undefined ? [] : [[key, merged] as const];
  });
  noteGone(values, spot);
  return Object.fromEntries(entries);
}

/** What the change had added and later work took away again, or renamed: then what it had replaced has another heir. */
function noteGone({ good, bad, now }: Sides<JsonObject>, spot: Spot): void {
  const replaced = Object.keys(good).some((key) => !Object.hasOwn(bad, key));
  const fresh = new Set(keysAdded(bad, now).map((value) => toJson(value)));
  for (const [key, value] of Object.entries(bad)) {
    if (Object.hasOwn(good, key) || Object.hasOwn(now, key)) continue;
    const child = { good: undefined, bad: value, now: undefined };
    const below = { ...spot, path: [...spot.path, { key }], names: [...spot.names, key] };
    if ((replaced || !isScalar(value)) && fresh.has(toJson(value))) settle(child, below, "parent-gone");
    else spot.context.already(describe(child, below).display);
  }
}

/**
 * A child that later work removed, while the change had changed it. If the change had only added inside it, and nothing of that is
 * found in what later work put beside it, there is nothing left to undo.
 */
function mergeChild(child: Values, spot: Spot, left: () => boolean): Value {
  const { good, bad, now } = child;
  if (now !== undefined || good === undefined || bad === undefined || same(good, bad)) return merge(child, spot);
  if (isPart(good, bad) && !left()) {
    spot.context.already(describe(child, spot).display);
    return undefined;
  }
  return settle(child, spot, "parent-gone");
}

/** Is everything of `part` in `whole`, at the same places? */
function isPart(part: JsonValue, whole: JsonValue): boolean {
  if (isObject(part) && isObject(whole)) {
    return Object.entries(part).every(
      ([key, value]) => Object.hasOwn(whole, key) && isPart(value, own(whole, key) as JsonValue),
    );
  }
  if (isList(part) && isList(whole)) {
    let at = 0;
    for (const item of whole) if (at < part.length && isPart(part[at] as JsonValue, item)) at += 1;
    return at === part.length;
  }
  return jsonEqual(part, whole);
}

/** Does something that later work added hold what the change had added to what is gone? Then it was renamed, not removed. */
function isLeft({ good, bad }: Values, added: readonly JsonValue[]): boolean {
  return added.some((value) => holdsAddition(value, good, bad as JsonValue));
}

function holdsAddition(value: JsonValue, good: Value, bad: JsonValue): boolean {
  if (good === undefined) return jsonEqual(value, bad);
  if (isObject(bad) && isObject(value)) {
    return Object.entries(bad).some(
      ([key, item]) =>
        Object.hasOwn(value, key) &&
        !same(own(good, key), item) &&
        holdsAddition(value[key] as JsonValue, own(good, key), item),
    );
  }
  if (isList(bad) && isList(value)) {
    const old = new Set(isList(good) ? good.map((item) => toJson(item)) : []);
    return bad.some((item) => !old.has(toJson(item)) && value.some((other) => jsonEqual(item, other)));
  }
  return false;
}

function keysAdded(bad: JsonObject, now: JsonObject): readonly JsonValue[] {
  return Object.entries(now).flatMap(([key, value]) => (Object.hasOwn(bad, key) ? [] : [value]));
}

function own(object: Value, key: string): Value {
  return isObject(object) && Object.hasOwn(object, key) ? object[key] : undefined;
}

function mergeLists(values: Sides<readonly JsonValue[]>, spot: Spot): Value {
  const aligned = alignThree(values, { names: spot.names, context: spot.context.diff });
  if (aligned === undefined) return mergeSequences(values, spot);
  const { ids, keys } = aligned;
  if (replacedAgain(ids, keys === undefined)) return settle(values, spot, "same-field");
  const order = orderItems(ids);
  if (order === undefined) return settle(values, spot, "same-field");
  const added = [...ids.now].flatMap(([id, at]) => (ids.bad.has(id) ? [] : [values.now[at] as JsonValue]));
  const items = (list: readonly JsonValue[], at: number | undefined): Value =>
    at === undefined ? undefined : list[at];
  return order.flatMap((id) => {
    const child = {
      good: items(values.good, ids.good.get(id)),
      bad: items(values.bad, ids.bad.get(id)),
      now: items(values.now, ids.now.get(id)),
    };
    const item = child.bad ?? child.now ?? child.good ?? null;
    const names = isList(item) ? [...spot.names, "[]"] : spot.names;
    const below = { ...spot, path: [...spot.path, segmentOf(item, keys)], names };
    const merged = mergeChild(child, below, () => isLeft(child, added));
    return merged === undefined ? [] : [merged];
  });
}

/** Lists whose items have no names: as lines, item by item where as many stand against as many. */
function mergeSequences(values: Sides<readonly JsonValue[]>, spot: Spot): Value {
  const texts = { good: values.good.map(write), bad: values.bad.map(write), now: values.now.map(write) };
  const regions = mergeLines(texts).map(({ kind, lines, from }) => {
    const cut = (side: keyof Sides<unknown>): readonly JsonValue[] =>
      values[side].slice(from[side], from[side] + lines[side].length);
    return { kind, at: from.now, items: { good: cut("good"), bad: cut("bad"), now: cut("now") } };
  });
  const disputed = regions.some(({ kind, items }) => kind === "conflict" && !isPairwise(items));
  if (disputed && decide(values, spot) !== "good") return values.now;
  return regions.flatMap(({ kind, items, at }) => {
    if (kind !== "conflict") return [...items[kind]];
    return isPairwise(items) ? mergePairs(items, at, spot) : [...items.good];
  });
}

function isPairwise({ good, bad, now }: Sides<readonly JsonValue[]>): boolean {
  return good.length === bad.length && now.length === bad.length && bad.every((item) => !isScalar(item));
}

function mergePairs({ good, bad, now }: Sides<readonly JsonValue[]>, start: number, spot: Spot): readonly JsonValue[] {
  return bad.flatMap((item, at) => {
    const names = isList(item) ? [...spot.names, "[]"] : spot.names;
    const below = { ...spot, path: [...spot.path, { index: start + at }], names };
    const merged = merge({ good: good[at], bad: item, now: now[at] }, below);
    return merged === undefined ? [] : [merged];
  });
}

function write(item: JsonValue): string {
  return toJson(item);
}

/** Texts inside a value (scripts, configuration files), line by line as git would. */
function mergeStrings(texts: Sides<string>, spot: Spot): Value {
  if (!texts.bad.includes("\n") || !texts.now.includes("\n")) return settle(texts, spot);
  const lines = { good: splitLines(texts.good), bad: splitLines(texts.bad), now: splitLines(texts.now) };
  const regions = mergeLines(lines);
  const conflict = regions.some(({ kind }) => kind === "conflict");
  if (conflict && decide(texts, spot) !== "good") return texts.now;
  return regions.flatMap((region) => (region.kind === "now" ? region.lines.now : region.lines.good)).join("");
}
