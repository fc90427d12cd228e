/** Which items of a list are the same items in another version of it. */
import { isList, isObject, type JsonValue, toJson } from "../model/json.ts";
import { alignLists } from "../patch/align.ts";
import type { DiffContext } from "../patch/diff-context.ts";

/** Where a list stands: the keys on the way to it, and what the document is. */
export interface ListPlace {
  readonly names: readonly string[];
  readonly context: DiffContext;
}

type Matches = (number | undefined)[];

/** For each wanted item the index of the head item that it continues; undefined for a new one. No head item is taken twice. */
export function matchItems(
  head: readonly JsonValue[],
  wanted: readonly JsonValue[],
  place: ListPlace,
): readonly (number | undefined)[] {
  const alignment = alignLists(head, wanted, place);
  if (alignment.kind === "keyed" && alignment.keys !== undefined) {
    return [...alignment.after.keys()].map((id) => alignment.before.get(id));
  }
  const ids = { head: head.map((item) => toJson(item)), wanted: wanted.map((item) => toJson(item)) };
  const matches = longestCommon(ids.head, ids.wanted);
  pairGaps(head, wanted, matches);
  pairMoved(ids.head, ids.wanted, matches);
  return matches;
}

/** Beyond this the middle of two lists is not aligned: its items are cut and put in. */
const MAX_CELLS = 4_000_000;

/** Longest common subsequence; a common beginning and end cost nothing. */
function longestCommon(head: readonly string[], wanted: readonly string[]): Matches {
  const matches: Matches = wanted.map(() => undefined);
  let low = 0;
  while (low < head.length && low < wanted.length && head[low] === wanted[low]) {
    matches[low] = low;
    low += 1;
  }
  let [rows, columns] = [head.length - low, wanted.length - low];
  while (rows > 0 && columns > 0 && head[low + rows - 1] === wanted[low + columns - 1]) {
    rows -= 1;
    columns -= 1;
    matches[low + columns] = low + rows;
  }
  if (rows * columns > MAX_CELLS) return matches;
  const same = (i: number, j: number): boolean => head[low + i] === wanted[low + j];
  const lengths = commonLengths(rows, columns, same);
  const lengthAt = (i: number, j: number): number => lengths[i * (columns + 1) + j] ?? 0;
  for (let i = 0, j = 0; i < rows && j < columns;) {
    if (same(i, j)) matches[low + j++] = low + i++;
    else if (lengthAt(i + 1, j) >= lengthAt(i, j + 1)) i += 1;
    else j += 1;
  }
  return matches;
}

/** Cell (i, j): the length of the longest common subsequence from there on. */
function commonLengths(rows: number, columns: number, same: (i: number, j: number) => boolean): Uint32Array {
  const width = columns + 1;
  const lengths = new Uint32Array((rows + 1) * width);
  const at = (i: number, j: number): number => lengths[i * width + j] ?? 0;
  for (let i = rows - 1; i >= 0; i -= 1) {
    for (let j = columns - 1; j >= 0; j -= 1) {
      lengths[i * width + j] = same(i, j) ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  return lengths;
}

/** Between two matches, as many items on both sides: each continues its opposite, if it is of its kind. */
function pairGaps(head: readonly JsonValue[], wanted: readonly JsonValue[], matches: Matches): void {
  let before = -1;
  for (let from = 0; from < wanted.length; from += 1) {
    const matched = matches[from];
    if (matched !== undefined) {
      before = matched;
      continue;
    }
    let to = from;
    while (to < wanted.length && matches[to] === undefined) to += 1;
    if ((matches[to] ?? head.length) - before - 1 === to - from) {
      for (let i = from; i < to; i += 1) {
        const opposite = before + 1 + i - from;
        if (isAlike(head[opposite] ?? null, wanted[i] ?? null)) matches[i] = opposite;
      }
    }
    from = to - 1;
  }
}

function isAlike(a: JsonValue, b: JsonValue): boolean {
  if (isObject(a) && isObject(b)) return Object.keys(a).some((key) => Object.hasOwn(b, key));
  return isList(a) === isList(b) && isObject(a) === isObject(b);
}

/** Equal items that are still alone on both sides have changed their place. */
function pairMoved(head: readonly string[], wanted: readonly string[], matches: Matches): void {
  const taken = new Set(matches);
  const free = new Map<string, number[]>();
  for (const [at, id] of head.entries()) {
    if (!taken.has(at)) free.set(id, [...(free.get(id) ?? []), at]);
  }
  for (const [at, id] of wanted.entries()) matches[at] ??= free.get(id)?.shift();
}
