import { pullRequestOf, type Revision, shortId, subjectOf } from "../../../core/model/git.ts";
import { escapeText, shorten } from "../../../core/model/escape.ts";
import { formatDuration, toIso } from "../../../core/model/time.ts";
import { titleOf } from "../../../core/model/target.ts";
import { type FieldRow, fieldRows, fileDiff, keptText } from "../../../core/plan/show.ts";
import type { NothingToDo, Plan, PlannedFile } from "../../../core/plan/types.ts";
import type { JudgedRevision } from "../../../core/checkpoint.ts";
import { summaryOf } from "./documents.ts";
import { displayWidth } from "../output/display-width.ts";
import type { Style } from "./style.ts";

/** A plan, as people read it: what goes back, what stays, what to look at. One line per entry, without line ends. */
export function planText(plan: Plan, style: Style): readonly string[] {
  return [
    ...headLines(plan, style),
    `Base ${escapeText(plan.branch)}@${shortId(plan.base)}${unrelated(plan, style)}`,
    ...plan.files.flatMap((file) => fileLines(plan, file, style)),
    ...keptLines(plan, style),
    ...alreadyLines(plan, style),
    style.bold(summaryLine(plan)),
    ...strategyLines(plan, style),
    ...declaredLines(plan, style),
    ...plan.risks.map((risk) => `${risk.blocks ? style.red("! ") : style.yellow("! ")}${escapeText(risk.message)}`),
  ];
}

/** What Kubernetes does by itself, pod by pod, is what everybody expects. */
function strategyLines({ strategy }: Plan, style: Style): readonly string[] {
  return strategy === undefined || strategy.kind === "rolling" ? [] : [style.dim(`  ${escapeText(strategy.message)}`)];
}

/** What manifests ask for, and whom. */
function declaredLines({ declared }: Plan, style: Style): readonly string[] {
  if (declared === undefined) return [];
  const { mode, suspended, reviewers = [], notes } = declared;
  const until = suspended?.untilMs === undefined ? "" : ` until ${toIso(suspended.untilMs)}`;
  const reason = suspended?.reason === undefined ? "" : `: "${shorten(suspended.reason, 100)}"`;
  const people = reviewers.map((name) => `@${name.replace(/^team:/, "")}`);
  const said = [
    ...(mode === undefined ? [] : [`as far as "${mode}"`]),
    ...(suspended === undefined ? [] : [`hands off${until}${reason}`]),
    ...(people.length === 0 ? [] : [`ask ${people.join(", ")}`]),
  ];
  return [
    ...(said.length === 0 ? [] : [style.dim(escapeText(`  its manifests say: ${said.join("; ")}`))]),
    ...notes.slice(0, MAX_NOTES).map((note) => `${style.yellow("! ")}${escapeText(shorten(note, 300))}`),
  ];
}

const MAX_NOTES = 5;

function headLines({ goal, target }: Plan, style: Style): readonly string[] {
  const name = style.bold(escapeText(titleOf(target)));
  if (goal.kind === "undo") {
    const commits = goal.commits.map(
      (commit) => `  ${style.cyan(shortId(commit.id))} ${escapeText(shorten(subjectOf(commit), 100))}`,
    );
    return [`${name}: undo of exactly what ${count(goal.commits.length, "commit")} did`, ...commits];
  }
  const { revision, by } = goal.checkpoint;
  return [
    `${name}: back to ${style.bold(shortId(revision.revision.id))}, ${grounds(revision, by)}`,
    style.dim(`  ${escapeText(shorten(subjectOf(revision.revision), 100))}`),
  ];
}

/** What a plan goes back to, in a few characters: `3f9c2ab`, or `before 8d41c07`. */
export function aimText({ goal }: Pick<Plan, "goal">): string {
  if (goal.kind === "checkpoint") return shortId(goal.checkpoint.revision.revision.id);
  return `before ${goal.commits.map(({ id }) => shortId(id)).join(", ")}`;
}

function unrelated(plan: Plan, style: Style): string {
  if (plan.unrelated === 0) return "";
  const others = plan.unrelated === 1 ? "commit since then stays" : `${plan.unrelated} commits since then stay`;
  return ` ${style.dot} the other ${others}`;
}

/** Why the checkpoint is believed to be good. */
export function grounds({ verdict, evidence, liveForMs }: JudgedRevision, by: "last-good" | "chosen"): string {
  const [best] = evidence;
  const name = by === "last-good" ? "last known good" : "the revision you chose";
  if (best === undefined) return `${name} (unproven${liveForMs > 0 ? `, live for ${formatDuration(liveForMs)}` : ""})`;
  const healthy = best.healthyForMs === undefined ? "" : ` for ${formatDuration(best.healthyForMs)}`;
  const words =
    best.kind === "observed" && verdict === "good"
      ? `observed healthy${healthy}`
      : escapeText(best.detail.startsWith("marked ") ? best.detail : `${verdict}: ${best.detail}`);
  return `${name} (${words})`;
}

function fileLines(plan: Plan, file: PlannedFile, style: Style): readonly string[] {
  const rows = fieldRows(plan).filter((row) => row.file === file.path);
  const names = [...new Set(rows.map(({ component }) => component))];
  return names.flatMap((name) => {
    const own = rows.filter(({ component }) => component === name);
    const whole = own.find(({ display }) => display === "");
    const mark = whole === undefined ? style.yellow("~") : sign(whole.op, style);
    const what =
      whole === undefined
        ? ""
        : style.dim(whole.op === "remove" ? "  removed" : whole.op === "add" ? "  comes back" : "  whole file");
    const head = `  ${mark} ${escapeText(name)}   ${style.dim(escapeText(file.path))}${what}`;
    const fields = own.filter(({ display }) => display !== "");
    return [head, ...fieldLines(fields, style).map((line) => `      ${line}`)];
  });
}

interface Layout {
  readonly field: number;
  readonly values: number;
  readonly facets: boolean;
}

const INDENT = 6;

/** In columns where the terminal is wide enough; else ragged, then without what a field belongs to. */
function fieldLines(rows: readonly FieldRow[], style: Style): readonly string[] {
  const plain = plainOf(style);
  const field = widthFor(rows.map((row) => displayOf(row).length));
  const values = widthFor(rows.map((row) => valueChange(row, plain).length));
  const layouts: readonly Layout[] = [
    { field, values, facets: true },
    { field, values: 0, facets: true },
    { field, values, facets: false },
    { field, values: 0, facets: false },
    { field: 0, values: 0, facets: false },
  ];
  const fits = (layout: Layout): boolean =>
    rows.every((row) => INDENT + displayWidth(fieldLine(row, layout, plain)) <= style.width);
  const layout = layouts.find(fits) ?? { field, values, facets: true };
  return rows.map((row) => fieldLine(row, layout, style));
}

/** As wide as the widest that is not very wide: one long value does not push everything off the screen. */
function widthFor(lengths: readonly number[]): number {
  return Math.max(0, ...lengths.filter((length) => length <= 44));
}

function fieldLine(row: FieldRow, { field, values, facets }: Layout, style: Style): string {
  const by = row.setBy === undefined ? "" : style.dim(`   ${setterText(row.setBy)}`);
  const fill = " ".repeat(Math.max(0, values - valueChange(row, plainOf(style)).length));
  const facet = facets ? `   ${style.dim(row.facet)}` : "";
  return `${sign(row.op, style)} ${escapeText(displayOf(row)).padEnd(field)}   ${valueChange(row, style)}${fill}${facet}${by}`.trimEnd();
}

function plainOf(style: Style): Style {
  const plain = (text: string): string => text;
  return { ...style, red: plain, green: plain, yellow: plain, dim: plain };
}

/** An item of a list of texts is its own name: it is shown once. */
function displayOf({ display, from, to }: FieldRow): string {
  const value = from ?? to;
  const isItsName = value !== undefined && display.endsWith(`[${value}]`) && (from === undefined || to === undefined);
  return isItsName ? display.slice(0, -value.length - 2) : display;
}

/** A digest is for machines: people are shown enough to tell two apart. */
function shortDigests(text: string): string {
  return text.replace(/@sha256:([0-9a-f]{10})[0-9a-f]{1,54}…?/g, "@sha256:$1…");
}

function valueChange({ from, to }: FieldRow, style: Style): string {
  const shown = (text: string): string => escapeText(style.tty ? shortDigests(text) : text);
  const [a, b] = [from, to].map((text) => (text === undefined ? undefined : shown(text)));
  if (a === undefined) return style.green(b ?? "");
  return b === undefined ? style.red(a) : `${style.red(a)} ${style.arrow} ${style.green(b)}`;
}

function sign(op: FieldRow["op"], style: Style): string {
  if (op === "add") return style.green("+");
  return op === "remove" ? style.red("-") : style.yellow("~");
}

/** `#482`, or the commit. */
export function setterText(revision: Revision): string {
  const number = pullRequestOf(revision);
  return number === undefined ? shortId(revision.id) : `#${number}`;
}

function keptLines({ kept }: Plan, style: Style): readonly string[] {
  if (kept.length === 0) return [];
  const lines = kept.map((item) => {
    const by = item.field?.setBy === undefined ? "" : style.dim(`   ${setterText(item.field.setBy)}`);
    return `      ${escapeText(keptText(item))}${by}`;
  });
  return [`  ${style.cyan("=")} kept`, ...lines];
}

/** Parts that are undone already and by whom: they stay as they are. */
function alreadyLines({ already = [] }: Plan, style: Style): readonly string[] {
  if (already.length === 0) return [];
  const shown = already.slice(0, MAX_ALREADY).map(({ path, component, display, by }) => {
    const what = [component ?? path, display ?? ""].join(" ").trim();
    const who = by === undefined ? "" : `   ${setterText(by)} ${shorten(subjectOf(by), 50)}, ${by.author}`;
    return `      ${escapeText(what)}${style.dim(escapeText(who))}`;
  });
  const left = already.length - shown.length;
  return [
    `  ${style.cyan("=")} undone already`,
    ...shown,
    ...(left > 0 ? [`      … and ${left} more (-o json lists them)`] : []),
  ];
}

const MAX_ALREADY = 10;

/** `Plan: 2 to change, 1 to remove, 2 kept. 1 file, +2 -4 lines.` */
export function summaryLine(plan: Plan): string {
  const { change, add, remove, kept, files, linesAdded, linesRemoved } = summaryOf(plan);
  const parts = [
    ...(change > 0 ? [`${change} to change`] : []),
    ...(add > 0 ? [`${add} to add`] : []),
    ...(remove > 0 ? [`${remove} to remove`] : []),
    ...(kept > 0 ? [`${kept} kept`] : []),
  ];
  const what = parts.length === 0 ? "text only" : parts.join(", ");
  return `Plan: ${what}. ${count(files, "file")}, +${linesAdded} -${linesRemoved} lines.`;
}

/** The unified diffs of a plan, coloured as git does. */
export function diffText(plan: Plan, style: Style): readonly string[] {
  return plan.files
    .flatMap((file) => fileDiff(file))
    .map((line) => {
      const text = escapeText(line.replaceAll("\t", "    "));
      if (line.startsWith("+++") || line.startsWith("---")) return style.bold(text);
      if (line.startsWith("@@")) return style.cyan(text);
      if (line.startsWith("+")) return style.green(text);
      return line.startsWith("-") ? style.red(text) : text;
    });
}

/** `payments/api already matches 3f9c2ab`, and what to do next. */
export function nothingText(nothing: NothingToDo): readonly string[] {
  const { base, kept, hints = [] } = nothing;
  return [
    `Nothing to do: ${escapeText(nothing.found ?? foundText(nothing))} at ${shortId(base)}.`,
    ...kept.map((item) => `  = ${escapeText(keptText(item))}`),
    ...(hints.length === 0 ? [] : ["  You can:", ...hints.map((hint) => `    ${escapeText(hint)}`)]),
  ];
}

function foundText({ target, goal, kept }: NothingToDo): string {
  if (goal.kind !== "undo") {
    return kept.length === 0
      ? `${titleOf(target)} already matches ${aimText({ goal })}`
      : `all that differs from ${aimText({ goal })} in ${titleOf(target)} is kept`;
  }
  const undone = goal.commits.map(({ id }) => shortId(id)).join(", ");
  return kept.length === 0
    ? `${titleOf(target)} holds nothing of what ${undone} did (any more)`
    : `all that ${titleOf(target)} still holds of what ${undone} did is kept`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
