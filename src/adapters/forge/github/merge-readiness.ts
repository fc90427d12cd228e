import { shortId, type CommitId } from "../../../core/model/git.ts";
import { LastgoodError } from "../../../errors.ts";
import type { MergeResult } from "../../../ports/forge.ts";
import type { GitHubPull } from "./convert.ts";
import type { BranchRules, CheckState } from "./convert-rules.ts";
import { safeText } from "./forge-text.ts";

/** May it be merged now? `unsettled`: GitHub may say more in a moment. `blocked`: a rule is unmet, and a call might pass it by. */
export type Readiness = MergeResult | { readonly kind: "ready" } | { readonly kind: "blocked" } | Unsettled;

export interface Unsettled {
  readonly kind: "unsettled";
  /** What it comes to when nothing more is said. */
  readonly otherwise: MergeResult;
}

/** Judges a pull request as GitHub shows it, by `mergeable_state` (docs.github.com, GraphQL MergeStateStatus). */
export function judgeReadiness({ pullRequest, mergeableState }: GitHubPull, expectedHead: CommitId): Readiness {
  const { state, draft, head, number, endedBy, mergeCommit } = pullRequest;
  if (state === "merged") {
    if (mergeCommit !== undefined) return { kind: "merged", commit: mergeCommit };
    throw new LastgoodError("ForgeAnswer", `GitHub: pull request #${number} is merged, but the answer names no commit`);
  }
  if (state === "closed") {
    return refused(`pull request #${number} was closed${endedBy === undefined ? "" : ` by ${safeText(endedBy)}`}`);
  }
  if (draft) return refused(`pull request #${number} is a draft`);
  if (head !== expectedHead) {
    const reason = `its branch is at ${shortId(head)}, not at ${shortId(expectedHead)}: somebody pushed to it`;
    return { kind: "unsettled", otherwise: refused(reason) };
  }
  switch (mergeableState) {
    case "clean":
    case "unstable":
    case "has_hooks":
      return { kind: "ready" };
    case "blocked":
      return { kind: "blocked" };
    case "behind":
      return { kind: "base-moved", reason: "its branch is behind the base, which must be up to date" };
    case "dirty":
      return { kind: "base-moved", reason: "it conflicts with the base" };
    case "unknown":
      return { kind: "unsettled", otherwise: waiting("GitHub has not computed yet whether it can be merged") };
    case "draft":
      return refused(`pull request #${number} is a draft`);
    default:
      return waiting(`GitHub calls its state "${safeText(mergeableState)}"`);
  }
}

export interface BlockingFacts {
  readonly base: string;
  readonly rules: BranchRules;
  readonly checks: readonly CheckState[];
  /** Login → last word. */
  readonly reviews: ReadonlyMap<string, string>;
}

/** Which rules are unmet, as far as it can be told; failed checks first. */
export function blockingReason({ base, rules, checks, reviews }: BlockingFacts): string {
  const stateOf = (name: string): string => {
    const states = checks.filter((check) => check.name === name).map((check) => check.state);
    return states.find((state) => state === "failed") ?? states.find((state) => state === "running") ?? states[0] ?? "";
  };
  const listed = (state: string, words: string): readonly string[] =>
    rules.checks.filter((name) => stateOf(name) === state).map((name) => `check "${safeText(name)}" ${words}`);
  const words = [...reviews];
  const approvals = words.filter(([, state]) => state === "APPROVED").length;
  const reasons = [
    ...listed("failed", "has failed"),
    ...words.flatMap(([login, state]) =>
      state === "CHANGES_REQUESTED" ? [`${safeText(login)} requested changes`] : [],
    ),
    ...(rules.approvals !== undefined && approvals < rules.approvals
      ? [`${approvals} of ${rules.approvals} required approvals are there`]
      : []),
    ...listed("running", "is still running"),
    ...listed("", "has not reported"),
  ];
  return reasons.length > 0 ? reasons.join("; ") : `a rule of ${safeText(base)} is not met, such as a missing review`;
}

export function waiting(reason: string): MergeResult {
  return { kind: "waiting", reason };
}

export function refused(reason: string): MergeResult {
  return { kind: "refused", reason };
}
