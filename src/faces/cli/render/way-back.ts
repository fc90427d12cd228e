/** What `check` says of the way back of a change: for people, for programs, and on the page of a CI job. */
import type { WayBack, WaysBack } from "../../../app/plan-way-back.ts";
import { quoteCode, quoteInline } from "../../../core/change/quote.ts";
import { escapeText } from "../../../core/model/escape.ts";
import { titleOf } from "../../../core/model/target.ts";
import { keptText } from "../../../core/plan/show.ts";
import { componentKey, componentName } from "../../../core/model/component.ts";
import type { Plan, Risk } from "../../../core/plan/types.ts";
import { LastgoodError } from "../../../errors.ts";
import { glyph } from "../output/glyphs.ts";
import { summaryOf } from "./documents.ts";
import { summaryLine } from "./plan-text.ts";
import type { Style } from "./style.ts";

/** So many targets are shown; the document lists all. */
const MAX_SHOWN = 30;

/** `The way back of this change:`, one line per target with what goes back, and below it what that risks. Empty: nothing is touched. */
export function wayBackText(back: WaysBack, style: Style): readonly string[] {
  if (back.ways.length === 0) return [];
  const shown = back.ways.slice(0, MAX_SHOWN);
  return [
    style.bold("The way back of this change:"),
    ...shown.flatMap((way) => wayLines(way, style)),
    ...moreLines(back, shown.length).map((line) => `  ${line}`),
  ];
}

function wayLines(way: WayBack, style: Style): readonly string[] {
  const { target, plan } = way;
  const isBlocked = risksOf(way).some(({ blocks }) => blocks);
  const mark =
    plan instanceof LastgoodError
      ? style.red(glyph("failed", style.unicode))
      : isBlocked
        ? style.yellow(glyph("warning", style.unicode))
        : style.green(glyph("ok", style.unicode));
  const risks = risksOf(way).map(
    ({ message, blocks }) => `    ${blocks ? style.red("!") : style.yellow("!")} ${escapeText(message)}`,
  );
  return [`  ${mark} ${style.bold(escapeText(titleOf(target)))}   ${escapeText(whatOf(way))}`, ...risks];
}

/** In one clause: what a revert puts back, or why there is none. */
function whatOf({ plan }: WayBack): string {
  if (plan instanceof LastgoodError) return `cannot be planned: ${plan.message} (${plan.code})`;
  if (plan.kind === "plan") return `${summaryLine(plan).replace(/^Plan: /, "")} ${namesOf(plan)}`.trimEnd();
  const kept = plan.kept.map(keptText);
  return kept.length === 0 ? "nothing would go back" : `nothing would go back; kept: ${kept.slice(0, 3).join(", ")}`;
}

const MAX_NAMES = 4;

function namesOf({ components }: Plan): string {
  const names = [...new Set(components.map(({ component }) => componentName(component)))];
  const rest = names.length - MAX_NAMES;
  return [...names.slice(0, MAX_NAMES), ...(rest > 0 ? [`${rest} more`] : [])].join(", ");
}

function risksOf({ plan }: WayBack): readonly Risk[] {
  return !(plan instanceof LastgoodError) && plan.kind === "plan" ? plan.risks : [];
}

function moreLines({ ways, unplanned }: WaysBack, shown: number): readonly string[] {
  const hidden = ways.length - shown;
  return [
    ...(hidden === 0 ? [] : [`and ${hidden} more (-o json lists them)`]),
    ...(unplanned === 0 ? [] : [`${unplanned} more are touched and were not planned: --target names one`]),
  ];
}

/** `status.wayBack` of `kind: Check`: of each target the counts of its plan and its risks, or why it cannot be planned. */
export function wayBackFields({ ways }: WaysBack): readonly object[] {
  return ways.map((way) => {
    const { target, plan } = way;
    const head = {
      target: target.origin.kind === "change" ? undefined : target.name,
      folder: target.origin.kind === "change" ? target.name : undefined,
      environment: target.environment,
    };
    if (plan instanceof LastgoodError) {
      return { ...head, plannable: false, code: plan.code, message: plan.message, risks: [] };
    }
    return {
      ...head,
      plannable: true,
      summary: plan.kind === "plan" ? summaryOf(plan) : NOTHING,
      components: plan.kind === "plan" ? plan.components.map(({ component }) => componentKey(component)) : [],
      files: plan.kind === "plan" ? plan.files.map(({ path, action }) => ({ path, action })) : [],
      kept: plan.kept.map(keptText),
      risks: risksOf(way),
    };
  });
}

const NOTHING = { change: 0, remove: 0, add: 0, files: 0 };

/** Markdown for the page of the job; empty when nothing is touched. */
export function wayBackSummary(back: WaysBack): string {
  if (back.ways.length === 0) return "";
  const shown = back.ways.slice(0, MAX_SHOWN);
  const rows = shown.map((way) => {
    const risks = risksOf(way).map(({ message, blocks }) => `${blocks ? "**!** " : ""}${quoteInline(message)}`);
    const what = whatOf(way);
    return `| ${quoteCode(titleOf(way.target))} | ${quoteInline(what)} | ${risks.join("<br>")} |`;
  });
  const more = moreLines(back, shown.length).map(quoteInline);
  return [
    "",
    "### The way back of this change",
    "",
    "| Target | What a revert puts back | Risks |",
    "|---|---|---|",
    ...rows,
    "",
    ...(more.length === 0 ? [] : [...more, ""]),
  ].join("\n");
}
