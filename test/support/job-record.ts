import type { JobRecord } from "../../src/core/job/job-record.ts";
import { toIso } from "../../src/core/model/time.ts";

/** When the jobs of tests begin. */
export const JOBS_BEGIN = Date.UTC(2026, 7, 22, 13, 50, 30);

/** One line of a job on `payments/api`, so many seconds after the first. */
export function jobRecord(job: string, seconds: number, more: Partial<JobRecord> = {}): JobRecord {
  return {
    v: 1,
    type: "job",
    id: `${job}-${seconds}`,
    job,
    at: toIso(JOBS_BEGIN + seconds * 1000),
    by: "lastgood",
    status: "In Progress",
    station: "pull request",
    detail: `after ${seconds} s`,
    target: "payments/api",
    trigger: "health Failed",
    ...more,
  };
}
