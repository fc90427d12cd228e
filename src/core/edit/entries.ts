/** Cuts pairs and items out of a block collection and puts new ones in, whole lines at a time. */
import { type Entry, isOpenEnded } from "./layout.ts";
import { isBlank, lineStart, shiftLines, skipBlank, terminatorAt, type TextEdit, withTerminator } from "./lines.ts";

/** Cuts the entries with the indexes `gone`. One that shares its first line (`- name: x`) leaves that place to the next that stays. */
export function cutEntries(entries: readonly Entry[], gone: ReadonlySet<number>): readonly TextEdit[] {
  const leading = entries[0]?.begins === false && gone.has(0) ? entries.findIndex((_, at) => !gone.has(at)) : 0;
  const edits = [...gone].filter((at) => at >= leading).map((at) => cutOf(entries, at, gone));
  const [first, heir] = [entries[0], entries[leading]];
  if (leading <= 0 || first === undefined || heir === undefined) return edits;
  return [{ from: first.start, to: heir.from + heir.slot.column, text: "" }, ...edits];
}

/** A region with the blank lines that set it off, unless what stays needs them. */
function cutOf(entries: readonly Entry[], at: number, gone: ReadonlySet<number>): TextEdit {
  const { slot, from, to } = entries[at] as Entry;
  const { text } = slot;
  const above = entries[at - 1];
  const blankAbove = skipBlankBack(text, from, above?.to ?? 0);
  const blankBelow = skipBlank(text, to);
  if (above !== undefined && !gone.has(at - 1) && isOpenEnded(above.slot)) return { from, to: blankBelow, text: "" };
  const last = at === entries.length - 1;
  if (blankAbove < from && at > 0 && (last || blankBelow > to)) return { from: blankAbove, to, text: "" };
  const heads = !last && blankBelow > to && blankAbove === from && !gone.has(at + 1) && isLeading(gone, at);
  return { from, to: heads ? blankBelow : to, text: "" };
}

/** Do all the entries before it go too? */
function isLeading(gone: ReadonlySet<number>, at: number): boolean {
  for (let before = at; before >= 0; before -= 1) if (!gone.has(before)) return false;
  return true;
}

/**
 * Puts lines in behind the entry `after` (undefined: before the first). They stand at the column of the entries,
 * the first with its indentation, and end with "\n".
 */
export function addLines(entries: readonly Entry[], after: number | undefined, lines: string): TextEdit {
  const near = entries[after ?? 0] as Entry;
  const { text, column } = near.slot;
  const offset = after === undefined ? near.from : near.to;
  const terminator = terminatorAt(text, offset);
  const open = after !== undefined && isOpenEnded(near.slot);
  const written = withTerminator(open ? lines.replace(/^\n+/, "") : lines, terminator);
  if (after === undefined && !near.begins) {
    return { from: offset, to: offset, text: written.slice(column) + " ".repeat(column) };
  }
  const torn = offset > 0 && offset === text.length && !text.endsWith("\n");
  return { from: offset, to: offset, text: torn ? terminator + written.slice(0, -terminator.length) : written };
}

/** The bytes of a region as lines at `column`, with the blank lines that set it off from its neighbours. */
export function linesOf(
  entries: readonly Entry[],
  at: number,
  placed: { readonly body: string; readonly column: number; readonly first: boolean },
): string {
  const { slot, from, to, begins } = entries[at] as Entry;
  const body = withTerminator(placed.body, "\n").replace(/\n?$/, "\n");
  const indented = begins ? body : " ".repeat(slot.column) + body;
  const lines = shiftLines(`\n${indented}`, placed.column - slot.column).slice(1);
  const { text } = slot;
  const above =
    at > 0 && !placed.first ? countLines(text, skipBlankBack(text, from, entries[at - 1]?.to ?? 0), from) : 0;
  const below = placed.first && at < entries.length - 1 ? countLines(text, to, skipBlank(text, to)) : 0;
  return "\n".repeat(above) + lines + "\n".repeat(below);
}

function countLines(text: string, from: number, to: number): number {
  return text.slice(from, to).split("\n").length - 1;
}

function skipBlankBack(text: string, from: number, until: number): number {
  let at = from;
  while (at > until) {
    const above = lineStart(text, at - 1);
    if (above === at || !isBlank(text.slice(above, at))) break;
    at = above;
  }
  return at;
}
