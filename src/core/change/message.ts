/** The revert commit's message (interface.md §3): what, why, and trailers that find it again. */
import { componentName } from "../model/component.ts";
import { type Revision, subjectOf, shortId, trailersOf } from "../model/git.ts";
import { escapeText, shorten } from "../model/escape.ts";
import { defuse } from "./quote.ts";
import { titleOf } from "../model/target.ts";
import { keptPath } from "../plan/show.ts";
import type { Plan, PlanGoal } from "../plan/types.ts";

export type MessageStyle = "git" | "conventional";

export interface MessageFacts {
  readonly plan: Plan;
  readonly style: MessageStyle;
  /** A person's words; missing when they gave none. */
  readonly reason?: string;
  readonly job: string;
  /** `manual`, `alert/ApiErrorRate`. */
  readonly trigger: string;
  /** `Name <email>` for Signed-off-by. */
  readonly signOff?: string;
}

/** Does the revert take back everything that its only suspect did to the target? */
function isPartialRevert(plan: Plan): boolean {
  return plan.kept.some(({ reason }) => reason === "NotSelected");
}

/** Title of the commit and of the pull request, at most 256 characters. `where`: with the environment, for the pull request. */
export function titleFor(plan: Plan, where: "commit" | "pull-request"): string {
  const target = shorten(defuse(where === "commit" ? plan.target.name : titleOf(plan.target)), 120);
  const [suspect] = plan.suspects;
  const place = isWholeChange(plan) ? "" : ` in ${target}`;
  if (plan.suspects.length === 1 && suspect !== undefined) {
    const [head, tail] = openingOf(suspect, plan.goal);
    return `${head}${shorten(tail, 248 - place.length - head.length)}"${place}`;
  }
  if (plan.goal.kind === "undo") return shorten(`Revert ${plan.suspects.length} commits${place}`, 256);
  const { revision } = plan.goal.checkpoint;
  const good = revision.verdict === "good" ? "last known good " : "";
  return `Revert ${target} to ${good}${shortId(revision.revision.id)}`;
}

/** Undoing a revert is a reapply, as git has it (git-revert(1), since 2.43). */
function openingOf(suspect: Revision, goal: PlanGoal): readonly [string, string] {
  const again = goal.kind === "undo" ? revertedSubject(suspect) : undefined;
  return again === undefined ? [`Revert "`, oneLine(suspect)] : [`Reapply "`, defuse(again)];
}

/**
 * The subject that a revert takes back: git's own words, or ours with the target, and the number that a squash adds. A merge on
 * GitHub says the pull request's title in the line after its own.
 */
export function revertedSubject(revision: Revision): string | undefined {
  const subject = subjectOf(revision);
  const [, title = ""] = revision.message.split("\n").filter((line) => line.trim() !== "");
  const own = /^Merge pull request #\d{1,9} from \S/.test(subject) ? title : subject;
  return /^Revert "(.*)"(?: in \S.{0,200}?)?(?: \(#\d{1,9}\))?$/.exec(own)?.[1];
}

/** Does the plan bring back what one revert had taken? */
export function isReapply({ goal, suspects: [suspect, ...more] }: Plan): boolean {
  return goal.kind === "undo" && suspect !== undefined && more.length === 0 && revertedSubject(suspect) !== undefined;
}

/** The undo of a whole commit, whatever targets it touched. */
function isWholeChange(plan: Plan): boolean {
  return plan.goal.kind === "undo" && plan.target.origin.kind === "change";
}

function conventionalTitle(plan: Plan): string {
  const scope = plan.target.name.replace(/[^A-Za-z0-9._-]+/g, "-");
  const [suspect] = plan.suspects;
  const to =
    plan.goal.kind === "undo"
      ? `${plan.suspects.length} commits`
      : `to ${shortId(plan.goal.checkpoint.revision.revision.id)}`;
  const what = plan.suspects.length === 1 && suspect !== undefined ? oneLine(suspect) : to;
  return shorten(`revert(${scope}): ${what}`, 256);
}

/** The whole commit message. */
export function commitMessage(facts: MessageFacts): string {
  const { plan } = facts;
  const title = facts.style === "conventional" ? conventionalTitle(plan) : titleFor(plan, "commit");
  const verb = isPartialRevert(plan) ? "This partially reverts" : "This reverts";
  const reverts = plan.suspects.map(({ id }) => `${verb} commit ${id}.`);
  const reason = facts.reason === undefined ? [] : [`Reason for revert: ${wrap(defuse(facts.reason))}`];
  const body = [
    reverts.join("\n"),
    ...reason,
    [restores(plan), ...keptLine(plan)].join("\n"),
    trailers(facts).join("\n"),
  ];
  return `${[title, ...body].join("\n\n")}\n`;
}

function restores(plan: Plan): string {
  if (plan.goal.kind === "undo") return "Only what these commits did goes back; later work stays.";
  return `Restores ${summary(plan)} of ${shortId(plan.goal.checkpoint.revision.revision.id)}.`;
}

function trailers({ plan, job, trigger, signOff }: MessageFacts): readonly string[] {
  const restored = plan.goal.kind === "undo" ? undefined : plan.goal.checkpoint.revision.revision;
  const names = [...new Set(plan.components.map(({ component }) => componentName(component)))];
  const carried = trailersOf(restored?.message ?? "")
    .filter(({ key }) => key.startsWith("argocd-reference-commit-"))
    .map(({ key, value }) => `${key.replace("argocd", "Argocd")}: ${escapeText(value)}`);
  return [
    `Lastgood-Target: ${escapeText(plan.target.name)}`,
    ...plan.suspects.map(({ id }) => `Lastgood-Suspect: ${id}`),
    ...(restored === undefined ? [] : [`Lastgood-Checkpoint: ${restored.id}`]),
    `Lastgood-Components: ${shorten(names.map((name) => escapeText(name)).join(", "), 400)}`,
    `Lastgood-Trigger: ${escapeText(trigger)}`,
    `Lastgood-Job: ${job}`,
    ...carried,
    ...(signOff === undefined ? [] : [`Signed-off-by: ${signOff}`]),
  ];
}

/** `image and env`, `the whole target`, `2 files`. */
function summary(plan: Plan): string {
  const facets = [...new Set(plan.components.flatMap(({ fields }) => fields.map(({ facet }) => facet)))];
  const named = facets.filter((facet) => facet !== "other");
  if (named.length === 0 || named.length !== facets.length || named.length > 4) {
    return plan.files.length === 1 ? (plan.files[0]?.path ?? "") : `${plan.files.length} files`;
  }
  return named.length === 1 ? `${named[0]}` : `${named.slice(0, -1).join(", ")} and ${named.at(-1)}`;
}

function keptLine(plan: Plan): readonly string[] {
  const names = plan.kept.map((kept) => {
    const what = keptPath(kept) ?? componentName(kept.component);
    return kept.owner === undefined ? what : `${what} (${kept.owner})`;
  });
  if (names.length === 0) return [];
  const shown = names
    .slice(0, 6)
    .map((name) => escapeText(name))
    .join(", ");
  return [`Kept: ${shown}${names.length > 6 ? ` and ${names.length - 6} more` : ""}.`];
}

function oneLine(revision: Revision): string {
  return defuse(subjectOf(revision));
}

/** At most 72 columns, words kept whole. */
function wrap(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= 72) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines.join("\n");
}
