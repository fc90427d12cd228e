import { HOLD_LABEL, labelsFor, OWN_LABEL, type StateLabel } from "../core/change/labels.ts";
import { originText, type Progress, progressText } from "../core/change/progress.ts";
import { textState } from "../core/change/text-mark.ts";
import { LastgoodError } from "../errors.ts";
import type { ForgeTalk } from "../ports/forge-talk.ts";
import type { PullRequest } from "../ports/forge.ts";
import type { Delivery, DeliveryWorld, SuspectOrigin } from "./delivery.ts";
import { sha256 } from "./hash.ts";
import { findOrigins } from "./suspect-people.ts";

/**
 * Tells people where a revert stands: one comment on its pull request, edited in place, and the label of its state. Asked again, it
 * changes only what has changed. Whatever fails here costs a warning: the revert itself is done.
 */
export async function tellPeople(
  delivery: Pick<Delivery, "pullRequest" | "landed" | "pending">,
  world: DeliveryWorld,
  more: Progress = {},
): Promise<void> {
  const { pullRequest } = delivery;
  const talk = world.forge?.talk;
  if (pullRequest === undefined || talk === undefined) return;
  const progress = { ...progressOf(delivery, pullRequest), ...more };
  await quietly(world, async () => talk.comment(pullRequest.number, "progress", progressText(progress)));
  await quietly(world, async () => setState(pullRequest, progress, talk));
}

/** Tells the people of what is reverted, on its own pull request: once for each revert, then left as it is. */
export async function tellOrigins(
  { plan, pullRequest }: Delivery,
  world: DeliveryWorld,
  known?: readonly SuspectOrigin[],
): Promise<void> {
  const talk = world.forge?.talk;
  if (pullRequest === undefined || talk === undefined) return;
  const text = originText(plan, { revert: pullRequest.number, failed: false });
  for (const { number } of known ?? (await findOrigins(plan, world))) {
    if (number !== pullRequest.number) {
      await quietly(world, async () => talk.comment(number, `revert-${pullRequest.number}`, text));
    }
  }
}

function progressOf({ landed, pending }: Pick<Delivery, "landed" | "pending">, pullRequest: PullRequest): Progress {
  const { state, endedBy, mergeCommit } = pullRequest;
  const by = endedBy === undefined ? {} : { by: endedBy };
  const commit = landed ?? mergeCommit;
  if (commit !== undefined || state === "merged")
    return { merged: { ...(commit === undefined ? {} : { commit }), ...by } };
  if (state === "closed") return { closed: by };
  const handsOff = reasonOf(pullRequest);
  return { waitingFor: pending ?? "", ...(handsOff === undefined ? {} : { handsOff }) };
}

/** What of a person's doing can be seen on the pull request itself. */
function reasonOf(pullRequest: PullRequest): string | undefined {
  if (textState(pullRequest, sha256) !== "ours") return "its text was edited, and stays as you wrote it";
  return pullRequest.labels.includes(HOLD_LABEL) ? `it carries the label "${HOLD_LABEL}"` : undefined;
}

/** Ours, which the opening may have missed, and exactly the label of this state. A merged revert has none until it is verified. */
async function setState({ number, labels }: PullRequest, progress: Progress, talk: ForgeTalk): Promise<void> {
  const change = labelsFor(stateOf(progress));
  const add = [OWN_LABEL, ...change.add].filter((label) => !labels.includes(label));
  const remove = change.remove.filter((label) => labels.includes(label));
  if (add.length + remove.length > 0) await talk.label(number, { add, remove });
}

function stateOf({ verified, stillUnhealthy, merged, closed, needless }: Progress): StateLabel | undefined {
  if (needless !== undefined) return "superseded";
  if (stillUnhealthy !== undefined) return "unhealthy";
  if (verified !== undefined) return "verified";
  return merged === undefined && closed === undefined ? "awaiting" : undefined;
}

async function quietly({ log }: DeliveryWorld, tell: () => Promise<void>): Promise<void> {
  try {
    await tell();
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
    log.warn(error.message);
  }
}
