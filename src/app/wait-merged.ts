import type { Hold } from "../core/model/hold.ts";
import type { Scope } from "../core/model/target.ts";
import { LastgoodError } from "../errors.ts";
import type { Forge, PullRequest } from "../ports/forge.ts";
import type { Delivery, DeliveryJob, DeliveryWorld } from "./delivery.ts";
import { landRevert } from "./merge-revert.ts";
import { requirePlanned } from "./require-planned.ts";

/** How often the forge is asked. */
export const POLL_MS = 10_000;

/** For how long, and for which job. */
export interface Stay {
  /** Epoch ms. */
  readonly endMs: number;
  readonly job: DeliveryJob;
}

/**
 * Stays until the pull request is merged, by whomever, or the time is up (`pending` says why then). In mode `merge` it goes on trying,
 * and watches what it has ordered: when the head or the target's content on the base is another one, the order is taken back, and
 * `RepositoryMoved` asks for a new plan. Throws `ForgeConflict` when what was merged is not the plan.
 */
export async function waitMerged(delivery: Delivery, world: DeliveryWorld, stay: Stay): Promise<Delivery | Hold> {
  const { forge, clock, log } = world;
  const { pullRequest, landed, branch } = delivery;
  if (forge === undefined || pullRequest === undefined || landed !== undefined) return delivery;
  let known = delivery;
  for (;;) {
    const now = await forge.findPullRequest(branch);
    if (now?.state === "merged") return merged(known, now, { world, scope: stay.job.scope });
    if (now?.state === "closed") {
      return { ...known, pullRequest: now, pending: `${now.endedBy ?? "somebody"} closed it` };
    }
    if (now !== undefined && delivery.mode === "merge") {
      const landing = await tryAgain({ ...known, pullRequest: now }, { world, forge, stay });
      if (!("delivery" in landing)) return landing;
      if (landing.stopped || landing.delivery.landed !== undefined) return landing.delivery;
      known = landing.delivery;
    }
    if (clock.nowMs() + POLL_MS > stay.endMs) return leave(known, stay.job, world);
    log.waiting(
      `waiting for ${pullRequest.url} to be merged${known.pending === undefined ? "" : `: ${known.pending}`}`,
    );
    await clock.sleep(POLL_MS);
  }
}

/** The time is up. What was ordered stays only where the forge pins the base: nobody looks at what is merged from now on. */
async function leave(delivery: Delivery, job: DeliveryJob, world: DeliveryWorld): Promise<Delivery | Hold> {
  if (delivery.mode !== "merge") return { ...delivery, pending: "nobody has merged it" };
  const { waitMergedMs: _, ...request } = job.request;
  const landing = await landRevert(delivery, { ...job, request }, world);
  return "delivery" in landing ? landing.delivery : landing;
}

interface Watch {
  readonly world: DeliveryWorld;
  readonly forge: Forge;
  readonly stay: Stay;
}

/** Looks whether all is as it was planned, then asks the forge once more (which heeds people and the base). */
async function tryAgain(delivery: Delivery & { readonly pullRequest: PullRequest }, { world, forge, stay }: Watch) {
  const { pullRequest, plan } = delivery;
  const { job } = stay;
  const doubt = doubtIn(delivery);
  if (doubt === undefined) return landRevert(delivery, job, world);
  await forge.cancelMerge?.(pullRequest.number);
  if (pullRequest.draft) return { delivery: { ...delivery, pending: doubt }, stopped: true };
  throw new LastgoodError(
    "RepositoryMoved",
    `${doubt} while #${pullRequest.number} waited to be merged to ${plan.branch}`,
  );
}

/** Why what was ordered may not be what was planned (safety.md F24); undefined: it is. */
function doubtIn({ pullRequest, commit }: Delivery & { readonly pullRequest: PullRequest }): string | undefined {
  if (pullRequest.draft) return `somebody made ${pullRequest.url} a draft`;
  if (pullRequest.head !== commit) return `${pullRequest.branch} moved`;
  return undefined;
}

async function merged(
  delivery: Delivery,
  pullRequest: PullRequest,
  how: { readonly world: DeliveryWorld; readonly scope: Scope },
): Promise<Delivery> {
  how.world.log.done(`merged by ${pullRequest.endedBy ?? "somebody"}`);
  const { pending: _, ...rest } = delivery;
  const { mergeCommit } = pullRequest;
  if (mergeCommit === undefined) return { ...rest, pullRequest };
  await requirePlanned(delivery, mergeCommit, how);
  return { ...rest, pullRequest, landed: mergeCommit };
}
