/** What a person reads before saying yes or no: the visible part of a pull request's body. */
import type { JudgedRevision } from "../checkpoint.ts";
import { shortId } from "../model/git.ts";
import { formatDuration, toIso } from "../model/time.ts";
import { titleOf } from "../model/target.ts";
import { type FieldRow, fieldRows, imageRows, keptText } from "../plan/show.ts";
import type { Plan, Risk } from "../plan/types.ts";
import {
  addressLink,
  inlineCode,
  inlineText,
  pullRequestText,
  revisionText,
  subjectText,
  valueCode,
} from "./body-quotes.ts";
import { isReapply, revertedSubject } from "./message.ts";

export interface HeadFacts {
  readonly plan: Plan;
  /** Who asked for it: a login, a name; missing when lastgood acts by itself. */
  readonly by?: string;
  readonly reason?: string;
}

/** What this is, in two lines. */
export function headline({ plan, by, reason }: HeadFacts): string {
  const asked = by === undefined ? "lastgood proposes" : `${inlineText(by, 80)} asks`;
  return [
    isReapply(plan) ? "> [!IMPORTANT]" : "> [!CAUTION]",
    `> **${asked} to ${aim(plan)}`,
    "> Nothing changes in the cluster until this is merged; Argo CD or Flux then syncs it.",
    ...restrictionOf(plan),
    ...(reason === undefined ? [] : [">", `> Reason: ${inlineText(reason, 600)}`]),
  ].join("\n");
}

/** Selectors that are named; more are counted. */
const MOST_SELECTORS = 8;

/** What it is restricted to: the rest of what differs stays as it is. */
function restrictionOf({ selection: { only, except } }: Plan): readonly string[] {
  const named = (selectors: typeof only): string => {
    const texts = selectors.slice(0, MOST_SELECTORS).map(({ text }) => inlineCode(text));
    const more = selectors.length > MOST_SELECTORS ? ` and ${selectors.length - MOST_SELECTORS} more` : "";
    return `${texts.join(", ")}${more}`;
  };
  if (only.length === 0 && except.length === 0) return [];
  const what = only.length === 0 ? "Everything" : `Only ${named(only)}`;
  const but = except.length === 0 ? "" : ` except ${named(except)}`;
  return [">", `> ${what}${but} goes back; the rest stays as it is.`];
}

function aim(plan: Plan): string {
  const { goal, target, suspects } = plan;
  if (goal.kind === "undo") {
    const [revert] = suspects;
    if (isReapply(plan) && revert !== undefined) {
      const again = inlineText(revertedSubject(revert) ?? "");
      const taken = pullRequestText(revert) ?? shortId(revert.id);
      return `reapply "${again}"**, which ${taken} took back. Later work stays. Is what was wrong then fixed now?`;
    }
    const what = goal.commits.slice(0, 5).map(revisionText).join(", ");
    const more = goal.commits.length > 5 ? ` and ${goal.commits.length - 5} more` : "";
    return `undo ${what}${more}**, and nothing else: later work stays.`;
  }
  const { revision } = goal.checkpoint;
  const proven =
    revision.verdict === "good" ? "a revision known to be good" : "a revision that nothing proves to have been good";
  return `take ${inlineText(titleOf(target))} back to ${shortId(revision.revision.id)}**, ${proven}.`;
}

/** Live now, and after the merge. */
export function states(plan: Plan): string {
  const live = plan.suspect.revision;
  const images = imageLines(plan);
  const head = ["| | Live now | After merge |", "|---|---|---|"];
  if (plan.goal.kind === "undo") return images.length === 0 ? "" : [...head, ...images].join("\n");
  const good = plan.goal.checkpoint.revision;
  const bad = plan.suspect.verdict === "bad" ? `✗ bad: ${inlineText(plan.suspect.evidence[0]?.detail ?? "")}` : "–";
  return [
    ...head,
    `| Revision | ${revisionText(live)} | **${shortId(good.revision.id)}** ${subjectText(good.revision)} |`,
    ...images,
    `| Since | ${toIso(live.committedAtMs)} | ${toIso(good.revision.committedAtMs)} |`,
    `| Evidence | ${bad} | ${evidenceText(good)} |`,
  ].join("\n");
}

/** One line per image; a field deep in Helm values is named by its object, where that is enough to tell it from the others. */
function imageLines(plan: Plan): readonly string[] {
  const rows = imageRows(plan).map((row) => ({ ...row, short: row.name.split(" ")[0] ?? row.name }));
  const count = (short: string): number => rows.filter((row) => row.short === short).length;
  return rows.slice(0, 20).map(({ name, short, component, from, to }) => {
    const full = name.startsWith(component) ? name : `${component} ${name}`;
    return `| Image ${inlineCode(count(short) === 1 ? short : full)} | ${valueCode(from)} | **${valueCode(to)}** |`;
  });
}

function evidenceText({ verdict, evidence, liveForMs }: JudgedRevision): string {
  const [best] = evidence;
  if (verdict !== "good" || best === undefined) return "? unproven: a person chose it";
  const healthy = best.healthyForMs === undefined ? "" : `, healthy for ${formatDuration(best.healthyForMs)}`;
  return `✔ good: ${best.kind}, ${inlineText(best.detail)}${healthy} (live for ${formatDuration(liveForMs)})`;
}

/** `Reverts #482 (partially)` */
export function reverts(plan: Plan): string {
  const part = plan.kept.some(({ reason }) => reason === "NotSelected") ? " (partially)" : "";
  const names = plan.suspects.slice(0, 20).map((revision) => pullRequestText(revision) ?? revision.id);
  const more = plan.suspects.length > 20 ? ` and ${plan.suspects.length - 20} more` : "";
  return names.length === 0 ? "" : `Reverts ${names.join(", ")}${more}${part}`;
}

/** Field by field; at most `limit` rows. */
export function changes(plan: Plan, limit: number): string {
  const rows = fieldRows(plan);
  const [added, removed] = [sum(plan, "linesAdded"), sum(plan, "linesRemoved")];
  const files = plan.files.length === 1 ? "1 file" : `${plan.files.length} files`;
  const kept = plan.kept.slice(0, Math.min(20, limit)).map((each) => inlineText(keptText(each)));
  const moreKept = plan.kept.length > kept.length ? ` · and ${plan.kept.length - kept.length} more` : "";
  return [
    `### What changes: ${files}, +${added} −${removed}`,
    "| | Component, field | Live now | Restored | From |",
    "|---|---|---|---|---|",
    ...rows.slice(0, limit).map(changeRow),
    ...(rows.length > limit ? [`| | … and ${rows.length - limit} more | | | |`] : []),
    ...(kept.length === 0 ? [] : ["", `**Kept:** ${kept.join(" · ")}${moreKept}`]),
  ].join("\n");
}

const MARKS = { add: "+", remove: "−", replace: "~", move: "~" } as const;

function changeRow(row: FieldRow): string {
  const from = row.setBy === undefined ? "" : (pullRequestText(row.setBy) ?? shortId(row.setBy.id));
  const [live, restored] = [
    row.from === undefined ? "" : valueCode(row.from),
    row.to === undefined ? "_removed_" : valueCode(row.to),
  ];
  const what = `${inlineCode(row.component)} ${row.display === "" ? "_whole_" : inlineCode(row.display)}`;
  return `| ${MARKS[row.op]} | ${what} | ${live} | ${restored} | ${from} |`;
}

/** What merging cannot take back, or is known to be wrong. */
const GRAVE: ReadonlySet<Risk["code"]> = new Set(["Irreversible", "KnownBad"]);

/** Risks, the grave ones first. */
export function checks(plan: Plan, limit: number, runbook?: string): string {
  const grave = (risk: Risk): boolean => GRAVE.has(risk.code);
  const risks = [...plan.risks.filter(grave), ...plan.risks.filter((risk) => !grave(risk))];
  const irreversible = plan.risks.some(({ code }) => code === "Irreversible");
  return [
    "### Check before merging",
    ...risks.slice(0, limit).map((risk) => `- ${grave(risk) ? "⛔" : "⚠️"} ${inlineText(risk.message, 300)}`),
    ...(risks.length > limit ? [`- ⚠️ … and ${risks.length - limit} more`] : []),
    ...(irreversible ? [] : ["- ✔ No migration Job, CRD or volume claim is among the changes."]),
    ...(plan.strategy === undefined || plan.strategy.kind === "rolling"
      ? []
      : [`- ${inlineText(capital(plan.strategy.message), 300)}.`]),
    ...(plan.unrelated === 0 ? [] : [`- ✔ ${unrelated(plan)} stay.`]),
    "- This restores the declared state, not data.",
    ...(runbook === undefined ? [] : [`- The runbook: ${addressLink(runbook)}`]),
  ].join("\n");
}

function capital(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

function unrelated({ unrelated: count, branch }: Plan): string {
  return `${count} unrelated ${count === 1 ? "commit" : "commits"} on ${inlineCode(branch)}`;
}

/** What each of a person's answers means. */
export function verdicts(plan: Plan): string {
  const again = shortId(plan.suspect.revision.id);
  const yes = isReapply(plan) ? "reapply" : plan.goal.kind === "undo" ? "undo it" : "restore";
  const no = plan.goal.kind === "undo" ? "this will not be proposed again" : `${again} will not be proposed again`;
  return `**Merge** to ${yes} · **close** to reject (${no}) · **push** here to take over.`;
}

function sum(plan: Plan, key: "linesAdded" | "linesRemoved"): number {
  return plan.files.reduce((total, file) => total + file[key], 0);
}
