import { readTicks, selectionFor } from "../core/change/choices.ts";
import { textState } from "../core/change/text-mark.ts";
import { type Hold, hold } from "../core/model/hold.ts";
import type { Forge, PullRequest } from "../ports/forge.ts";
import type { Delivery, DeliveryJob, DeliveryWorld } from "./delivery.ts";
import { vetoed } from "./find-attempt.ts";
import { handsOff, mayWrite } from "./hands-off.ts";
import { sha256 } from "./hash.ts";

export interface Mergeable {
  readonly delivery: Delivery;
  readonly pullRequest: PullRequest;
  readonly forge: Forge;
}

/**
 * What a person did to a pull request of ours that keeps lastgood from merging it (safety.md I7): set the hold label, edited its
 * text, or ticked other boxes than its branch follows.
 */
export async function stepBack(
  { delivery, pullRequest, forge }: Mergeable,
  job: DeliveryJob,
  world: DeliveryWorld,
): Promise<Hold | undefined> {
  const why = await handsOff(pullRequest, forge, world.log);
  if (why !== undefined) return vetoed(why, job);
  const { number, url } = pullRequest;
  if (textState(pullRequest, sha256) !== "ours") {
    const editor = (await forge.talk?.bodyEditor(number))?.by ?? "somebody";
    return vetoed(`${editor} edited the text of ${url}`, job);
  }
  if (selectionFor(delivery.plan, readTicks(pullRequest.body)) === undefined) return undefined;
  const ticked = await forge.talk?.bodyEditor(number);
  if (ticked !== undefined && !mayWrite((await forge.talk?.permissionOf(ticked.by)) ?? "none")) {
    world.log.warn(`the boxes of ${url} do not count: ${ticked.by}, who edited them, has no write access`);
    return undefined;
  }
  return hold("Inconclusive", `the boxes of ${url} ask for something else than its branch holds`, [
    `lastgood revert --follow ${number}    brings the branch there`,
  ]);
}
