/** Auto-merge, the merge queue, reverting, conversations: what REST has no words for. */
import { automate } from "../automation.ts";
import { userOf } from "../call.ts";
import type { Call } from "../call.ts";
import { readCommit } from "../git/history.ts";
import { replay } from "../git/merge.ts";
import { NO_OBJECT, findBranch, setRef, swapRef } from "../git/refs.ts";
import { openIssue } from "../issues.ts";
import { dequeue, enqueue, queueMethod } from "../merge-queue.ts";
import { queueEntryOf } from "../merge-queue-entry.ts";
import { computedState, newPull, syncPulls } from "../pull-requests.ts";
import { rulesOn } from "../rules/rule.ts";
import { methodRefusal } from "../rules/unmet.ts";
import { signatureOf } from "../signatures.ts";
import type { MergeMethod, Repository, Token } from "../state.ts";
import { callFor, pullRequestOf } from "./nodes.ts";
import type { PullRequestNode } from "./nodes.ts";
import { GraphQLRefusal } from "./resolvers.ts";
import type { Resolvers } from "./resolvers.ts";

interface Input<T> {
  readonly input: T;
}

function refuse(message: string): GraphQLRefusal {
  return new GraphQLRefusal("UNPROCESSABLE", message);
}

/** The open pull request that a mutation is about, and who asks. */
async function openPull(call: Call, id: string): Promise<PullRequestNode & { readonly token: Token }> {
  const node = pullRequestOf(call, id);
  callFor(call, node.repository, ["pull_requests", "write"]);
  callFor(call, node.repository, ["contents", "write"]);
  await syncPulls(call.world, node.repository);
  if (node.issue.state === "closed") throw refuse("Pull request Pull request is closed");
  if (call.token === undefined) throw refuse("Unauthenticated");
  return { ...node, token: call.token };
}

function demandHead({ issue }: PullRequestNode, expected: string | null | undefined): void {
  if (typeof expected === "string" && expected !== issue.pull.head)
    throw refuse(`Head sha didn't match: expected ${expected}, actual ${issue.pull.head}`);
}

interface AutoMergeInput {
  readonly pullRequestId: string;
  readonly mergeMethod?: string | null;
  readonly commitHeadline?: string | null;
  readonly commitBody?: string | null;
  readonly expectedHeadOid?: string | null;
}

/** Arms only while something is missing, as GitHub does (cli/cli#8092 and others quote the words). */
async function enableAutoMerge(_: unknown, { input }: Input<AutoMergeInput>, call: Call) {
  const node = await openPull(call, input.pullRequestId);
  const { repository, issue, token } = node;
  const method = (input.mergeMethod ?? "MERGE").toLowerCase() as MergeMethod;
  demandHead(node, input.expectedHeadOid);
  if (!repository.allowAutoMerge) throw refuse("Pull request Auto merge is not allowed for this repository");
  if (!repository.allow[method]) throw refuse(methodRefusal(method));
  if (rulesOn(repository, issue.pull.base).length === 0)
    throw refuse("Pull request Protected branch rules not configured for this branch");
  if (issue.pull.draft) throw refuse("Pull request Pull request is in draft state");
  const state = await computedState(repository, issue);
  const queued = queueMethod(repository, issue.pull.base) !== undefined;
  if (!queued && ["clean", "unstable", "dirty"].includes(state))
    throw refuse(`Pull request Pull request is in ${state} status`);
  issue.pull.autoMerge = {
    method,
    title: input.commitHeadline ?? undefined,
    message: input.commitBody ?? undefined,
    by: userOf(call),
    token,
    atMs: call.world.now(),
  };
  void automate(call.world, repository);
  return { __typename: "EnablePullRequestAutoMergePayload", clientMutationId: null, actor: null, pullRequest: node };
}

async function disableAutoMerge(_: unknown, { input }: Input<{ readonly pullRequestId: string }>, call: Call) {
  const node = await openPull(call, input.pullRequestId);
  if (node.issue.pull.autoMerge === undefined) throw refuse("Can't disable auto-merge for this pull request.");
  node.issue.pull.autoMerge = undefined;
  return { __typename: "DisablePullRequestAutoMergePayload", clientMutationId: null, actor: null, pullRequest: node };
}

interface EnqueueInput {
  readonly pullRequestId: string;
  readonly expectedHeadOid?: string | null;
}

async function enqueuePull(_: unknown, { input }: Input<EnqueueInput>, call: Call) {
  const node = await openPull(call, input.pullRequestId);
  const { repository, issue, token } = node;
  demandHead(node, input.expectedHeadOid);
  if (queueMethod(repository, issue.pull.base) === undefined)
    throw refuse("Pull request Merge queue is not enabled for this branch");
  if (queueEntryOf(repository, issue) !== undefined) throw refuse("Pull request is already in the queue");
  const state = await computedState(repository, issue);
  if (state !== "clean" && state !== "unstable") throw refuse(`Pull request Pull request is in ${state} status`);
  enqueue(call.world, repository, issue, token);
  void automate(call.world, repository);
  return { __typename: "EnqueuePullRequestPayload", clientMutationId: null, mergeQueueEntry: null, pullRequest: node };
}

async function dequeuePull(_: unknown, { input }: Input<{ readonly id: string }>, call: Call) {
  const { repository, issue } = await openPull(call, input.id);
  if (queueEntryOf(repository, issue) === undefined) throw refuse("Pull request is not in the queue");
  await dequeue(call.world, repository, issue, { by: userOf(call), reason: "dequeued" });
  return { __typename: "DequeuePullRequestPayload", clientMutationId: null, mergeQueueEntry: null };
}

interface RevertInput {
  readonly pullRequestId: string;
  readonly title?: string | null;
  readonly body?: string | null;
  readonly draft?: boolean | null;
}

/** The inverse of what the merge did, on the base as it is now, as a pull request from `revert-N-branch`. */
async function revertPull(_: unknown, { input }: Input<RevertInput>, call: Call) {
  const node = pullRequestOf(call, input.pullRequestId);
  const { repository, issue } = node;
  const inside = callFor(call, repository, ["pull_requests", "write"]);
  const { merged } = issue.pull;
  const tip = await findBranch(repository, issue.pull.base);
  if (merged === undefined || tip === undefined) throw refuse("Pull request is not merged");
  const commit = await undo(call, repository, { commit: merged.commit, tip, title: issue.title });
  const branch = `revert-${issue.number}-${issue.pull.branch}`;
  if (commit === undefined || !(await swapRef(repository, `refs/heads/${branch}`, { from: NO_OBJECT, to: commit })))
    throw refuse("This pull request could not be reverted automatically");
  const title = input.title ?? `Revert "${issue.title}"`;
  const opened = openIssue(inside, { title, body: input.body ?? `Reverts #${issue.number}` });
  const facts = { branch, base: issue.pull.base, head: commit, baseSha: tip, draft: input.draft ?? false };
  const pull = newPull(call.world, facts);
  opened.pull = pull;
  await setRef(repository, `refs/pull/${opened.number}/head`, commit);
  const made: PullRequestNode = { __typename: "PullRequest", repository, issue: Object.assign(opened, { pull }) };
  return { __typename: "RevertPullRequestPayload", clientMutationId: null, pullRequest: node, revertPullRequest: made };
}

async function undo(
  call: Call,
  repository: Repository,
  { commit, tip, title }: { readonly commit: string; readonly tip: string; readonly title: string },
): Promise<string | undefined> {
  const [parent] = (await readCommit(repository, commit)).parents;
  if (parent === undefined) return undefined;
  const by = signatureOf(userOf(call), call.world.now());
  const before = await readCommit(repository, parent);
  const inverse = { ...before, parents: [commit], author: by, message: `Revert "${title}"` };
  return await replay(repository, [inverse], { onto: await readCommit(repository, tip), committer: by });
}

export const MERGE_MUTATIONS = {
  Mutation: {
    enablePullRequestAutoMerge: enableAutoMerge,
    disablePullRequestAutoMerge: disableAutoMerge,
    enqueuePullRequest: enqueuePull,
    dequeuePullRequest: dequeuePull,
    revertPullRequest: revertPull,
  },
} satisfies Resolvers;
