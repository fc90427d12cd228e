/**
 * Classic branch protection: why a branch may not be written, and why a pull request may not be merged.
 * One list of reasons serves the API, and a file of them serves the pre-receive hook.
 */
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { may } from "./access.ts";
import { HOOK_RULES_FILE } from "./git/repository-files.ts";
import type { BranchRules, Pull, PullIssue, Repository, Review, Token } from "./state.ts";

type CheckOutcome = "success" | "failing" | "pending" | "in progress" | "expected";

/** How a required check stands at a commit. Statuses and check runs of that name both count; the newest of each. */
function outcomeOf(repository: Repository, sha: string, check: { context: string; appId?: number }): CheckOutcome {
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

/** The reason that required checks give, in GitHub's words; undefined when all have passed. */
function checksReason(repository: Repository, rules: BranchRules, sha: string): string | undefined {
  const checks = rules.requiredChecks?.checks ?? [];
  const open = checks
    .map((check) => ({ context: check.context, outcome: outcomeOf(repository, sha, check) }))
    .filter(({ outcome }) => outcome !== "success");
  const [first] = open;
  if (first === undefined) return undefined;
  if (open.length === 1) {
    return `Required status check "${first.context}" is ${first.outcome}.`;
  }
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

function reviewsReason(rules: BranchRules, pull: Pull): string | undefined {
  if (rules.requiredApprovals === undefined) return undefined;
  const reviews = decisiveReviews(pull);
  if (reviews.some((review) => review.state === "CHANGES_REQUESTED")) return "Changes have been requested.";
  const approvals = reviews.filter((review) => review.state === "APPROVED").length;
  if (approvals >= rules.requiredApprovals) return undefined;
  const plural = rules.requiredApprovals === 1 ? "review is" : "reviews are";
  return `At least ${rules.requiredApprovals} approving ${plural} required by reviewers with write access.`;
}

/** Why the base's rules keep this pull request from being merged; empty when nothing does. */
export function mergeReasons(repository: Repository, issue: PullIssue): readonly string[] {
  const rules = repository.rules.get(issue.pull.base);
  if (rules === undefined) return [];
  return [reviewsReason(rules, issue.pull), checksReason(repository, rules, issue.pull.head)].filter(
    (reason) => reason !== undefined,
  );
}

/** May this token pass the rules? Administrators may unless the rules include them. */
export function mayBypass(repository: Repository, branch: string, token: Token | undefined): boolean {
  return (
    repository.rules.get(branch)?.enforceAdmins !== true &&
    token !== undefined &&
    may(token, repository, ["administration", "write"])
  );
}

export type UpdateKind = "update" | "force" | "delete";

interface Reason {
  readonly kind: UpdateKind;
  readonly text: string;
}

function updateReasons(rules: BranchRules): readonly Reason[] {
  const checks = rules.requiredChecks?.checks ?? [];
  const [first] = checks;
  return [
    ...(rules.requiredApprovals === undefined
      ? []
      : [{ kind: "update" as const, text: "Changes must be made through a pull request." }]),
    ...(first === undefined
      ? []
      : [
          {
            kind: "update" as const,
            text:
              checks.length === 1
                ? `Required status check "${first.context}" is expected.`
                : `${checks.length} of ${checks.length} required status checks are expected.`,
          },
        ]),
    ...(rules.allowForcePushes === true ? [] : [{ kind: "force" as const, text: "Cannot force-push to this branch" }]),
    ...(rules.allowDeletions === true ? [] : [{ kind: "delete" as const, text: "Cannot delete this branch" }]),
  ];
}

/** Why this token may not write the branch directly; empty when it may. A forced update is also an update. */
export function writeReasons(
  repository: Repository,
  branch: string,
  { token, kinds }: { readonly token: Token | undefined; readonly kinds: readonly UpdateKind[] },
): readonly string[] {
  const rules = repository.rules.get(branch);
  if (rules === undefined || mayBypass(repository, branch, token)) return [];
  return updateReasons(rules).flatMap(({ kind, text }) => (kinds.includes(kind) ? [text] : []));
}

/** Sets or (undefined) removes a branch's rules, and tells the hook. */
export async function setRules(repository: Repository, branch: string, rules: BranchRules | undefined): Promise<void> {
  if (rules === undefined) repository.rules.delete(branch);
  else repository.rules.set(branch, rules);
  const lines = [...repository.rules].flatMap(([name, each]) =>
    updateReasons(each).map(({ kind, text }) => {
      const bypass = each.enforceAdmins === true ? "never" : "administrators";
      return [`refs/heads/${name}`, kind, bypass, text.replace(/[\t\n]/g, " ")].join("\t");
    }),
  );
  await writeFile(join(repository.dir, HOOK_RULES_FILE), lines.map((line) => `${line}\n`).join(""));
}
