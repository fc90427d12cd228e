/** Which item of a list is which in three versions of it. */
import type { Segment } from "../model/field.ts";
import { isObject, type JsonValue, toJson } from "../model/json.ts";
import { alignLists, type Ids, matchOf } from "../patch/align.ts";
import type { DiffContext } from "../patch/diff-context.ts";
import type { MergeKeys } from "../patch/merge-keys.ts";
import type { Sides } from "../model/sides.ts";

type List = readonly JsonValue[];

export interface ThreeWay {
  /** Item id → index, per side. */
  readonly ids: Sides<Ids>;
  /** Undefined: the items are scalars, each its own id. */
  readonly keys: MergeKeys | undefined;
}

/** Aligns by the same keys on all three sides; undefined when there are none that name every item uniquely. */
export function alignThree(
  { good, bad, now }: Sides<List>,
  at: { readonly names: readonly string[]; readonly context: DiffContext },
): ThreeWay | undefined {
  const pairs = [alignLists(bad, good, at), alignLists(bad, now, at), alignLists(now, good, at)];
  const [back, later, both] = pairs.map((pair) => (pair.kind === "keyed" ? pair : undefined));
  if (back === undefined || later === undefined || both === undefined) return undefined;
  // An empty list aligns by anything: the keys of the two that are not empty count.
  const keyed = [bad.length + good.length, bad.length + now.length, now.length + good.length]
    .flatMap((size, index) => (size === 0 ? [] : [pairs[index]]))
    .map((pair) => (pair?.kind === "keyed" ? toJson(pair.keys ?? null) : ""));
  const steady = bad.length > 0 && good.length > 0 && now.length > 0;
  if (steady && new Set(keyed).size > 1) return undefined;
  if (!steady) return alignWithEmpty({ good, bad, now }, at);
  return { ids: { good: back.after, bad: back.before, now: later.after }, keys: back.keys };
}

/** With one side empty the other two decide by which keys. */
function alignWithEmpty(
  { good, bad, now }: Sides<List>,
  at: { readonly names: readonly string[]; readonly context: DiffContext },
): ThreeWay | undefined {
  const [one = [], other = []] = [good, bad, now].filter((list) => list.length > 0);
  const alignment = alignLists(one, other, at);
  if (alignment.kind !== "keyed") return undefined;
  const idsOf = (list: List): Ids => (list === one ? alignment.before : list === other ? alignment.after : new Map());
  return { ids: { good: idsOf(good), bad: idsOf(bad), now: idsOf(now) }, keys: alignment.keys };
}

/** The step to an item, for paths. */
export function segmentOf(item: JsonValue, keys: MergeKeys | undefined): Segment {
  if (keys === undefined || !isObject(item)) return { id: textOf(item), item };
  const match = matchOf(item, keys);
  return { id: Object.values(match).map(textOf).join("/"), match };
}

function textOf(value: JsonValue): string {
  return typeof value === "string" ? value : toJson(value);
}
