import type { Progress } from "../core/change/progress.ts";
import type { Verification } from "../core/verification.ts";
import type { Delivery, DeliveryWorld } from "./delivery.ts";
import { tellPeople } from "./tell-people.ts";

/** Tells people on the pull request what was seen after it was merged; its labels are read anew. Whatever fails costs a warning. */
export async function tellVerification(
  delivery: Delivery,
  verification: Verification,
  world: DeliveryWorld,
): Promise<void> {
  if (delivery.pullRequest === undefined || world.forge === undefined) return;
  const pullRequest = (await world.forge.findPullRequest(delivery.branch)) ?? delivery.pullRequest;
  const { landed } = delivery;
  const told = { pullRequest, ...(landed === undefined ? {} : { landed }) };
  await tellPeople(told, world, progressOf(verification, world.clock.nowMs()));
}

/** That it helped, and with which figures, as it is told on the pull request. */
export function verifiedAt(
  atMs: number,
  verification?: Extract<Verification, { readonly kind: "verified" }>,
): NonNullable<Progress["verified"]> {
  const { afterSymptomMs, figures } = verification ?? {};
  return {
    atMs,
    ...(afterSymptomMs === undefined ? {} : { afterSymptomMs }),
    ...(figures === undefined ? {} : { figures }),
  };
}

function progressOf(verification: Verification, nowMs: number): Progress {
  const synced = "reachedAtMs" in verification ? { syncedAtMs: verification.reachedAtMs } : {};
  switch (verification.kind) {
    case "on its way":
    case "verifying":
    case "superseded":
      return synced;
    case "verified": {
      const { currentForMs } = verification;
      return { ...synced, currentForMs, verified: verifiedAt(nowMs, verification) };
    }
    case "not delivered":
    case "still unhealthy":
      return { ...synced, stillUnhealthy: verification.message };
    case "timeout":
      return { ...synced, stillUnhealthy: `it cannot be verified: ${verification.message}` };
  }
}
