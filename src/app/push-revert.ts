import { type CommitId, shortId } from "../core/model/git.ts";
import { deliverCommit } from "./deliver-commit.ts";
import { changeOf, commitChange, type Delivery, type DeliveryJob, type DeliveryWorld } from "./delivery.ts";

/** Mode `push`: fast-forwards the target's branch by compare-and-swap. Throws `RepositoryMoved` when it is elsewhere. */
export async function pushRevert(job: DeliveryJob, world: DeliveryWorld): Promise<Delivery> {
  const { branch } = job.plan;
  const id = job.id ?? world.clock.newId();
  const commit = await advance(await commitChange(job, world, changeOf(job, id)), job, world);
  world.log.done(`pushed ${shortId(commit)} to ${branch}`);
  return { kind: "delivered", mode: "push", plan: job.plan, job: id, commit, branch, landed: commit, found: false };
}

async function advance(commit: CommitId, { plan, request }: DeliveryJob, world: DeliveryWorld): Promise<CommitId> {
  const { branch, base } = plan;
  const { remote, repository } = world;
  if (remote !== undefined) {
    const delivery = { branch, commit, expected: base, base: branch, via: request.commitVia };
    return deliverCommit(delivery, { ...world, remote });
  }
  await repository.refs.update(`refs/heads/${branch}`, commit, base);
  return commit;
}
