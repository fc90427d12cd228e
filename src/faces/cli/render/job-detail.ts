/** `jobs ID`: what a job is about, every transition of it, and what its decisions looked at. */
import type { Job, JobEntry } from "../../../core/job/job.ts";
import { jobAt } from "../../../core/job/job-text.ts";
import { escapeText, shorten } from "../../../core/model/escape.ts";
import { shortId } from "../../../core/model/git.ts";
import { titleOf } from "../../../core/model/target.ts";
import { toIso } from "../../../core/model/time.ts";
import type { Envelope } from "../output/yaml-json.ts";
import { checkLines, decisionFields, type ExplainedDecision } from "./explained-decision.ts";
import { jobFields } from "./job-table.ts";
import type { Style } from "./style.ts";

export interface JobDetail {
  readonly job: Job;
  /** Those that its lines name. */
  readonly decisions: readonly ExplainedDecision[];
  /** The job that tries it again. */
  readonly retriedBy?: string;
  /** Address of the incident issue. */
  readonly incident?: string;
  readonly nowMs: number;
}

/** The lines, texts from outside escaped. */
export function jobDetail({ job, decisions, retriedBy, incident, nowMs }: JobDetail, style: Style): readonly string[] {
  const commit = (id: string | undefined): readonly string[] => (id === undefined ? [] : [style.cyan(shortId(id))]);
  const { landed, landedAt, landedBy, url, pullRequest, since, reachedAt } = job;
  return [
    `${style.bold(job.id)}  ${text(titleOf({ name: job.target, ...(job.environment === undefined ? {} : { environment: job.environment }) }))}: ${job.status}, ${text(jobAt(job, nowMs))}`,
    ...labelled("trigger", [`${text(job.trigger)}${since === undefined ? "" : `, failing since ${since}`}`]),
    ...labelled("suspect", commit(job.suspect)),
    ...labelled("back to", commit(job.checkpoint)),
    ...labelled("pull req", pullRequest === undefined ? [] : [`#${pullRequest}  ${text(url ?? "")}`.trimEnd()]),
    ...labelled("branch", job.branch === undefined ? [] : [text(job.branch)]),
    ...labelled(
      "landed",
      landed === undefined
        ? []
        : [
            `${style.cyan(shortId(landed))} at ${landedAt ?? "?"}${landedBy === undefined ? "" : ` by ${text(landedBy)}`}`,
          ],
    ),
    ...labelled("arrived", reachedAt === undefined ? [] : [reachedAt]),
    ...labelled("called", job.escalated.length === 0 ? [] : [job.escalated.join(", ")]),
    ...labelled("incident", incident === undefined ? [] : [text(incident)]),
    ...labelled("retries", job.retryOf === undefined ? [] : [job.retryOf]),
    ...labelled("retried", retriedBy === undefined ? [] : [retriedBy]),
    "",
    style.bold("Timeline (UTC)"),
    ...job.timeline.map((entry) => entryLine(entry, style)),
    ...decisions.flatMap((decision) => ["", ...decisionLines(decision, style)]),
  ];
}

/** One transition. */
export function entryLine({ atMs, by, status, station, detail, escalated }: JobEntry, style: Style): string {
  const call = escalated === undefined ? "" : `${style.yellow(`called people (${escalated})`)}: `;
  const where = `${status} ${style.dot} ${station}`;
  return `  ${clock(atMs)}  ${text(by, 40)}  ${style.dim(where)}  ${call}${text(detail)}`;
}

function decisionLines({ atMs, headline, message, checks }: ExplainedDecision, style: Style): readonly string[] {
  return [
    `${style.bold("Decision")} ${clock(atMs)}: ${text(headline)}`,
    `  ${text(message)}`,
    ...checkLines(checks, style),
  ];
}

/** `2026-08-22 13:50:30` */
function clock(ms: number): string {
  return toIso(ms).replace("T", " ").replace("Z", "");
}

const LABEL = 10;

function labelled(label: string, lines: readonly string[]): readonly string[] {
  return lines.map((line, index) => `  ${(index === 0 ? label : "").padEnd(LABEL)} ${line}`);
}

function text(said: string, length = 400): string {
  return escapeText(shorten(said, length));
}

/** `kind: Job`. */
export function jobDocument({ job, decisions, retriedBy, incident, nowMs }: JobDetail): Envelope {
  const fields = jobFields(job, nowMs);
  const timeline = job.timeline.map(({ atMs, ...entry }) => ({ at: toIso(atMs), ...entry }));
  return {
    kind: "Job",
    ...fields,
    status: {
      ...fields.status,
      retriedBy,
      incident,
      timeline,
      decisions: decisions.map(decisionFields),
    },
  };
}
