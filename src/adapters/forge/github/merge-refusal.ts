import { safeText } from "./forge-text.ts";

/** What a refused merge means for us. */
export type MergeRefusal =
  /** Somebody else merged or pushed first: plan again on the new base. */
  | "raced"
  /** Plan again on the new base; else it is a person's. */
  | "conflict"
  /** It is in the merge queue already. */
  | "queued"
  /** Only the merge queue merges into this base. */
  | "enqueue"
  /** For a check, a person, or GitHub itself. */
  | "waiting"
  /** Until somebody changes a setting or the pull request. */
  | "refused"
  /** This way of merging is not permitted; another may be. */
  | "other-method"
  /** The words mean several things: only the pull request itself tells. */
  | "look"
  /** A merge is running: its end is to be awaited. */
  | "merging";

/** The beginnings of GitHub's answers to `PUT pulls/N/merge`. They are no contract: seen in documentation and public issues. */
const REFUSALS: readonly (readonly [RegExp, MergeRefusal])[] = [
  [/^base branch was modified/i, "raced"],
  [/^merge already in progress/i, "merging"],
  // Not computed yet, a conflict, closed, or merged by the call before.
  [/^pull request is not mergeable/i, "look"],
  [/^pull request has merge conflicts/i, "conflict"],
  [/^pull request is still a draft/i, "refused"],
  [/^pull request is in the merge queue/i, "queued"],
  [/^changes must be made through (?:the|a) merge queue/i, "enqueue"],
  [/^(?:squash merges|merge commits|rebase merges) are not allowed/i, "other-method"],
  [/^this branch can['’]?t be rebased/i, "other-method"],
  [/^this branch must not contain merge commits/i, "other-method"],
  // GitHub signs what it squashes; our own commit carries no signature.
  [/^commits must have verified signatures/i, "other-method"],
  [/^you['’]?re not authorized to push to this branch/i, "refused"],
  [/^cannot update this protected ref/i, "refused"],
  // A foreign commit, or our own push not visible yet.
  [/^head branch was modified/i, "look"],
  [/^head branch is out of date/i, "look"],
];

/** From worst to mildest: several rules may refuse at once. */
const SEVERITY: readonly MergeRefusal[] = [
  "refused",
  "conflict",
  "raced",
  "look",
  "merging",
  "queued",
  "other-method",
  "waiting",
  "enqueue",
];

export interface JudgedRefusal {
  readonly means: MergeRefusal;
  /** GitHub's words, fit to be shown. */
  readonly text: string;
}

/** Reads a 405, 409 or 422 answer's texts. Unknown words mean waiting, with the words shown: never another attempt at once. */
export function judgeMergeRefusal(reasons: readonly string[]): JudgedRefusal {
  const lines = reasons
    .flatMap((reason) => reason.split("\n"))
    .map((line) => line.trim())
    .filter((line) => line !== "" && !/^repository rule violations found/i.test(line));
  const meanings = lines.map((line) => REFUSALS.find(([start]) => start.test(line))?.[1] ?? "waiting");
  const means = SEVERITY.find((candidate) => meanings.includes(candidate)) ?? "waiting";
  return { means, text: safeText(lines.join(" ")) || "GitHub gave no reason" };
}
