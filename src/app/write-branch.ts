import type { CommitId } from "../core/model/git.ts";
import { shortId } from "../core/model/git.ts";
import { LastgoodError } from "../errors.ts";
import { changeOf, commitChange, type Delivery, type DeliveryJob, type DeliveryWorld } from "./delivery.ts";

/** Mode `branch`: a local branch, nothing leaves the machine. The same plan on the same base finds its branch again. */
export async function writeBranch(job: DeliveryJob, world: DeliveryWorld): Promise<Delivery> {
  const { repository, clock, log } = world;
  const id = clock.newId();
  const change = changeOf(job, world, id);
  const branch = job.request.branchName ?? change.branch;
  const existing = await repository.resolve(`refs/heads/${branch}`);
  const commit = await commitChange(job, world, change);
  const delivery = { kind: "delivered", mode: "branch", plan: job.plan, job: id, branch } as const;
  if (existing === undefined) {
    await repository.refs.update(`refs/heads/${branch}`, commit, undefined);
    log.done(`committed ${shortId(commit)} to ${branch}`);
    return { ...delivery, commit, found: false };
  }
  if (!(await isSame(existing, commit, job, world))) {
    throw new LastgoodError("UsageArgument", `branch ${branch} exists and holds something else`, {
      hint: `Name another one with --branch, or delete it: git branch -D ${branch}`,
    });
  }
  log.done(`${branch} holds this revert already`);
  return { ...delivery, commit: existing, found: true };
}

async function isSame(existing: CommitId, commit: CommitId, job: DeliveryJob, world: DeliveryWorld): Promise<boolean> {
  const { refs } = world.repository;
  const { parents } = await refs.revision(existing);
  return parents.length === 1 && parents[0] === job.plan.base && (await refs.diff(existing, commit)).length === 0;
}
