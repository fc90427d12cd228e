/** Does what people chose with the boxes on a pull request of ours: the branch and the text follow, in place. */
import { REBASE_TICK, readTicks, selectionFor } from "../core/change/choices.ts";
import { readMark, type TextMark, textState } from "../core/change/text-mark.ts";
import { type Hold, hold } from "../core/model/hold.ts";
import { parseSelectors, type Selection } from "../core/selection.ts";
import { LastgoodError } from "../errors.ts";
import type { Forge, PullRequest } from "../ports/forge.ts";
import type { Delivery, DeliveryWorld, RevertRequest } from "./delivery.ts";
import { mayWrite } from "./hands-off.ts";
import { sha256 } from "./hash.ts";
import { optedOut } from "./opt-out.ts";
import { planGoal } from "./plan-goal.ts";
import { findBase, type RevertOutcome, runRevert } from "./run-revert.ts";

/** An open pull request of ours, and what its text says was asked for. */
export interface OfferedChoices {
  readonly pullRequest: PullRequest;
  readonly mark: TextMark;
  readonly selection: Selection;
}

/** `same`: the boxes say what the pull request does already. */
export type FollowOutcome = RevertOutcome | { readonly kind: "same"; readonly pullRequest: PullRequest };

/**
 * Reads the open pull request of that number. Its mark says which target and goal it is for; it is no authority: the branch must be
 * the one that follows from them (`followChoices`). Throws `UsageArgument` for what is no open pull request of ours, `ForgeUnsupported`.
 */
export async function readChoices(number: number, { forge }: DeliveryWorld): Promise<OfferedChoices | Hold> {
  const pullRequest = await findOpen(number, forge);
  const mark = readMark(pullRequest.body);
  if (mark?.goal === undefined) {
    throw new LastgoodError("UsageArgument", `the text of ${pullRequest.url} does not say what it is for`, {
      hint: "Run the lastgood revert command again, with --only or --except: it updates the open pull request.",
    });
  }
  if (textState(pullRequest, sha256) === "edited") {
    return hold("Vetoed", `somebody edited the text of ${pullRequest.url}: lastgood leaves this revert alone`);
  }
  const { only = [], except = [] } = mark;
  return { pullRequest, mark, selection: { only: parseSelectors(only), except: parseSelectors(except) } };
}

async function findOpen(number: number, forge: Forge | undefined): Promise<PullRequest> {
  if (forge?.talk === undefined)
    throw new LastgoodError("ForgeUnsupported", "this repository has no pull requests to follow");
  const people = await forge.talk.people(number);
  const found = people === undefined ? undefined : await forge.findPullRequest(people.branch);
  if (found?.number === number && found.state === "open" && found.branch.startsWith("lastgood/")) return found;
  const what =
    found?.number === number && found.state !== "open" ? `is ${found.state}` : "is no pull request of lastgood";
  throw new LastgoodError("UsageArgument", `#${number} ${what}`, { hint: "Give the number of an open revert." });
}

/**
 * Plans what the boxes ask for and brings branch and text there. `request`: target, goal and all else as the pull request was asked
 * for. Boxes count only from somebody with write access; where it cannot be read who ticked them, nothing is done.
 */
export async function followChoices(
  request: RevertRequest,
  { pullRequest, mark, selection: offered }: OfferedChoices,
  world: DeliveryWorld,
): Promise<FollowOutcome> {
  const ticks = readTicks(pullRequest.body);
  const { by: _, reason: __, ...rest } = request;
  const said = {
    ...(mark.by === undefined ? {} : { by: mark.by }),
    ...(mark.reason === undefined ? {} : { reason: mark.reason }),
  };
  const asked: RevertRequest = { ...rest, ...said, selection: offered, pullRequest: pullRequest.number };
  const { plan } = await planGoal({ ...asked, base: await findBase(asked, world) }, world);
  if (plan.kind !== "plan") return plan;
  const chosen = selectionFor(plan, ticks);
  const update = ticks.get(REBASE_TICK) === true;
  if (chosen === undefined && !update) return { kind: "same", pullRequest };
  const refused = (await refuseTicker(pullRequest, world)) ?? (await optedOut(plan, world));
  if (refused !== undefined) return refused;
  const outcome = await runRevert({ ...asked, selection: chosen ?? offered }, world);
  if (outcome.kind === "nothing-to-do") return nothingChosen(pullRequest);
  return outcome.kind === "delivered" && update ? bringUpToDate(outcome, world) : outcome;
}

async function refuseTicker({ number, url }: PullRequest, { forge }: DeliveryWorld): Promise<Hold | undefined> {
  const editor = await forge?.talk?.bodyEditor(number);
  if (editor === undefined) {
    return hold("Inconclusive", `who ticked the boxes of ${url} cannot be read: they are not followed`, [
      "lastgood revert TARGET --only … or --except …    changes the pull request by your own command",
    ]);
  }
  const permission = (await forge?.talk?.permissionOf(editor.by)) ?? "none";
  if (mayWrite(permission)) return undefined;
  return hold("Inconclusive", `${editor.by}, who edited ${url} last, has no write access: the boxes are not followed`);
}

function nothingChosen({ url }: PullRequest): Hold {
  return hold("Inconclusive", `no box of ${url} is ticked that would leave anything to revert`, [
    "close the pull request, if nothing is to be reverted",
  ]);
}

/** Merges the base into the branch, nothing is rewritten; then takes the tick off. */
async function bringUpToDate(delivery: Delivery, world: DeliveryWorld): Promise<Delivery> {
  const { forge, log } = world;
  const { pullRequest, commit } = delivery;
  if (forge === undefined || pullRequest === undefined) return delivery;
  const update = await forge.updateBranch?.(pullRequest.number, commit);
  if (update?.kind === "updated") log.done(`brought ${delivery.branch} up to date`);
  else log.warn(`${delivery.branch} is not brought up to date: ${update?.reason ?? "the forge cannot"}`);
  const { title, body } = pullRequest;
  const unticked = body.replace(`- [x] <!-- lastgood:${REBASE_TICK} -->`, `- [ ] <!-- lastgood:${REBASE_TICK} -->`);
  const shown =
    unticked === body ? pullRequest : await forge.updatePullRequest(pullRequest.number, { title, body: unticked });
  return { ...delivery, pullRequest: shown, ...(update?.kind === "updated" ? { commit: update.head } : {}) };
}
