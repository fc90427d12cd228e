/** Three texts as regions: what nobody touched, what one of the two sides changed, and where both did. */
import type { Sides } from "../model/sides.ts";
import { alignLines, type Hunk } from "./align-lines.ts";
import { isBlank, splitLines } from "./lines.ts";

type Lines = readonly string[];

/**
 * A run of lines. `now`: only later work changed it, or nobody, or both alike: it stays. `good`: only the change did: it goes
 * back. `conflict`: both did, on the same lines or on lines next to each other, as git counts it.
 */
export interface Region {
  readonly kind: "now" | "good" | "conflict";
  readonly lines: Sides<Lines>;
  /** What each side did, in lines of the whole bad text. */
  readonly later: readonly Hunk[];
  readonly back: readonly Hunk[];
  /** Where it begins, from 0. */
  readonly from: Sides<number>;
}

/** The regions, in order; together their lines are the three texts. */
export function mergeLines(texts: Sides<Lines>): readonly Region[] {
  const later = alignLines(texts.bad, texts.now);
  const back = alignLines(texts.bad, texts.good);
  const regions: Region[] = [];
  let at: Sides<number> = { good: 0, bad: 0, now: 0 };
  let [l, b] = [0, 0];

  function push(to: Sides<number>, kind: Region["kind"], hunks: Pick<Region, "later" | "back">): void {
    const lines = {
      good: texts.good.slice(at.good, to.good),
      bad: texts.bad.slice(at.bad, to.bad),
      now: texts.now.slice(at.now, to.now),
    };
    if (lines.good.length + lines.bad.length + lines.now.length > 0) regions.push({ kind, lines, ...hunks, from: at });
    at = to;
  }

  while (l < later.length || b < back.length) {
    const from = Math.min(later[l]?.from ?? Infinity, back[b]?.from ?? Infinity);
    const gap = from - at.bad;
    push({ good: at.good + gap, bad: from, now: at.now + gap }, "now", { later: [], back: [] });
    const [firstLater, firstBack] = [l, b];
    for (let [to, grown] = [from, true]; grown;) {
      grown = false;
      for (; l < later.length && (later[l] as Hunk).from <= to; l += 1)
        [to, grown] = [Math.max(to, (later[l] as Hunk).to), true];
      for (; b < back.length && (back[b] as Hunk).from <= to; b += 1)
        [to, grown] = [Math.max(to, (back[b] as Hunk).to), true];
    }
    const hunks = { later: later.slice(firstLater, l), back: back.slice(firstBack, b) };
    const to = endOf(hunks, at);
    push(to, kindOf(hunks, { texts, at, to }), hunks);
  }
  push({ good: texts.good.length, bad: texts.bad.length, now: texts.now.length }, "now", { later: [], back: [] });
  return regions;
}

function endOf({ later, back }: Pick<Region, "later" | "back">, at: Sides<number>): Sides<number> {
  const to = Math.max(...later.map((hunk) => hunk.to), ...back.map((hunk) => hunk.to));
  const growth = (hunks: readonly Hunk[]): number =>
    hunks.reduce((sum, hunk) => sum + (hunk.sourceTo - hunk.sourceFrom) - (hunk.to - hunk.from), 0);
  return { good: at.good + to - at.bad + growth(back), bad: to, now: at.now + to - at.bad + growth(later) };
}

function kindOf(
  { later, back }: Pick<Region, "later" | "back">,
  { texts, at, to }: { readonly texts: Sides<Lines>; readonly at: Sides<number>; readonly to: Sides<number> },
): Region["kind"] {
  if (back.length === 0) return "now";
  if (later.length === 0) return "good";
  const same = texts.now.slice(at.now, to.now).join("") === texts.good.slice(at.good, to.good).join("");
  return same ? "now" : "conflict";
}

/** The merged lines as git would merge them; undefined when there is a conflict. */
export function cleanLines(regions: readonly Region[]): Lines | undefined {
  if (regions.some(({ kind }) => kind === "conflict")) return undefined;
  return regions.flatMap(({ kind, lines }) => (kind === "good" ? lines.good : lines.now));
}

/**
 * The region without the change, where the two sides touch but never change the same line: each side's lines at their place, what
 * was put in since before what comes back at the same place. Undefined when a line was changed by both.
 */
export function sideBySide({ later, back, lines, from }: Region): Lines | undefined {
  const pieces = [
    ...later.map((hunk) => ({ hunk, source: lines.now, start: from.now, rank: 0 })),
    ...back.map((hunk) => ({ hunk, source: lines.good, start: from.good, rank: 1 })),
  ].sort((a, b) => a.hunk.from - b.hunk.from || a.hunk.to - b.hunk.to || a.rank - b.rank);
  if (pieces.some(({ hunk }, at) => hunk.from < (pieces[at - 1]?.hunk.to ?? 0))) return undefined;
  const result: string[] = [];
  let done = from.bad;
  for (const { hunk, source, start, rank } of pieces) {
    result.push(...lines.bad.slice(done - from.bad, hunk.from - from.bad));
    const put = source.slice(hunk.sourceFrom - start, hunk.sourceTo - start);
    if (rank === 1 || !isOrphan(put, hunk, { back, lines, from })) result.push(...put);
    done = Math.max(done, hunk.to);
  }
  return [...result, ...lines.bad.slice(done - from.bad)];
}

/**
 * A text without the change, later lines and comments kept: what git calls a clean revert, but lines next to each other do not clash.
 * Undefined when both changed the same line, or put lines in at one place. Whether the result is right is for the gate to say.
 */
export function undoLines(texts: Sides<string>): string | undefined {
  const { good, bad, now } = texts;
  const regions = mergeLines({ good: splitLines(good), bad: splitLines(bad), now: splitLines(now) });
  const result: string[] = [];
  for (const region of regions) {
    const lines = region.kind === "conflict" ? apart(region) : region.lines[region.kind];
    if (lines === undefined) return undefined;
    result.push(...lines);
  }
  return result.join("");
}

function apart(region: Region): Lines | undefined {
  const atOnePlace = region.back.some((one) => region.later.some((other) => meet(one, other)));
  return atOnePlace ? undefined : sideBySide(region);
}

/** Do both begin at one place, and one of them only puts lines in? */
function meet(a: Hunk, b: Hunk): boolean {
  return a.from === b.from && (a.from === a.to || b.from === b.to);
}

/** Comments that were written since above an entry that now goes: they go with it. */
function isOrphan(put: Lines, hunk: Hunk, { back, lines, from }: Pick<Region, "back" | "lines" | "from">): boolean {
  if (hunk.from !== hunk.to || put.length === 0 || !put.every((line) => /^[ \t]*#/.test(line))) return false;
  const next = back.find((other) => other.from === hunk.to && other.to > other.from);
  const entry = keyOf(lines.bad[(next?.from ?? 0) - from.bad] ?? "");
  if (next === undefined || entry === undefined) return false;
  return (
    columnOf(put.at(-1) ?? "") === columnOf(lines.bad[next.from - from.bad] ?? "") &&
    !lines.good.some((line) => keyOf(line) === entry)
  );
}

function keyOf(line: string): string | undefined {
  return /^[ \t]*(?:- +)*[^\s#:][^:#]*:(?=\s|$)/.exec(line)?.[0] ?? /^[ \t]*- .*/.exec(line)?.[0];
}

/** How far the line is indented. */
export function columnOf(line: string): number {
  return line.length - line.trimStart().length;
}

/** Has later work changed nothing here but comments, blank lines, indentation and spaces? Whether it is so, the gate says. */
export function isFormOnly({ lines }: Region): boolean {
  return essence(lines.now) === essence(lines.bad);
}

function essence(lines: Lines): string {
  return lines
    .filter((line) => !isBlank(line) && !/^[ \t]*#/.test(line))
    .map((line) => line.replace(/\s#.*/, "").replace(/\s+/g, ""))
    .join("\n");
}
