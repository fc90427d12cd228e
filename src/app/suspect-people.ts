import { pullRequestOf, type Revision } from "../core/model/git.ts";
import type { Plan } from "../core/plan/types.ts";
import { LastgoodError } from "../errors.ts";
import type { ForgeTalk } from "../ports/forge-talk.ts";
import type { DeliveryJob, DeliveryWorld, SuspectOrigin } from "./delivery.ts";

/** Of how many suspects the people are looked for: each costs requests. */
const MAX_SUSPECTS = 3;

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
        return await findOrigin(suspect, talk);
      } catch (error) {
        if (!(error instanceof LastgoodError)) throw error;
        log.warn(`who made the change cannot be found: ${error.message}`);
        return undefined;
      }
    }),
  );
  return origins.filter((origin) => origin !== undefined);
}

/** Throws `Forge*`. */
export async function findOrigin(
  suspect: Revision,
  talk: Pick<ForgeTalk, "people">,
): Promise<SuspectOrigin | undefined> {
  const number = pullRequestOf(suspect);
  const people = number === undefined ? undefined : await talk.people(number);
  return number === undefined || people?.mergeCommit !== suspect.id ? undefined : { number, people };
}

/** Who is asked for a review: the configured teams, whom manifests name, author and merger of what is reverted. Never a bot: it cannot be asked. */
export async function reviewersOf(job: DeliveryJob, world: DeliveryWorld): Promise<readonly string[]> {
  const { request, plan } = job;
  const wanted = [...request.reviewers, ...(plan.declared?.reviewers ?? [])];
  if (request.askSuspects === false) return once(wanted);
  const origins = job.origins ?? (await findOrigins(plan, world));
  const people = origins.flatMap(({ people: { author, mergedBy } }) => [
    author,
    ...(mergedBy === undefined ? [] : [mergedBy]),
  ]);
  const asked = [...wanted, ...people.filter((login) => !login.endsWith("[bot]") && login !== "ghost")];
  return once(asked);
}

function once(names: readonly string[]): readonly string[] {
  return [...new Map(names.map((name) => [name.toLowerCase(), name])).values()];
}
