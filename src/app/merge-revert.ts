import { type CommitId, shortId } from "../core/model/git.ts";
import type { Hold } from "../core/model/hold.ts";
import { LastgoodError } from "../errors.ts";
import { changeOf, type Delivery, type DeliveryJob, type DeliveryWorld } from "./delivery.ts";
import { vetoed } from "./find-attempt.ts";
import { handsOff, proposeRevert } from "./propose-revert.ts";
import { requirePlanned } from "./require-planned.ts";

/**
 * Mode `merge`: proposes, then merges when the forge allows it now. Throws `RepositoryMoved` when the base moved: plan again;
 * `ForgeConflict` when the content after the merge is not the plan's.
 */
export async function mergeRevert(job: DeliveryJob, world: DeliveryWorld): Promise<Delivery | Hold> {
  const proposed = await proposeRevert(job, world);
  if (proposed.kind === "hold") return proposed;
  const delivery: Delivery = { ...proposed, mode: "merge" };
  const { pullRequest, commit } = delivery;
  const { forge, log } = world;
  if (pullRequest === undefined || forge === undefined) {
    return { ...delivery, pending: `there is no pull request to merge for ${delivery.branch}` };
  }
  const why = handsOff(pullRequest);
  if (why !== undefined) return vetoed(why, job);

  const { number, title } = pullRequest;
  const message = bodyOf(changeOf(job, delivery.job).message);
  const result = await forge.mergePullRequest({ number, expectedHead: commit, title, message });
  switch (result.kind) {
    case "merged":
      log.done(`merged #${number} as ${shortId(result.commit)}`);
      await requirePlanned(delivery, result.commit, { world, scope: job.scope });
      return { ...delivery, landed: result.commit, found: false };
    case "base-moved":
      if (!(await isBehind(commit, job, world))) throw moved(job, number, result.reason);
      return { ...delivery, pending: `${result.reason}: bring ${delivery.branch} up to date, then run this again` };
    case "waiting":
    case "refused":
      return { ...delivery, pending: result.reason };
  }
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
