/** `Query` and `Repository`: where every read begins. */
import { userOf } from "../call.ts";
import type { Call } from "../call.ts";
import { findBranch, findCommit, findRef } from "../git/refs.ts";
import { getPull, syncPulls } from "../pull-requests.ts";
import { webOf } from "../shapes/repository-shape.ts";
import { nodeId, userShape } from "../shapes/user-shape.ts";
import { fullName } from "../state.ts";
import type { Repository, User } from "../state.ts";
import { callFor, nodeOf, repositoryNamed } from "./nodes.ts";
import type { CommitNode, PullRequestNode, RefNode, RepositoryNode } from "./nodes.ts";
import { GraphQLRefusal } from "./resolvers.ts";
import type { Resolvers } from "./resolvers.ts";

/** An `Actor`: `User`, `Bot` or `Organization`. GraphQL says a bot's login without `[bot]`. */
export function actorNode(call: Call, user: User) {
  const { avatar_url, html_url } = userShape(call.site, user);
  return {
    __typename: user.type,
    id: nodeId("User", user.id),
    login: user.type === "Bot" ? user.login.replace(/\[bot\]$/, "") : user.login,
    databaseId: user.id,
    avatarUrl: avatar_url,
    url: html_url,
    resourcePath: new URL(html_url).pathname,
  };
}

type At = { readonly repository: Repository };

async function refNode(repository: Repository, name: string): Promise<RefNode | null> {
  const full = name.startsWith("refs/") ? name : `refs/heads/${name}`;
  return (await findRef(repository, full)) === undefined ? null : { __typename: "Ref", repository, ref: full };
}

export const REPOSITORY_FIELDS = {
  Query: {
    // A bot that asks for itself hears its full login: it is a `User` here.
    viewer: (_: unknown, __: object, call: Call) => ({
      ...actorNode(call, userOf(call)),
      __typename: "User",
      login: userOf(call).login,
    }),
    repository: (_: unknown, { owner, name }: { owner: string; name: string }, call: Call): RepositoryNode => ({
      __typename: "Repository",
      repository: repositoryNamed(call, `${owner}/${name}`),
    }),
    node: (_: unknown, { id }: { id: string }, call: Call) => nodeOf(call, id),
    rateLimit: (_: unknown, __: object, { token }: Call) => ({
      __typename: "RateLimit",
      cost: 1,
      limit: token?.quota.limit ?? 0,
      remaining: token?.quota.remaining ?? 0,
    }),
  },
  Repository: {
    id: ({ repository }: At) => nodeId("Repository", repository.id),
    databaseId: ({ repository }: At) => repository.id,
    name: ({ repository }: At) => repository.name,
    nameWithOwner: ({ repository }: At) => fullName(repository),
    owner: ({ repository }: At, _: object, call: Call) => actorNode(call, repository.owner),
    url: ({ repository }: At, _: object, { site }: Call) => webOf(site, repository),
    isPrivate: ({ repository }: At) => repository.private,
    mergeCommitAllowed: ({ repository }: At) => repository.allow.merge,
    squashMergeAllowed: ({ repository }: At) => repository.allow.squash,
    rebaseMergeAllowed: ({ repository }: At) => repository.allow.rebase,
    deleteBranchOnMerge: ({ repository }: At) => repository.deleteBranchOnMerge,
    defaultBranchRef: async ({ repository }: At, _: object, call: Call) => {
      callFor(call, repository, ["contents", "read"]);
      const branch = repository.defaultBranch;
      return (await findBranch(repository, branch)) === undefined ? null : await refNode(repository, branch);
    },
    ref: async ({ repository }: At, { qualifiedName }: { qualifiedName: string }, call: Call) => {
      callFor(call, repository, ["contents", "read"]);
      return await refNode(repository, qualifiedName);
    },
    object: async (
      { repository }: At,
      { oid, expression }: { oid?: string | null; expression?: string | null },
      call: Call,
    ): Promise<CommitNode | null> => {
      callFor(call, repository, ["contents", "read"]);
      const sha = await findCommit(repository, oid ?? expression ?? "");
      return sha === undefined ? null : { __typename: "Commit", repository, sha };
    },
    pullRequest: async ({ repository }: At, { number }: { number: number }, call: Call): Promise<PullRequestNode> => {
      callFor(call, repository, ["pull_requests", "read"]);
      await syncPulls(call.world, repository);
      try {
        return { __typename: "PullRequest", repository, issue: getPull(repository, String(number)) };
      } catch {
        throw new GraphQLRefusal("NOT_FOUND", `Could not resolve to a PullRequest with the number of ${number}.`);
      }
    },
  },
} satisfies Resolvers;
