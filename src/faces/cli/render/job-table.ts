/** Jobs in a table, and as documents. */
import type { Job } from "../../../core/job/job.ts";
import type { JobStatus } from "../../../core/job/job-record.ts";
import { jobAt, jobGoal } from "../../../core/job/job-text.ts";
import { shortId } from "../../../core/model/git.ts";
import { formatDuration, toIso } from "../../../core/model/time.ts";
import type { Cell, Table } from "../output/table.ts";
import type { Envelope } from "../output/yaml-json.ts";
import type { Style } from "./style.ts";

const PAINT = {
  Queued: "dim",
  "In Progress": "yellow",
  Completed: "green",
  Exception: "red",
} as const satisfies Record<JobStatus, keyof Style>;

export interface JobTable {
  readonly jobs: readonly Job[];
  /** All that are known: an id is shown as short as it can be told from them. */
  readonly all: readonly Job[];
  readonly nowMs: number;
  readonly style: Style;
  /** `-o wide` */
  readonly wide: boolean;
}

/** One line per job. */
export function jobTable({ jobs, all, nowMs, style, wide }: JobTable): Table {
  const digits = shownDigits(all);
  return {
    columns: [
      { title: "JOB" },
      { title: "TARGET", min: 14 },
      { title: "TO", leaves: 2 },
      { title: "STATUS" },
      { title: "AT", min: 12 },
      { title: "AGE", leaves: 3 },
      { title: "PR" },
      { title: "TRIGGER", min: 10, leaves: 1 },
      ...(wide
        ? [{ title: "ENV" }, { title: "SUSPECT" }, { title: "BRANCH", min: 12 }, { title: "DETAIL", min: 16 }]
        : []),
    ],
    rows: jobs.map((job) => [
      { text: job.id.slice(0, digits), plain: job.id, paint: style.bold },
      job.target,
      { text: jobGoal(job) ?? "-", plain: job.checkpoint ?? "-", paint: style.cyan },
      { text: job.status, paint: style[PAINT[job.status]] },
      jobAt(job, nowMs),
      style.tty ? formatDuration(Math.max(0, nowMs - job.createdAtMs)) : toIso(job.createdAtMs),
      job.pullRequest === undefined ? "-" : `#${job.pullRequest}`,
      job.trigger,
      ...(wide ? wideCells(job) : []),
    ]),
  };
}

function wideCells({ environment, suspect, branch, detail }: Job): readonly Cell[] {
  const cell: Cell = suspect === undefined ? "-" : { text: shortId(suspect), plain: suspect };
  return [environment ?? "-", cell, branch ?? "-", detail];
}

/** The first ten digits of a ULID are its time: two jobs of one moment need more. */
const LEAST = 10;

function shownDigits(jobs: readonly Job[]): number {
  for (let digits = LEAST; digits < 26; digits += 2) {
    const shown = new Set(jobs.map(({ id }) => id.slice(0, digits)));
    if (shown.size === jobs.length) return digits;
  }
  return 64;
}

/** `kind: JobList`. */
export function jobListDocument(jobs: readonly Job[], nowMs: number): Envelope {
  return { kind: "JobList", metadata: {}, items: jobs.map((job) => jobFields(job, nowMs)) };
}

/** A job for programs: what it is about, and where it stands. */
export function jobFields(job: Job, nowMs: number): Pick<Envelope, "metadata" | "spec" | "status"> {
  const { id, target, environment, repository, trigger, key, suspect, checkpoint, since, retryOf } = job;
  const { status, station, detail, outcome, reason, code, pullRequest, url, branch, commit } = job;
  const { landed, landedAt, landedBy, reachedAt, escalated, createdAtMs, updatedAtMs, endedAtMs, untilMs } = job;
  return {
    metadata: { id, target, environment, repository },
    spec: { trigger, since, suspect, to: checkpoint, key, retryOf },
    status: {
      status,
      at: jobAt(job, nowMs),
      station,
      detail,
      outcome,
      reason,
      code,
      pullRequest,
      url,
      branch,
      commit,
      landed,
      landedAt,
      landedBy,
      reachedAt,
      escalated,
      createdAt: toIso(createdAtMs),
      updatedAt: toIso(updatedAtMs),
      endedAt: endedAtMs === undefined ? undefined : toIso(endedAtMs),
      until: untilMs === undefined ? undefined : toIso(untilMs),
    },
  };
}
