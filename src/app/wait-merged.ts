import type { PullRequest } from "../ports/forge.ts";
import type { Delivery, DeliveryWorld } from "./delivery.ts";
import { requirePlanned } from "./require-planned.ts";

const POLL_MS = 10_000;

/**
 * Waits until the pull request is merged, by whomever, or the time is up (`pending` says why then). Throws `ForgeConflict` when what
 * was merged is not the plan.
 */
export async function waitMerged(delivery: Delivery, world: DeliveryWorld, timeoutMs: number): Promise<Delivery> {
  const { forge, clock, log } = world;
  const { pullRequest, landed, branch } = delivery;
  if (forge === undefined || pullRequest === undefined || landed !== undefined) return delivery;
  const endMs = clock.nowMs() + timeoutMs;
  for (;;) {
    const now = await forge.findPullRequest(branch);
    if (now?.state === "merged") return merged(delivery, now, world);
    if (now?.state === "closed") {
      return { ...delivery, pullRequest: now, pending: `${now.endedBy ?? "somebody"} closed it` };
    }
    if (clock.nowMs() + POLL_MS > endMs) return { ...delivery, pending: delivery.pending ?? "nobody has merged it" };
    log.waiting(`waiting for ${pullRequest.url} to be merged`);
    await clock.sleep(POLL_MS);
  }
}

async function merged(delivery: Delivery, pullRequest: PullRequest, world: DeliveryWorld): Promise<Delivery> {
  world.log.done(`merged by ${pullRequest.endedBy ?? "somebody"}`);
  const { pending: _, ...rest } = delivery;
  const { mergeCommit } = pullRequest;
  if (mergeCommit === undefined) return { ...rest, pullRequest };
  await requirePlanned(delivery, mergeCommit, { world, scope: [] });
  return { ...rest, pullRequest, landed: mergeCommit };
}
