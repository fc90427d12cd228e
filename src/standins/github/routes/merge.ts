import { userOf } from "../call.ts";
import { NO_CONTENT, notFound, ok, refusal } from "../reply.ts";
import type { RepositoryCall } from "../call.ts";
import { mergePull } from "../merging.ts";
import type { MergeOrder } from "../merging.ts";
import { getPull, syncPulls } from "../pull-requests.ts";
import { inRepository } from "../router.ts";
import type { Route } from "../router.ts";
import type { Schemas } from "../shapes/user-shape.ts";
import type { MergeMethod, User } from "../state.ts";

const METHODS: readonly MergeMethod[] = ["merge", "squash", "rebase"];

/** The merge that a request asks for. Throws 422. */
export function mergeOrder({ input }: RepositoryCall, by: User): MergeOrder {
  const name = input.optionalText("merge_method") ?? "merge";
  const method = METHODS.find((each) => each === name);
  if (method === undefined)
    throw refusal(422, `Invalid request.\n\n${name} is not a member of ["merge", "squash", "rebase"].`);
  return {
    method,
    sha: input.optionalText("sha"),
    title: input.optionalText("commit_title"),
    message: input.optionalText("commit_message"),
    by,
  };
}

export const MERGE_ROUTES: readonly Route[] = [
  inRepository("GET /pulls/:number/merge", ["pull_requests", "read"], async (call) => {
    const issue = getPull(call.repository, call.params["number"] ?? "");
    await syncPulls(call.world, call.repository);
    if (issue.pull.merged === undefined) throw notFound();
    return NO_CONTENT;
  }),
  inRepository("PUT /pulls/:number/merge", ["contents", "write"], async (call) => {
    const issue = getPull(call.repository, call.params["number"] ?? "");
    await syncPulls(call.world, call.repository);
    const sha = await mergePull(call, issue, mergeOrder(call, userOf(call)));
    const message = "Pull Request successfully merged";
    return ok({ sha, merged: true, message } satisfies Schemas["pull-request-merge-result"]);
  }),
];
