/** Line differences of two texts, for people and for counting. */
import { structuredPatch } from "diff";

/** Two texts may differ in more lines than it is worth to align: then the whole text is one change. */
const MAX_EDIT_LENGTH = 2000;

interface Hunk {
  readonly oldStart: number;
  readonly oldLines: number;
  readonly newStart: number;
  readonly newLines: number;
  readonly lines: readonly string[];
}

export interface DiffOptions {
  /** Lines around each change; default 3. */
  readonly context?: number;
  /** What is shown of each line, when that is not the line itself. */
  readonly shown?: { readonly before: readonly string[]; readonly after: readonly string[] };
}

/** A unified diff without the `---`/`+++` head. Lines keep no terminator but a CR. */
export function unifiedDiff(before: string, after: string, options: DiffOptions = {}): readonly string[] {
  const { context = 3, shown } = options;
  return hunksOf(before, after, context).flatMap((hunk) => [
    `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`,
    ...(shown === undefined ? hunk.lines : showLines(hunk, shown)),
  ]);
}

/** The hunk's lines by their numbers. */
function showLines(hunk: Hunk, { before, after }: NonNullable<DiffOptions["shown"]>): readonly string[] {
  let [old, now] = [hunk.oldStart - 1, hunk.newStart - 1];
  return hunk.lines.map((line) => {
    const sign = line.slice(0, 1);
    if (sign === "-") return `-${before[old++] ?? ""}`;
    if (sign !== "+" && sign !== " ") return line;
    if (sign === " ") old += 1;
    return `${sign}${after[now++] ?? ""}`;
  });
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

/** A side without lines is named by the line before (as git and diff do). */
function range(start: number, count: number): string {
  if (count === 1) return String(start);
  return `${count === 0 ? start - 1 : start},${count}`;
}
