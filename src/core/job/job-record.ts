/** The lines of a job in the ledger: one per transition, appended, never changed. */
import { type HoldReason, isHoldReason } from "../model/hold.ts";
import { isFullId } from "../model/git.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import { isId, isName, isText, isTime } from "../model/record-field.ts";

export const JOB_STATUSES = ["Queued", "In Progress", "Completed", "Exception"] as const;

export type JobStatus = (typeof JOB_STATUSES)[number];

/** Where a job is, in the order of the line. */
export const JOB_STATIONS = ["decision", "plan", "pull request", "merge", "sync", "verification", "record"] as const;

export type JobStation = (typeof JOB_STATIONS)[number];

/** How it ended. Up to `cancelled` it is `Completed`, then an `Exception`. `held`: see `reason`; `failed`: see `code`. */
export const JOB_OUTCOMES = [
  "verified",
  "nothing to do",
  "superseded",
  "rejected",
  "held",
  "cancelled",
  "failed",
  "still unhealthy",
  "not delivered",
  "timeout",
] as const;

export type JobOutcome = (typeof JOB_OUTCOMES)[number];

/** What people were called for; each once in a job. */
export const ESCALATIONS = [
  "held",
  "awaiting review",
  "not mergeable",
  "not delivered",
  "still unhealthy",
  "failed",
] as const;

export type Escalation = (typeof ESCALATIONS)[number];

/** What a job is about. Said again in every line, as far as it is known by then: any line of a job tells what it is. */
export interface JobSubject {
  readonly target: string;
  readonly environment?: string;
  /** Name in the configuration, or address. */
  readonly repository?: string;
  /** Of the suspect: see `revertKey`. Missing while no plan is known. */
  readonly key?: string;
  /** What started it: `health Failed`, `alert ApiErrorRate`, a login. */
  readonly trigger: string;
  /** Since when the target was seen failing, RFC 3339. */
  readonly since?: string;
  /** Full ids of commits. */
  readonly suspect?: string;
  readonly checkpoint?: string;
  readonly pullRequest?: number;
  readonly url?: string;
  readonly branch?: string;
  /** The head of the branch. */
  readonly commit?: string;
  /** The commit on the target's branch, and when it came there (RFC 3339, by the forge's clock). */
  readonly landed?: string;
  readonly landedAt?: string;
  readonly landedBy?: string;
  /** When the engine reported it, RFC 3339. */
  readonly reachedAt?: string;
}

/** One transition. */
export interface JobRecord extends JobSubject {
  readonly v: 1;
  readonly type: "job";
  /** ULID of the line. */
  readonly id: string;
  /** ULID of the job. */
  readonly job: string;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** Who writes: `lastgood`, or the person who cancels. */
  readonly by: string;
  readonly status: JobStatus;
  readonly station: JobStation;
  /** One sentence, escaped. */
  readonly detail: string;
  /** Of `Completed` and `Exception`. */
  readonly outcome?: JobOutcome;
  /** Of `held`, and of what waits. */
  readonly reason?: HoldReason;
  /** Of `failed`: the code of the error. */
  readonly code?: string;
  /** `Queued`: until when at the latest it waits for what it waits for now, RFC 3339. */
  readonly until?: string;
  /** The engine was asked to look. */
  readonly asked?: true;
  readonly escalated?: Escalation;
  /** The job that is tried again. */
  readonly retryOf?: string;
  /** Hash of the decision's facts: see the `decision` record of the same hash. */
  readonly decision?: string;
}

/** The record with exactly the fields we know; undefined when one of them is missing or wrong. */
export function jobRecordOf(value: JsonObject): JobRecord | undefined {
  const { id, job, at, by, detail, asked } = value;
  const status = JOB_STATUSES.find((known) => known === value["status"]);
  const station = JOB_STATIONS.find((known) => known === value["station"]);
  const subject = subjectOf(value);
  if (!isId(id) || !isJobId(job) || !isTime(at) || !isText(by) || !isText(detail)) return undefined;
  if (status === undefined || station === undefined || subject === undefined) return undefined;
  const ending = endingOf(value, status);
  const until = optional(value["until"], isTime);
  const escalated = optional(value["escalated"], isOneOf(ESCALATIONS));
  const retryOf = optional(value["retryOf"], isJobId);
  const decision = optional(value["decision"], isId);
  if (ending === WRONG || until === WRONG || escalated === WRONG || retryOf === WRONG || decision === WRONG) {
    return undefined;
  }
  if (asked !== undefined && asked !== true) return undefined;
  return {
    v: 1,
    type: "job",
    id,
    job,
    at,
    by,
    status,
    station,
    detail,
    ...subject,
    ...ending,
    ...given({ until, asked, escalated, retryOf, decision }),
  };
}

/** A job's id becomes a file name: no dots at its ends, no capital-letter traps beyond those of a ULID. */
export function isJobId(value: unknown): value is string {
  return typeof value === "string" && /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/.test(value);
}

/**
 * A name that a new job may go by: what was found on the forge is gone on with under its own, unless a line on record bears that. A job that
 * has ended takes no more lines, and another target's is none of ours.
 */
export function isFreeJobId(id: string | undefined, records: readonly { readonly type: string }[]): id is string {
  return isJobId(id) && !records.some((record) => isNamed(record) && record.job === id);
}

function isNamed(record: { readonly type: string }): record is JobRecord {
  return record.type === "job";
}

const WRONG = Symbol("a field that is wrong");

type Read<T> = T | undefined | typeof WRONG;

function optional<T extends JsonValue>(value: JsonValue | undefined, is: (value: unknown) => value is T): Read<T> {
  if (value === undefined) return undefined;
  return is(value) ? value : WRONG;
}

function isOneOf<T extends string>(known: readonly T[]): (value: unknown) => value is T {
  return (value): value is T => known.some((one) => one === value);
}

function endingOf(value: JsonObject, status: JobStatus): Pick<JobRecord, "outcome" | "reason" | "code"> | typeof WRONG {
  const outcome = optional(value["outcome"], isOneOf(JOB_OUTCOMES));
  const reason = optional(value["reason"], isHoldReason);
  const code = optional(value["code"], isId);
  if (outcome === WRONG || reason === WRONG || code === WRONG) return WRONG;
  const wanted = outcome === undefined ? undefined : statusOf(outcome);
  if ((status === "Completed" || status === "Exception" ? status : undefined) !== wanted) return WRONG;
  return given({ outcome, reason, code });
}

/** The status that an outcome means. */
export function statusOf(outcome: JobOutcome): "Completed" | "Exception" {
  return JOB_OUTCOMES.indexOf(outcome) <= JOB_OUTCOMES.indexOf("cancelled") ? "Completed" : "Exception";
}

function subjectOf(value: JsonObject): JobSubject | undefined {
  const { target, trigger } = value;
  if (!isName(target) || !isText(trigger)) return undefined;
  const fields = {
    environment: optional(value["environment"], isName),
    repository: optional(value["repository"], isName),
    key: optional(value["key"], isId),
    since: optional(value["since"], isTime),
    suspect: optional(value["suspect"], isCommit),
    checkpoint: optional(value["checkpoint"], isCommit),
    pullRequest: optional(value["pullRequest"], isNumber),
    url: optional(value["url"], isText),
    branch: optional(value["branch"], isName),
    commit: optional(value["commit"], isCommit),
    landed: optional(value["landed"], isCommit),
    landedAt: optional(value["landedAt"], isTime),
    landedBy: optional(value["landedBy"], isText),
    reachedAt: optional(value["reachedAt"], isTime),
  };
  if (Object.values(fields).includes(WRONG)) return undefined;
  return { target, trigger, ...given(fields as { [K in keyof typeof fields]: Exclude<(typeof fields)[K], symbol> }) };
}

function isCommit(value: unknown): value is string {
  return isText(value) && isFullId(value);
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

/** The keys that are given: an optional key is absent, never undefined. */
function given<T extends object>(values: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
