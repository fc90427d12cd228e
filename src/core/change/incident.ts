/** The incident issue of a job: what happened, and what is left to people. lastgood opens it once and never closes it. */
import type { JobOutcome } from "../job/job-record.ts";
import type { Job, JobEntry } from "../job/job.ts";
import { type Revision, shortId } from "../model/git.ts";
import { titleOf } from "../model/target.ts";
import { formatDuration, fromIso, toIso } from "../model/time.ts";
import { shorten } from "../model/escape.ts";
import { artifactText } from "../quarantine/artifact.ts";
import { releaseCommand } from "../quarantine/release-command.ts";
import type { QuarantineEntry } from "../quarantine/state.ts";
import { addressLink, inlineCode, inlineText, revisionText } from "./body-quotes.ts";
import { MAX_BODY } from "./pull-request.ts";
import { defuse } from "./quote.ts";

export interface IncidentFacts {
  readonly job: Job;
  /** What the job is about to end with. */
  readonly outcome: JobOutcome;
  /** One sentence: what was seen last. */
  readonly why: string;
  /** Epoch ms. */
  readonly nowMs: number;
  /** What was seen of the target when it was bad, a sentence each. */
  readonly evidence: readonly string[];
  /** The commits whose work was taken back, newest first. */
  readonly suspects: readonly Revision[];
  readonly quarantined: readonly Pick<QuarantineEntry, "artifact" | "target" | "record">[];
  /** https address, from the configuration. */
  readonly runbook?: string;
}

export interface IncidentText {
  readonly title: string;
  readonly body: string;
}

/** How much of each list is shown: what goes first when it is too long. */
const ROWS = [200, 50, 20, 5] as const;

/** Title of at most 256 characters, body of at most `MAX_BODY`, whatever the facts; the same facts give the same text. */
export function incidentText(facts: IncidentFacts): IncidentText {
  let body = "";
  for (const rows of ROWS) {
    body = render(facts, rows);
    if (body.length <= MAX_BODY) break;
  }
  return { title: titleFor(facts), body: shorten(body, MAX_BODY) };
}

/** What is told on the pull request. */
export function incidentLink(issue: number | undefined): string {
  if (issue === undefined) {
    return "No incident issue was opened: lastgood may not open issues here. Grant it the permission issues: write, or switch issues on.";
  }
  return `The incident is #${issue}: it stays open until people close it.`;
}

function nameOf({ target, environment }: Job): string {
  return titleOf({ name: target, ...(environment === undefined ? {} : { environment }) });
}

function titleFor({ job, outcome }: IncidentFacts): string {
  const name = shorten(defuse(nameOf(job)), 150);
  const revert = job.pullRequest === undefined ? "the revert" : `#${job.pullRequest}`;
  switch (outcome) {
    case "verified":
      return `Incident: ${name} was failing, and recovered after ${revert}`;
    case "not delivered":
      return `Incident: ${name} is failing, and ${revert} does not arrive`;
    case "timeout":
      return `Incident: whether ${revert} helped ${name} cannot be told`;
    case "still unhealthy":
      return `Incident: ${name} is still failing after ${revert}`;
    case "nothing to do":
    case "superseded":
    case "rejected":
    case "held":
    case "cancelled":
    case "failed":
      return `Incident: ${name} (${outcome})`;
  }
}

function render(facts: IncidentFacts, rows: number): string {
  return [
    headline(facts),
    seen(facts, rows),
    timeline(facts, rows),
    cause(facts, rows),
    reverted(facts),
    quarantined(facts, rows),
    checklist(facts),
    `<sub>Opened by lastgood · job ${inlineCode(facts.job.id, 64)} · ${inlineCode(`lastgood jobs ${facts.job.id}`)} shows the same. lastgood never closes this issue.</sub>`,
  ]
    .filter((part) => part !== "")
    .join("\n\n");
}

function headline({ job, outcome, why }: IncidentFacts): string {
  const name = `**${inlineText(nameOf(job))}**`;
  const since = job.since === undefined ? "" : ` since ${inlineText(job.since)}`;
  const isOver = outcome === "verified";
  return [
    isOver ? "> [!NOTE]" : "> [!CAUTION]",
    isOver
      ? `> ${name} was failing${since}. It recovered after a revert; why it failed is not known yet.`
      : `> ${name} has been failing${since}. lastgood does not try anything else: this needs people.`,
    `> ${inlineText(why, 600)}`,
  ].join("\n");
}

function seen({ job, evidence }: IncidentFacts, rows: number): string {
  const lines = [
    `- Noticed by: ${inlineText(job.trigger)}`,
    ...evidence.slice(0, rows).map((line) => `- ${inlineText(line, 300)}`),
  ];
  return ["### What failed", ...lines, ...rest(evidence.length, rows)].join("\n");
}

/** Times in UTC; a gap since the one before is easier to see than two times. */
function timeline({ job, outcome, why, nowMs }: IncidentFacts, rows: number): string {
  const startMs = job.since === undefined ? undefined : fromIso(job.since);
  const first = startMs === undefined ? [] : [{ atMs: startMs, text: "first seen failing" }];
  const now = { atMs: nowMs, text: `${outcome}: ${inlineText(why, 300)}` };
  const all = [...first, ...job.timeline.map(entryOf), now].toSorted((a, b) => a.atMs - b.atMs);
  // What came first, and what came last, tell most.
  const [head, tail] = all.length <= rows ? [all, []] : [all.slice(0, 3), all.slice(3 - rows)];
  const left = all.length - head.length - tail.length;
  const lines = [...head.map(rowOf), ...(left === 0 ? [] : [`| | | … ${left} more … |`]), ...tail.map(rowOf)];
  return ["### Timeline", "| UTC | After | |", "|---|---|---|", ...lines].join("\n");

  function rowOf({ atMs, text }: Moment): string {
    const after = startMs === undefined || atMs <= startMs ? "" : `+${formatDuration(atMs - startMs)}`;
    return `| ${toIso(atMs).replace("T", " ").replace("Z", "")} | ${after} | ${text} |`;
  }
}

interface Moment {
  readonly atMs: number;
  /** Defused. */
  readonly text: string;
}

function entryOf({ atMs, by, station, detail, escalated }: JobEntry): Moment {
  const who = by === "lastgood" ? "" : ` (${inlineText(by, 80)})`;
  const called = escalated === undefined ? "" : ` · **people were called: ${escalated}**`;
  return { atMs, text: `${station}: ${inlineText(detail, 300)}${who}${called}` };
}

/** It names commits, never a cause: what was live is known, why it failed is not. */
function cause({ job, suspects }: IncidentFacts, rows: number): string {
  const suspect = job.suspect === undefined ? "" : `First seen at ${shortId(job.suspect)}. `;
  if (suspects.length === 0 && suspect === "") return "";
  const lines = suspects
    .slice(0, rows)
    .map(
      (revision) =>
        `| ${revisionText(revision)} | ${inlineText(revision.author, 80)} | ${toIso(revision.committedAtMs)} |`,
    );
  return [
    "### What was live",
    `${suspect}These changes came after the last known good revision. That says nothing about the cause.`,
    ...(lines.length === 0 ? [] : ["", "| Change | By | When |", "|---|---|---|", ...lines]),
    ...rest(suspects.length, rows),
  ].join("\n");
}

function reverted({ job }: IncidentFacts): string {
  const { pullRequest, checkpoint, landed, landedAt, landedBy, reachedAt } = job;
  const to = checkpoint === undefined ? "" : ` to ${shortId(checkpoint)}`;
  const how = pullRequest === undefined ? "" : ` by #${pullRequest}`;
  const by = landedBy === undefined ? "" : ` by ${inlineText(landedBy, 80)}`;
  const at = landedAt === undefined ? "" : ` at ${inlineText(landedAt)}`;
  if (landed === undefined) return "";
  return [
    "### What was reverted",
    `- ${inlineText(nameOf(job))} went back${to}${how}, as ${shortId(landed)}${at}${by}`,
    reachedAt === undefined ? "- It has not been seen running" : `- It has been running since ${inlineText(reachedAt)}`,
    "- What was declared is back as it was; data is not.",
  ].join("\n");
}

function quarantined({ quarantined: entries }: IncidentFacts, rows: number): string {
  if (entries.length === 0) return "";
  const lines = entries.slice(0, rows).map(({ artifact, record: { until } }) => {
    const what = artifact.kind === "content" ? `the content of ${artifactText(artifact)}` : artifactText(artifact);
    return `| ${inlineCode(what, 300)} | ${until === undefined ? "it is released" : inlineText(until)} |`;
  });
  return [
    "### What must not come back",
    "`lastgood check` refuses changes that bring it back.",
    "",
    "| Quarantined | Until |",
    "|---|---|",
    ...lines,
    ...rest(entries.length, rows),
  ].join("\n");
}

function checklist({ quarantined: entries, runbook }: IncidentFacts): string {
  const commands = [...new Set(entries.map(releaseCommand))].slice(0, 5);
  const where = runbook === undefined ? "" : `: ${addressLink(runbook)}`;
  return [
    "### Post-mortem",
    "- [ ] The root cause is known, and written down here",
    "- [ ] A test, a check or an alert finds it before it is live the next time",
    "- [ ] It is fixed, and the fix was live for a while",
    ...(commands.length === 0 ? [] : ["- [ ] Then the quarantine is released:"]),
    ...commands.map((command) => `  - ${inlineCode(command, 600)}`),
    `- [ ] The runbook says what to do${where}`,
  ].join("\n");
}

function rest(count: number, rows: number): readonly string[] {
  return count > rows ? ["", `… and ${count - rows} more`] : [];
}
