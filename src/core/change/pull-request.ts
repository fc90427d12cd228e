/** The pull request's body (interface.md §3): what a person needs to say yes or no, in the order in which they need it. */
import type { JudgedRevision } from "../checkpoint.ts";
import { componentName } from "../model/component.ts";
import { pullRequestOf, type Revision, shortId, subjectOf } from "../model/git.ts";
import { formatDuration, toIso } from "../model/time.ts";
import { titleOf } from "../model/target.ts";
import { type FieldRow, fieldRows, fileDiff, imageRows, keptText, shownPatches } from "../plan/show.ts";
import type { Plan, Risk } from "../plan/types.ts";
import { quoteBlock, quoteCode, quoteInline } from "./quote.ts";

export interface BodyFacts {
  readonly plan: Plan;
  readonly key: string;
  readonly job: string;
  readonly reason?: string;
  /** Who asked for it: a login, a name; missing when lastgood acts by itself. */
  readonly by?: string;
  /** `lastgood plan payments/api --to 3f9c2ab`: shows the same. */
  readonly command: string;
  readonly nowMs: number;
}

/** GitHub takes 65,536 characters; what we write stays well below, so that a person can still add to it. */
export const MAX_BODY = 58_000;

const MAX_ROWS = 100;

/** Renders the body. Parts that people can get elsewhere go first when it is too long: JSON Patch, then the diff. */
export function pullRequestBody(facts: BodyFacts): string {
  const head = [
    headline(facts),
    states(facts),
    reverts(facts.plan),
    changes(facts.plan),
    checks(facts.plan),
    verdicts(facts),
  ];
  const folded = [details("Manifest diff", diffs(facts.plan)), details("JSON Patch (RFC 6902)", patches(facts.plan))];
  const foot = [originals(facts.plan), footer(facts)];
  for (let keep = folded.length; keep >= 0; keep -= 1) {
    const left = folded
      .slice(keep)
      .map(() => "_The whole plan is too long for this page: run the command below to see it._");
    const body = join([...head, ...folded.slice(0, keep), ...left.slice(0, 1), ...foot]);
    if (body.length <= MAX_BODY) return body;
  }
  return join([
    headline(facts),
    states(facts),
    reverts(facts.plan),
    checks(facts.plan),
    verdicts(facts),
    footer(facts),
  ]);
}

function join(parts: readonly string[]): string {
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function headline({ plan, by, reason }: BodyFacts): string {
  const asked = by === undefined ? "lastgood proposes" : `${quoteInline(by)} asks`;
  return [
    "> [!CAUTION]",
    `> **${asked} to ${aim(plan)}`,
    "> Nothing changes in the cluster until this is merged; Argo CD or Flux then syncs it.",
    ...(reason === undefined ? [] : [">", `> Reason: ${quoteInline(reason)}`]),
  ].join("\n");
}

function aim({ goal, target }: Plan): string {
  if (goal.kind === "undo") {
    const what = goal.commits
      .map((commit) => revisionText(commit))
      .slice(0, 5)
      .join(", ");
    return `undo ${what}**, and nothing else: later work stays.`;
  }
  const { revision } = goal.checkpoint;
  const proven =
    revision.verdict === "good" ? "a revision known to be good" : "a revision that nothing proves to have been good";
  return `take ${quoteInline(titleOf(target))} back to ${shortId(revision.revision.id)}**, ${proven}.`;
}

function states({ plan, nowMs }: BodyFacts): string {
  const live = plan.suspect.revision;
  const images = imageLines(plan);
  if (plan.goal.kind === "undo")
    return images.length === 0 ? "" : ["| | Live now | After merge |", "|---|---|---|", ...images].join("\n");
  const { checkpoint } = plan.goal;
  const good = checkpoint.revision;
  return [
    "| | Live now | After merge |",
    "|---|---|---|",
    `| Revision | ${revisionText(live)} | **${shortId(good.revision.id)}** ${subject(good.revision)} |`,
    ...images,
    `| Since | ${toIso(live.committedAtMs)} (${formatDuration(Math.max(0, nowMs - live.committedAtMs))}) | ${toIso(good.revision.committedAtMs)} |`,
    `| Evidence | ${plan.suspect.verdict === "bad" ? `✗ bad: ${quoteInline(plan.suspect.evidence[0]?.detail ?? "")}` : "–"} | ${evidenceText(good)} |`,
  ].join("\n");
}

/** One line per image; a field deep in Helm values is named by its object, where that is enough to tell it from the others. */
function imageLines(plan: Plan): readonly string[] {
  const rows = imageRows(plan).map((row) => ({ ...row, short: row.name.split(" ")[0] ?? row.name }));
  return rows.map(({ name, short, from, to }) => {
    const isAlone = rows.filter((row) => row.short === short).length === 1;
    return `| Image ${quoteCode(isAlone ? short : name)} | ${valueCode(from)} | **${valueCode(to)}** |`;
  });
}

function evidenceText({ verdict, evidence, liveForMs }: JudgedRevision): string {
  const [best] = evidence;
  if (verdict !== "good" || best === undefined) return "? unproven: a person chose it";
  const healthy = best.healthyForMs === undefined ? "" : `, healthy for ${formatDuration(best.healthyForMs)}`;
  return `✔ good: ${best.kind}, ${quoteInline(best.detail)}${healthy} (live for ${formatDuration(liveForMs)})`;
}

function revisionText(revision: Revision): string {
  return `${shortId(revision.id)} ${subject(revision)}`;
}

function subject(revision: Revision): string {
  const number = pullRequestOf(revision);
  const text = quoteInline(subjectOf(revision).slice(0, 200));
  return number === undefined ? text : text.replace(`#&#8204;${number}`, `#${number}`);
}

function reverts(plan: Plan): string {
  const part = plan.kept.some(({ reason }) => reason === "NotSelected") ? " (partially)" : "";
  const names = plan.suspects.slice(0, 20).map((revision) => pullRequest(revision) ?? revision.id);
  return names.length === 0 ? "" : `Reverts ${names.join(", ")}${part}`;
}

function changes(plan: Plan): string {
  const rows = fieldRows(plan);
  const [added, removed] = [sum(plan, "linesAdded"), sum(plan, "linesRemoved")];
  const files = plan.files.length === 1 ? "1 file" : `${plan.files.length} files`;
  return [
    `### What changes: ${files}, +${added} −${removed}`,
    "| | Component, field | Live now | Restored | From |",
    "|---|---|---|---|---|",
    ...rows.slice(0, MAX_ROWS).map(changeRow),
    ...(rows.length > MAX_ROWS ? [`| | … and ${rows.length - MAX_ROWS} more | | | |`] : []),
    ...(plan.kept.length === 0
      ? []
      : [
          "",
          `**Kept:** ${plan.kept
            .slice(0, 20)
            .map((kept) => quoteInline(keptText(kept)))
            .join(" · ")}`,
        ]),
  ].join("\n");
}

const MARKS = { add: "+", remove: "−", replace: "~", move: "~" } as const;

function changeRow(row: FieldRow): string {
  const from = row.setBy === undefined ? "" : (pullRequest(row.setBy) ?? shortId(row.setBy.id));
  const [live, restored] = [
    row.from === undefined ? "" : valueCode(row.from),
    row.to === undefined ? "_removed_" : valueCode(row.to),
  ];
  const what = `${quoteCode(row.component)} ${row.display === "" ? "_whole_" : quoteCode(row.display)}`;
  return `| ${MARKS[row.op]} | ${what} | ${live} | ${restored} | ${from} |`;
}

/** A value in a cell; of a digest as much as tells two apart. The diff below has all of it. */
function valueCode(text: string): string {
  return quoteCode(text.replace(/@sha256:([0-9a-f]{10})[0-9a-f]{1,54}…?/g, "@sha256:$1…"));
}

function pullRequest(revision: Revision): string | undefined {
  const number = pullRequestOf(revision);
  return number === undefined ? undefined : `#${number}`;
}

/** What merging cannot take back, or is known to be wrong. */
const GRAVE: ReadonlySet<Risk["code"]> = new Set(["Irreversible", "KnownBad"]);

function checks(plan: Plan): string {
  const risks = plan.risks.map((risk: Risk) => `- ${GRAVE.has(risk.code) ? "⛔" : "⚠️"} ${quoteInline(risk.message)}`);
  const irreversible = plan.risks.some(({ code }) => code === "Irreversible");
  return [
    "### Check before merging",
    ...risks,
    ...(irreversible ? [] : ["- ✔ No migration Job, CRD or volume claim is among the changes."]),
    `- ✔ ${plan.unrelated} unrelated ${plan.unrelated === 1 ? "commit" : "commits"} on ${quoteCode(plan.branch)} stay.`,
    "- This restores the declared state, not data.",
  ].join("\n");
}

function verdicts({ plan }: BodyFacts): string {
  const again = shortId(plan.suspect.revision.id);
  return `**Merge** to restore · **close** to reject (${again} will not be proposed again) · **push** here to take over.`;
}

function diffs(plan: Plan): string {
  return quoteBlock(plan.files.flatMap((file) => fileDiff(file)).join("\n"), "diff");
}

function patches(plan: Plan): string {
  return shownPatches(plan)
    .map(({ component, path, json }) => `${quoteCode(component)} in ${quoteCode(path)}\n\n${quoteBlock(json, "json")}`)
    .join("\n\n");
}

function originals(plan: Plan): string {
  return plan.suspects
    .slice(0, 3)
    .filter(({ message }) => message.trim().includes("\n"))
    .map((revision) =>
      details(
        `Original description of ${pullRequest(revision) ?? shortId(revision.id)}`,
        quoteBlock(revision.message.slice(0, 2000)),
      ),
    )
    .join("\n");
}

function details(summary: string, content: string): string {
  return content === "" ? "" : `<details><summary>${summary}</summary>\n\n${content}\n\n</details>`;
}

function footer({ plan, key, job, command }: BodyFacts): string {
  const marker = base64Url(JSON.stringify({ target: plan.target.name, key, job }));
  const names = new Set(plan.components.map(({ component }) => componentName(component))).size;
  return [
    `<sub>Opened by lastgood · job ${quoteCode(job)} · ${names} ${names === 1 ? "component" : "components"} · ${quoteCode(command)} shows the same</sub>`,
    `<!--lastgood:v1 ${marker}-->`,
  ].join("\n");
}

function base64Url(text: string): string {
  const bytes = new TextEncoder().encode(text);
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=+$/, "");
}

function sum(plan: Plan, key: "linesAdded" | "linesRemoved"): number {
  return plan.files.reduce((total, file) => total + file[key], 0);
}
