/**
 * Step 2 of the cascade: walks the nodes of head with the wanted values beside them and changes only what differs.
 * What comes back takes the source's bytes where the source has that value, else it is written in head's style.
 */
import { isAlias } from "yaml";
import { isList, isObject, jsonEqual, type JsonObject, type JsonValue } from "../model/json.ts";
import { longestIncreasing } from "../patch/order.ts";
import { addLines, cutEntries, linesOf } from "./entries.ts";
import { entriesOf, type Entry, isBlockCollection, type Slot } from "./layout.ts";
import { applyEdits, shiftLines, type TextEdit } from "./lines.ts";
import { matchItems } from "./match.ts";
import { renderAfterDash, renderPair } from "./render.ts";
import { mayCarry, type Replacing, replaceSlot } from "./replace.ts";

/** The edits that make `head` read as `wanted`. `source`: the same place in the source text. */
export function editSlot(
  head: Slot,
  wanted: JsonValue,
  source: Slot | undefined,
  walk: Replacing,
): readonly TextEdit[] {
  if (isAlias(head.node)) {
    const shared = walk.anchors.get(head.node.source) ?? head.value;
    // An alias that would read wrongly because its anchor changes is left: the gate refuses it.
    return jsonEqual(shared, wanted) || jsonEqual(head.value, wanted) ? [] : [replaceSlot(head, wanted, source, walk)];
  }
  if (head.node?.anchor !== undefined) walk.anchors.set(head.node.anchor, wanted);
  if (jsonEqual(head.value, wanted)) return [];
  if (isOdd(head, wanted)) return NO_EDIT;
  return editInside(head, wanted, source, walk) ?? [replaceSlot(head, wanted, source, walk)];
}

/** Edits that cannot be applied: the next step has to try. */
const NO_EDIT: readonly TextEdit[] = [{ from: -1, to: -1, text: "" }];

/** A collection that is not edited inside (`? key`) and whose comments would be lost if it were replaced. */
function isOdd(head: Slot, wanted: JsonValue): boolean {
  const sameKind = (isObject(head.value) && isObject(wanted)) || (isList(head.value) && isList(wanted));
  return sameKind && isBlockCollection(head) && entriesOf(head) === undefined;
}

/** Undefined: the place has to be replaced as a whole. */
function editInside(
  head: Slot,
  wanted: JsonValue,
  source: Slot | undefined,
  walk: Replacing,
): readonly TextEdit[] | undefined {
  const entries = entriesOf(head);
  const [first] = entries ?? [];
  if (entries === undefined || first === undefined) return undefined;
  const sources = source === undefined ? [] : (entriesOf(source) ?? []);
  if (isObject(wanted) && isObject(head.value)) return editPairs({ entries, value: head.value, sources }, wanted, walk);
  if (isList(wanted) && isList(head.value)) return editItems({ entries, value: head.value, sources }, wanted, walk);
  return undefined;
}

interface Block<V> {
  readonly entries: readonly Entry[];
  readonly value: V;
  /** The entries of the same collection in the source text. */
  readonly sources: readonly Entry[];
}

function editPairs(head: Block<JsonObject>, wanted: JsonObject, walk: Replacing): readonly TextEdit[] | undefined {
  const { entries, sources } = head;
  const sourceAt = new Map(sources.map(({ key }, at) => [key, at]));
  const own = new Map(entries.map((entry, at) => [entry.key ?? "", at]));
  const merged = new Set(Object.keys(head.value).filter((key) => !own.has(key)));
  // What a merge key brings along cannot be taken away one by one.
  if ([...merged].some((key) => !Object.hasOwn(wanted, key))) return undefined;
  const stays = (key: string): boolean => key === "<<" || Object.hasOwn(wanted, key);
  const gone = new Set(entries.flatMap(({ key }, at) => (stays(key ?? "") ? [] : [at])));
  if (gone.size === entries.length) return undefined;

  const edits = entries.flatMap((entry, at) => {
    if (gone.has(at) || entry.key === undefined || !Object.hasOwn(wanted, entry.key)) return [];
    const source = sources[sourceAt.get(entry.key) ?? -1]?.slot;
    return editSlot(entry.slot, wanted[entry.key] ?? null, source, below(walk, entry.key));
  });
  const fresh = Object.keys(wanted).filter((key) => {
    if (own.has(key)) return false;
    return !merged.has(key) || !jsonEqual(head.value[key] ?? null, wanted[key] ?? null);
  });
  const placed = placePairs(entries, { fresh, sources, wanted }).map(({ key, after }) => {
    const value = wanted[key] ?? null;
    const at = sourceAt.get(key);
    const place = { column: columnOf(entries), first: after === undefined };
    const lines =
      carryEntry(sources, at, { ...place, value, walk: below(walk, key) }) ??
      shiftLines(`\n${renderPair(key, value, walk.style)}\n`, place.column).slice(1);
    return addLines(entries, after, lines);
  });
  return [...edits, ...placed, ...cutEntries(entries, gone)];
}

/** Where new keys go: behind the nearest predecessor in the source's order that head has, else in the wanted order. */
function placePairs(
  entries: readonly Entry[],
  { fresh, sources, wanted }: { fresh: readonly string[]; sources: readonly Entry[]; wanted: JsonObject },
): readonly { readonly key: string; readonly after: number | undefined }[] {
  const known = new Set(sources.map(({ key }) => key ?? ""));
  const isFresh = new Set(fresh);
  const own = new Map(entries.map(({ key }, at) => [key, at]));
  // A key of its own overrides a merge for every reader only when it stands behind it.
  const merge = own.get("<<") ?? -1;
  const placed = (order: Iterable<string>): { key: string; after: number | undefined }[] => {
    let after = merge;
    const found: { key: string; after: number | undefined }[] = [];
    for (const key of order) {
      const at = own.get(key);
      if (at !== undefined) after = Math.max(at, merge);
      else if (isFresh.has(key)) found.push({ key, after: after === -1 ? undefined : after });
    }
    return found;
  };
  return [...placed(known), ...placed(Object.keys(wanted)).filter(({ key }) => !known.has(key))];
}

function editItems(
  head: Block<readonly JsonValue[]>,
  wanted: readonly JsonValue[],
  walk: Replacing,
): readonly TextEdit[] | undefined {
  const { entries, value, sources } = head;
  if (wanted.length === 0) return undefined;
  const matches = matchItems(value, wanted, walk);
  const stay = new Set(longestIncreasing(matches.filter((at) => at !== undefined)));
  if (stay.size === 0 && entries[0]?.begins === false) return undefined;
  const gone = new Set(entries.flatMap((_, at) => (stay.has(at) ? [] : [at])));
  const sourceMatches = matchItems(
    sources.map(({ slot }) => slot.value),
    wanted,
    walk,
  );

  const edits: TextEdit[] = [];
  let after: number | undefined;
  for (const [at, item] of wanted.entries()) {
    const was = matches[at];
    const source = sourceMatches[at];
    const entry = was === undefined ? undefined : entries[was];
    if (entry !== undefined && was !== undefined && stay.has(was)) {
      edits.push(...editSlot(entry.slot, item, source === undefined ? undefined : sources[source]?.slot, walk));
      after = was;
      continue;
    }
    const place = { column: columnOf(entries), first: after === undefined, value: item, walk };
    const restored = source !== undefined && jsonEqual(sources[source]?.slot.value ?? null, item);
    const lines =
      (restored ? carryEntry(sources, source, place) : undefined) ??
      carryEntry(entries, was, place) ??
      carryEntry(sources, source, place) ??
      shiftLines(`\n-${renderAfterDash(item, walk.style)}\n`, place.column).slice(1);
    edits.push(addLines(entries, after, lines));
  }
  return [...edits, ...cutEntries(entries, gone)];
}

interface Carried {
  readonly column: number;
  /** Does it come before all that stays? */
  readonly first: boolean;
  readonly value: JsonValue;
  readonly walk: Replacing;
}

/** The lines of an entry of some text, edited where it does not have the value; undefined when it cannot be taken over. */
function carryEntry(entries: readonly Entry[], at: number | undefined, carried: Carried): string | undefined {
  const entry = at === undefined ? undefined : entries[at];
  if (at === undefined || entry === undefined || !mayCarry(entry.slot, carried.walk)) return undefined;
  const edits = editSlot(entry.slot, carried.value, undefined, { ...carried.walk, anchors: new Map() });
  const body = applyEdits(entry.slot.text, edits, entry.from, entry.to);
  return body === undefined ? undefined : linesOf(entries, at, { ...carried, body });
}

function columnOf(entries: readonly Entry[]): number {
  return entries[0]?.slot.column ?? 0;
}

function below(walk: Replacing, key: string): Replacing {
  return { ...walk, names: [...walk.names, key] };
}
