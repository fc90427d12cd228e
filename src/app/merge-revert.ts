import { shortId } from "../core/model/git.ts";
import type { Hold } from "../core/model/hold.ts";
import type { Scope } from "../core/model/target.ts";
import { LastgoodError } from "../errors.ts";
import { type Delivery, type DeliveryJob, type DeliveryWorld } from "./delivery.ts";
import { proposeRevert } from "./propose-revert.ts";

/**
 * Mode `merge`: proposes, then merges when the forge allows it now. Throws `RepositoryMoved` when the base moved: plan again.
 * After the merge the content is compared with the plan: GitHub's merge pins the head only, never the base.
 */
export async function mergeRevert(job: DeliveryJob, world: DeliveryWorld): Promise<Delivery | Hold> {
  const proposed = await proposeRevert(job, world);
  const { forge, remote, log } = world;
  if (proposed.kind === "hold" || proposed.pullRequest === undefined || forge === undefined || remote === undefined)
    return proposed;
  const { number, title } = proposed.pullRequest;
  const { message } = await world.repository.refs.revision(proposed.commit);
  const result = await forge.mergePullRequest({
    number,
    expectedHead: proposed.commit,
    title,
    message: bodyOf(message),
  });
  switch (result.kind) {
    case "merged": {
      log.done(`merged #${number} as ${shortId(result.commit)}`);
      await remote.fetch([]);
      const landed = { ...proposed, mode: "merge", landed: result.commit } as const;
      await requirePlanned(landed, world);
      return landed;
    }
    case "base-moved":
      throw new LastgoodError(
        "RepositoryMoved",
        `${job.plan.branch} moved while #${number} was merged: ${result.reason}`,
      );
    case "waiting":
    case "refused":
      return { ...proposed, mode: "merge", pending: result.reason };
  }
}

/** What stands at the plan's paths on the branch is what the pull request showed (safety.md I11). */
async function requirePlanned(
  { plan, commit, landed, pullRequest }: Delivery,
  { repository }: DeliveryWorld,
): Promise<void> {
  if (landed === undefined) return;
  const scope: Scope = plan.files.map(({ path }) => ({ kind: "file", path }));
  const changes = await repository.refs.diff(commit, landed, scope);
  if (changes.length === 0) return;
  throw new LastgoodError("ForgeConflict", `after the merge ${changes[0]?.path ?? ""} is not what the plan says`, {
    hint: `Somebody changed it while ${pullRequest?.url ?? "the pull request"} was merged. Look at it, then run lastgood plan ${plan.target.name}.`,
  });
}

function bodyOf(message: string): string {
  return message.split("\n").slice(1).join("\n").trim();
}
