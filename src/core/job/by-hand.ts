/** What a person may do with a job: take it off the list, or have it tried again. */
import { escapeText, shorten } from "../model/escape.ts";
import { shortId } from "../model/git.ts";
import { toIso } from "../model/time.ts";
import type { Verification } from "../verification.ts";
import { type JobRecord, type JobSubject, statusOf } from "./job-record.ts";
import { isEnded, type Job, subjectOf } from "./job.ts";
import { transitionRecord } from "./transition.ts";

export interface ByHand {
  readonly by: string;
  readonly reason?: string;
  readonly nowMs: number;
  /** New ULIDs: of the line, and of the job where one begins. */
  readonly id: string;
  readonly jobId: string;
}

/** `done`: it is so already, nothing is to be written. `refused`: why not, and what to do instead. */
export type HandAnswer =
  | { readonly kind: "record"; readonly record: JobRecord }
  | { readonly kind: "done"; readonly message: string }
  | { readonly kind: "refused"; readonly message: string; readonly hint: string };

/** Ends the job. Its pull request stays as it is: people decide about that. */
export function cancelJob(job: Job, { by, reason, nowMs, id, jobId }: ByHand): HandAnswer {
  if (job.outcome === "cancelled")
    return { kind: "done", message: `job ${job.id} is cancelled already: ${job.detail}` };
  if (isEnded(job)) {
    const message = `job ${job.id} has ended (${job.outcome ?? job.status}): there is nothing to cancel`;
    const open =
      job.pullRequest === undefined
        ? "lastgood jobs shows those that go on."
        : `#${job.pullRequest} is the forge's to change.`;
    return { kind: "refused", message, hint: open };
  }
  const detail = `cancelled by ${by}${reason === undefined ? "" : `: ${reason}`}`;
  const transition = { status: "Completed", station: job.station, outcome: "cancelled", detail } as const;
  return {
    kind: "record",
    record: transitionRecord(transition, { job, id, jobId, nowMs, by, subject: subjectOf(job) }),
  };
}

/** Begins it anew, as a job of its own; `jobs`: all that are known. */
export function retryJob(job: Job, jobs: readonly Job[], { by, reason, nowMs, id, jobId }: ByHand): HandAnswer {
  const revert = `lastgood revert ${escapeText(shorten(job.target, 200))}`;
  if (!isEnded(job)) {
    const message = `job ${job.id} has not ended (${job.status}, ${job.station}): it goes on by itself`;
    return { kind: "refused", message, hint: `lastgood jobs ${job.id} --cancel    ends it` };
  }
  const again = jobs.find((other) => !isEnded(other) && (other.retryOf === job.id || other.target === job.target));
  if (again?.retryOf === job.id) return { kind: "done", message: `job ${again.id} tries it again already` };
  if (again !== undefined) {
    const message = `job ${again.id} is under way for ${escapeText(job.target)}: two at once would be in each other's way`;
    return { kind: "refused", message, hint: `lastgood jobs ${again.id}    shows it` };
  }
  if (job.outcome === "verified") {
    return {
      kind: "refused",
      message: `job ${job.id} was verified: there is nothing to try again`,
      hint: `${revert}    reverts what runs now`,
    };
  }
  if (job.outcome === "rejected") {
    const message = `job ${job.id} was rejected (${job.detail}): lastgood does not propose it again by itself`;
    return { kind: "refused", message, hint: `${revert}    asks for it again, in your name` };
  }
  const { target, environment, repository, key, suspect, checkpoint, since } = job;
  const detail = `to be tried again, says ${by}${reason === undefined ? "" : `: ${reason}`}`;
  const subject = {
    target,
    trigger: by,
    ...given({ environment, repository, key, suspect, checkpoint, since }),
  };
  const transition = { status: "Queued", station: "decision", detail } as const;
  const record = transitionRecord(transition, { id, jobId, nowMs, by, subject, retryOf: job.id });
  return { kind: "record", record };
}

/** How far a person's own revert has come: its lines, the same ids however often they are made. */
export interface RevertedByHand {
  readonly job: string;
  readonly by: string;
  readonly reason?: string;
  readonly nowMs: number;
  readonly target: string;
  readonly environment?: string;
  readonly repository?: string;
  readonly key: string;
  readonly suspect?: string;
  readonly checkpoint?: string;
  readonly branch: string;
  readonly commit: string;
  readonly pullRequest?: { readonly number: number; readonly url: string };
  /** The commit on the target's branch. */
  readonly landed?: string;
  /** Asked for, and not reached yet. */
  readonly pending?: string;
}

/**
 * The lines of it. `known`: the job as it stands on record, maybe somebody else's. `found`: an earlier run had brought it where it is; then
 * only what is new is said.
 */
export function revertedByHand(
  facts: RevertedByHand,
  { known, found }: { readonly known: Job | undefined; readonly found: boolean },
): readonly JobRecord[] {
  const { job, by, nowMs, landed, pending, pullRequest } = facts;
  const { target, environment, repository, key, suspect, checkpoint, branch, commit } = facts;
  const pull = { pullRequest: pullRequest?.number, url: pullRequest?.url };
  const news = { key, branch, commit, ...given({ suspect, checkpoint, ...pull }) };
  const line = (name: string, step: Pick<JobRecord, "station" | "detail"> & Partial<JobSubject>): JobRecord =>
    transitionRecord(
      { ...news, status: "In Progress", ...step },
      {
        ...(known === undefined ? {} : { job: known }),
        id: `${job}-${name}`,
        jobId: job,
        nowMs,
        by,
        subject: { target, trigger: by, ...given({ environment, repository }) },
      },
    );
  const lines: JobRecord[] = [];
  const isPushed = landed !== undefined && pullRequest === undefined;
  if (known === undefined && !isPushed && !found) {
    lines.push(line("opened", { station: "pull request", detail: openedText(facts) }));
  }
  if (landed !== undefined && known?.landed !== landed) {
    const what = pullRequest === undefined ? "pushed" : `merged #${pullRequest.number}`;
    const detail = `${what} as ${shortId(landed)}: the engine takes it from here`;
    lines.push(line("landed", { station: "sync", detail, landed, landedAt: toIso(nowMs), landedBy: by }));
  }
  if (landed === undefined && pending !== undefined && known === undefined && !found) {
    lines.push(line("pending", { station: "merge", detail: `not merged yet: ${pending}` }));
  }
  return lines;
}

/** What a person who waited for their own revert has seen of it. */
export interface VerifiedByHand {
  readonly by: string;
  readonly nowMs: number;
  readonly verification: Verification;
}

/** Who takes a job over where a daemon runs. */
const DAEMON = "lastgood";

/**
 * The lines of it: that it has arrived, and how it ended; none where the job is not on record, has ended, or the daemon goes on with it (which
 * calls people, too).
 */
export function verifiedByHand(
  { by, nowMs, verification }: VerifiedByHand,
  known: Job | undefined,
): readonly JobRecord[] {
  if (known === undefined || isEnded(known) || known.timeline.some((entry) => entry.by === DAEMON)) return [];
  const context = { job: known, jobId: known.id, nowMs, by, subject: subjectOf(known) };
  const lines: JobRecord[] = [];
  const reachedAt = "reachedAtMs" in verification ? toIso(verification.reachedAtMs) : undefined;
  if (reachedAt !== undefined && known.reachedAt === undefined) {
    const detail = "the revert runs; is it well?";
    const arrived = { status: "In Progress", station: "verification", detail, reachedAt } as const;
    lines.push(transitionRecord(arrived, { ...context, id: `${known.id}-reached` }));
  }
  const { kind, message } = verification;
  if (kind === "on its way" || kind === "verifying") return lines;
  const station = kind === "verified" ? "record" : reachedAt === undefined ? "sync" : "verification";
  const detail = kind === "timeout" ? `it cannot be verified: ${message}` : message;
  const end = { status: statusOf(kind), station, detail, outcome: kind, ...given({ reachedAt }) } as const;
  return [...lines, transitionRecord(end, { ...context, id: `${known.id}-verdict` })];
}

function openedText({ pullRequest, branch, reason }: RevertedByHand): string {
  const what = pullRequest === undefined ? `pushed ${branch}` : `opened #${pullRequest.number}`;
  return reason === undefined ? what : `${what}: ${reason}`;
}

/** The keys that are given: an optional key is absent, never undefined. */
function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
