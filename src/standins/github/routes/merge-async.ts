/** Merging after the answer: `PUT pulls/N/merge-async`, polled by its uuid. Rules are judged when it runs. */
import { randomUUID } from "node:crypto";
import { userOf } from "../call.ts";
import type { RepositoryCall } from "../call.ts";
import { enqueue, queueMethod } from "../merge-queue.ts";
import { queueEntryOf } from "../merge-queue-entry.ts";
import { mergePull } from "../merging.ts";
import { getPull, syncPulls } from "../pull-requests.ts";
import { Refusal, notFound, ok } from "../reply.ts";
import type { Reply } from "../reply.ts";
import { inRepository } from "../router.ts";
import type { Route } from "../router.ts";
import type { AsyncMerge, PullIssue } from "../state.ts";
import { mergeOrder } from "./merge.ts";

/** As GitHub's OpenAPI description has it: `details` is by status. */
function shape({ uuid, status, sha, message, order }: AsyncMerge): object {
  switch (status) {
    case "pending":
      return {
        status,
        details: {
          message: "The merge is pending",
          uuid,
          merge_method: order.method,
          merge_action: "default",
          expected_head_sha: order.sha ?? "",
        },
      };
    case "merged":
      return { status, details: { message: "Pull Request successfully merged", sha: sha ?? "" } };
    case "enqueued":
    case "failed":
      return { status, details: { message: message ?? "" } };
  }
}

async function mergeLater(call: RepositoryCall): Promise<Reply> {
  const { repository, world, input } = call;
  await syncPulls(world, repository);
  const issue = getPull(repository, call.params["number"] ?? "");
  const { pull } = issue;
  const pending = [...pull.asyncMerges.values()].find(({ status }) => status === "pending");
  if (pending !== undefined) return { status: 409, body: shape(pending) };
  if (pull.merged !== undefined)
    return ok({ status: "merged", details: { message: "Pull Request is already merged", sha: pull.merged.commit } });
  const fail = (message: string): Reply => ({ status: 400, body: { status: "failed", details: { message } } });
  if (issue.state === "closed") return fail("Pull Request is closed");
  if (pull.draft) return fail("Pull Request is still a draft");
  const action = input.optionalText("merge_action") ?? "default";
  const queued = action === "merge_queue" || (action === "default" && queueMethod(repository, pull.base) !== undefined);
  if (queued && call.token !== undefined) {
    if (queueEntryOf(repository, issue) === undefined) enqueue(world, repository, issue, call.token);
    return ok({ status: "enqueued", details: { message: "Pull Request was added to the merge queue" } });
  }
  const order = mergeOrder(call, userOf(call));
  const merge: AsyncMerge = { uuid: randomUUID(), status: "pending", sha: undefined, message: undefined, order };
  pull.asyncMerges.set(merge.uuid, merge);
  const job = run(call, { issue, merge, order });
  world.jobs.add(job);
  void job.finally(() => world.jobs.delete(job));
  return { status: 202, body: shape(merge) };
}

async function run(
  call: RepositoryCall,
  { issue, merge, order }: { issue: PullIssue; merge: AsyncMerge; order: ReturnType<typeof mergeOrder> },
): Promise<void> {
  try {
    merge.sha = await mergePull(call, issue, order);
    merge.status = "merged";
  } catch (error) {
    merge.status = "failed";
    merge.message = error instanceof Refusal ? error.message : "Something went wrong";
  }
}

const PATH = "/pulls/:number/merge-async";

export const MERGE_ASYNC_ROUTES: readonly Route[] = [
  inRepository(`PUT ${PATH}`, ["contents", "write"], mergeLater),
  inRepository(`GET ${PATH}/:uuid`, ["pull_requests", "read"], async (call) => {
    const { pull } = getPull(call.repository, call.params["number"] ?? "");
    const merge = pull.asyncMerges.get(call.params["uuid"] ?? "");
    if (merge === undefined) throw notFound();
    return ok(shape(merge));
  }),
];
