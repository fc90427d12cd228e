/** Foreign texts of bounded length, as the parts of a pull request's body show them. */
import { escapeText, shorten } from "../model/escape.ts";
import { pullRequestOf, type Revision, shortId, subjectOf } from "../model/git.ts";
import { quoteCode, quoteInline } from "./quote.ts";

/** One line of words, at most `limit` characters of it. */
export function inlineText(text: string, limit = 200): string {
  return quoteInline(shorten(escapeText(text.slice(0, 2 * limit)), limit));
}

/** One line of code, at most `limit` characters of it. */
export function inlineCode(text: string, limit = 120): string {
  return quoteCode(shorten(escapeText(text.slice(0, 2 * limit)), limit));
}

/** A value; of a digest as much as tells two apart. */
export function valueCode(text: string): string {
  return inlineCode(text.slice(0, 2000).replace(/@sha256:([0-9a-f]{10})[0-9a-f]{1,54}…?/g, "@sha256:$1…"));
}

/** `8d41c07 feat(api): bump image to 1.8.0 (#482)` */
export function revisionText(revision: Revision): string {
  return `${shortId(revision.id)} ${subjectText(revision)}`;
}

/** The subject; the number of its own pull request stays a link. */
export function subjectText(revision: Revision): string {
  const number = pullRequestOf(revision);
  const text = inlineText(subjectOf(revision));
  if (number === undefined) return text;
  const link = new RegExp(`(\\(|^Merge pull request )#&#8204;${number}(?=\\)$| )`);
  // "Fixes (#482)" might close it.
  if (/\b(?:close|fix|resolve)[a-z]{0,2}:?\s*\(#&#8204;\d+\)$/i.test(text)) return text;
  return text.replace(link, `$1#${number}`);
}

/** `#482`, when the message tells. */
export function pullRequestText(revision: Revision): string | undefined {
  const number = pullRequestOf(revision);
  return number === undefined ? undefined : `#${number}`;
}

/** An address of the configuration's: angle brackets take everything but themselves and white space. */
export function addressLink(url: string): string {
  return /^https?:\/\/[^\s<>"`|\\]{1,2000}$/.test(url) ? `<${url}>` : inlineCode(url, 300);
}
