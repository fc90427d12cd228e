/** References through GraphQL: `updateRefs` compares and swaps, and everybody may read what protects a branch. */
import { moveRef, reasonsAgainst } from "../branch-updates.ts";
import type { Call } from "../call.ts";
import { isAncestor } from "../git/history.ts";
import { findType } from "../git/objects.ts";
import { NO_OBJECT, findRef, isValidRef } from "../git/refs.ts";
import { callFor, nodeOf } from "./nodes.ts";
import type { RefNode } from "./nodes.ts";
import { GraphQLRefusal } from "./resolvers.ts";
import type { Resolvers } from "./resolvers.ts";

interface UpdateRefsInput {
  readonly repositoryId: string;
  readonly refUpdates: readonly {
    readonly name: string;
    readonly beforeOid?: string | null;
    /** Zeros delete. */
    readonly afterOid: string;
    readonly force?: boolean | null;
  }[];
  readonly clientMutationId?: string | null;
}

export const REF_FIELDS = {
  Mutation: {
    updateRefs: async (_: unknown, { input }: { input: UpdateRefsInput }, call: Call) => {
      const node = nodeOf(call, input.repositoryId);
      if (node.__typename !== "Repository") throw new GraphQLRefusal("NOT_FOUND", "Could not resolve to a Repository.");
      const inRepository = callFor(call, node.repository, ["contents", "write"]);
      for (const update of input.refUpdates) await updateRef(inRepository, update);
      return { __typename: "UpdateRefsPayload", clientMutationId: input.clientMutationId ?? null };
    },
  },
  Ref: {
    refUpdateRule: ({ repository, ref }: RefNode) => {
      const rules = repository.rules.get(ref.slice("refs/heads/".length));
      if (rules === undefined) return null;
      return {
        __typename: "RefUpdateRule",
        pattern: ref.slice("refs/heads/".length),
        allowsDeletions: rules.allowDeletions ?? false,
        allowsForcePushes: rules.allowForcePushes ?? false,
        requiresLinearHistory: rules.requireLinearHistory ?? false,
        requiresSignatures: rules.requireSignatures ?? false,
        requiredApprovingReviewCount: rules.requiredApprovals ?? null,
        requiredStatusCheckContexts: rules.requiredChecks?.checks.map(({ context }) => context) ?? null,
      };
    },
  },
} satisfies Resolvers;

type Update = UpdateRefsInput["refUpdates"][number];

async function updateRef(call: ReturnType<typeof callFor>, update: Update): Promise<void> {
  const { name, beforeOid, afterOid: to, force } = update;
  const { repository } = call;
  if (!isValidRef(name)) throw new GraphQLRefusal("UNPROCESSABLE", `${name} is not a valid ref name.`);
  const from = (await findRef(repository, name))?.sha ?? NO_OBJECT;
  if (typeof beforeOid === "string" && beforeOid !== from)
    throw new GraphQLRefusal("UNPROCESSABLE", `Ref ${name} is at ${from} but expected ${beforeOid}`);
  if (to !== NO_OBJECT && (await findType(repository, to)) === undefined)
    throw new GraphQLRefusal("NOT_FOUND", `No object with oid ${to} was found.`);
  const moves = from !== NO_OBJECT && to !== NO_OBJECT;
  if (moves && force !== true && !(await isAncestor(repository, from, to)))
    throw new GraphQLRefusal("UNPROCESSABLE", "Update is not a fast forward");
  const reasons = await reasonsAgainst(call, { name, from, to });
  if (reasons.length > 0) throw new GraphQLRefusal("UNPROCESSABLE", reasons.join("\n"));
  await moveRef(call, { name, from, to });
}
