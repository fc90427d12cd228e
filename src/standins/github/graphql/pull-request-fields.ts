/** `PullRequest`: what it is. What can be done with it has files of its own. */
import type { Call } from "../call.ts";
import { currentBase, findMergeability, syncPulls } from "../pull-requests.ts";
import { webOf } from "../shapes/repository-shape.ts";
import { nodeId } from "../shapes/user-shape.ts";
import { iso } from "../state.ts";
import type { CommitNode, PullRequestNode } from "./nodes.ts";
import { actorNode } from "./repository-fields.ts";
import type { Resolvers } from "./resolvers.ts";

export const PULL_REQUEST_FIELDS = {
  PullRequest: {
    id: ({ issue }: PullRequestNode) => nodeId("PullRequest", issue.pull.id),
    databaseId: ({ issue }: PullRequestNode) => issue.pull.id,
    number: ({ issue }: PullRequestNode) => issue.number,
    title: ({ issue }: PullRequestNode) => issue.title,
    body: ({ issue }: PullRequestNode) => issue.body ?? "",
    url: ({ repository, issue }: PullRequestNode, _: object, { site }: Call) =>
      `${webOf(site, repository)}/pull/${issue.number}`,
    author: ({ issue }: PullRequestNode, _: object, call: Call) => actorNode(call, issue.user),
    state: ({ issue }: PullRequestNode) =>
      issue.pull.merged === undefined ? (issue.state === "open" ? "OPEN" : "CLOSED") : "MERGED",
    closed: ({ issue }: PullRequestNode) => issue.state === "closed",
    isDraft: ({ issue }: PullRequestNode) => issue.pull.draft,
    createdAt: ({ issue }: PullRequestNode) => iso(issue.createdAtMs),
    updatedAt: ({ issue }: PullRequestNode) => iso(issue.updatedAtMs),
    merged: ({ issue }: PullRequestNode) => issue.pull.merged !== undefined,
    mergedAt: ({ issue }: PullRequestNode) => (issue.pull.merged === undefined ? null : iso(issue.pull.merged.atMs)),
    mergedBy: ({ issue }: PullRequestNode, _: object, call: Call) =>
      issue.pull.merged === undefined ? null : actorNode(call, issue.pull.merged.by),
    mergeCommit: ({ repository, issue }: PullRequestNode): CommitNode | null =>
      issue.pull.merged === undefined ? null : { __typename: "Commit", repository, sha: issue.pull.merged.commit },
    repository: ({ repository }: PullRequestNode) => ({ __typename: "Repository", repository }),
    headRefName: ({ issue }: PullRequestNode) => issue.pull.branch,
    headRefOid: ({ issue }: PullRequestNode) => issue.pull.head,
    baseRefName: ({ issue }: PullRequestNode) => issue.pull.base,
    baseRefOid: async ({ repository, issue }: PullRequestNode) => await currentBase(repository, issue),
    isCrossRepository: () => false,
    mergeable: async ({ repository, issue }: PullRequestNode, _: object, { world }: Call) => {
      await syncPulls(world, repository);
      const known = await findMergeability(world, repository, issue);
      if (known === undefined || issue.state === "closed") return "UNKNOWN";
      return known.tree === undefined ? "CONFLICTING" : "MERGEABLE";
    },
  },
} satisfies Resolvers;
