import { artifactsOf } from "../../core/plan/taken-back.ts";
import { commitId, isFullId } from "../../core/model/git.ts";
import type { Job } from "../../core/job/job.ts";
import type { Artifact } from "../../core/quarantine/record.ts";
import { LastgoodError } from "../../errors.ts";
import { quarantineArtifacts } from "../quarantine-artifacts.ts";
import { type DaemonLane, SELF, type TargetLook } from "./daemon-lane.ts";
import { planLanded, readLanded } from "./read-landed.ts";
import type { Performing } from "./tick.ts";

/**
 * What the revert took back must not come back by itself: its images, charts and versions, and the content as it was. Found again from git,
 * not from memory; where that cannot be done, the suspect itself.
 */
export async function quarantineBad({ facts, look }: Performing, lane: DaemonLane): Promise<void> {
  const { job } = facts;
  if (job?.landed === undefined) return;
  const { world } = lane;
  const found = await findArtifacts({ job, landed: job.landed }, look, lane);
  const { name } = look.observed.watched.target;
  await quarantineArtifacts(
    {
      artifacts: found.length > 0 ? found : await suspectOf(job, lane),
      targets: [name],
      untilMs: world.clock.nowMs() + look.policy.quarantine.forMs,
      by: SELF,
      reason: `${name} failed with it, and is well without it`,
      job: job.id,
      ...(job.pullRequest === undefined ? {} : { pullRequest: job.pullRequest }),
    },
    world,
  );
}

/** The plan once more, on the commit that the revert landed on. */
async function findArtifacts(
  { job, landed }: { readonly job: Job; readonly landed: string },
  look: TargetLook,
  lane: DaemonLane,
): Promise<readonly Artifact[]> {
  try {
    const told = await readLanded(landed, { look, lane });
    const plan = told === undefined ? undefined : await planLanded({ look, lane, told, job });
    return plan?.kind === "plan" ? artifactsOf(plan) : [];
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.transient || error.code === "Internal") throw error;
    return [];
  }
}

async function suspectOf(job: Job, { world }: DaemonLane): Promise<readonly Artifact[]> {
  if (job.suspect !== undefined && isFullId(job.suspect)) return [{ kind: "commit", commit: commitId(job.suspect) }];
  const { parents } = await world.repository.refs.revision(commitId(job.landed ?? ""));
  return parents.slice(0, 1).map((commit) => ({ kind: "commit", commit }));
}
