/**
 * Step 1 of the cascade: takes those hunks of the line diff head → source that lie wholly in what comes back.
 * Comments and formatting of the places that come back come along; everything else keeps head's lines.
 */
import { isList, isObject, jsonEqual, type JsonValue } from "../model/json.ts";
import { alignLines, type Hunk } from "./align-lines.ts";
import type { Chunk } from "./documents.ts";
import { type Entry, entriesOf, type Slot } from "./layout.ts";

import { isBlank, splitLines } from "./lines.ts";
import { type ListPlace, matchItems } from "./match.ts";

/** One document in both texts, and what it is to read. */
export interface Side {
  readonly chunk: Chunk;
  /** Missing when the document is empty. */
  readonly slot: Slot | undefined;
}

/** One place that comes back: its bytes in both texts. In one of them it may be missing: it goes, or it comes. */
export interface Scope {
  readonly head?: Chunk | undefined;
  readonly source?: Chunk | undefined;
}

/** Marks what one document takes over from the source. A missing side: the document goes, or comes. */
export function markDocument(
  pair: { readonly head?: Side; readonly source?: Side; readonly wanted: JsonValue | undefined },
  scopes: Scope[],
  place: ListPlace,
): void {
  const { head, source, wanted } = pair;
  if (head === undefined || wanted === undefined) {
    scopes.push({ head: head?.chunk, source: wanted === undefined ? undefined : source?.chunk });
    return;
  }
  const value = head.slot?.value ?? null;
  if (source === undefined || jsonEqual(value, wanted)) return;
  if (jsonEqual(source.slot?.value ?? null, wanted)) {
    scopes.push({ head: head.chunk, source: source.chunk });
  } else if (head.slot !== undefined && source.slot !== undefined) {
    mark({ head: head.slot, source: source.slot }, wanted, scopes, place);
  }
}

function mark(
  slots: { readonly head: Slot; readonly source: Slot },
  wanted: JsonValue,
  scopes: Scope[],
  place: ListPlace,
): void {
  const [head, source] = [entriesOf(slots.head), entriesOf(slots.source)];
  if (head === undefined || source === undefined) return;
  if (isObject(wanted)) {
    const [heads, sources] = [byKey(head), byKey(source)];
    for (const key of new Set([...heads.keys(), ...sources.keys()])) {
      const own = { head: heads.get(key), source: sources.get(key) };
      const below = { ...place, names: [...place.names, key] };
      markEntry(own, Object.hasOwn(wanted, key) ? wanted[key] : undefined, scopes, below);
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
      markEntry({ head: head[inHead[at] ?? -1], source: source[inSource[at] ?? -1] }, value, scopes, place);
    }
    scopes.push(...head.filter((_, at) => !inHead.includes(at)).map((entry) => ({ head: entry })));
  }
}

function byKey(entries: readonly Entry[]): ReadonlyMap<string, Entry> {
  return new Map(entries.map((entry) => [entry.key ?? "", entry]));
}

function markEntry(
  { head, source }: { readonly head: Entry | undefined; readonly source: Entry | undefined },
  wanted: JsonValue | undefined,
  scopes: Scope[],
  place: ListPlace,
): void {
  if (wanted === undefined) {
    if (head !== undefined) scopes.push({ head });
  } else if (head !== undefined && jsonEqual(head.slot.value, wanted)) {
    return;
  } else if (source !== undefined && jsonEqual(source.slot.value, wanted)) {
    scopes.push({ head, source });
  } else if (head !== undefined && source !== undefined) {
    mark({ head: head.slot, source: source.slot }, wanted, scopes, place);
  }
}

/** Some bytes of a text. */
export interface Part extends Chunk {
  readonly text: string;
}

/** Head with what the hunks of the source hold of the scopes; undefined when the texts are too far apart. */
export function takeHunks(head: Part, source: Part, scopes: readonly Scope[]): string | undefined {
  const [lines, sourceLines] = [head, source].map(({ text, from, to }) => splitLines(text.slice(from, to)));
  if (lines === undefined || sourceLines === undefined) return undefined;
  const hunks = alignLines(lines, sourceLines);
  const ranges = (side: "head" | "source"): readonly Chunk[] => scopes.map((scope) => scope[side] ?? NOWHERE);
  const texts: Texts = {
    lines,
    sourceLines,
    scopes: scopesOf(lines, ranges("head"), head.from),
    sourceScopes: scopesOf(sourceLines, ranges("source"), source.from),
  };
  const result: string[] = [];
  let done = 0;
  for (const [at, hunk] of hunks.entries()) {
    const room = { after: hunks[at - 1]?.to ?? 0, before: hunks[at + 1]?.from ?? lines.length };
    const chosen = choose(hunk, room, texts);
    const taken = chosen ?? hunk;
    result.push(...lines.slice(done, taken.from));
    result.push(...(chosen === undefined ? mix(hunk, texts) : sourceLines.slice(chosen.sourceFrom, chosen.sourceTo)));
    done = taken.to;
  }
  return [...result, ...lines.slice(done)].join("");
}

const NOWHERE: Chunk = { from: 0, to: 0 };

/** Which scope a line lies in. */
type ScopeIndex = number | undefined;

interface Texts {
  readonly lines: readonly string[];
  readonly sourceLines: readonly string[];
  readonly scopes: readonly ScopeIndex[];
  readonly sourceScopes: readonly ScopeIndex[];
}

/** The hunk, moved among equal lines to where it lies in what comes back; undefined when there is no such place. */
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

function lies(hunk: Hunk, { lines, sourceLines, scopes, sourceScopes }: Texts): boolean {
  for (let at = hunk.from; at < hunk.to; at += 1) {
    if (scopes[at] === undefined && !isBlank(lines[at] ?? "")) return false;
  }
  for (let at = hunk.sourceFrom; at < hunk.sourceTo; at += 1) {
    if (sourceScopes[at] === undefined && !isBlank(sourceLines[at] ?? "")) return false;
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

/** Neighbouring lines of one scope. */
interface Run {
  readonly scope: ScopeIndex;
  readonly lines: string[];
}

/**
 * A hunk that only partly comes back, scope by scope: the source's lines of those that come back, head's lines of what stays.
 * Where the two sides have their scopes in another order the result is wrong, and the gate says so.
 */
function mix(hunk: Hunk, texts: Texts): readonly string[] {
  const head = runsOf(texts.lines, texts.scopes, hunk.from, hunk.to);
  const source = runsOf(texts.sourceLines, texts.sourceScopes, hunk.sourceFrom, hunk.sourceTo);
  const inHead = new Set(head.map(({ scope }) => scope));
  const result: string[] = [];
  let at = 0;
  /** What only the source has, up to its next run that head has too. */
  function takeNew(): void {
    for (let run = source[at]; run !== undefined && !inHead.has(run.scope); run = source[++at]) {
      if (run.scope !== undefined) result.push(...run.lines);
    }
  }
  for (const { scope, lines } of head) {
    const before = result.length;
    takeNew();
    // Above or below a comment that head has there? Nobody can tell: left to the nodes.
    if (result.length > before && scope === undefined && isComment(lines[0]))
      return texts.lines.slice(hunk.from, hunk.to);
    const opposite = source.findIndex((run, index) => index >= at && run.scope === scope);
    result.push(...(scope === undefined ? lines : (source[opposite]?.lines ?? [])));
    if (opposite !== -1) at = opposite + 1;
  }
  for (const { scope, lines } of source.slice(at)) if (scope !== undefined && !inHead.has(scope)) result.push(...lines);
  return result;
}

function isComment(line = ""): boolean {
  return line.trimStart().startsWith("#");
}

function runsOf(lines: readonly string[], scopes: readonly ScopeIndex[], from: number, to: number): Run[] {
  const runs: Run[] = [];
  for (let at = from; at < to; at += 1) {
    const last = runs.at(-1);
    const line = lines[at] ?? "";
    if (last !== undefined && last.scope === scopes[at]) last.lines.push(line);
    else runs.push({ scope: scopes[at], lines: [line] });
  }
  return runs;
}

/** For each line the scope whose range it touches. */
function scopesOf(lines: readonly string[], ranges: readonly Chunk[], from: number): readonly ScopeIndex[] {
  const sorted = ranges.map(({ from, to }, scope) => ({ from, to, scope })).filter((range) => range.to > range.from);
  sorted.sort((a, b) => a.from - b.from);
  let [offset, next] = [from, 0];
  return lines.map((line) => {
    const end = offset + line.length;
    while ((sorted[next]?.to ?? end) <= offset && next < sorted.length) next += 1;
    const range = sorted[next];
    offset = end;
    return range !== undefined && range.from < end ? range.scope : undefined;
  });
}
