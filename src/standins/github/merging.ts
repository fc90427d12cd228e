/** `PUT pulls/N/merge`: the refusals in GitHub's order and words, three methods, and a compare-and-swap of the base. */
import { refusal } from "./reply.ts";
import type { RepositoryCall } from "./call.ts";
import { readCommit, readLog } from "./git/history.ts";
import type { Commit } from "./git/history.ts";
import { mergeTrees, replay } from "./git/merge.ts";
import { writeCommit } from "./git/objects.ts";
import type { Signature } from "./git/objects.ts";
import { NO_OBJECT, findBranch, swapRef } from "./git/refs.ts";
import { queueEntryOf } from "./merge-queue-entry.ts";
import { isBehind, markMerged, syncPulls } from "./pull-requests.ts";
import { mayBypass, rulesOn } from "./rules/rule.ts";
import type { Rule } from "./rules/rule-types.ts";
import { methodRefusal, refusalText, unmetFor } from "./rules/unmet.ts";
import { NOT_AUTHORIZED, mayPush } from "./rules/writes.ts";
import { signatureOf, webFlow } from "./signatures.ts";
import type { MergeMethod, PullIssue, Token, User } from "./state.ts";

export interface MergeOrder {
  readonly method: MergeMethod;
  /** Merges only while the head is this. */
  readonly sha: string | undefined;
  readonly title: string | undefined;
  readonly message: string | undefined;
  readonly by: User;
}

/** What a merge needs of a request; GitHub itself merges without a token of anybody. */
export type Merger = Pick<RepositoryCall, "world" | "repository" | "token" | "pause">;

/** Merges and answers the commit that is now the base's tip. Throws 405 and 409 refusals. */
export async function mergePull(call: Merger, issue: PullIssue, order: MergeOrder): Promise<string> {
  const { pull } = issue;
  if (pull.merging) throw refusal(405, "Merge already in progress");
  pull.merging = true;
  try {
    return await mergeNow(call, issue, order);
  } finally {
    pull.merging = false;
    await syncPulls(call.world, call.repository);
  }
}

async function mergeNow(call: Merger, issue: PullIssue, order: MergeOrder): Promise<string> {
  const { world, repository } = call;
  const { pull } = issue;
  const base = await findBranch(repository, pull.base);
  if (issue.state === "closed" || base === undefined) throw refusal(405, "Pull Request is not mergeable");
  await demandRules(call, issue, order);
  const commit = await buildMerge(call, { issue, order, base });
  await call.pause();
  if (!(await swapRef(repository, `refs/heads/${pull.base}`, { from: base, to: commit })))
    throw refusal(405, "Base branch was modified. Review and try the merge again.");
  if (order.method !== "rebase") repository.verified.add(commit); // GitHub's rebase merges are unsigned
  pull.baseSha = base;
  markMerged(world, issue, { commit, by: order.by });
  repository.pushedAtMs = world.now();
  if (repository.deleteBranchOnMerge)
    await swapRef(repository, `refs/heads/${pull.branch}`, { from: pull.head, to: NO_OBJECT });
  return commit;
}

async function demandRules({ repository, token }: Merger, issue: PullIssue, order: MergeOrder): Promise<void> {
  const { pull } = issue;
  if (!repository.allow[order.method]) throw refusal(405, methodRefusal(order.method));
  if (pull.draft) throw refusal(405, "Pull Request is still a draft");
  if (order.sha !== undefined && order.sha !== pull.head)
    throw refusal(409, "Head branch was modified. Review and try the merge again.");
  if (queueEntryOf(repository, issue) !== undefined) throw refusal(405, "Pull Request is in the merge queue.");
  const unmet = [...(await unmetFor(repository, { issue, token, method: order.method }))];
  for (const active of rulesOn(repository, pull.base)) {
    const text = callerReason(active.rule, token);
    const passes = mayBypass(repository, { branch: pull.base, active, by: "merge" }, token);
    if (text !== undefined && !passes) unmet.push({ active, text });
  }
  if (unmet.length > 0) throw refusal(405, refusalText(unmet));
  if ((await isBehind(repository, issue)) && !passesStrict({ repository, token }, pull.base))
    throw refusal(409, "Head branch is out of date. Review and try the merge again.");
}

/** What a rule says to who calls, whatever the pull request. */
function callerReason(rule: Rule, token: Token | undefined): string | undefined {
  if (rule.type === "merge_queue") return "Changes must be made through the merge queue";
  return rule.type === "pushers" && !mayPush(rule.names, token) ? NOT_AUTHORIZED : undefined;
}

function passesStrict({ repository, token }: Pick<Merger, "repository" | "token">, branch: string): boolean {
  return rulesOn(repository, branch)
    .filter(({ rule }) => rule.type === "required_status_checks" && rule.strict)
    .every((active) => mayBypass(repository, { branch, active, by: "merge" }, token));
}

/** One pull request, one way, one base. */
export interface Merge {
  readonly issue: PullIssue;
  readonly order: MergeOrder;
  readonly base: string;
}

/** The merge as a commit; moves nothing. Throws 405 on a conflict. */
export async function buildMerge(call: Merger, { issue, order, base }: Merge): Promise<string> {
  const { repository, world } = call;
  const { head } = issue.pull;
  const tree = await mergeTrees(repository, base, head);
  if (tree === undefined) throw refusal(405, "Pull Request has merge conflicts");
  const committer = webFlow(world.now());
  const commits = await readLog(repository, `${base}..${head}`, { reverse: true });
  switch (order.method) {
    case "merge": {
      const author = signatureOf(order.by, world.now());
      const message = joinMessage(mergeMessage(call, issue), order);
      return await writeCommit(repository, { tree, parents: [base, head], author, committer, message });
    }
    case "squash": {
      const author = signatureOf(issue.user, world.now());
      const message = joinMessage(squashMessage(issue, commits), order);
      return await writeCommit(repository, { tree, parents: [base], author, committer, message });
    }
    case "rebase":
      return await rebase(call, { commits, base, committer: signatureOf(order.by, world.now()) });
  }
}

async function rebase(
  { repository }: Merger,
  { commits, base, committer }: { commits: readonly Commit[]; base: string; committer: Signature },
): Promise<string> {
  const onto = await readCommit(repository, base);
  const linear = commits.every((commit) => commit.parents.length < 2);
  const tip = linear ? await replay(repository, commits, { onto, committer }) : undefined;
  if (tip === undefined) throw refusal(405, "This branch can't be rebased");
  return tip;
}

interface Message {
  readonly title: string;
  readonly text: string;
}

function mergeMessage({ repository }: Merger, issue: PullIssue): Message {
  return {
    title: `Merge pull request #${issue.number} from ${repository.owner.login}/${issue.pull.branch}`,
    text: issue.title,
  };
}

/** GitHub's default: a single commit keeps its own words, several become a list. */
function squashMessage(issue: PullIssue, commits: readonly Commit[]): Message {
  const [only] = commits;
  if (commits.length === 1 && only !== undefined) {
    const [subject = "", ...rest] = only.message.split("\n");
    return { title: `${subject} (#${issue.number})`, text: rest.join("\n").trim() };
  }
  const text = commits.map((commit) => `* ${commit.message.replace("\n", "\n\n").replace(/\n{3,}/g, "\n\n")}`);
  return { title: `${issue.title} (#${issue.number})`, text: text.join("\n\n") };
}

function joinMessage(message: Message, { title, message: text }: MergeOrder): string {
  const body = text ?? message.text;
  const head = title ?? message.title;
  return body === "" ? head : `${head}\n\n${body}`;
}
