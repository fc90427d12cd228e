/**
 * Step 1 of the cascade: takes those hunks of the line diff head → source that lie wholly in what comes back.
 * Comments and formatting of the places that come back come along; everything else keeps head's lines.
 */
import { isList, isObject, jsonEqual, type JsonValue } from "../model/json.ts";
import type { Chunk } from "./documents.ts";
import { type Entry, entriesOf, type Slot } from "./layout.ts";
import { diffLines, type Hunk } from "./line-diff.ts";
import { isBlank, splitLines } from "./lines.ts";
import { type ListPlace, matchItems } from "./match.ts";

/** One document in both texts, and what it is to read. */
export interface Side {
  readonly chunk: Chunk;
  /** Missing when the document is empty. */
  readonly slot: Slot | undefined;
}

/** What comes back, as byte ranges of both texts. */
export interface Taken {
  readonly head: Chunk[];
  readonly source: Chunk[];
}

/** Marks what one document takes over from the source. A missing side: the document goes, or comes. */
export function markDocument(
  pair: { readonly head?: Side; readonly source?: Side; readonly wanted: JsonValue | undefined },
  taken: Taken,
  place: ListPlace,
): void {
  const { head, source, wanted } = pair;
  if (head === undefined || wanted === undefined) {
    if (head !== undefined) taken.head.push(head.chunk);
    if (source !== undefined && wanted !== undefined) taken.source.push(source.chunk);
    return;
  }
  const value = head.slot?.value ?? null;
  if (source === undefined || jsonEqual(value, wanted)) return;
  if (jsonEqual(source.slot?.value ?? null, wanted)) {
    taken.head.push(head.chunk);
    taken.source.push(source.chunk);
  } else if (head.slot !== undefined && source.slot !== undefined) {
    mark({ head: head.slot, source: source.slot }, wanted, taken, place);
  }
}

function mark(
  slots: { readonly head: Slot; readonly source: Slot },
  wanted: JsonValue,
  taken: Taken,
  place: ListPlace,
): void {
  const [head, source] = [entriesOf(slots.head), entriesOf(slots.source)];
  if (head === undefined || source === undefined) return;
  if (isObject(wanted)) {
    for (const key of new Set([...head, ...source].map((entry) => entry.key ?? ""))) {
      const own = { head: head.find((entry) => entry.key === key), source: source.find((entry) => entry.key === key) };
      const below = { ...place, names: [...place.names, key] };
      markEntry(own, Object.hasOwn(wanted, key) ? wanted[key] : undefined, taken, below);
    }
  } else if (isList(wanted)) {
    const inHead = matchItems(
      head.map(({ slot }) => slot.value),
      wanted,
      place,
    );
    const inSource = matchItems(
      source.map(({ slot }) => slot.value),
      wanted,
      place,
    );
    for (const [at, value] of wanted.entries()) {
      markEntry({ head: head[inHead[at] ?? -1], source: source[inSource[at] ?? -1] }, value, taken, place);
    }
    taken.head.push(...head.filter((_, at) => !inHead.includes(at)));
  }
}

function markEntry(
  { head, source }: { readonly head: Entry | undefined; readonly source: Entry | undefined },
  wanted: JsonValue | undefined,
  taken: Taken,
  place: ListPlace,
): void {
  if (wanted === undefined) {
    if (head !== undefined) taken.head.push(head);
  } else if (head !== undefined && jsonEqual(head.slot.value, wanted)) {
    return;
  } else if (source !== undefined && jsonEqual(source.slot.value, wanted)) {
    if (head !== undefined) taken.head.push(head);
    taken.source.push(source);
  } else if (head !== undefined && source !== undefined) {
    mark({ head: head.slot, source: source.slot }, wanted, taken, place);
  }
}

/** Some bytes of a text. */
export interface Part extends Chunk {
  readonly text: string;
}

/** Head with the hunks of the source that lie in what is taken; undefined when the texts are too far apart. */
export function takeHunks(head: Part, source: Part, taken: Taken): string | undefined {
  const [lines, sourceLines] = [head, source].map(({ text, from, to }) => splitLines(text.slice(from, to)));
  if (lines === undefined || sourceLines === undefined) return undefined;
  const hunks = diffLines(lines, sourceLines);
  if (hunks === undefined) return undefined;
  const texts: Texts = {
    lines,
    sourceLines,
    taken: linesIn(lines, taken.head, head.from),
    sourceTaken: linesIn(sourceLines, taken.source, source.from),
  };
  const result: string[] = [];
  let done = 0;
  for (const [at, hunk] of hunks.entries()) {
    const chosen = choose(hunk, { after: hunks[at - 1]?.to ?? 0, before: hunks[at + 1]?.from ?? lines.length }, texts);
    if (chosen === undefined) continue;
    result.push(...lines.slice(done, chosen.from), ...sourceLines.slice(chosen.sourceFrom, chosen.sourceTo));
    done = chosen.to;
  }
  return [...result, ...lines.slice(done)].join("");
}

interface Texts {
  readonly lines: readonly string[];
  readonly sourceLines: readonly string[];
  readonly taken: readonly boolean[];
  readonly sourceTaken: readonly boolean[];
}

/** The hunk, moved among equal lines to where it lies in what is taken; undefined when there is no such place. */
function choose(hunk: Hunk, room: { readonly after: number; readonly before: number }, texts: Texts): Hunk | undefined {
  if (lies(hunk, texts)) return hunk;
  for (const step of [-1, 1]) {
    let moved: Hunk | undefined = slide(hunk, step, texts);
    while (moved !== undefined && moved.from >= room.after && moved.to <= room.before) {
      if (lies(moved, texts)) return moved;
      moved = slide(moved, step, texts);
    }
  }
  return undefined;
}

function lies(hunk: Hunk, { lines, sourceLines, taken, sourceTaken }: Texts): boolean {
  for (let at = hunk.from; at < hunk.to; at += 1) if (taken[at] !== true && !isBlank(lines[at] ?? "")) return false;
  for (let at = hunk.sourceFrom; at < hunk.sourceTo; at += 1) {
    if (sourceTaken[at] !== true && !isBlank(sourceLines[at] ?? "")) return false;
  }
  return true;
}

/** A run of lines between equal lines can as well be one line further up or down: the same texts come out. */
function slide(hunk: Hunk, step: number, { lines, sourceLines }: Texts): Hunk | undefined {
  const { from, to, sourceFrom, sourceTo } = hunk;
  const pure = from === to || sourceFrom === sourceTo;
  const [side, start, end] = from === to ? [sourceLines, sourceFrom, sourceTo] : [lines, from, to];
  const leaves = step < 0 ? side[end - 1] : side[start];
  const enters = step < 0 ? side[start - 1] : side[end];
  if (!pure || enters === undefined || leaves !== enters) return undefined;
  return { from: from + step, to: to + step, sourceFrom: sourceFrom + step, sourceTo: sourceTo + step };
}

function linesIn(lines: readonly string[], ranges: readonly Chunk[], from: number): readonly boolean[] {
  const sorted = ranges.toSorted((a, b) => a.from - b.from);
  let [offset, next, until] = [from, 0, 0];
  return lines.map((line) => {
    const end = offset + line.length;
    for (; (sorted[next]?.from ?? Number.POSITIVE_INFINITY) < end; next += 1)
      until = Math.max(until, sorted[next]?.to ?? 0);
    const inside = until > offset;
    offset = end;
    return inside;
  });
}
