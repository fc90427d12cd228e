/** "Never revert this unattended", said on a change: by a trailer of its commit, a label, or a line of its pull request (interface.md §3). */
import { SKIP_LABEL } from "../core/change/labels.ts";
import { type Revision, shortId, trailersOf } from "../core/model/git.ts";
import { type Hold, hold } from "../core/model/hold.ts";
import { shellWord } from "../core/model/shell.ts";
import type { Plan } from "../core/plan/types.ts";
import { LastgoodError } from "../errors.ts";
import type { ForgeTalk } from "../ports/forge-talk.ts";
import type { DeliveryWorld, SuspectOrigin } from "./delivery.ts";
import { findLabeller, mayWrite } from "./hands-off.ts";
import { findOrigin } from "./suspect-people.ts";

/** Of how many suspects the pull request is read: each costs a request, at every look while a merge is waited for. */
const MAX_READ = 5;

/**
 * Holds what lastgood would do by itself (merge, push, follow boxes) when people said so on one of the changes. A person can still
 * propose the revert, and merge it.
 */
export async function optedOut(plan: Plan, world: DeliveryWorld): Promise<Hold | undefined> {
  const said = plan.suspects.map(saidByCommit).find((words) => words !== undefined) ?? (await saidOnForge(plan, world));
  if (said === undefined) return undefined;
  return hold("OptedOut", `${said}: lastgood does not revert it by itself`, [
    `lastgood revert ${shellWord(plan.target.name)} --mode propose    opens a pull request for a person to merge`,
  ]);
}

/** A person asked for this revert: that an opt-out cannot be read stops nothing, but is said. */
async function saidOnForge({ suspects }: Plan, world: DeliveryWorld): Promise<string | undefined> {
  for (const suspect of suspects.slice(0, MAX_READ)) {
    try {
      const said = await saidByPullRequest(suspect, world);
      if (said !== undefined) return said;
    } catch (error) {
      if (!(error instanceof LastgoodError)) throw error;
      world.log.warn(`whether ${shortId(suspect.id)} opts out cannot be read: ${error.message}`);
    }
  }
  return undefined;
}

const TRAILER = "lastgood-skip";

/** What is needed to hear people: the forge's side may be missing. */
export type OptOutWorld = Pick<DeliveryWorld, "forge" | "log">;

/** Whatever it says but "false": a typo never means "less safe". */
export function saidByCommit({ id, message }: Revision): string | undefined {
  const skips = trailersOf(message).some(({ key, value }) => key === TRAILER && !/^false$/i.test(value.trim()));
  return skips ? `${shortId(id)} says "Lastgood-Skip"` : undefined;
}

/** What its pull request says: the label, or a line of the text. Throws `Forge*`. */
export async function saidByPullRequest(suspect: Revision, world: OptOutWorld): Promise<string | undefined> {
  const talk = world.forge?.talk;
  const origin = talk === undefined ? undefined : await findOrigin(suspect, talk);
  if (talk === undefined || origin === undefined) return undefined;
  const { number, people } = origin;
  if (people.labels.some((label) => label.toLowerCase() === SKIP_LABEL)) {
    const by = await findLabeller(number, SKIP_LABEL, talk);
    if (by === undefined) return `#${number} carries the label "${SKIP_LABEL}"`;
    if (mayWrite(by.permission)) return `${by.login} set the label "${SKIP_LABEL}" on #${number}`;
    world.log.warn(`the label "${SKIP_LABEL}" on #${number} does not count: ${by.login} has no write access`);
  }
  return saidByText(origin, talk, world);
}

/** A squash or a merge queue may have left the trailer behind in the pull request's text. Whoever wrote that must have write access. */
async function saidByText(
  { number, people }: SuspectOrigin,
  talk: ForgeTalk,
  { log }: OptOutWorld,
): Promise<string | undefined> {
  const line = /^Lastgood-Skip:[ \t]*(\S.*?)[ \t]*\r?$/im.exec(people.body)?.[1];
  if (line === undefined || /^false$/i.test(line)) return undefined;
  const writer = (await talk.bodyEditor(number))?.by ?? people.author;
  if (mayWrite(await talk.permissionOf(writer))) return `the text of #${number} says "Lastgood-Skip"`;
  log.warn(`"Lastgood-Skip" in #${number} does not count: ${writer} has no write access`);
  return undefined;
}
