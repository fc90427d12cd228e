/** Which lines differ between two texts. Bounded: two texts that have too little in common have no answer. */
import { diffArrays } from "diff";
import { splitLines } from "./lines.ts";

/** Lines `from` to `to` of head against lines `sourceFrom` to `sourceTo` of source; one of the two may be empty. */
export interface Hunk {
  readonly from: number;
  readonly to: number;
  readonly sourceFrom: number;
  readonly sourceTo: number;
}

/** Added and removed lines at most: the diff costs their square. */
const MAX_EDITS = 2000;

/** The hunks in order; undefined beyond the bound. Adjacent removed and added lines are one hunk. */
export function diffLines(head: readonly string[], source: readonly string[]): readonly Hunk[] | undefined {
  const changes = diffArrays([...head], [...source], { maxEditLength: MAX_EDITS });
  if (changes === undefined) return undefined;
  const hunks: Hunk[] = [];
  let [at, sourceAt] = [0, 0];
  for (const { added, removed, count } of changes) {
    const to = at + (added ? 0 : count);
    const sourceTo = sourceAt + (removed ? 0 : count);
    const last = hunks.at(-1);
    if (added || removed) {
      const joins = last?.to === at && last.sourceTo === sourceAt;
      if (joins) hunks.pop();
      hunks.push({ from: joins ? last.from : at, to, sourceFrom: joins ? last.sourceFrom : sourceAt, sourceTo });
    }
    [at, sourceAt] = [to, sourceTo];
  }
  return hunks;
}

/** Lines added and removed between two texts. Beyond the bound every line between the first and the last difference counts. */
export function countChangedLines(before: string, after: string): { readonly added: number; readonly removed: number } {
  const [old, young] = [splitLines(before), splitLines(after)];
  const hunks = diffLines(old, young) ?? [wholeHunk(old, young)];
  return {
    added: hunks.reduce((sum, { sourceFrom, sourceTo }) => sum + sourceTo - sourceFrom, 0),
    removed: hunks.reduce((sum, { from, to }) => sum + to - from, 0),
  };
}

function wholeHunk(head: readonly string[], source: readonly string[]): Hunk {
  let from = 0;
  while (from < head.length && from < source.length && head[from] === source[from]) from += 1;
  let [to, sourceTo] = [head.length, source.length];
  while (to > from && sourceTo > from && head[to - 1] === source[sourceTo - 1]) {
    to -= 1;
    sourceTo -= 1;
  }
  return { from, to, sourceFrom: from, sourceTo };
}
