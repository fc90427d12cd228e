/** The lines of a job → the job. */
import type { HoldReason } from "../model/hold.ts";
import type { Escalation, JobOutcome, JobStation, JobStatus, JobSubject } from "./job-record.ts";

/** One revert from trigger to end. */
export interface Job extends JobSubject {
  readonly id: string;
  readonly status: JobStatus;
  readonly station: JobStation;
  /** The newest word on it. */
  readonly detail: string;
  readonly outcome?: JobOutcome;
  readonly reason?: HoldReason;
  readonly code?: string;
  /** Epoch ms. */
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly endedAtMs?: number;
  readonly untilMs?: number;
  readonly askedAtMs?: number;
  readonly escalated: readonly Escalation[];
  readonly retryOf?: string;
  /** Oldest first. */
  readonly timeline: readonly JobEntry[];
}

export interface JobEntry {
  readonly atMs: number;
  readonly by: string;
  readonly status: JobStatus;
  readonly station: JobStation;
  readonly detail: string;
  readonly escalated?: Escalation;
  readonly decision?: string;
}
