import { shortId, type CommitId } from "../../../core/model/git.ts";
import { LastgoodError } from "../../../errors.ts";
import type { MergeResult } from "../../../ports/forge.ts";
import type { GitHubPull } from "./convert.ts";
import type { BranchRules, CheckState } from "./convert-rules.ts";
import { safeText } from "./forge-text.ts";
import type { MergeFacts } from "./merge-facts.ts";

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
      return { kind: "base-moved", how: "behind", reason: "its branch is behind the base, and must be up to date" };
    case "dirty":
      return { kind: "base-moved", how: "conflict", reason: "it conflicts with the base" };
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
  /** Who is asked for a review, without `@`. */
  readonly asked: readonly string[];
}

export interface Blocking {
  /** What is missing, what a person must look at first. */
  readonly reason: string;
  /** Only a change of the rules helps. */
  readonly stops: boolean;
  /** Something speaks against the change itself: a failed check, a reviewer. */
  readonly against: boolean;
}

/** Which rules are unmet, as far as it can be told. */
export function blocking(facts: BlockingFacts & { readonly more: MergeFacts | undefined }): Blocking {
  const { base, rules, checks, reviews, more } = facts;
  const stateOf = (name: string): string => {
    const states = checks.filter((check) => check.name === name).map((check) => check.state);
    return states.find((state) => state === "failed") ?? states.find((state) => state === "running") ?? states[0] ?? "";
  };
  const required = [...new Set([...rules.checks, ...(more?.requiredChecks ?? [])])];
  const inState = (state: string): readonly string[] => required.filter((name) => stateOf(name) === state);
  const against = [
    ...counted(inState("failed"), "check has failed", "checks have failed"),
    ...[...reviews].flatMap(([login, state]) =>
      state === "CHANGES_REQUESTED" ? [`${safeText(login)} requested changes`] : [],
    ),
  ];
  const reasons = [
    ...(rules.closed ? [`the rules of ${safeText(base)} let only those whom they name update it`] : []),
    ...against,
    ...counted(inState("running"), "check is running", "checks are running"),
    ...counted(inState(""), "check has not reported", "checks have not reported"),
    ...missingReviews(facts),
    ...missingTalk(more),
  ];
  const reason = reasons.length > 0 ? reasons.join("; ") : `a rule of ${safeText(base)} is not met`;
  return { reason, stops: rules.closed, against: against.length > 0 };
}

function counted(names: readonly string[], one: string, many: string): readonly string[] {
  if (names.length === 0) return [];
  return [`${names.length} ${names.length === 1 ? one : many}: ${names.map((name) => safeText(name)).join(", ")}`];
}

function missingReviews(facts: BlockingFacts & { readonly more: MergeFacts | undefined }): readonly string[] {
  const { rules, reviews, asked, more } = facts;
  const approvals = [...reviews.values()].filter((state) => state === "APPROVED").length;
  const missing = Math.max(0, (rules.approvals ?? 0) - approvals);
  const ask = asked.length === 0 ? "" : `: ask ${asked.map((name) => `@${safeText(name)}`).join(", ")}`;
  if (missing > 0) return [`${missing} approving ${missing === 1 ? "review" : "reviews"} missing${ask}`];
  if (more?.reviewMissing !== true) return [];
  return [`${rules.codeOwners ? "a code owner's review is" : "an approving review is"} missing${ask}`];
}

function missingTalk(more: MergeFacts | undefined): readonly string[] {
  const open = more?.openConversations ?? 0;
  if (open === 0) return [];
  return [`${open} ${open === 1 ? "conversation is" : "conversations are"} not resolved`];
}

export function waiting(reason: string): MergeResult {
  return { kind: "waiting", reason };
}

export function refused(reason: string): MergeResult {
  return { kind: "refused", reason };
}
