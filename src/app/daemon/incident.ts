import type { Job } from "../../core/job/job.ts";
import type { Step } from "../../core/job/step.ts";
import { LastgoodError } from "../../errors.ts";
import type { DaemonLane } from "./daemon-lane.ts";

/** The number of the job's issue; `unavailable`: there are no issues here, or lastgood has no right to them. */
export async function findIncident(
  job: Job,
  { world: { forge } }: DaemonLane,
): Promise<number | "unavailable" | undefined> {
  if (forge?.issues === undefined) return "unavailable";
  try {
    return (await forge.issues.find(job.id))?.number;
  } catch (error) {
    if (error instanceof LastgoodError && isClosed(error)) return "unavailable";
    throw error;
  }
}

type OpenStep = Extract<Step, { readonly kind: "open-incident" }>;

/** Opened once; never closed by lastgood. */
export async function openIncidentOf(
  job: Job,
  { why, outcome }: OpenStep,
  { world: { forge } }: DaemonLane,
): Promise<void> {
  const title = `${job.target}: ${outcome}`;
  await forge?.issues?.open({ key: job.id, title, body: why, labels: ["lastgood"], assignees: [] });
}

function isClosed({ code }: LastgoodError): boolean {
  return code === "ForgeUnsupported" || code === "ForgePermission" || code === "ForgeNotFound";
}
