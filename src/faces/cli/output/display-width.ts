/** Columns that a text takes in a terminal. Rather too many than too few: a table may be narrow, but never wraps. */

/** East Asian Wide and Fullwidth (Unicode's EastAsianWidth.txt, W and F; blocks rounded to whole ranges). */
const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x231a, 0x231b],
  [0x2329, 0x232a],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xa960, 0xa97c],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe10, 0xfe19],
  [0xfe30, 0xfe6f],
  [0xff01, 0xff60],
  [0xffe0, 0xffe6],
  [0x16fe0, 0x18dff],
  [0x1aff0, 0x1b2ff],
  [0x1d300, 0x1d37f],
  [0x1f200, 0x1f2ff],
  [0x1f300, 0x1faff],
  [0x20000, 0x3fffd],
];

const EMOJI = /\p{Emoji_Presentation}/u;
const MARK = /\p{M}/u;

/** Columns of one code point. Control characters do not come here: `escapeText` has written them out. */
function widthOf(char: string): number {
  const code = char.codePointAt(0) ?? 0;
  if (code < 0x300) return 1;
  // VS16 turns the character before into an emoji, which is one column wider.
  if (code === 0xfe0f) return 1;
  if (MARK.test(char)) return 0;
  return EMOJI.test(char) || WIDE.some(([first, last]) => code >= first && code <= last) ? 2 : 1;
}

/** Columns of a text without control characters. */
export function displayWidth(text: string): number {
  let width = 0;
  for (const char of text) width += widthOf(char);
  return width;
}

/** `text` in at most `width` columns, with `ellipsis` (one column) when something is missing. Cut between code points, marks kept. */
export function cutToWidth(text: string, width: number, ellipsis = "…"): string {
  if (width <= 0) return "";
  if (displayWidth(text) <= width) return text;
  let kept = "";
  let used = 0;
  for (const char of text) {
    used += widthOf(char);
    if (used > width - 1) break;
    kept += char;
  }
  return kept + ellipsis;
}
