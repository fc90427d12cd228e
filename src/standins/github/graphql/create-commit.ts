/**
 * `createCommitOnBranch`: one commit on a branch, made and signed by GitHub. What is known: the schema's own text
 * (@octokit/graphql-schema), docs.github.com, and what public issues quote.
 */
import { demandWorkflows } from "../access.ts";
import { moveRef, reasonsAgainst } from "../branch-updates.ts";
import { userOf } from "../call.ts";
import type { Call, RepositoryCall } from "../call.ts";
import { readCommit } from "../git/history.ts";
import { writeBlob, writeCommit, writeTree } from "../git/objects.ts";
import type { TreeEdit } from "../git/objects.ts";
import { findRef } from "../git/refs.ts";
import { signatureOf, webFlow } from "../signatures.ts";
import type { Repository } from "../state.ts";
import { callFor, nodeOf, repositoryNamed } from "./nodes.ts";
import type { CommitNode, RefNode } from "./nodes.ts";
import { GraphQLRefusal } from "./resolvers.ts";
import type { Resolvers } from "./resolvers.ts";

interface Input {
  readonly branch: {
    readonly id?: string | null;
    readonly repositoryNameWithOwner?: string | null;
    readonly branchName?: string | null;
  };
  readonly expectedHeadOid: string;
  readonly message: { readonly headline: string; readonly body?: string | null };
  readonly fileChanges?: {
    readonly additions?: readonly { readonly path: string; readonly contents: string }[] | null;
    readonly deletions?: readonly { readonly path: string }[] | null;
  } | null;
  readonly clientMutationId?: string | null;
}

interface Payload {
  readonly __typename: "CreateCommitOnBranchPayload";
  readonly clientMutationId: string | null;
  readonly commit: CommitNode;
  readonly ref: RefNode;
}

export const CREATE_COMMIT_FIELDS = {
  Mutation: {
    createCommitOnBranch: async (_: unknown, { input }: { input: Input }, call: Call): Promise<Payload> => {
      const { repository, ref } = branchOf(call, input.branch);
      const sha = await commitOn(callFor(call, repository, ["contents", "write"]), ref, input);
      return {
        __typename: "CreateCommitOnBranchPayload",
        clientMutationId: input.clientMutationId ?? null,
        commit: { __typename: "Commit", repository, sha },
        ref: { __typename: "Ref", repository, ref },
      };
    },
  },
} satisfies Resolvers;

/** Either the ref's global id, or the repository's name and the branch's, which may be qualified. */
function branchOf(call: Call, branch: Input["branch"]): { readonly repository: Repository; readonly ref: string } {
  if (branch.id !== undefined && branch.id !== null) {
    const node = nodeOf(call, branch.id);
    if (node.__typename === "Ref" && node.ref.startsWith("refs/heads/")) return node;
    throw new GraphQLRefusal("UNPROCESSABLE", "The ref must be a branch.");
  }
  const { repositoryNameWithOwner: name, branchName } = branch;
  if (typeof name !== "string" || typeof branchName !== "string")
    throw new GraphQLRefusal(
      "UNPROCESSABLE",
      "Either id or both of repositoryNameWithOwner and branchName are needed.",
    );
  const ref = branchName.startsWith("refs/") ? branchName : `refs/heads/${branchName}`;
  if (!ref.startsWith("refs/heads/")) throw new GraphQLRefusal("UNPROCESSABLE", "The ref must be a branch.");
  return { repository: repositoryNamed(call, name), ref };
}

async function commitOn(call: RepositoryCall, ref: string, input: Input): Promise<string> {
  const { repository, world } = call;
  const parent = (await findRef(repository, ref))?.sha;
  // It never creates the branch; the words are not known.
  if (parent === undefined) throw new GraphQLRefusal("NOT_FOUND", `No branch ${ref} was found.`);
  if (parent !== input.expectedHeadOid) throw stale(input);
  if (input.message.headline.trim() === "") throw new GraphQLRefusal("UNPROCESSABLE", "Message can't be blank");
  const { additions, deletions } = input.fileChanges ?? {};
  demandWorkflows(
    call.token,
    [...(additions ?? []), ...(deletions ?? [])].map(({ path }) => path),
  );
  const base = await readCommit(repository, parent);
  const tree = await writeTree(repository, base.tree, await editsOf(call, parent, input));
  const author = signatureOf(userOf(call), world.now());
  const body = input.message.body ?? "";
  const message = body === "" ? input.message.headline : `${input.message.headline}\n\n${body}`;
  const commit = { tree, parents: [parent], author, committer: webFlow(world.now()), message };
  const sha = await writeCommit(repository, commit);
  repository.verified.add(sha); // before the rules: a required signature is met
  const move = { name: ref, from: parent, to: sha };
  const reasons = await reasonsAgainst(call, move);
  if (reasons.length > 0) throw new GraphQLRefusal("UNPROCESSABLE", reasons.join("\n"));
  // A race that is lost this late has other words and no STALE_DATA (seen in public issues).
  await moveRef(call, move).catch(async () => {
    const now = (await findRef(repository, ref))?.sha ?? "";
    throw new GraphQLRefusal("UNPROCESSABLE", `Ref ${ref} is at ${now} but expected ${parent}`);
  });
  return sha;
}

function stale({ expectedHeadOid }: Input): GraphQLRefusal {
  const message = `Expected branch to point to "${expectedHeadOid}" but it did not.  Pull and try again.`;
  return new GraphQLRefusal("STALE_DATA", message);
}

/** Whatever stood there, an addition is a plain file: executables lose their bit, links become files. */
async function editsOf({ repository }: RepositoryCall, parent: string, input: Input): Promise<readonly TreeEdit[]> {
  const edits: TreeEdit[] = [];
  for (const { path } of input.fileChanges?.deletions ?? []) {
    demandPath(path);
    const missing = `A path was requested for deletion which does not exist as of commit oid \`${parent}\``;
    if ((await repository.objects.find(`${parent}:${path}`)) === undefined)
      throw new GraphQLRefusal("UNPROCESSABLE", missing);
    edits.push({ path, entry: undefined });
  }
  for (const { path, contents } of input.fileChanges?.additions ?? []) {
    demandPath(path);
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(contents.replace(/\s/g, "")))
      throw new GraphQLRefusal("UNPROCESSABLE", "Contents is not valid base64.");
    const sha = await writeBlob(repository, Buffer.from(contents, "base64"));
    edits.push({ path, entry: { mode: "100644", sha } });
  }
  return edits;
}

function demandPath(path: string): void {
  const bad = path.split("/").some((part) => ["", ".", ".."].includes(part) || part.toLowerCase() === ".git");
  if (bad || path.includes("\0")) throw new GraphQLRefusal("UNPROCESSABLE", `path "${path}" is not valid`);
}
