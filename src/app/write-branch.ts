import { shortId } from "../core/model/git.ts";
import { LastgoodError } from "../errors.ts";
import { compareBranch } from "./compare-branch.ts";
import { changeOf, commitChange, type Delivery, type DeliveryJob, type DeliveryWorld } from "./delivery.ts";

/** Mode `branch`: a local branch, nothing leaves the machine. The same revert finds its branch again. Throws `UsageArgument` when it holds something else. */
export async function writeBranch(job: DeliveryJob, world: DeliveryWorld): Promise<Delivery> {
  const { repository, clock, log } = world;
  const id = clock.newId();
  const change = changeOf(job, id);
  const branch = requireName(job.request.branchName ?? change.branch);
  const tip = await repository.resolve(`refs/heads/${branch}`);
  const commit = await commitChange(job, world, change);
  const delivery = { kind: "delivered", mode: "branch", plan: job.plan, job: id, branch } as const;
  if (tip === undefined) {
    await repository.refs.update(`refs/heads/${branch}`, commit, undefined);
    log.done(`committed ${shortId(commit)} to ${branch}`);
    return { ...delivery, commit, found: false };
  }
  if ((await compareBranch({ tip, commit }, job, world)).kind !== "same") {
    throw new LastgoodError("UsageArgument", `branch ${branch} exists and holds something else`, {
      hint: `Name another one with --branch, or delete it: git branch -D ${branch}`,
    });
  }
  log.done(`${branch} holds this revert already`);
  return { ...delivery, commit: tip, found: true };
}

/** What git itself takes for no branch (git check-ref-format --branch); the other rules are the repository's. */
function requireName(branch: string): string {
  if (!branch.startsWith("-") && branch !== "HEAD") return branch;
  throw new LastgoodError("UsageArgument", `--branch ${branch} is no name for a branch`);
}
