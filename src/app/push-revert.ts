import { shortId } from "../core/model/git.ts";
import { changeOf, commitChange, type Delivery, type DeliveryJob, type DeliveryWorld } from "./delivery.ts";

/** Mode `push`: fast-forwards the target's branch by compare-and-swap. Throws `RepositoryMoved` when it is elsewhere. */
export async function pushRevert(job: DeliveryJob, world: DeliveryWorld): Promise<Delivery> {
  const { remote, repository, log } = world;
  const { branch, base } = job.plan;
  const id = world.clock.newId();
  const commit = await commitChange(job, world, changeOf(job, id));
  if (remote === undefined) await repository.refs.update(`refs/heads/${branch}`, commit, base);
  else await remote.push({ branch, commit, expected: base });
  log.done(`pushed ${shortId(commit)} to ${branch}`);
  return { kind: "delivered", mode: "push", plan: job.plan, job: id, commit, branch, landed: commit, found: false };
}
