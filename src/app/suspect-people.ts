import { pullRequestOf, type Revision } from "../core/model/git.ts";
import type { Plan } from "../core/plan/types.ts";
import { LastgoodError } from "../errors.ts";
import type { PullRequestPeople } from "../ports/forge-talk.ts";
import type { DeliveryJob, DeliveryWorld } from "./delivery.ts";

/** Of how many suspects the people are looked for: each costs requests. */
const MAX_SUSPECTS = 3;

/** The pull request that a suspect came from, and its people. */
export interface SuspectOrigin {
  readonly number: number;
  readonly people: PullRequestPeople;
}

/**
 * Where the newest suspects came from. A commit message may name any number: it counts only when the forge says that this pull
 * request became this very commit. What cannot be read is left out: it only ever informs people.
 */
export async function findOrigins(
  { suspects }: Plan,
  { forge, log }: DeliveryWorld,
): Promise<readonly SuspectOrigin[]> {
  const talk = forge?.talk;
  if (talk === undefined) return [];
  const origins = await Promise.all(
    suspects.slice(0, MAX_SUSPECTS).map(async (suspect) => {
      try {
        return await findOrigin(suspect, async (number) => talk.people(number));
      } catch (error) {
        if (!(error instanceof LastgoodError)) throw error;
        log.warn(`who made the change cannot be found: ${error.message}`);
        return undefined;
      }
    }),
  );
  return origins.filter((origin) => origin !== undefined);
}

async function findOrigin(
  suspect: Revision,
  read: (number: number) => Promise<PullRequestPeople | undefined>,
): Promise<SuspectOrigin | undefined> {
  const number = pullRequestOf(suspect);
  const people = number === undefined ? undefined : await read(number);
  return number === undefined || people?.mergeCommit !== suspect.id ? undefined : { number, people };
}

/** Who is asked for a review: the configured teams, author and merger of what is reverted. Never a bot: it cannot be asked. */
export async function reviewersOf({ request, plan }: DeliveryJob, world: DeliveryWorld): Promise<readonly string[]> {
  if (request.askSuspects === false) return request.reviewers;
  const origins = await findOrigins(plan, world);
  const people = origins.flatMap(({ people: { author, mergedBy } }) => [
    author,
    ...(mergedBy === undefined ? [] : [mergedBy]),
  ]);
  const asked = [...request.reviewers, ...people.filter((login) => !login.endsWith("[bot]") && login !== "ghost")];
  return [...new Map(asked.map((name) => [name.toLowerCase(), name])).values()];
}
