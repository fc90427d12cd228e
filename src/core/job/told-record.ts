/** That people were told of a transition: who takes up a job knows what its predecessor could not tell any more. */
import type { JsonObject } from "../model/json.ts";
import { isId, isName, isText, isTime } from "../model/record-field.ts";
import { inOrder } from "./job.ts";
import { isJobId, type JobRecord } from "./job-record.ts";

/** Everything up to a line of a job was told, or given up. */
export interface ToldRecord {
  readonly v: 1;
  readonly type: "told";
  /** Made from the line's: said twice, it is one record. */
  readonly id: string;
  /** ULID of the job, and of its line. */
  readonly job: string;
  readonly line: string;
  readonly target: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  readonly by: string;
}

/** The record with exactly the fields we know; undefined when one of them is missing or wrong. */
export function toldRecordOf(value: JsonObject): ToldRecord | undefined {
  const { id, job, line, target, at, by } = value;
  if (!isId(id) || !isJobId(job) || !isId(line) || !isName(target) || !isTime(at) || !isText(by)) return undefined;
  return { v: 1, type: "told", id, job, line, target, at, by };
}

/** The record of it. */
export function toldRecord(
  { id, job, target }: Pick<JobRecord, "id" | "job" | "target">,
  { at, by }: Pick<ToldRecord, "at" | "by">,
): ToldRecord {
  return { v: 1, type: "told", id: `${id}-told`, job, line: id, target, at, by };
}

/** A line that nobody is on record to have been told of. */
export interface Untold {
  readonly line: JobRecord;
  /** Of the same job. */
  readonly earlier: readonly JobRecord[];
}

/** The lines of one job after the last that was told, oldest first. */
export interface UntoldJob {
  readonly lines: readonly Untold[];
  /** Nothing of it is on record as told: a version that did not record that may have written it. */
  readonly isUnknown: boolean;
}

/** By target, what is left to be told of the jobs that `by` has written in. What follows the end of a job is nothing. */
export function findUntold(
  records: Iterable<{ readonly type: string } | JobRecord | ToldRecord>,
  by: string,
): ReadonlyMap<string, readonly UntoldJob[]> {
  const lines = new Map<string, JobRecord[]>();
  const told = new Set<string>();
  for (const record of records) {
    if (isTold(record)) told.add(record.line);
    if (!isLine(record)) continue;
    const known = lines.get(record.job);
    if (known === undefined) lines.set(record.job, [record]);
    else known.push(record);
  }
  const byTarget = new Map<string, UntoldJob[]>();
  for (const own of lines.values()) {
    const untold = untoldOf(own, told);
    const [first] = untold?.lines ?? [];
    if (untold === undefined || first === undefined || !own.some((line) => line.by === by)) continue;
    byTarget.set(first.line.target, [...(byTarget.get(first.line.target) ?? []), untold]);
  }
  return byTarget;
}

function untoldOf(own: readonly JobRecord[], told: ReadonlySet<string>): UntoldJob | undefined {
  const ordered = inOrder(own);
  const end = ordered.findIndex(({ outcome }) => outcome !== undefined);
  const lines = end === -1 ? ordered : ordered.slice(0, end + 1);
  const last = lines.findLastIndex(({ id }) => told.has(id));
  if (last === lines.length - 1) return undefined;
  const untold = lines.slice(last + 1).map((line, index) => ({ line, earlier: lines.slice(0, last + 1 + index) }));
  return { lines: untold, isUnknown: last === -1 };
}

function isTold(record: { readonly type: string }): record is ToldRecord {
  return record.type === "told";
}

function isLine(record: { readonly type: string }): record is JobRecord {
  return record.type === "job";
}
