/** Line differences of two texts, for people and for counting. */
import { structuredPatch } from "diff";

/** Two texts may differ in more lines than it is worth to align: then the whole text is one change. */
const MAX_EDIT_LENGTH = 4000;

interface Hunk {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  readonly lines: readonly string[];
}

/** A unified diff with `context` lines around each change, without the `---`/`+++` head. Lines keep no terminator. */
export function unifiedDiff(before: string, after: string, context = 3): readonly string[] {
  return hunksOf(before, after, context).flatMap((hunk) => [
    `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`,
    ...hunk.lines,
  ]);
}

/** How many lines come and go. */
export function countLines(before: string, after: string): { readonly added: number; readonly removed: number } {
  const lines = hunksOf(before, after, 0).flatMap((hunk) => hunk.lines);
  return {
    added: lines.filter((line) => line.startsWith("+")).length,
    removed: lines.filter((line) => line.startsWith("-")).length,
  };
}

function hunksOf(before: string, after: string, context: number): readonly Hunk[] {
  const patch = structuredPatch("", "", before, after, "", "", { context, maxEditLength: MAX_EDIT_LENGTH });
  if (patch !== undefined) return patch.hunks;
  const [old, now] = [splitLines(before), splitLines(after)];
  const lines = [...old.map((line) => `-${line}`), ...now.map((line) => `+${line}`)];
  return [{ oldStart: 1, oldLines: old.length, newStart: 1, newLines: now.length, lines }];
}

function splitLines(text: string): readonly string[] {
  return text === "" ? [] : text.replace(/\n$/, "").split("\n");
}

function range(start: number, count: number): string {
  return count === 1 ? String(start) : `${start},${count}`;
}
