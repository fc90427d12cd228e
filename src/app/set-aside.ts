/** A revert that nobody needs any more is closed by lastgood itself; that is no word of a person's, and counts as none. */
import { HOLD_LABEL, STATE_LABELS } from "../core/change/labels.ts";
import { textState } from "../core/change/text-mark.ts";
import { LastgoodError } from "../errors.ts";
import type { PullRequest } from "../ports/forge.ts";
import type { ForgeTalk, PullRequestEvent } from "../ports/forge-talk.ts";
import type { DeliveryWorld } from "./delivery.ts";
import { sha256 } from "./hash.ts";
import { tellPeople } from "./tell-people.ts";

/**
 * Was it closed like that? By whom it was opened, and with the label that is set just before: who signs in as a person has to close it
 * without, and who labels it is not who opened it.
 */
export function isSetAside({
  state,
  author,
  endedBy,
  labels,
}: Pick<PullRequest, "state" | "author" | "endedBy" | "labels">): boolean {
  const hasLabel = labels.some((label) => label.toLowerCase() === STATE_LABELS.superseded);
  return state === "closed" && hasLabel && endedBy?.toLowerCase() === author.toLowerCase();
}

/** Which of these closed pull requests were closed like that, as the forge tells it now. Throws `Forge*`: a person's no is not guessed. */
export async function findSetAside(
  closed: readonly number[],
  talk: Pick<ForgeTalk, "people" | "events"> | undefined,
): Promise<ReadonlySet<number>> {
  const found = new Set<number>();
  for (const number of talk === undefined ? [] : closed) {
    const people = await talk?.people(number);
    const closer = (await talk?.events(number))?.findLast(({ kind }) => kind === "closed")?.by;
    if (people === undefined || closer === undefined) continue;
    if (isSetAside({ state: "closed", ...people, endedBy: closer })) found.add(number);
  }
  return found;
}

/** Closes it, and says why; safe to be done twice. Left open, which is only told, where a person has had a hand in it. `why`: a clause. */
export async function setAside(pull: PullRequest, why: string, world: DeliveryWorld): Promise<void> {
  const { forge, log } = world;
  const kept = forge?.closePullRequest === undefined ? "it cannot be closed here" : await keptBy(pull, world);
  if (forge?.closePullRequest === undefined || kept !== undefined) {
    await tellPeople({ pullRequest: pull, pending: `${why}; it stays open: ${kept ?? ""}` }, world);
    return;
  }
  await tellPeople({ pullRequest: pull }, world, { needless: why });
  await forge.closePullRequest(pull.number);
  log.done(`closed #${pull.number}: ${why}`);
}

const DONE_BY_PEOPLE: readonly PullRequestEvent["kind"][] = ["reviewed", "reopened", "drafted", "ready"];

/** Why it is a person's to close; undefined: nobody has done anything with it. What cannot be read is a reason, too. */
async function keptBy(pull: PullRequest, { forge }: DeliveryWorld): Promise<string | undefined> {
  const { number, author, head, armedBy, draft, labels } = pull;
  try {
    const standing = await forge?.mergeStanding?.(number, head);
    // A queue that holds it may merge it all the same.
    if (armedBy !== undefined || standing?.ordered === true) return "it is on its way to be merged";
    if (draft || textState(pull, sha256) !== "ours" || labels.includes(HOLD_LABEL)) return "somebody works on it";
    const events = (await forge?.talk?.events(number)) ?? [];
    const theirs = events.findLast(
      ({ kind, by }) => DONE_BY_PEOPLE.includes(kind) && by?.toLowerCase() !== author.toLowerCase(),
    );
    return theirs === undefined ? undefined : `${theirs.by ?? "somebody"} ${WORDS[theirs.kind] ?? "worked on"} it`;
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    return "who worked on it cannot be read";
  }
}

const WORDS: Partial<Record<PullRequestEvent["kind"], string>> = { reviewed: "reviewed", reopened: "reopened" };
