/** Why the rules of its base keep a pull request from being merged, in GitHub's words. */
import { findMergeBase, readDiff, readLog } from "../git/history.ts";
import type { Commit } from "../git/history.ts";
import { findBranch } from "../git/refs.ts";
import type { MergeMethod, Pull, PullIssue, Repository, Review, Token } from "../state.ts";
import { ownerApproved, ownersOf } from "./code-owners.ts";
import { mayBypass, rulesOn } from "./rule.ts";
import type { ActiveRule } from "./rule.ts";
import type { ChecksRule, MessageRule, RequiredCheck, ReviewRule } from "./rule-types.ts";
import { breaksPattern, isSigned, messageReason } from "./commit-rules.ts";

export interface Unmet {
  readonly text: string;
  readonly active: ActiveRule;
}

type CheckOutcome = "success" | "failing" | "pending" | "in progress" | "expected";

/** How a required check stands at a commit. Statuses and check runs of that name both count; the newest of each. */
export function outcomeOf(repository: Repository, sha: string, check: RequiredCheck): CheckOutcome {
  const outcomes: CheckOutcome[] = [];
  const run = repository.checkRuns.findLast(
    (each) =>
      each.sha === sha && each.name === check.context && (check.appId === undefined || each.app.id === check.appId),
  );
  if (run !== undefined) {
    if (run.status !== "completed") outcomes.push(run.status === "queued" ? "pending" : "in progress");
    else outcomes.push(["success", "neutral", "skipped"].includes(run.conclusion ?? "") ? "success" : "failing");
  }
  const status = repository.statuses.findLast((each) => each.sha === sha && each.context === check.context);
  if (status !== undefined && check.appId === undefined) {
    if (status.state === "success") outcomes.push("success");
    else outcomes.push(status.state === "pending" ? "pending" : "failing");
  }
  return outcomes.find((outcome) => outcome !== "success") ?? outcomes[0] ?? "expected";
}

/** The reason that required checks give at a commit; undefined when all have passed. */
export function checksReason(repository: Repository, { checks }: ChecksRule, sha: string): string | undefined {
  const open = checks
    .map((check) => ({ context: check.context, outcome: outcomeOf(repository, sha, check) }))
    .filter(({ outcome }) => outcome !== "success");
  const [first] = open;
  if (first === undefined) return undefined;
  if (open.length === 1) return `Required status check "${first.context}" is ${first.outcome}.`;
  const tally = new Map<string, number>();
  for (const { outcome } of open) tally.set(outcome, (tally.get(outcome) ?? 0) + 1);
  const parts = [...tally].map(([outcome, count]) => `${count} ${outcome}`);
  const last = parts.pop() ?? "";
  const detail = parts.length === 0 ? last : `${parts.join(", ")} and ${last}`;
  return `${open.length} of ${checks.length} required status checks have not succeeded: ${detail}.`;
}

/** The last word of each reviewer that may decide; comments change nothing. */
export function decisiveReviews(pull: Pull): readonly Review[] {
  const latest = new Map<number, Review>();
  for (const review of pull.reviews) {
    if (!review.user.collaborator || review.state === "COMMENTED" || review.state === "PENDING") continue;
    latest.set(review.user.id, review);
  }
  return [...latest.values()];
}

/** Conversations on the diff that nobody has resolved. */
export function openConversations(pull: Pull): number {
  return pull.lineComments.filter(({ replyTo, resolved }) => replyTo === undefined && resolved !== true).length;
}

/** What is unmet, whoever merges; with `method`, also what only speaks against that way of merging. */
export async function unmetRules(
  repository: Repository,
  issue: PullIssue,
  method?: MergeMethod,
): Promise<readonly Unmet[]> {
  const found: Unmet[] = [];
  for (const active of rulesOn(repository, issue.pull.base))
    for (const text of await reasonsOf(repository, { issue, active, method })) found.push({ text, active });
  return found;
}

/** As `unmetRules`, without what this token may pass by. */
export async function unmetFor(
  repository: Repository,
  { issue, token, method }: { issue: PullIssue; token: Token | undefined; method: MergeMethod },
): Promise<readonly Unmet[]> {
  const branch = issue.pull.base;
  const unmet = await unmetRules(repository, issue, method);
  return unmet.filter(({ active }) => !mayBypass(repository, { branch, active, by: "merge" }, token));
}

/** The message of a 405: what rulesets say is wrapped, classic protection speaks plainly. */
export function refusalText(unmet: readonly Unmet[]): string {
  const texts = [...new Set(unmet.map(({ text }) => text))];
  if (unmet.every(({ active }) => active.ruleset === undefined)) return texts.join(" ");
  return `Repository rule violations found\n\n${texts.join("\n\n")}\n\n`;
}

interface Question {
  readonly issue: PullIssue;
  readonly active: ActiveRule;
  readonly method: MergeMethod | undefined;
}

async function reasonsOf(repository: Repository, { issue, active, method }: Question): Promise<readonly string[]> {
  const { rule } = active;
  const { pull } = issue;
  switch (rule.type) {
    case "pull_request":
      return [...(await reviewReasons(repository, issue, rule)), ...methodReasons(rule, method)];
    case "conversations":
      return conversationReasons(pull);
    case "required_status_checks": {
      const reason = checksReason(repository, rule, pull.head);
      return reason === undefined ? [] : [reason];
    }
    case "required_signatures":
      return (await signatureReason(repository, issue, method)) ? ["Commits must have verified signatures."] : [];
    case "required_linear_history":
      return method === "merge" ? ["This branch must not contain merge commits."] : [];
    case "commit_message_pattern":
      return await messageReasons(repository, issue, { rule, method });
    case "update":
      return ["Cannot update this protected ref."];
    case "pushers":
    case "merge_queue": // they speak to who calls: see merging
    case "creation":
    case "deletion":
    case "non_fast_forward":
      return [];
  }
}

async function reviewReasons(repository: Repository, issue: PullIssue, rule: ReviewRule): Promise<readonly string[]> {
  const { pull } = issue;
  const reviews = decisiveReviews(pull);
  const approvers = reviews.filter(({ state }) => state === "APPROVED").map(({ user }) => user);
  if (rule.approvals > 0 && reviews.some(({ state }) => state === "CHANGES_REQUESTED"))
    return ["Changes have been requested."];
  const plural = rule.approvals === 1 ? "review is" : "reviews are";
  const { pushedBy } = pull;
  const others = approvers.filter(({ id }) => id !== pushedBy?.id);
  return [
    ...(approvers.length < rule.approvals
      ? [`At least ${rule.approvals} approving ${plural} required by reviewers with write access.`]
      : []),
    ...(rule.codeOwners ? await ownerReasons(repository, issue, approvers) : []),
    ...(rule.lastPush && rule.approvals > 0 && approvers.length >= rule.approvals && others.length === 0
      ? ["Waiting on 1 more approval from someone other than the last pusher."]
      : []),
    ...(rule.conversations ? conversationReasons(pull) : []),
  ];
}

async function ownerReasons(
  repository: Repository,
  issue: PullIssue,
  approvers: readonly Review["user"][],
): Promise<readonly string[]> {
  const waiting = (await codeOwners(repository, issue)).filter(
    (owners) => !owners.some((owner) => ownerApproved(repository, owner, approvers)),
  );
  return [...new Set(waiting.map(([owner = ""]) => `Waiting on code owner review from ${owner}.`))];
}

/** The owners of each file that the pull request changes and that has any, by the base's CODEOWNERS. */
export async function codeOwners(repository: Repository, { pull }: PullIssue): Promise<readonly (readonly string[])[]> {
  const base = (await findBranch(repository, pull.base)) ?? pull.baseSha;
  const from = await findMergeBase(repository, base, pull.head);
  const paths = (await readDiff(repository, from, pull.head)).map(({ path }) => path);
  return (await ownersOf(repository, base, paths)).filter((owners) => owners.length > 0);
}

function conversationReasons(pull: Pull): readonly string[] {
  return openConversations(pull) === 0
    ? []
    : ["A conversation must be resolved before this pull request can be merged."];
}

const METHOD_NAMES: Readonly<Record<MergeMethod, string>> = {
  merge: "Merge commits",
  squash: "Squash merges",
  rebase: "Rebase merges",
};

/** GitHub's words for a way of merging that is not allowed. */
export function methodRefusal(method: MergeMethod): string {
  return `${METHOD_NAMES[method]} are not allowed on this repository.`;
}

function methodReasons(rule: ReviewRule, method: MergeMethod | undefined): readonly string[] {
  return method === undefined || rule.methods.includes(method) ? [] : [methodRefusal(method)];
}

/** GitHub signs what it squashes and its merge commits, never a rebase; with a merge commit, the head's own commits come along. */
async function signatureReason(
  repository: Repository,
  issue: PullIssue,
  method: MergeMethod | undefined,
): Promise<boolean> {
  if (method === undefined || method === "squash") return false;
  if (method === "rebase") return true;
  for (const { sha } of await newCommits(repository, issue)) if (!(await isSigned(repository, sha))) return true;
  return false;
}

async function messageReasons(
  repository: Repository,
  issue: PullIssue,
  { rule, method }: { readonly rule: MessageRule; readonly method: MergeMethod | undefined },
): Promise<readonly string[]> {
  if (method === undefined || method === "squash") return [];
  const commits = await newCommits(repository, issue);
  return commits.some(({ message }) => breaksPattern(rule, message)) ? [messageReason(rule)] : [];
}

async function newCommits(repository: Repository, { pull }: PullIssue): Promise<readonly Commit[]> {
  const base = (await findBranch(repository, pull.base)) ?? pull.baseSha;
  return await readLog(repository, `${base}..${pull.head}`);
}
