/**
 * Which lines of two texts are the same lines: by the rarest lines first, as git merges (`histogram`), so that braces and
 * `---` do not pair what has nothing to do with each other. Bounded: what is too far apart is one hunk.
 */
import { diffArrays } from "diff";
import { longestIncreasing } from "../patch/order.ts";
import { splitLines } from "./lines.ts";

/** A line that stands more often than this is no anchor (git's own limit). */
const MAX_OCCURRENCES = 64;
/** Comparisons that the search for anchors may cost. */
const MAX_STEPS = 20_000_000;
/** Ranges of more lines are first cut at all lines that stand once on both sides: one by one would cost their square. */
const LARGE = 2000;
/** Added and removed lines at most where no line is rare; the cost is their square. */
const MAX_EDITS = 500;

type Lines = readonly string[];

/** Lines `from` to `to` of one text against lines `sourceFrom` to `sourceTo` of the source; one of the two may be empty. */
export interface Hunk {
  readonly from: number;
  readonly to: number;
  readonly sourceFrom: number;
  readonly sourceTo: number;
}

/** The hunks that make `source` of `lines`, in order, never touching; pure additions and removals stand as far down as they can. */
export function alignLines(lines: Lines, source: Lines): readonly Hunk[] {
  const budget = { steps: MAX_STEPS };
  const open: Hunk[] = [{ from: 0, to: lines.length, sourceFrom: 0, sourceTo: source.length }];
  const hunks: Hunk[] = [];
  for (let range = open.pop(); range !== undefined; range = open.pop()) {
    const rest = trim(lines, source, range);
    if (rest.from === rest.to && rest.sourceFrom === rest.sourceTo) continue;
    const anchors = rest.to - rest.from > LARGE ? splitAtUnique(lines, source, rest) : [];
    if (anchors.length > 1) {
      for (const part of anchors) open.push(part);
      continue;
    }
    const run =
      rest.from === rest.to || rest.sourceFrom === rest.sourceTo ? "none" : rarestRun(lines, source, rest, budget);
    if (run === "none") hunks.push(rest);
    else if (run === "common") hunks.push(...myers(lines, source, rest));
    else {
      open.push({ ...rest, from: run.to, sourceFrom: run.sourceTo });
      open.push({ ...rest, to: run.from, sourceTo: run.sourceFrom });
    }
  }
  return slide(lines, source, join(hunks));
}

function trim(lines: Lines, source: Lines, range: Hunk): Hunk {
  let { from, to, sourceFrom, sourceTo } = range;
  while (from < to && sourceFrom < sourceTo && lines[from] === source[sourceFrom]) {
    from += 1;
    sourceFrom += 1;
  }
  while (from < to && sourceFrom < sourceTo && lines[to - 1] === source[sourceTo - 1]) {
    to -= 1;
    sourceTo -= 1;
  }
  return { from, to, sourceFrom, sourceTo };
}

/** The longest common run that holds the rarest line. `none`: nothing in common; `common`: only lines that stand everywhere. */
function rarestRun(lines: Lines, source: Lines, range: Hunk, budget: { steps: number }): Hunk | "none" | "common" {
  if (budget.steps <= 0) return "common";
  const places = new Map<string, number[]>();
  for (let at = range.from; at < range.to; at += 1) {
    const line = lines[at] ?? "";
    const found = places.get(line);
    if (found === undefined) places.set(line, [at]);
    else found.push(at);
  }
  budget.steps -= range.to - range.from;
  let best: Hunk | undefined;
  let [rarest, common] = [MAX_OCCURRENCES + 1, false];
  for (let sourceAt = range.sourceFrom; sourceAt < range.sourceTo;) {
    let next = sourceAt + 1;
    const found = places.get(source[sourceAt] ?? "") ?? [];
    if (found.length > 0) common = true;
    for (const at of found.length > rarest || budget.steps <= 0 ? [] : found) {
      const run = extend(lines, source, { at, sourceAt, range });
      budget.steps -= run.to - run.from + 1;
      let rarity = found.length;
      for (let i = run.from; i < run.to; i += 1)
        rarity = Math.min(rarity, places.get(lines[i] ?? "")?.length ?? rarity);
      next = Math.max(next, run.sourceTo);
      if (rarity < rarest || (best !== undefined && rarity === rarest && run.to - run.from > best.to - best.from)) {
        [best, rarest] = [run, rarity];
      }
    }
    sourceAt = next;
  }
  return best ?? (common ? "common" : "none");
}

/** The ranges between the lines that stand once on both sides, in the longest run that has them in the same order (patience). */
function splitAtUnique(lines: Lines, source: Lines, range: Hunk): readonly Hunk[] {
  const [own, other] = [
    uniquePlaces(lines, range.from, range.to),
    uniquePlaces(source, range.sourceFrom, range.sourceTo),
  ];
  const places = new Map<number, number>();
  for (const [line, sourceAt] of other) {
    const at = own.get(line);
    if (at !== undefined && at !== -1 && sourceAt !== -1) places.set(at, sourceAt);
  }
  const pairs = [...places].sort(([a], [b]) => a - b);
  const kept = new Set(longestIncreasing(pairs.map(([, sourceAt]) => sourceAt)));
  const ranges: Hunk[] = [];
  let [from, sourceFrom] = [range.from, range.sourceFrom];
  for (const [at, sourceAt] of pairs) {
    if (!kept.has(sourceAt)) continue;
    if (at > from || sourceAt > sourceFrom) ranges.push({ from, to: at, sourceFrom, sourceTo: sourceAt });
    [from, sourceFrom] = [at + 1, sourceAt + 1];
  }
  if (kept.size > 0) ranges.push({ from, to: range.to, sourceFrom, sourceTo: range.sourceTo });
  return ranges;
}

/** Line → where it stands; -1 when it stands several times. */
function uniquePlaces(lines: Lines, from: number, to: number): ReadonlyMap<string, number> {
  const places = new Map<string, number>();
  for (let at = from; at < to; at += 1) {
    const line = lines[at] ?? "";
    places.set(line, places.has(line) ? -1 : at);
  }
  return places;
}

function extend(
  lines: Lines,
  source: Lines,
  { at, sourceAt, range }: { readonly at: number; readonly sourceAt: number; readonly range: Hunk },
): Hunk {
  let [from, sourceFrom, to, sourceTo] = [at, sourceAt, at + 1, sourceAt + 1];
  while (from > range.from && sourceFrom > range.sourceFrom && lines[from - 1] === source[sourceFrom - 1]) {
    from -= 1;
    sourceFrom -= 1;
  }
  while (to < range.to && sourceTo < range.sourceTo && lines[to] === source[sourceTo]) {
    to += 1;
    sourceTo += 1;
  }
  return { from, to, sourceFrom, sourceTo };
}

function myers(lines: Lines, source: Lines, range: Hunk): readonly Hunk[] {
  const [old, young] = [lines.slice(range.from, range.to), source.slice(range.sourceFrom, range.sourceTo)];
  const changes = diffArrays(old, young, { maxEditLength: MAX_EDITS });
  if (changes === undefined) return [range];
  const hunks: Hunk[] = [];
  let [at, sourceAt] = [range.from, range.sourceFrom];
  for (const { added, removed, count } of changes) {
    const [to, sourceTo] = [at + (added ? 0 : count), sourceAt + (removed ? 0 : count)];
    if (added || removed) hunks.push({ from: at, to, sourceFrom: sourceAt, sourceTo });
    [at, sourceAt] = [to, sourceTo];
  }
  return hunks;
}

/** Hunks in order, those that touch as one. */
function join(hunks: readonly Hunk[]): readonly Hunk[] {
  const joined: Hunk[] = [];
  for (const hunk of hunks.toSorted((a, b) => a.from - b.from || a.sourceFrom - b.sourceFrom)) {
    const last = joined.at(-1);
    if (last !== undefined && last.to === hunk.from && last.sourceTo === hunk.sourceFrom) {
      joined[joined.length - 1] = { ...last, to: hunk.to, sourceTo: hunk.sourceTo };
    } else joined.push(hunk);
  }
  return joined;
}

/** As git does (`xdl_change_compact`): where it could stand at several places, an addition or a removal stands at the last. */
function slide(lines: Lines, source: Lines, hunks: readonly Hunk[]): readonly Hunk[] {
  const slid: Hunk[] = [];
  for (const [index, hunk] of [...hunks.entries()].reverse()) {
    const below = slid.at(-1) ?? { from: lines.length, sourceFrom: source.length };
    const [text, start, end] =
      hunk.from === hunk.to
        ? [source, hunk.sourceFrom, hunk.sourceTo]
        : [lines, hunk.from, hunk.sourceFrom === hunk.sourceTo ? hunk.to : hunk.from];
    const room = end > start ? below.from - hunk.to : 0;
    let by = 0;
    while (by < room && text[start + by] === text[end + by]) by += 1;
    const moved = {
      from: hunk.from + by,
      to: hunk.to + by,
      sourceFrom: hunk.sourceFrom + by,
      sourceTo: hunk.sourceTo + by,
    };
    const last = slid.at(-1);
    if (
      last !== undefined &&
      index < hunks.length - 1 &&
      last.from === moved.to &&
      last.sourceFrom === moved.sourceTo
    ) {
      slid[slid.length - 1] = { ...last, from: moved.from, sourceFrom: moved.sourceFrom };
    } else slid.push(moved);
  }
  return slid.reverse();
}

/** Lines added and removed between two texts. */
export function countChangedLines(before: string, after: string): { readonly added: number; readonly removed: number } {
  const hunks = alignLines(splitLines(before), splitLines(after));
  return {
    added: hunks.reduce((sum, { sourceFrom, sourceTo }) => sum + sourceTo - sourceFrom, 0),
    removed: hunks.reduce((sum, { from, to }) => sum + to - from, 0),
  };
}
