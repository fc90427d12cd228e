/** From a step to the line that records it. */
import { escapeText, shorten } from "../model/escape.ts";
import { toIso } from "../model/time.ts";
import type { JobRecord, JobSubject } from "./job-record.ts";
import { type Job, subjectOf } from "./job.ts";

/** What is new about a job. */
export type Transition = Partial<JobSubject> &
  Pick<JobRecord, "status" | "station" | "detail"> &
  Partial<Pick<JobRecord, "outcome" | "reason" | "code" | "until" | "asked" | "escalated">>;

/** Where a transition is written. */
export interface TransitionContext {
  /** Missing: the job begins with this line. */
  readonly job?: Job;
  /** A new ULID: of the line. */
  readonly id: string;
  /** Of the job, when it begins. */
  readonly jobId: string;
  readonly nowMs: number;
  /** When the newest line about the target was written, epoch ms: lines are read in the order of their times. */
  readonly lastMs?: number;
  readonly by: string;
  /** Where the job begins: what the transition does not say. */
  readonly subject: JobSubject;
  /** Hash of the decision's facts. */
  readonly decision?: string;
  readonly retryOf?: string;
}

/** The line of a transition. */
export function transitionRecord(transition: Transition, context: TransitionContext): JobRecord {
  const { job, id, jobId, nowMs, by, subject, decision, retryOf } = context;
  const lastMs = Math.max(job?.updatedAtMs ?? 0, context.lastMs ?? 0);
  const { status, station, detail, outcome, reason, code, until, asked, escalated, ...news } = transition;
  return {
    v: 1,
    type: "job",
    id,
    job: job?.id ?? jobId,
    at: toIso(notBefore(lastMs, nowMs)),
    by,
    status,
    station,
    detail: escapeText(shorten(detail, 1000)),
    ...subject,
    ...(job === undefined ? {} : subjectOf(job)),
    ...given(news),
    ...given({ outcome, reason, code, until, asked, escalated, decision, retryOf }),
  };
}

/** A clock that was set back must not put a line before those that it follows: nobody would ever see it take effect (F56). */
function notBefore(lastMs: number, nowMs: number): number {
  const second = (ms: number): number => Math.floor(ms / 1000);
  return second(nowMs) < second(lastMs) ? lastMs + 1000 : nowMs;
}

/** The keys that are given: an optional key is absent, never undefined. */
function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
