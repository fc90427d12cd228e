import type { Step } from "../../core/job/step.ts";
import { commitId, isFullId, type Revision } from "../../core/model/git.ts";
import { escalate } from "../escalate.ts";
import { findIncident, openIncident, tellNoIncident } from "../open-incident.ts";
import type { Performing } from "./tick.ts";

/** Opens the incident of a job, or finds it; never closed by lastgood. False: there can be none here. */
export async function openIncidentOf(
  { outcome, why }: Extract<Step, { readonly kind: "open-incident" }>,
  { request, look, facts }: Performing,
): Promise<boolean> {
  const { job } = facts;
  if (job === undefined) return true;
  const { world, delivery } = request.lane;
  const { says } = look.observed;
  const incident = await openIncident(
    {
      job,
      outcome,
      why,
      evidence: says.map(({ source, status, message }) => `${source}: ${status}: ${message}`),
      suspects: await suspectsOf(job.suspect, request.lane.world.repository),
      assignees: delivery.assignees,
      ...(look.policy.runbook === undefined ? {} : { runbook: look.policy.runbook }),
    },
    world,
  );
  return incident.kind === "open";
}

/** Where there can be no incident, that is said at the end of the job. */
export async function tellIncident({ request, facts }: Performing): Promise<void> {
  const { job, effects } = facts;
  if (job !== undefined && effects.incident === "unavailable") await tellNoIncident(job, request.lane.world);
}

async function suspectsOf(
  suspect: string | undefined,
  repository: Performing["request"]["lane"]["world"]["repository"],
): Promise<readonly Revision[]> {
  if (suspect === undefined || !isFullId(suspect) || (await repository.resolve(suspect)) === undefined) return [];
  return [await repository.refs.revision(commitId(suspect))];
}

/** Calls people where they look; those who are told elsewhere hear it when the transition is recorded. */
export async function callPeople(
  { about, why }: Extract<Step, { readonly kind: "escalate" }>,
  { request, facts }: Performing,
): Promise<void> {
  const { job } = facts;
  const { world } = request.lane;
  if (job === undefined) return;
  const incident =
    about === "still unhealthy" || about === "not delivered" ? await findIncident(job, world) : undefined;
  await escalate(
    {
      about,
      why,
      ...(job.pullRequest === undefined ? {} : { pullRequest: job.pullRequest }),
      ...(typeof incident === "number" ? { incident } : {}),
    },
    world,
  );
}
