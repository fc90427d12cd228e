/** Steps that record where a job is, call people, or end it. */
import type { HoldReason } from "../model/hold.ts";
import { type Escalation, type JobOutcome, type JobStation, type JobSubject, statusOf } from "./job-record.ts";
import type { Job } from "./job.ts";
import type { Step } from "./step.ts";

/** The job goes on, at this station. */
export function recordStep(
  _: Job,
  {
    station,
    detail,
    news = {},
  }: { readonly station: JobStation; readonly detail: string; readonly news?: Partial<JobSubject> },
): Step {
  return { kind: "record-job", transition: { status: "In Progress", station, detail, ...news } };
}

/** Calls people, unless that was done for the same before. */
export function escalateOnce(
  { status, station, reason, escalated }: Job,
  { about, why }: { readonly about: Escalation; readonly why: string },
): Step | undefined {
  if (escalated.includes(about)) return undefined;
  const goesOn = { status, station, detail: why, escalated: about, ...(reason === undefined ? {} : { reason }) };
  return { kind: "escalate", about, why, transition: goesOn };
}

/** The job has ended. */
export function endStep(
  outcome: JobOutcome,
  {
    job,
    detail,
    reason,
    code,
  }: { readonly job: Job; readonly detail: string; readonly reason?: HoldReason; readonly code?: string },
): Step {
  return {
    kind: "end",
    outcome,
    transition: {
      status: statusOf(outcome),
      station: outcome === "verified" ? "record" : job.station,
      detail,
      outcome,
      ...(reason === undefined ? {} : { reason }),
      ...(code === undefined ? {} : { code }),
    },
  };
}

/** A step failed for good: people are called, then the job ends at the station where it stands. */
export function failStep(job: Job, { code, message }: { readonly code: string; readonly message: string }): Step {
  const detail = `${code}: ${message}`;
  return escalateOnce(job, { about: "failed", why: detail }) ?? endStep("failed", { job, detail, code });
}
