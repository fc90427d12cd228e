/** `status TARGET`: everything that is known of one target, down to the pod, and what a person can do. */
import type { Config, Policy } from "../../../config/config.ts";
import { type DrillRecord, drillText } from "../../../core/drill.ts";
import { escapeText, shorten } from "../../../core/model/escape.ts";
import { isWeak } from "../../../core/model/evidence.ts";
import { type CommitId, shortId, subjectOf } from "../../../core/model/git.ts";
import { redactSaid } from "../../../core/redact.ts";
import { titleOf } from "../../../core/model/target.ts";
import { formatDuration, toIso } from "../../../core/model/time.ts";
import type { Blocker } from "../../../core/engine/engine-state.ts";
import type { JudgedRevision } from "../../../core/checkpoint.ts";
import { type ChangeSummary, summaryText } from "../../../core/summary.ts";
import { formatPlace } from "../../../errors.ts";
import type { Reason } from "../../../ports/engine.ts";
import { formatAge } from "../output/age.ts";
import { checkLines, type ExplainedDecision } from "./explained-decision.ts";
import { statusNotes } from "./status-notes.ts";
import { progressWords, reasonText, shownRevision, statusCell, type StatusRow, syncText } from "./status-table.ts";
import type { Style } from "./style.ts";

export interface StatusDetail extends StatusRow {
  readonly reasons: readonly Reason[];
  readonly summaries: ReadonlyMap<CommitId, ChangeSummary>;
  readonly policy: Policy | undefined;
  readonly config: Config | undefined;
  /** The newest rehearsal of a revert; missing: there was none. */
  readonly drill?: DrillRecord;
  /** The newest that a daemon has put on record; missing: there is none. */
  readonly decision?: ExplainedDecision;
  readonly nowMs: number;
  readonly style: Style;
}

/** The lines, texts from outside escaped. */
export function statusDetail(detail: StatusDetail): readonly string[] {
  const { observed, reasons, style } = detail;
  return [
    titleLine(detail),
    ...observed.says.map(
      (says) => `  ${sign(says.status, style)} ${text(reasonText(says))}  ${style.dim(`(${text(says.source, 120)})`)}`,
    ),
    ...(observed.says.length === 0 ? ["  no engine, and no health source, tells how it is"] : []),
    ...reasons.flatMap((reason) => reasonLines(reason.below, style, 2)),
    ...labelled("live", liveLines(detail)),
    ...labelled("suspect", suspectLines(detail)),
    ...labelled("last good", lastGoodLines(detail)),
    ...labelled("verdict", verdictLines(detail)),
    ...labelled("suspended", suspendedLines(detail)),
    ...labelled(
      "blocked",
      observed.states.flatMap(({ blockers }) => blockers.flatMap((one) => blockerLines(one, detail))),
    ),
    ...labelled("revert", revertLines(detail)),
    ...labelled("decision", decisionLines(detail)),
    ...labelled("drill", [text(drillText(detail.drill, detail.nowMs))]),
    ...labelled("note", notesOf(detail)),
  ];
}

function titleLine({ observed, nowMs, style }: StatusDetail): string {
  const { watched, present } = observed;
  const { sinceMs } = present.says ?? {};
  const since = sinceMs === undefined ? "" : ` for ${formatDuration(Math.max(0, nowMs - sinceMs))}`;
  const look = statusCell(present.status, style);
  return `${style.bold(text(titleOf(watched.target)))}: ${(look.paint ?? plain)(look.text)}${since}`;
}

function sign(status: Reason["status"]["status"], style: Style): string {
  const { text: shown, paint = plain } = statusCell(status, style);
  return paint(shown.split(" ")[0] ?? "");
}

function plain(said: string): string {
  return said;
}

/** More below one object are counted, not shown. */
const MOST = 6;
const DEEPEST = 6;

/** What is not well, the worst first; of what is, only that there is more. */
function reasonLines(below: readonly Reason[], style: Style, depth: number): readonly string[] {
  const bad = below.filter(({ status }) => status.status !== "Current");
  const indent = "  ".repeat(depth);
  const shown = bad
    .slice(0, MOST)
    .flatMap(({ id, status, below: deeper }) => [
      `${indent}${sign(status.status, style)} ${text(`${id.kind} ${id.namespace === undefined ? "" : `${id.namespace}/`}${id.name}`, 200)}: ${text(reasonText(status))}`,
      ...(depth < DEEPEST ? reasonLines(deeper, style, depth + 1) : []),
    ]);
  return bad.length > MOST ? [...shown, `${indent}and ${bad.length - MOST} more`] : shown;
}

const LABEL = 10;

/** The label before the first line, the others below it. */
function labelled(label: string, lines: readonly string[]): readonly string[] {
  return lines.map((line, index) => `  ${(index === 0 ? label : "").padEnd(LABEL)} ${line}`);
}

function liveLines({ observed, style }: StatusDetail): readonly string[] {
  const { revision, content } = observed;
  const sync = syncText(observed);
  if (revision === undefined) return [`nobody can tell what runs, ${sync}`];
  const unknown = content === undefined && /^[0-9a-f]{40,64}$/.test(revision);
  const missing = unknown ? `, which is not in this clone, or lacks the target (git fetch)` : "";
  return [`${style.cyan(text(shownRevision(revision)))}, ${sync}${missing}`];
}

/** Who did what, of the newest few. */
function suspectLines({ standing: { suspects }, summaries, style, nowMs }: StatusDetail): readonly string[] {
  const lines = suspects.slice(0, MOST).map(({ revision }: JudgedRevision) => {
    const summary = summaries.get(revision.id);
    const what = summary === undefined ? "" : summaryText(summary, style.arrow);
    const parts = [
      `${style.cyan(shortId(revision.id))} ${text(subjectOf(revision), 120)}`,
      text(revision.author, 60),
      formatAge(revision.committedAtMs, nowMs, style.tty),
      ...(what === "" ? [] : [text(what)]),
    ];
    return parts.join(` ${style.dot} `);
  });
  return suspects.length > MOST ? [...lines, `and ${suspects.length - MOST} more`] : lines;
}

function lastGoodLines({ standing: { lastGood }, observed, nowMs, style }: StatusDetail): readonly string[] {
  if (lastGood === undefined) return ["none is proven"];
  const [best] = lastGood.evidence;
  const runs = lastGood.revision === observed.revision ? ", which runs" : "";
  if (best === undefined) return [`${shownRevision(lastGood.revision)}${runs}`];
  const weak = lastGood.evidence.every(({ kind }) => isWeak(kind)) ? ", weak" : "";
  // What is well now was not said some time ago.
  const age = best.atMs >= nowMs - JUST_NOW_MS ? "" : `, ${formatAge(best.atMs, nowMs, style.tty)}`;
  return [
    `${style.green(shownRevision(lastGood.revision))}${runs}: ${text(best.detail, 200)} (${best.kind}${weak}${age})`,
  ];
}

const JUST_NOW_MS = 60_000;

/** What a single look cannot know is how long it has been so: the policy says how long it has to be. */
function verdictLines(detail: StatusDetail): readonly string[] {
  const { observed } = detail;
  const { verdict, present, watched } = observed;
  if (verdict.verdict !== "undecided") return [`${verdict.verdict}: ${text(redactSaid(verdict.message))}`];
  const { bad, good } = watched.policy;
  if (present.status === "Failed") {
    return [`bad needs ${bad.samples} samples over ${formatDuration(bad.forMs)}  ${placeOf("bad", detail)}`];
  }
  if (present.status === "Current") {
    return [`good needs ${formatDuration(good.bakeTimeMs)} without a failure  ${placeOf("good", detail)}`];
  }
  return [`undecided: ${text(redactSaid(verdict.message))}`];
}

/** `policies.default.bad, lastgood.yaml:34` */
function placeOf(key: "bad" | "good", { policy, config, style }: StatusDetail): string {
  const names = [policy?.name, policy?.extends, "default"].filter((name) => name !== undefined);
  for (const name of names) {
    const place = config?.places.get(`policies.${name}.${key}`);
    if (place === undefined) continue;
    const { file, line } = place;
    return style.dim(
      `policies.${name}.${key}, ${text(formatPlace(line === undefined ? { file } : { file, line }), 200)}`,
    );
  }
  return style.dim(`lastgood's default; policies.default.${key} changes it`);
}

function suspendedLines({ observed, nowMs, style }: StatusDetail): readonly string[] {
  const { suspended } = observed.watched.restrictions;
  if (suspended === undefined) return [];
  const until = suspended.untilMs === undefined ? "until it is taken away" : untilText(suspended.untilMs, nowMs, style);
  const reason = suspended.reason === undefined ? "" : ` "${text(suspended.reason, 200)}"`;
  return [`${until}${reason}  ${style.dim("annotation lastgood.dev/suspend")}`];
}

function untilText(untilMs: number, nowMs: number, { tty }: Style): string {
  return tty ? `for ${formatDuration(untilMs - nowMs)} more` : `until ${toIso(untilMs)}`;
}

function blockerLines(
  { reason, message, command, untilMs }: Blocker,
  { nowMs, style }: StatusDetail,
): readonly string[] {
  const until = untilMs === undefined || untilMs < nowMs ? "" : `, ${untilText(untilMs, nowMs, style)}`;
  const head = `${style.yellow(reason)}: ${text(message)}${until}`;
  return command === undefined ? [head] : [head, `  frees it: ${text(command, 500)}`];
}

function revertLines({ standing: { pullRequest } }: StatusDetail): readonly string[] {
  if (pullRequest === undefined) return [];
  return [`#${pullRequest.number} ${progressWords(pullRequest)}  ${text(pullRequest.url, 300)}`];
}

/** Why the daemon acts or holds, and what would make it act. */
function decisionLines({ decision, nowMs, style }: StatusDetail): readonly string[] {
  if (decision === undefined) return [];
  const { headline, message, checks, toAct, wouldHave, atMs } = decision;
  return [
    `${text(headline)}: ${text(message)}  ${style.dim(`(on record since ${formatAge(atMs, nowMs, style.tty)})`)}`,
    ...checkLines(checks, style),
    ...toAct.map((way) => `  to act: ${text(way)}`),
    ...(wouldHave === undefined ? [] : [`  would have ${text(wouldHave)}`]),
  ];
}

function notesOf({ reasons, ...row }: StatusDetail): readonly string[] {
  return statusNotes(row, reasons)
    .slice(0, MOST)
    .map((note) => text(note, 300));
}

function text(said: string, length = 400): string {
  return escapeText(shorten(said, length));
}
