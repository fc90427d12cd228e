/** Jobs as people and GitHub see them (interface.md, "Jobs"). */
import { shortId } from "../model/git.ts";
import { formatDuration, fromIso } from "../model/time.ts";
import type { Job } from "./job.ts";

/** Where a job is, or how it ended: `awaiting review`, `Cooldown, 11m left`, `verified in 4m12s`, `held: NoCheckpoint`, `ForgePermission`. */
export function jobAt(job: Job, nowMs: number): string {
  const { status, station, outcome, reason, code, untilMs, pullRequest } = job;
  switch (outcome) {
    case undefined:
      break;
    case "verified":
      return `verified in ${exactDuration(restoredMs(job))}`;
    case "held":
      return `held: ${reason ?? "Inconclusive"}`;
    case "failed":
      return code ?? "failed";
    case "nothing to do":
    case "superseded":
    case "rejected":
    case "cancelled":
    case "still unhealthy":
    case "not delivered":
    case "timeout":
      return outcome;
  }
  if (status === "Queued") {
    const left = untilMs === undefined || untilMs <= nowMs ? "" : `, ${formatDuration(untilMs - nowMs)} left`;
    return `${reason ?? "waiting"}${left}`;
  }
  if (station === "pull request") return pullRequest === undefined ? "pull request" : "awaiting review";
  return station === "merge" ? "merging" : station;
}

/** What it goes back to, in short; undefined while that is not known. */
export function jobGoal({ checkpoint }: Job): string | undefined {
  return checkpoint === undefined ? undefined : shortId(checkpoint);
}

/** From the first symptom, or from its beginning, to its end. */
function restoredMs({ since, createdAtMs, endedAtMs = createdAtMs }: Job): number {
  const sinceMs = since === undefined ? undefined : fromIso(since);
  return Math.max(0, endedAtMs - (sinceMs ?? createdAtMs));
}

const UNITS = [
  ["d", 86_400_000],
  ["h", 3_600_000],
  ["m", 60_000],
  ["s", 1000],
] as const;

/** `4m12s`, `12s`, `1h3m`: two units. */
function exactDuration(ms: number): string {
  const first = UNITS.findIndex(([, size]) => ms >= size);
  const shown = first === -1 ? UNITS.slice(-1) : UNITS.slice(first, first + 2);
  let rest = ms;
  const parts = shown.map(([unit, size], index) => {
    const count = Math.floor(rest / size);
    rest -= count * size;
    return index > 0 && count === 0 ? "" : `${count}${unit}`;
  });
  return parts.join("");
}

/** The check run `lastgood/revert` on the head of a revert (docs.github.com/rest/checks/runs). */
export interface JobCheck {
  readonly status: "queued" | "in_progress" | "completed";
  readonly conclusion?: "success" | "neutral" | "skipped" | "cancelled" | "failure" | "timed_out" | "action_required";
}

/** What the check run says of a job. */
export function jobCheck({ status, outcome }: Pick<Job, "status" | "outcome">): JobCheck {
  if (outcome === undefined) return { status: status === "Queued" ? "queued" : "in_progress" };
  return { status: "completed", conclusion: CONCLUSIONS[outcome] };
}

const CONCLUSIONS: Readonly<Record<NonNullable<Job["outcome"]>, NonNullable<JobCheck["conclusion"]>>> = {
  verified: "success",
  "nothing to do": "neutral",
  superseded: "neutral",
  held: "skipped",
  rejected: "cancelled",
  cancelled: "cancelled",
  failed: "failure",
  "still unhealthy": "failure",
  "not delivered": "action_required",
  timeout: "timed_out",
};
