/**
 * Makes foreign text harmless to look at. Names, messages, health texts and paths come from people lastgood does not know:
 * raw, they can recolour a terminal, overwrite lines (CR, backspace), open links (OSC 8), set the clipboard (OSC 52),
 * or turn the reading direction so that a line shows something else than it says (CVE-2021-42574).
 */

/**
 * Controls (C0, DEL, C1), format characters (bidi, zero-width, soft hyphen, tags), line and paragraph separators, lone surrogates,
 * and everything else that is drawn as nothing. The two emoji variation selectors stay: they only choose a glyph.
 */
const UNSAFE = /(?![\ufe0e\ufe0f])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Default_Ignorable_Code_Point}]/gu;

const NAMED: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/**
 * `text` with every character that a terminal obeys or hides written out: `\x1b`, `\u202e`, `\u{e0041}`, `\n`, `\r`, `\t`.
 * With `newlines`, line feeds stay. The answer is well-formed and holds no control character, for any string.
 */
export function escapeText(text: string, options: { readonly newlines?: boolean } = {}): string {
  return text.replace(UNSAFE, (char) => (char === "\n" && options.newlines === true ? char : escapeCharacter(char)));
}

/** `text` with every unsafe character but the line feed replaced: for formats that have escapes of their own. */
export function replaceUnsafe(text: string, replace: (char: string) => string): string {
  return text.replace(UNSAFE, (char) => (char === "\n" ? char : replace(char)));
}

function escapeCharacter(char: string): string {
  const named = NAMED[char];
  if (named !== undefined) return named;
  const code = char.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return code <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\u{${hex}}`;
}

/** Does `text` hold a character that `escapeText` would write out, line feeds not counted? */
export function isPlainText(text: string): boolean {
  return escapeText(text, { newlines: true }) === text;
}

/** `text` cut to `length` UTF-16 units at a code point, with `…` when something is missing. */
export function shorten(text: string, length: number): string {
  if (text.length <= length) return text;
  const cut = text.slice(0, Math.max(0, length - 1));
  return `${/[\ud800-\udbff]$/.test(cut) ? cut.slice(0, -1) : cut}…`;
}
