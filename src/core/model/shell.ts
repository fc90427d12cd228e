/** Commands that people paste into a shell. */
import { escapeText } from "./escape.ts";

/**
 * One word of a command line: as it is where a POSIX shell takes it for itself, else in single quotes, in which it takes nothing
 * for its own. What a terminal hides or obeys stands as its bytes in `$'…'` (bash, zsh, ksh), so that it survives being shown.
 */
export function shellWord(text: string): string {
  if (/^[\w./:@%+=,-]+$/.test(text)) return text;
  const isPlain = escapeText(text) === text;
  if (isPlain) return `'${text.replaceAll("'", String.raw`'\''`)}'`;
  return `$'${text.replace(/./gsu, ansiCharacter)}'`;
}

function ansiCharacter(char: string): string {
  if (char === "'" || char === "\\") return `\\${char}`;
  if (escapeText(char) === char) return char;
  return Array.from(new TextEncoder().encode(char), (byte) => `\\x${byte.toString(16).padStart(2, "0")}`).join("");
}

/** Words as one line that a shell takes apart into these very words. */
export function shellLine(words: readonly string[]): string {
  return words.map(shellWord).join(" ");
}

/** `--flag value`; a value that looks like a flag is bound to it. */
export function flagWords(flag: string, value: string): readonly string[] {
  return value.startsWith("-") ? [`${flag}=${value}`] : [flag, value];
}
