/** What lastgood says in comments (interface.md §3, "comments"): one on its own pull request, edited in place, one on the original. */
import { formatDuration, toIso } from "../model/time.ts";
import { shortId } from "../model/git.ts";
import { titleOf } from "../model/target.ts";
import type { Plan } from "../plan/types.ts";
import { inlineText } from "./body-quotes.ts";
import { SKIP_LABEL } from "./labels.ts";
import { quoteInline } from "./quote.ts";

/** How far a revert has come. Each fact is there once it is known; later ones stand behind earlier ones. */
export interface Progress {
  /** Open, and not merged: what it waits for, in the forge's words; "" when that is not known. */
  readonly waitingFor?: string;
  readonly merged?: { readonly commit?: string; readonly by?: string };
  readonly closed?: { readonly by?: string };
  /** What took the place of what it reverts: lastgood closes it itself. */
  readonly needless?: string;
  readonly syncedAtMs?: number;
  readonly currentForMs?: number;
  /** `figures`: what metrics say then, as `Verification` has it. */
  readonly verified?: { readonly atMs: number; readonly afterSymptomMs?: number; readonly figures?: string };
  /** It did not help: what was seen. */
  readonly stillUnhealthy?: string;
  /** Why lastgood leaves the pull request to people. */
  readonly handsOff?: string;
}

/** `✔ opened → ✔ merged as 5e2d9a0 by dlee → ✔ synced 13:56 → **verified** 13:58`. */
export function progressText(progress: Progress): string {
  const { waitingFor, merged, closed, needless, syncedAtMs, currentForMs, verified, stillUnhealthy, handsOff } =
    progress;
  const steps = [
    "✔ opened",
    ...(merged === undefined ? [] : [`✔ ${mergedText(merged)}`]),
    ...(needless === undefined
      ? []
      : [`✔ closed: ${inlineText(needless, 300)}. Comes the same back, this is opened again`]),
    ...(closed === undefined ? [] : [`✗ closed${byText(closed.by)}: this is not proposed again`]),
    ...(waitingFor === undefined || (merged ?? closed ?? needless) !== undefined ? [] : [waitingText(waitingFor)]),
    ...(syncedAtMs === undefined ? [] : [`✔ synced ${clockText(syncedAtMs)}`]),
    ...(currentForMs === undefined ? [] : [`✔ Current for ${formatDuration(currentForMs)}`]),
    ...(verified === undefined ? [] : [verifiedText(verified)]),
    ...(stillUnhealthy === undefined ? [] : [`✗ **still unhealthy**: ${inlineText(stillUnhealthy)}`]),
  ];
  const note =
    handsOff === undefined ? "" : `\n\nlastgood leaves this pull request to you: ${inlineText(handsOff, 300)}.`;
  return `${steps.join(" → ")}${note}`;
}

function mergedText({ commit, by }: NonNullable<Progress["merged"]>): string {
  return `merged${commit === undefined ? "" : ` as ${shortId(commit)}`}${byText(by)}`;
}

/** A login is not a mention here: whoever did it knows. */
function byText(login: string | undefined): string {
  return login === undefined ? "" : ` by ${quoteInline(login)}`;
}

function waitingText(what: string): string {
  return what === ""
    ? "◎ waiting for a review, checks, or somebody to merge it"
    : `◎ waiting: ${inlineText(what, 300)}`;
}

/** Minutes, UTC. */
function clockText(ms: number): string {
  return `${toIso(ms).slice(11, 16)} UTC`;
}

function verifiedText({ atMs, afterSymptomMs, figures }: NonNullable<Progress["verified"]>): string {
  const after = afterSymptomMs === undefined ? "" : `, ${formatDuration(afterSymptomMs)} after the first symptom`;
  const told = figures === undefined ? "" : `: ${inlineText(figures, 300)}`;
  return `✔ **verified** ${clockText(atMs)}${after}${told}`;
}

/**
 * What the people of the reverted change are told, once. It states what is known and no cause. `failed`: lastgood saw the target
 * fail; else a person asked for the revert.
 */
export function originText(
  plan: Plan,
  { revert, failed }: { readonly revert: number; readonly failed: boolean },
): string {
  const target = `**${inlineText(titleOf(plan.target))}**`;
  const when = failed ? `when ${target} failed` : `in ${target} when #${revert} was opened`;
  const { goal } = plan;
  const what =
    goal.kind === "undo"
      ? `#${revert} proposes to undo it and to keep all later work.`
      : `#${revert} proposes to restore ${shortId(goal.checkpoint.revision.revision.id)}.`;
  return [
    `This change was live ${when}; ${what} That says nothing about the cause.`,
    "",
    `Opt out: with the label \`${SKIP_LABEL}\` on a change, lastgood never reverts it by itself.`,
  ].join("\n");
}
