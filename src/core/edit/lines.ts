/** Offsets and lines of a text. A line ends with "\n" and owns it; a byte order mark belongs to no line. */

const BYTE_ORDER_MARK = "\uFEFF";

/** Where the line of `offset` begins. */
export function lineStart(text: string, offset: number): number {
  const start = offset === 0 ? 0 : text.lastIndexOf("\n", offset - 1) + 1;
  return text.startsWith(BYTE_ORDER_MARK, start) && start < offset ? start + 1 : start;
}

/** Behind the line of `offset`, its terminator included. */
export function lineEnd(text: string, offset: number): number {
  const newline = text.indexOf("\n", offset);
  return newline === -1 ? text.length : newline + 1;
}

/** Behind the last character of the line of `offset`, before its terminator. */
export function lineBreak(text: string, offset: number): number {
  const end = lineEnd(text, offset);
  if (!text.endsWith("\n", end) || end === offset) return end;
  return text.endsWith("\r\n", end) && end - 2 >= offset ? end - 2 : end - 1;
}

export function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}

/** Is there nothing but spaces and tabs before `offset` in its line? */
export function beginsLine(text: string, offset: number): boolean {
  return /^[ \t]*$/.test(text.slice(lineStart(text, offset), offset));
}

/** How lines end around `offset`: as the line before it does, or its own, or the first of the text. */
export function terminatorAt(text: string, offset: number): string {
  const before = text.lastIndexOf("\n", offset - 1);
  const newline = offset > 0 && before !== -1 ? before : text.indexOf("\n", offset);
  return newline > 0 && text[newline - 1] === "\r" ? "\r\n" : "\n";
}

/** The lines of a text, with their terminators. */
export function splitLines(text: string): readonly string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

export function isBlank(line: string): boolean {
  return line.trim() === "";
}

/** Behind the blank lines that begin at `from`, the start of a line. */
export function skipBlank(text: string, from: number): number {
  let at = from;
  while (at < text.length && isBlank(text.slice(at, lineEnd(text, at)))) at = lineEnd(text, at);
  return at;
}

/** Moves every line but the first by `columns`; a line that stands too far left for it goes as far as it can. Blank lines stay. */
export function shiftLines(text: string, columns: number): string {
  if (columns === 0) return text;
  return text.replace(
    /\n( *)(?=[^ \r\n])/g,
    (_, spaces: string) => `\n${" ".repeat(Math.max(0, spaces.length + columns))}`,
  );
}

/** Every line end of `text` as `terminator`. */
export function withTerminator(text: string, terminator: string): string {
  return text.replace(/\r?\n/g, terminator);
}

/** Replace the bytes `from` to `to` of a text. */
export interface TextEdit {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

/**
 * The part `from` to `to` of a text with the edits done, all of which lie in it; undefined when two of them overlap.
 * At one place what is put in stands in the order given, before what is replaced there. Cuts may overlap each other,
 * and something may be put into a cut: blank lines belong to neighbours on both sides.
 */
export function applyEdits(text: string, edits: readonly TextEdit[], from = 0, to = text.length): string | undefined {
  const ordered = edits.toSorted((a, b) => a.from - b.from || Number(a.to > a.from) - Number(b.to > b.from));
  let result = "";
  let [done, cut] = [from, false];
  for (const edit of ordered) {
    const yields = edit.text === "" || edit.from === edit.to;
    if (edit.from < from || edit.to > to || (edit.from < done && !(cut && yields))) return undefined;
    result += text.slice(done, edit.from) + edit.text;
    if (edit.to > done) cut = edit.text === "";
    done = Math.max(done, edit.to);
  }
  return result + text.slice(done, to);
}
