import type { Delivery, DeliveryWorld } from "./delivery.ts";

const POLL_MS = 10_000;

/** Waits until the pull request is merged, by whomever, or the time is up (`pending` says why then). */
export async function waitMerged(delivery: Delivery, { forge, clock, log }: DeliveryWorld, timeoutMs: number): Promise<Delivery> {
  const { pullRequest, landed, branch } = delivery;
  if (forge === undefined || pullRequest === undefined || landed !== undefined) return delivery;
  const endMs = clock.nowMs() + timeoutMs;
  for (;;) {
    const now = await forge.findPullRequest(branch);
    if (now?.state === "merged") {
      log.done(`merged by ${now.endedBy ?? "somebody"}`);
      const { pending: _, ...rest } = delivery;
      return { ...rest, pullRequest: now, ...(now.mergeCommit === undefined ? {} : { landed: now.mergeCommit }) };
    }
    if (now?.state === "closed") return { ...delivery, pullRequest: now, pending: `${now.endedBy ?? "somebody"} closed it` };
    if (clock.nowMs() + POLL_MS > endMs) return { ...delivery, pending: delivery.pending ?? "nobody has merged it" };
    log.waiting(`waiting for ${pullRequest.url} to be merged`);
    await clock.sleep(POLL_MS);
  }
}
