import { incidentLink, incidentText } from "../core/change/incident.ts";
import type { JobOutcome } from "../core/job/job-record.ts";
import type { Job } from "../core/job/job.ts";
import type { Revision } from "../core/model/git.ts";
import { quarantineOf } from "../core/quarantine/state.ts";
import { LastgoodError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Forge } from "../ports/forge.ts";
import type { Ledger } from "../ports/ledger.ts";
import type { Log } from "../ports/log.ts";
import { readQuarantine } from "./quarantine-artifacts.ts";
import { findOrigin } from "./suspect-people.ts";

export interface IncidentWorld {
  readonly forge?: Pick<Forge, "issues" | "talk">;
  readonly ledger?: Ledger;
  readonly clock: Clock;
  readonly log: Log;
}

export interface IncidentRequest {
  readonly job: Job;
  readonly outcome: JobOutcome;
  /** One sentence: what was seen last. */
  readonly why: string;
  /** What was seen of the target when it was bad. */
  readonly evidence: readonly string[];
  /** The commits whose work was taken back, newest first. */
  readonly suspects: readonly Revision[];
  /** Logins; authors and mergers of the suspects are asked as well. */
  readonly assignees: readonly string[];
  readonly runbook?: string;
}

export type Incident =
  | { readonly kind: "open"; readonly number: number; readonly url: string }
  /** No right to open one, or there are no issues here: said on the pull request, once. */
  | { readonly kind: "unavailable"; readonly message: string };

/** GitHub assigns ten at most. */
const MAX_ASSIGNEES = 10;
/** Of how many suspects the people are looked for. */
const MAX_ASKED = 3;

/**
 * Opens the incident of a job, or finds it: its key is the job, so that there is one, whoever opens it how often. It is left as it is
 * found, and never closed. Throws what passes (`ForgeUnavailable`, `Ledger*`, …): try again.
 */
export async function openIncident(request: IncidentRequest, world: IncidentWorld): Promise<Incident> {
  const { job, assignees, suspects } = request;
  const { forge, clock } = world;
  if (forge?.issues === undefined) return unavailable(job, world, "there are no issues here");
  try {
    const known = await forge.issues.find(job.id);
    const issue =
      known ??
      (await forge.issues.open({
        key: job.id,
        ...incidentText({ ...request, nowMs: clock.nowMs(), quarantined: await quarantinedBy(job, world) }),
        labels: [],
        assignees: await peopleOf(suspects, assignees, world),
      }));
    await nameIncident(job, issue.number, world);
    return { kind: "open", number: issue.number, url: issue.url };
  } catch (error) {
    if (error instanceof LastgoodError && isDenied(error)) return unavailable(job, world, error.message);
    throw error;
  }
}

/** The number of the job's incident, `unavailable` where there can be none, undefined where there is none yet. Throws `Forge*`. */
export async function findIncident(
  { id }: Pick<Job, "id">,
  { forge }: Pick<IncidentWorld, "forge">,
): Promise<number | "unavailable" | undefined> {
  if (forge?.issues === undefined) return "unavailable";
  try {
    return (await forge.issues.find(id))?.number;
  } catch (error) {
    if (error instanceof LastgoodError && isDenied(error)) return "unavailable";
    throw error;
  }
}

/** Names the incident issue on the pull request: once, however often it is said. */
export async function nameIncident(job: Job, number: number, world: IncidentWorld): Promise<void> {
  await tell(job, incidentLink(number), world);
}

/** Says on the pull request that there is no incident issue: once, however often it is said. */
export async function tellNoIncident(job: Job, world: IncidentWorld): Promise<void> {
  await tell(job, incidentLink(undefined), world);
}

/** GitHub answers 404 as well to who may not see. */
function isDenied({ code }: LastgoodError): boolean {
  return code === "ForgePermission" || code === "ForgeUnsupported" || code === "ForgeNotFound";
}

async function unavailable(job: Job, world: IncidentWorld, message: string): Promise<Incident> {
  world.log.warn(`no incident issue is opened for job ${job.id}: ${message}`);
  await tellNoIncident(job, world);
  return { kind: "unavailable", message };
}

/** The issue counts; a comment that cannot be written costs a warning. */
async function tell({ pullRequest }: Job, text: string, { forge, log }: IncidentWorld): Promise<void> {
  if (pullRequest === undefined || forge?.talk === undefined) return;
  try {
    await forge.talk.comment(pullRequest, "incident", text);
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    log.warn(`#${pullRequest} does not name the incident: ${error.message}`);
  }
}

async function quarantinedBy({ id, target }: Job, { ledger, clock }: IncidentWorld) {
  if (ledger === undefined) return [];
  const { entries } = await readQuarantine({ ledger, clock });
  return quarantineOf(target, entries).filter(({ record }) => record.job === id);
}

async function peopleOf(
  suspects: readonly Revision[],
  configured: readonly string[],
  { forge, log }: IncidentWorld,
): Promise<readonly string[]> {
  const logins = [...configured];
  for (const suspect of suspects.slice(0, MAX_ASKED)) {
    try {
      const origin = forge?.talk === undefined ? undefined : await findOrigin(suspect, forge.talk);
      if (origin !== undefined) logins.push(origin.people.author, origin.people.mergedBy ?? "ghost");
    } catch (error) {
      if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
      log.warn(`who made the change cannot be found: ${error.message}`);
    }
  }
  const people = logins.filter((login) => !login.endsWith("[bot]") && login !== "ghost");
  return [...new Map(people.map((login) => [login.toLowerCase(), login])).values()].slice(0, MAX_ASSIGNEES);
}
