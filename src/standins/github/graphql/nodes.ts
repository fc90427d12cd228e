/** GitHub's objects as resolvers hand them on, and how they are found by name and by global id. */
import { demand, findRepository, maySee } from "../access.ts";
import type { Call, Need, RepositoryCall } from "../call.ts";
import { isPull } from "../pull-requests.ts";
import type { PullIssue, Repository } from "../state.ts";
import { GraphQLRefusal } from "./resolvers.ts";

export interface RepositoryNode {
  readonly __typename: "Repository";
  readonly repository: Repository;
}

export interface PullRequestNode {
  readonly __typename: "PullRequest";
  readonly repository: Repository;
  readonly issue: PullIssue;
}

export interface RefNode {
  readonly __typename: "Ref";
  readonly repository: Repository;
  /** Full name. */
  readonly ref: string;
}

export interface CommitNode {
  readonly __typename: "Commit";
  readonly repository: Repository;
  readonly sha: string;
}

export type GraphQLNode = RepositoryNode | PullRequestNode | RefNode | CommitNode;

/** The call, about one repository, once its token may do that there. Throws `FORBIDDEN`, as an App or a fine-grained token hears it. */
export function callFor(call: Call, repository: Repository, need: Need): RepositoryCall {
  demand(call.token, repository, need);
  return { ...call, repository };
}

/** The repository of that `owner/name`; renames are followed. Throws `NOT_FOUND`. */
export function repositoryNamed(call: Call, name: string): Repository {
  try {
    return findRepository(call.world, name, call.token).repository;
  } catch {
    throw new GraphQLRefusal("NOT_FOUND", `Could not resolve to a Repository with the name '${name}'.`);
  }
}

/** What a global id of ours (`nodeId`) names. Throws `NOT_FOUND`. */
export function nodeOf(call: Call, id: string): GraphQLNode {
  const [, kind, key = ""] = /^0:([A-Za-z]+):(.+)$/.exec(Buffer.from(id, "base64url").toString("utf8")) ?? [];
  const visible = [...call.world.repositories.values()].filter((each) => maySee(call.token, each));
  const found = visible.map((repository) => findIn(repository, kind, key)).find((node) => node !== undefined);
  if (found !== undefined) return found;
  throw new GraphQLRefusal("NOT_FOUND", `Could not resolve to a node with the global id of '${id}'`);
}

function findIn(repository: Repository, kind: string | undefined, key: string): GraphQLNode | undefined {
  switch (kind) {
    case "Repository":
      return String(repository.id) === key ? { __typename: "Repository", repository } : undefined;
    case "PullRequest": {
      const issue = [...repository.issues.values()].filter(isPull).find((each) => String(each.pull.id) === key);
      return issue === undefined ? undefined : { __typename: "PullRequest", repository, issue };
    }
    case "Ref": {
      const prefix = `${repository.id}:`;
      return key.startsWith(prefix) ? { __typename: "Ref", repository, ref: key.slice(prefix.length) } : undefined;
    }
    case undefined:
    default:
      return undefined;
  }
}

/** The pull request of a mutation's `pullRequestId`. Throws `NOT_FOUND`. */
export function pullRequestOf(call: Call, id: string): PullRequestNode {
  const node = nodeOf(call, id);
  if (node.__typename === "PullRequest") return node;
  throw new GraphQLRefusal("NOT_FOUND", `Could not resolve to PullRequest node with the global id of '${id}'.`);
}
