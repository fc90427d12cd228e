/** The ledger as the place where replicas, and the targets of a repository, take turns: a line of a job is added only to what it was made from. */
import type { PastRevert } from "../../core/decision/facts.ts";
import { isEnded, type Job } from "../../core/job/job.ts";
import type { Transition } from "../../core/job/transition.ts";
import type { LedgerRecord } from "../../core/record.ts";
import { jobsOf } from "./jobs-of.ts";

export interface Turn {
  readonly target: string;
  readonly repository: string;
  /** What the line was made from. */
  readonly seen: readonly LedgerRecord[];
  /** The line puts a job under way. */
  readonly begins: boolean;
}

/** Has somebody gone on with the target, or begun in the repository, since it was looked at? One revert at a time in each repository (I13). */
export function isOvertaken({ target, repository, seen, begins }: Turn, records: readonly LedgerRecord[]): boolean {
  const isBlocked = (): boolean => begins && findOtherJob(jobsOf(records), { target, repository }) !== undefined;
  if (records === seen) return isBlocked();
  const known = new Set(seen.flatMap((record) => (record.type === "job" ? [record.id] : [])));
  const isNew = (record: LedgerRecord): boolean =>
    record.type === "job" && record.target === target && !known.has(record.id);
  return records.some(isNew) || isBlocked();
}

/** Does this line put a job under way? Not one whose revert has landed already: that is seen through, whatever else goes on. */
export function putsUnderWay({ status, station, landed }: Transition, before: Job | undefined): boolean {
  return status === "In Progress" && before?.status !== "In Progress" && landed === undefined && station !== "sync";
}

/** Another target's job that is under way in the repository now, if it comes first. */
export function findOtherJob(
  jobs: readonly Job[],
  { target, repository }: Pick<Turn, "target" | "repository">,
): Job | undefined {
  const own = jobs.find((job) => job.target === target && isUnderWay(job));
  const isHere = (job: Job): boolean => (job.repository ?? repository) === repository;
  return jobs.find(
    (job) => job.target !== target && isUnderWay(job) && isHere(job) && (own === undefined || isBefore(job, own)),
  );
}

/** So long an open revert that nobody has put on record is taken for one that is under way: a ledger was lost, or its line is to come. */
const UNRECORDED_MS = 3_600_000;

export interface ReadReverts {
  readonly reverts: readonly PastRevert[];
  readonly jobs: readonly Job[];
  /** What time it is at the forge. */
  readonly clockMs: number;
}

/** Another target's pull request that is open in the repository, and that no job knows of (I13, I16). */
export function findUnrecorded(
  { reverts, jobs, clockMs }: ReadReverts,
  { target, repository }: Pick<Turn, "target" | "repository">,
): PastRevert | undefined {
  return reverts.find(
    (revert) =>
      revert.target !== target &&
      revert.repository === repository &&
      revert.landed === undefined &&
      revert.closedAtMs === undefined &&
      clockMs - revert.openedAtMs < UNRECORDED_MS &&
      !jobs.some(({ pullRequest }) => pullRequest === revert.pullRequest),
  );
}

function isUnderWay(job: Job): boolean {
  return !isEnded(job) && job.status === "In Progress";
}

/** What has been written counts before what was only begun. Then the older one goes on: all see the same order. */
function isBefore(one: Job, other: Job): boolean {
  const [oneActs, otherActs] = [hasActed(one), hasActed(other)];
  if (oneActs !== otherActs) return oneActs;
  return one.createdAtMs - other.createdAtMs < 0 || (one.createdAtMs === other.createdAtMs && one.id < other.id);
}

function hasActed({ pullRequest, landed }: Job): boolean {
  return pullRequest !== undefined || landed !== undefined;
}
