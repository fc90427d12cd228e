/** Foreign text in Markdown: it is shown, and does nothing; what looks like a secret is not shown. */
import { escapeText } from "../model/escape.ts";
import { maskSecrets } from "../model/secret.ts";

/** One line of foreign text outside of code: no mention, no issue reference, no link, no markup, no HTML. */
export function quoteInline(text: string): string {
  return (
    escapeText(maskSecrets(text).replace(/\s+/g, " ").trim())
      .replace(/&/g, "&amp;")
      .replace(/</g, "&lt;")
      .replace(/>/g, "&gt;")
      .replace(/([\\`*_[\]|~$])/g, "\\$1")
      // GitHub links `@name`, `#1`, `owner/repo#1`, `GH-1`, full URLs and long hex ids by themselves: a zero-width
      // non-joiner entity between breaks the word and is not seen (docs.github.com: autolinked references).
      // In one pass: the entity itself holds a `#` and a digit.
      .replace(/@(?=[A-Za-z0-9])|#(?=\d)/g, "$&&#8204;")
      .replace(/\bGH-(?=\d)/gi, "GH-&#8204;")
      .replace(/:\/\//g, ":&#8204;//")
      .replace(/\bwww\./gi, "www&#8204;.")
  );
}

/**
 * Foreign text as inline code. Inside code nothing is linked or rendered; the fence is longer than any run inside. In a table a pipe
 * ends a cell even there, unless an odd number of backslashes stands before it (github.github.com/gfm, "Tables").
 */
export function quoteCode(text: string): string {
  const line = escapeText(maskSecrets(text).replace(/\s+/g, " ")).replace(
    /(\\*)\|/g,
    (_, before: string) => `${before}${before.length % 2 === 0 ? "\\" : "\\\\"}|`,
  );
  const fence = "`".repeat(longestRun(line) + 1);
  const pad = line.startsWith("`") || line.endsWith("`") || line === "" ? " " : "";
  return `${fence}${pad}${line}${pad}${fence}`;
}

/** Foreign text as a block of code. */
export function quoteBlock(text: string, language = ""): string {
  const shown = escapeText(maskSecrets(text), { newlines: true }).replace(/\n+$/, "");
  const fence = "`".repeat(Math.max(3, longestRun(shown) + 1));
  return `${fence}${language}\n${shown}\n${fence}`;
}

/**
 * One line of foreign text for a commit message: hosting services act on those. No issue is closed (`fixes #1`), nobody is
 * notified (`@org/team`), no CI is switched off (`[skip ci]`), no trailer is forged (it stays one line).
 */
export function defuse(text: string): string {
  return escapeText(maskSecrets(text).replace(/\s+/g, " ").trim())
    .replace(/\b((?:close|fix|resolve)[a-z]{0,2}:?\s+\S{0,140}?)#(?=\d)/gi, "$1# ")
    .replace(/\b((?:close|fix|resolve)[a-z]{0,2}:?\s+(?:GH-|https?:\/))(?=[\d/])/gi, "$1 ")
    .replace(/(^|[^A-Za-z0-9._%+-])@(?=[A-Za-z0-9])/g, "$1@ ")
    .replace(/\[((?:skip|no)[ -](?:ci|actions)|(?:ci|actions)[ -]skip)\]/gi, "($1)");
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length));
}
