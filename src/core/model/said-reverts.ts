/** What commit messages say of other commits: git-revert(1), GitHub, and what people write. */
import { type Revision, subjectOf } from "./git.ts";

/** Nobody undoes more by one message. */
export const MAX_NAMED = 20;

/** What a message says that it takes back. */
export interface SaidReverts {
  /** Commit ids, at least 7 digits. */
  readonly ids: readonly string[];
  readonly titles: readonly string[];
  /** Of a pull request. */
  readonly number?: number;
}

/** What a message says that it reverts; undefined when it says nothing. Messages are untrusted: whoever asks looks at the contents, too. */
export function saidReverts(revision: Revision): SaidReverts | undefined {
  const { message } = revision;
  // git-revert(1) writes "This reverts commit <id>."; for a merge ", reversing changes made to <id>" follows.
  const ids = [...message.matchAll(/\bThis reverts commit ([0-9a-f]{7,64})\b/gi)].map((match) =>
    (match[1] ?? "").toLowerCase(),
  );
  const title = changeTitleOf(revision);
  const quoted = /^(?:revert|back ?out|roll ?back)\b[^"“]*["“](.+)["”]$/i.exec(title)?.[1];
  const conventional = /^revert(?:\([^)]*\))?!?: *(.+)$/i.exec(title)?.[1];
  // GitHub: "Reverts owner/repository#12" in the text, `revert-12-branch` as the branch.
  const number =
    /^Reverts (?:[\w.-]+\/[\w.-]+)?#(\d{1,9})\b/im.exec(message)?.[1] ??
    /^Merge pull request #\d+ from [^\s/]+\/revert-(\d{1,9})-/.exec(message)?.[1];
  const titles = [quoted, conventional].flatMap((text) => (text === undefined ? [] : [plainTitle(text)]));
  if (ids.length === 0 && titles.length === 0 && number === undefined) return undefined;
  return {
    ids: [...new Set(ids)].slice(0, MAX_NAMED),
    titles,
    ...(number === undefined ? {} : { number: Number(number) }),
  };
}

/** The title of a change: of GitHub's merges the pull request's, without the number behind it. */
export function changeTitleOf(revision: Revision): string {
  const subject = subjectOf(revision);
  const merged = /^Merge pull request #\d+ from /.test(subject);
  const body = merged
    ? revision.message
        .split("\n")
        .slice(1)
        .find((line) => line.trim() !== "")
    : undefined;
  return plainTitle(body ?? subject);
}

function plainTitle(text: string): string {
  return text
    .trim()
    .replace(/\s*\(#\d{1,9}\)$/, "")
    .trim();
}
