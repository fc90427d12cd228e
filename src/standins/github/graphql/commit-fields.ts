/** `Ref`, `Commit` and its signature. */
import type { Call } from "../call.ts";
import { readCommit } from "../git/history.ts";
import type { Commit } from "../git/history.ts";
import type { Signature } from "../git/objects.ts";
import { findRef } from "../git/refs.ts";
import { webOf } from "../shapes/repository-shape.ts";
import { nodeId } from "../shapes/user-shape.ts";
import { findUserByEmail } from "../signatures.ts";
import { iso } from "../state.ts";
import type { CommitNode, RefNode } from "./nodes.ts";
import { actorNode } from "./repository-fields.ts";
import type { Resolvers } from "./resolvers.ts";

const read = async ({ repository, sha }: CommitNode): Promise<Commit> => await readCommit(repository, sha);

function person(call: Call, { name, email, atMs }: Signature) {
  const user = findUserByEmail(call.world, email);
  const known = user === undefined ? null : { ...actorNode(call, user), __typename: "User", login: user.login };
  return { __typename: "GitActor", name, email, date: iso(atMs), user: known };
}

export const COMMIT_FIELDS = {
  Ref: {
    id: ({ repository, ref }: RefNode) => nodeId("Ref", `${repository.id}:${ref}`),
    name: ({ ref }: RefNode) => ref.split("/").slice(2).join("/"),
    prefix: ({ ref }: RefNode) => `${ref.split("/").slice(0, 2).join("/")}/`,
    repository: ({ repository }: RefNode) => ({ __typename: "Repository", repository }),
    target: async ({ repository, ref }: RefNode): Promise<CommitNode | null> => {
      const found = await findRef(repository, ref);
      return found?.type === "commit" ? { __typename: "Commit", repository, sha: found.sha } : null;
    },
  },
  Commit: {
    id: ({ sha }: CommitNode) => nodeId("Commit", sha),
    oid: ({ sha }: CommitNode) => sha,
    abbreviatedOid: ({ sha }: CommitNode) => sha.slice(0, 7),
    url: ({ repository, sha }: CommitNode, _: object, { site }: Call) => `${webOf(site, repository)}/commit/${sha}`,
    repository: ({ repository }: CommitNode) => ({ __typename: "Repository", repository }),
    message: async (commit: CommitNode) => (await read(commit)).message,
    messageHeadline: async (commit: CommitNode) => (await read(commit)).message.split("\n")[0] ?? "",
    messageBody: async (commit: CommitNode) => (await read(commit)).message.split("\n").slice(1).join("\n").trim(),
    tree: async (commit: CommitNode) => {
      const oid = (await read(commit)).tree;
      return { __typename: "Tree", oid, abbreviatedOid: oid.slice(0, 7), id: nodeId("Tree", oid) };
    },
    author: async (commit: CommitNode, _: object, call: Call) => person(call, (await read(commit)).author),
    committer: async (commit: CommitNode, _: object, call: Call) => person(call, (await read(commit)).committer),
    authoredDate: async (commit: CommitNode) => iso((await read(commit)).author.atMs),
    committedDate: async (commit: CommitNode) => iso((await read(commit)).committer.atMs),
    parents: async (commit: CommitNode) => {
      const { parents } = await read(commit);
      const nodes = parents.map((sha) => ({ __typename: "Commit", repository: commit.repository, sha }));
      return { __typename: "CommitConnection", totalCount: nodes.length, nodes };
    },
    signature: ({ repository, sha }: CommitNode) =>
      repository.verified.has(sha)
        ? { __typename: "GpgSignature", isValid: true, state: "VALID", wasSignedByGitHub: true }
        : null,
  },
} satisfies Resolvers;
