import { foldJobs, type Job } from "../../core/job/job.ts";
import type { LedgerRecord } from "../../core/record.ts";

const folded = new WeakMap<readonly LedgerRecord[], readonly Job[]>();

/** The jobs on record. A ledger that has not moved hands out the same records: what they come to is known then. */
export function jobsOf(records: readonly LedgerRecord[]): readonly Job[] {
  const known = folded.get(records);
  if (known !== undefined) return known;
  const jobs = foldJobs(records);
  folded.set(records, jobs);
  return jobs;
}
