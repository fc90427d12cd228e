import { escalationText } from "../core/change/escalation.ts";
import type { Escalation } from "../core/job/job-record.ts";
import { LastgoodError } from "../errors.ts";
import type { Forge } from "../ports/forge.ts";
import type { Log } from "../ports/log.ts";

export interface EscalationRequest {
  readonly about: Escalation;
  readonly why: string;
  /** Where people look: the pull request, the incident. Those that are not there are missing. */
  readonly pullRequest?: number;
  readonly incident?: number;
}

/**
 * Calls people where they look: one comment for each reason, however often it is asked for. Who is told elsewhere
 * (notify-people.ts) hears it when the transition is recorded. A comment that cannot be written keeps nobody from being called:
 * answers where it was, and warns of the rest.
 */
export async function escalate(
  { about, why, pullRequest, incident }: EscalationRequest,
  { forge, log }: { readonly forge?: Pick<Forge, "talk">; readonly log: Log },
): Promise<readonly number[]> {
  const told: number[] = [];
  for (const number of new Set([pullRequest, incident])) {
    if (number === undefined || forge?.talk === undefined) continue;
    try {
      await forge.talk.comment(number, `escalation-${about.replaceAll(" ", "-")}`, escalationText(about, why));
      told.push(number);
    } catch (error) {
      if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
      log.warn(`people were not called on #${number}: ${error.message}`);
    }
  }
  return told;
}
