/** The lines of a job → the job. The order of the lines, doubles, and lines of others play no part. */
import type { HoldReason } from "../model/hold.ts";
import { fromIso } from "../model/time.ts";
import type { Escalation, JobOutcome, JobRecord, JobStation, JobStatus, JobSubject } from "./job-record.ts";

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
  /** `Queued`: until when it waits for what it waits for now. */
  readonly untilMs?: number;
  readonly askedAtMs?: number;
  /** Why people were called, oldest first. */
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

/**
 * All jobs of these records, the newest first. Replicas that see the same trigger at the same moment may each begin a job: those of one target
 * and key of which one began before the other had ended are one, under the name of the first.
 */
export function foldJobs(records: Iterable<{ readonly type: string } | JobRecord>): readonly Job[] {
  const lines = new Map<string, JobRecord[]>();
  for (const record of records) {
    if (!isJobRecord(record)) continue;
    const known = lines.get(record.job);
    if (known === undefined) lines.set(record.job, [record]);
    else known.push(record);
  }
  const jobs = [...lines].flatMap(([id, own]) => {
    const job = foldJob(own);
    return job === undefined ? [] : [{ job, lines: lines.get(id) ?? [] }];
  });
  jobs.sort((a, b) => a.job.createdAtMs - b.job.createdAtMs || (a.job.id < b.job.id ? -1 : 1));
  return uniteDoubles(jobs)
    .map(({ job }) => job)
    .reverse();
}

interface Folded {
  readonly job: Job;
  readonly lines: readonly JobRecord[];
}

/** Oldest first, as they come. */
function uniteDoubles(jobs: readonly Folded[]): readonly Folded[] {
  const united: Folded[] = [];
  for (const one of jobs) {
    const index = united.findLastIndex(({ job }) => isDouble(job, one.job));
    const first = united[index];
    const lines = first === undefined ? [] : [...first.lines, ...one.lines];
    const job = first === undefined ? undefined : foldJob(lines);
    if (first === undefined || job === undefined) united.push(one);
    else united[index] = { job: { ...job, id: first.job.id }, lines };
  }
  return united;
}

/** What a person begins, or tries again, is another one. */
function isDouble(first: Job, later: Job): boolean {
  if (first.target !== later.target || first.key !== later.key || later.retryOf !== undefined) return false;
  if (first.timeline[0]?.by !== later.timeline[0]?.by) return false;
  return first.endedAtMs === undefined || later.createdAtMs < first.endedAtMs;
}

function isJobRecord(record: { readonly type: string }): record is JobRecord {
  return record.type === "job";
}

/** By the newest line: lines are read over and over, and what they come to stays the same. */
const folded = new WeakMap<JobRecord, { readonly lines: readonly JobRecord[]; readonly job: Job | undefined }>();

/** One job of its lines; undefined without any. What follows the line that ended it changes nothing. */
export function foldJob(lines: readonly JobRecord[]): Job | undefined {
  const last = lines.at(-1);
  if (last === undefined) return undefined;
  const known = folded.get(last);
  if (known?.lines.length === lines.length && lines.every((line, index) => known.lines[index] === line)) {
    return known.job;
  }
  const job = foldLines(lines);
  folded.set(last, { lines, job });
  return job;
}

function foldLines(records: readonly JobRecord[]): Job | undefined {
  const ordered = inOrder(records);
  const end = ordered.findIndex(({ outcome }) => outcome !== undefined);
  const lines = end === -1 ? ordered : ordered.slice(0, end + 1);
  const [first] = lines;
  const last = lines.at(-1);
  if (first === undefined || last === undefined) return undefined;
  const { status, station, detail, outcome, reason, code, until } = last;
  const asked = lines.findLast((line) => line.asked === true);
  const retryOf = lines.find((line) => line.retryOf !== undefined)?.retryOf;
  return {
    ...(Object.assign({}, ...lines.map(subjectOf)) as JobSubject),
    // What started it is what it began with, whoever writes later lines.
    trigger: first.trigger,
    id: first.job,
    status,
    station,
    detail,
    ...given({ outcome, reason, code, retryOf }),
    createdAtMs: timeOf(first),
    updatedAtMs: timeOf(last),
    ...given({
      endedAtMs: outcome === undefined ? undefined : timeOf(last),
      untilMs: until === undefined ? undefined : fromIso(until),
      askedAtMs: asked === undefined ? undefined : timeOf(asked),
    }),
    escalated: [...new Set(lines.flatMap(({ escalated }) => escalated ?? []))],
    timeline: lines.map(entryOf),
  };
}

/** By time, then by id; each id once. Of lines with one id the same one is kept, however they come. */
export function inOrder(records: readonly JobRecord[]): readonly JobRecord[] {
  const keyed = records.map((record) => ({ record, atMs: timeOf(record) }));
  const byText = (a: JobRecord, b: JobRecord): number => compare(JSON.stringify(a), JSON.stringify(b));
  keyed.sort((a, b) => a.atMs - b.atMs || compare(a.record.id, b.record.id) || byText(a.record, b.record));
  const seen = new Set<string>();
  return keyed.flatMap(({ record }) => {
    if (seen.has(record.id)) return [];
    seen.add(record.id);
    return [record];
  });
}

function compare(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

function timeOf({ at }: JobRecord): number {
  return fromIso(at) ?? 0;
}

function entryOf(record: JobRecord): JobEntry {
  const { by, status, station, detail, escalated, decision } = record;
  return { atMs: timeOf(record), by, status, station, detail, ...given({ escalated, decision }) };
}

const SUBJECT: readonly (keyof JobSubject)[] = [
  "target",
  "environment",
  "repository",
  "key",
  "trigger",
  "since",
  "suspect",
  "checkpoint",
  "pullRequest",
  "url",
  "branch",
  "commit",
  "landed",
  "landedAt",
  "landedBy",
  "reachedAt",
];

/** What a line or a job is about, without the rest. */
export function subjectOf(from: JobSubject): JobSubject {
  const { target, trigger } = from;
  const known: Partial<Record<keyof JobSubject, unknown>> = {};
  for (const key of SUBJECT) if (from[key] !== undefined) known[key] = from[key];
  return { ...(known as Partial<JobSubject>), target, trigger };
}

/** Has it come to its end? */
export function isEnded({ endedAtMs }: Job): boolean {
  return endedAtMs !== undefined;
}

/**
 * The job to go on with: of this key, not ended; else one of the target without a key yet; else another one of the target that is not ended;
 * else the newest that has ended for this key, or, without a key, for this suspect.
 */
export function findJob(
  jobs: readonly Job[],
  { target, key, suspect }: { readonly target: string; readonly key?: string; readonly suspect?: string },
): Job | undefined {
  const own = jobs.filter((job) => job.target === target);
  const open = own.filter((job) => !isEnded(job));
  const isSame = (job: Job): boolean =>
    key !== undefined && job.key !== undefined ? job.key === key : suspect !== undefined && job.suspect === suspect;
  return (
    open.find((job) => key !== undefined && job.key === key) ??
    open.find((job) => job.key === undefined) ??
    open[0] ??
    own.find(isSame)
  );
}

/** The keys that are given: an optional key is absent, never undefined. */
function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
