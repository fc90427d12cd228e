/** The finer steps inside a conflict of lines that have no fields: only where nothing has to be guessed. */
import { alignLines } from "../edit/align-lines.ts";
import { columnOf, mergeLines, type Region, sideBySide } from "../edit/merge-lines.ts";

type Lines = readonly string[];

/**
 * The region without the change when every line has its counterpart in all three texts: a line that only one side changed is that
 * side's; a line that both changed is merged word by word, if unchanged words stand between. Words end at blanks only: of
 * `1.2.0`, `1.3.0` and `1.3.1` nobody can make a version. Undefined: it has to be guessed.
 */
export function mergeWords({
  lines,
  later,
  back,
}: Region): { readonly lines: Lines; readonly words: boolean } | undefined {
  const replaced = [...later, ...back].every((hunk) => hunk.to - hunk.from === hunk.sourceTo - hunk.sourceFrom);
  if (!replaced || lines.good.length !== lines.bad.length || lines.now.length !== lines.bad.length) return undefined;
  let words = false;
  const merged = lines.bad.map((bad, at) => {
    const [good, now] = [lines.good[at] ?? "", lines.now[at] ?? ""];
    if (good === bad || now === good) return now;
    if (now === bad) return good;
    words = true;
    return mergeLine({ good, bad, now });
  });
  return merged.some((line) => line === undefined) ? undefined : { lines: merged as readonly string[], words };
}

/**
 * The region without the change when each side only touched whole entries of YAML that the reader refuses: blocks at one column,
 * side by side. What was replaced must be keys, and others than those of the other side. What comes back where something was put
 * in since has no place of its own: undefined.
 */
export function mergeEntries(region: Region): Lines | undefined {
  const { lines, later, back, from } = region;
  const places = new Set(later.flatMap((hunk) => (hunk.from === hunk.to ? [hunk.from] : [])));
  if (back.some((hunk) => hunk.from === hunk.to && places.has(hunk.from))) return undefined;
  const blocks = { later: blocksOf(later, lines.now, from.now), back: blocksOf(back, lines.good, from.good) };
  const all = [...blocks.later, ...blocks.back];
  const columns = new Set(all.map((block) => columnOf(block.find((line) => line.trim() !== "") ?? "")));
  const [column = 0] = columns;
  const whole = all.every((block) => block.every((line) => line.trim() === "" || columnOf(line) >= column));
  if (columns.size !== 1 || !whole) return undefined;
  const pure = [...later, ...back].every((hunk) => hunk.from === hunk.to || hunk.sourceFrom === hunk.sourceTo);
  return pure || areApart(blocks, column) ? sideBySide(region) : undefined;

  /** What stood there and what stands there instead; nothing is no block. */
  function blocksOf(hunks: Region["back"], source: Lines, start: number): readonly Lines[] {
    return hunks
      .flatMap((hunk) => [
        lines.bad.slice(hunk.from - from.bad, hunk.to - from.bad),
        source.slice(hunk.sourceFrom - start, hunk.sourceTo - start),
      ])
      .filter((block) => block.length > 0);
  }
}

/** Do the blocks of the two sides hold keys only, and none in common? */
function areApart(
  blocks: { readonly later: readonly Lines[]; readonly back: readonly Lines[] },
  column: number,
): boolean {
  const keysOf = (side: readonly Lines[]): readonly (string | undefined)[] =>
    side
      .flat()
      .filter((line) => columnOf(line) === column && !/^[ \t]*(?:#|\r?\n?$)/.test(line))
      .map((line) => /^[ \t]*(["']?[^\s#:"'{[-][^\s#:"']*["']?):(?=\s|$)/.exec(line)?.[1]);
  const [later, back] = [keysOf(blocks.later), keysOf(blocks.back)];
  return ![...later, ...back].includes(undefined) && !later.some((key) => back.includes(key));
}

function mergeLine(line: { readonly good: string; readonly bad: string; readonly now: string }): string | undefined {
  const words = { good: splitWords(line.good), bad: splitWords(line.bad), now: splitWords(line.now) };
  // Words that stand twice could be paired wrongly.
  if (new Set(words.bad).size !== words.bad.length || alignLines(words.bad, words.good).length === 0) return undefined;
  const regions = mergeLines(words);
  if (regions.some(({ kind }) => kind === "conflict")) return undefined;
  return regions.flatMap(({ kind, lines }) => (kind === "good" ? lines.good : lines.now)).join("");
}

/** Words with the blanks behind them. */
function splitWords(line: string): Lines {
  return line.match(/\s+|\S+\s*/g) ?? [];
}
