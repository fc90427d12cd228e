import { type CommitId, shortId } from "../core/model/git.ts";
import type { Hold } from "../core/model/hold.ts";
import { LastgoodError } from "../errors.ts";
import type { Forge, MergeResult, PullRequest } from "../ports/forge.ts";
import { changeOf, type Delivery, type DeliveryJob, type DeliveryWorld } from "./delivery.ts";
import { movedPath } from "./base-moved.ts";
import { optedOut } from "./opt-out.ts";
import { proposeRevert } from "./propose-revert.ts";
import { recheckCheckpoint } from "./recheck-checkpoint.ts";
import { requirePlanned } from "./require-planned.ts";
import { type Mergeable, stepBack } from "./step-back.ts";

/**
 * Mode `merge`: proposes, then merges, or lets the forge merge, when that is allowed now. Throws `RepositoryMoved` when the base moved:
 * plan again; `ForgeConflict` when the content after the merge is not the plan's.
 */
export async function mergeRevert(job: DeliveryJob, world: DeliveryWorld): Promise<Delivery | Hold> {
  const proposed = await proposeRevert(job, world);
  if (proposed.kind === "hold") return proposed;
  const landing = await landRevert({ ...proposed, mode: "merge" }, job, world);
  return "delivery" in landing ? landing.delivery : landing;
}

/** Where one try to merge came to. */
export interface Landing {
  readonly delivery: Delivery;
  /** Waiting is of no use: a person has to do something first. */
  readonly stopped: boolean;
}

/** Asks the forge once to merge what was delivered. Throws as `mergeRevert`. */
export async function landRevert(delivery: Delivery, job: DeliveryJob, world: DeliveryWorld): Promise<Landing | Hold> {
  const { pullRequest, commit } = delivery;
  const { forge, log } = world;
  if (pullRequest === undefined || forge === undefined) {
    const pending = `there is no pull request to merge for ${delivery.branch}`;
    return { delivery: { ...delivery, pending }, stopped: true };
  }
  const held = await lookAgain({ delivery, pullRequest, forge }, job, world);
  if (held !== undefined) {
    await forge.cancelMerge?.(pullRequest.number);
    return held;
  }
  const { number, title, armedBy } = pullRequest;
  const path = await movedPath(job, world);
  if (path !== undefined) {
    if (armedBy !== undefined) await forge.cancelMerge?.(number);
    throw moved(job, number, `${path} changed`);
  }
  const message = bodyOf(changeOf(job, delivery.job).message);
  const watched = job.request.waitMergedMs !== undefined;
  const result = await forge.mergePullRequest({ number, expectedHead: commit, title, message, watched });
  switch (result.kind) {
    case "merged": {
      log.done(`merged #${number} as ${shortId(result.commit)}`);
      await requirePlanned(delivery, result.commit, { world, scope: job.scope });
      const { pending: _, ...rest } = delivery;
      return { delivery: { ...rest, landed: result.commit, found: false }, stopped: false };
    }
    case "base-moved": {
      const pending = await catchUp({ delivery, pullRequest, forge, result }, job, world);
      return { delivery: { ...delivery, pending }, stopped: true };
    }
    case "armed":
    case "queued":
    case "waiting":
    case "refused":
      return { delivery: { ...delivery, pending: result.reason }, stopped: result.kind === "refused" };
  }
}

/** What people said since the plan was made: here, on the change, of the checkpoint (safety.md I4b, I7). */
async function lookAgain(merge: Mergeable, job: DeliveryJob, world: DeliveryWorld): Promise<Hold | undefined> {
  return (
    (await stepBack(merge, job, world)) ??
    (await optedOut(job.plan, world)) ??
    (await recheckCheckpoint(job.plan, job.scope, world))
  );
}

interface CatchUp {
  readonly delivery: Delivery;
  readonly pullRequest: PullRequest;
  readonly forge: Forge;
  readonly result: Extract<MergeResult, { readonly kind: "base-moved" }>;
}

/**
 * The base is elsewhere. Where the forge wants the branch up to date, it merges the base into it; whatever came in by that, the plan
 * is made again and compared with what the branch holds then. Answers why it cannot go on; throws `RepositoryMoved` when it can.
 */
async function catchUp(
  { delivery, pullRequest, forge, result }: CatchUp,
  job: DeliveryJob,
  world: DeliveryWorld,
): Promise<string> {
  const { number, armedBy } = pullRequest;
  const { how, reason } = result;
  if (how === "behind" && forge.updateBranch !== undefined) {
    const update = await forge.updateBranch(number, delivery.commit);
    if (update.kind === "refused") return `${reason}: ${update.reason}`;
    world.log.done(`brought ${delivery.branch} up to date with ${job.plan.branch}`);
    throw moved(job, number, "its branch was brought up to date");
  }
  const stuck = how !== "raced" && (await isBehind(delivery.commit, job, world));
  if (stuck) return `${reason}: bring ${delivery.branch} up to date, then run this again`;
  // What was ordered for the old base must not happen on the new one before it was looked at.
  if (armedBy !== undefined) await forge.cancelMerge?.(number);
  throw moved(job, number, reason);
}

/** The branch lacks what was planned on: planning again changes nothing about it, and it is never rewritten. */
async function isBehind(commit: CommitId, { plan }: DeliveryJob, { repository }: DeliveryWorld): Promise<boolean> {
  return (await repository.refs.distance(plan.base, commit)) === undefined;
}

function moved({ plan }: DeliveryJob, number: number, reason: string): LastgoodError {
  return new LastgoodError("RepositoryMoved", `${plan.branch} moved while #${number} was merged: ${reason}`);
}

/** Used where the forge lets us choose the message: the trailers stay through a squash. */
function bodyOf(message: string): string {
  return message.split("\n").slice(1).join("\n").trim();
}
