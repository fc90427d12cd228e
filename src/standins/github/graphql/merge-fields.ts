/** What GraphQL tells about the merging of a pull request: its state, reviews, conversations, checks, queue. */
import type { Call } from "../call.ts";
import { queueMethod } from "../merge-queue.ts";
import { queueEntryOf } from "../merge-queue-entry.ts";
import { findMergeability, mergeableState, syncPulls } from "../pull-requests.ts";
import { decisiveReviews, outcomeOf } from "../rules/unmet.ts";
import { rulesOfType } from "../rules/rule.ts";
import { nodeId } from "../shapes/user-shape.ts";
import { iso } from "../state.ts";
import type { CheckRun, LineComment, PullIssue, QueueEntry, QueueEvent, Repository, Status } from "../state.ts";
import type { CommitNode, PullRequestNode, RepositoryNode } from "./nodes.ts";
import { actorNode } from "./repository-fields.ts";
import { GraphQLRefusal } from "./resolvers.ts";
import type { Resolvers } from "./resolvers.ts";

interface Page {
  readonly first?: number | null;
  readonly last?: number | null;
}

/** The first or last of a list. GitHub refuses a list without either. */
function pageOf<T>(all: readonly T[], { first, last }: Page): readonly T[] {
  if (typeof first === "number") return all.slice(0, first);
  if (typeof last === "number") return last === 0 ? [] : all.slice(-last);
  throw new GraphQLRefusal("UNPROCESSABLE", "You must provide a `first` or `last` value to properly paginate.");
}

function connection<T>(typename: string, all: readonly T[], page: Page) {
  const nodes = pageOf(all, page);
  const pageInfo = { __typename: "PageInfo", hasNextPage: nodes.length < all.length, endCursor: null };
  return { __typename: `${typename}Connection`, totalCount: all.length, nodes, pageInfo };
}

function reviewDecision(repository: Repository, { pull }: PullIssue): string | null {
  const rules = rulesOfType(repository, pull.base, "pull_request").filter(
    ({ approvals, codeOwners }) => approvals > 0 || codeOwners,
  );
  if (rules.length === 0) return null;
  const states = decisiveReviews(pull).map(({ state }) => state);
  if (states.includes("CHANGES_REQUESTED")) return "CHANGES_REQUESTED";
  const approvals = states.filter((state) => state === "APPROVED").length;
  const needed = Math.max(...rules.map((rule) => rule.approvals));
  const ownersMissing = rules.some(({ codeOwners }) => codeOwners) && pull.teams.size > 0;
  return approvals >= needed && !ownersMissing ? "APPROVED" : "REVIEW_REQUIRED";
}

function entryNode(repository: Repository, issue: PullIssue, call: Call) {
  const entry = queueEntryOf(repository, issue);
  if (entry === undefined) return null;
  const queue: readonly QueueEntry[] = repository.queues.get(issue.pull.base) ?? [];
  return {
    __typename: "MergeQueueEntry",
    id: nodeId("MergeQueueEntry", entry.id),
    position: queue.indexOf(entry) + 1,
    state: entry.group === undefined ? "QUEUED" : "AWAITING_CHECKS",
    enqueuedAt: iso(entry.atMs),
    enqueuer: actorNode(call, entry.by.user),
    headCommit: entry.group === undefined ? null : { __typename: "Commit", repository, sha: entry.group.commit },
  };
}

type CheckNode =
  | { readonly __typename: "CheckRun"; readonly repository: Repository; readonly run: CheckRun }
  | { readonly __typename: "StatusContext"; readonly repository: Repository; readonly status: Status };

function checksAt(repository: Repository, sha: string): readonly CheckNode[] {
  const latest = new Map<string, CheckNode>();
  for (const run of repository.checkRuns)
    if (run.sha === sha) latest.set(`run ${run.app.id} ${run.name}`, { __typename: "CheckRun", repository, run });
  for (const status of repository.statuses)
    if (status.sha === sha) latest.set(`status ${status.context}`, { __typename: "StatusContext", repository, status });
  return [...latest.values()];
}

function isRequired(repository: Repository, name: string, number: number | null | undefined): boolean {
  const base = repository.issues.get(number ?? 0)?.pull?.base;
  if (base === undefined)
    throw new GraphQLRefusal("UNPROCESSABLE", "A pull request ID or pull request number is required.");
  return rulesOfType(repository, base, "required_status_checks").some(({ checks }) =>
    checks.some(({ context }) => context === name),
  );
}

function rollup(repository: Repository, sha: string) {
  const checks = checksAt(repository, sha);
  if (checks.length === 0) return null;
  const names = checks.map((node) => (node.__typename === "CheckRun" ? node.run.name : node.status.context));
  const outcomes = names.map((context) => outcomeOf(repository, sha, { context }));
  const failing = outcomes.includes("failing") ? "FAILURE" : "PENDING";
  const state = outcomes.every((outcome) => outcome === "success") ? "SUCCESS" : failing;
  return { __typename: "StatusCheckRollup", id: nodeId("StatusCheckRollup", sha), state, checks };
}

function eventNode(call: Call, { id, kind, by, atMs, reason }: QueueEvent) {
  const typename = kind === "added_to_merge_queue" ? "AddedToMergeQueueEvent" : "RemovedFromMergeQueueEvent";
  return {
    __typename: typename,
    id: nodeId(typename, id),
    createdAt: iso(atMs),
    actor: actorNode(call, by),
    reason: reason ?? null,
  };
}

export const MERGE_FIELDS = {
  Repository: {
    autoMergeAllowed: ({ repository }: RepositoryNode) => repository.allowAutoMerge,
    mergeQueue: ({ repository }: RepositoryNode, { branch }: { branch?: string | null }) => {
      const base = branch ?? repository.defaultBranch;
      const method = queueMethod(repository, base);
      return method === undefined ? null : { __typename: "MergeQueue", id: nodeId("MergeQueue", base) };
    },
  },
  PullRequest: {
    mergeStateStatus: async ({ repository, issue }: PullRequestNode, _: object, { world }: Call) => {
      await syncPulls(world, repository);
      const known = await findMergeability(world, repository, issue);
      return (await mergeableState(repository, issue, known)).toUpperCase();
    },
    reviewDecision: ({ repository, issue }: PullRequestNode) => reviewDecision(repository, issue),
    autoMergeRequest: ({ issue }: PullRequestNode, _: object, call: Call) => {
      const { autoMerge } = issue.pull;
      if (autoMerge === undefined) return null;
      const { by, atMs, method } = autoMerge;
      const mergeMethod = method.toUpperCase();
      return { __typename: "AutoMergeRequest", enabledAt: iso(atMs), enabledBy: actorNode(call, by), mergeMethod };
    },
    isInMergeQueue: ({ repository, issue }: PullRequestNode) => queueEntryOf(repository, issue) !== undefined,
    isMergeQueueEnabled: ({ repository, issue }: PullRequestNode) =>
      queueMethod(repository, issue.pull.base) !== undefined,
    mergeQueueEntry: ({ repository, issue }: PullRequestNode, _: object, call: Call) =>
      entryNode(repository, issue, call),
    reviewThreads: ({ issue }: PullRequestNode, page: Page) => {
      const threads = issue.pull.lineComments.filter(({ replyTo }) => replyTo === undefined);
      const nodes = threads.map((comment: LineComment) => ({
        __typename: "PullRequestReviewThread",
        id: nodeId("PullRequestReviewThread", comment.id),
        isResolved: comment.resolved === true,
        path: comment.path,
      }));
      return connection("PullRequestReviewThread", nodes, page);
    },
    commits: ({ repository, issue }: PullRequestNode, page: Page) => {
      // Only the head: nothing of ours asks for more.
      const commit: CommitNode = { __typename: "Commit", repository, sha: issue.pull.head };
      return connection("PullRequestCommit", [{ __typename: "PullRequestCommit", commit }], page);
    },
    timelineItems: ({ issue }: PullRequestNode, page: Page & { itemTypes?: readonly string[] | null }, call: Call) => {
      const wanted = (kind: string): boolean =>
        page.itemTypes === undefined ||
        page.itemTypes === null ||
        page.itemTypes.includes(`${kind.toUpperCase()}_EVENT`);
      const events = issue.pull.queueEvents.filter(({ kind }) => wanted(kind)).map((event) => eventNode(call, event));
      return connection("PullRequestTimelineItems", events, page);
    },
  },
  Commit: {
    statusCheckRollup: ({ repository, sha }: CommitNode) => rollup(repository, sha),
  },
  StatusCheckRollup: {
    contexts: ({ checks }: { checks: readonly CheckNode[] }, page: Page) =>
      connection("StatusCheckRollupContext", checks, page),
  },
  CheckRun: {
    name: ({ run }: { run: CheckRun }) => run.name,
    status: ({ run }: { run: CheckRun }) => run.status.toUpperCase(),
    conclusion: ({ run }: { run: CheckRun }) => run.conclusion?.toUpperCase() ?? null,
    isRequired: (
      { repository, run }: { repository: Repository; run: CheckRun },
      { pullRequestNumber }: { pullRequestNumber?: number | null },
    ) => isRequired(repository, run.name, pullRequestNumber),
  },
  StatusContext: {
    context: ({ status }: { status: Status }) => status.context,
    state: ({ status }: { status: Status }) => status.state.toUpperCase(),
    isRequired: (
      { repository, status }: { repository: Repository; status: Status },
      { pullRequestNumber }: { pullRequestNumber?: number | null },
    ) => isRequired(repository, status.context, pullRequestNumber),
  },
} satisfies Resolvers;
