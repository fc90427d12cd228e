import { unjudged } from "../core/checkpoint.ts";
import { shorten } from "../core/model/escape.ts";
import { type CommitId, type FileEntry, type FileState, shortId, subjectOf } from "../core/model/git.ts";
import { type Conflict, type Hold, hold } from "../core/model/hold.ts";
import type { Scope, Target } from "../core/model/target.ts";
import { readManifest } from "../core/manifest/read-manifest.ts";
import { valueText } from "../core/patch/display.ts";
import { planUndo } from "../core/plan/plan-undo.ts";
import type { NothingToDo, Plan, Snapshot, TargetFile, UndoFlags } from "../core/plan/types.ts";
import { redactText } from "../core/redact.ts";
import type { Selection } from "../core/selection.ts";
import type { ChartVersion, FieldConflict, Resolution } from "../core/undo/types.ts";
import type { Repository } from "../ports/repository.ts";
import type { OwnedConflict } from "./blame-conflicts.ts";
import { linkManifest } from "./link-manifest.ts";
import { ManifestReader } from "./read-steps.ts";
import { undoCommits, type UndoOutcome } from "./undo-commits.ts";

/** Undo exactly what these commits did, and keep what came later. */
export interface UndoGoal {
  readonly kind: "undo";
  /** Newest first. */
  readonly commits: readonly CommitId[];
  readonly mainline?: number;
  readonly resolutions: readonly ResolutionRule[];
  readonly chartVersion?: ChartVersion;
}

/** `--resolve FIELD=good|keep`: a field as a conflict shows it, alone or behind its component or file; `*` for all. */
export interface ResolutionRule {
  readonly field: string;
  readonly resolution: Resolution;
}

export interface UndoQuery {
  readonly target: Target;
  /** Only files of the target; missing: all that the commits touched. */
  readonly scope?: Scope;
  readonly branch: string;
  readonly base: CommitId;
  readonly goal: UndoGoal;
  readonly selection: Selection;
}

/** The plan of an undo. Holds `Conflict` where later work overlaps; nothing is decided unasked. */
export async function planCommits(query: UndoQuery, repository: Repository): Promise<Plan | NothingToDo | Hold> {
  const { goal, base, target, branch, selection, scope } = query;
  const used = new Set<ResolutionRule>();
  const resolve = (conflict: FieldConflict): Resolution | undefined => {
    const rule = ruleFor(conflict, goal.resolutions);
    if (rule !== undefined) used.add(rule);
    return rule?.resolution;
  };
  const outcome = await undoCommits({
    repository,
    base,
    commits: goal.commits,
    resolve,
    ...(scope === undefined ? {} : { scope }),
    ...(goal.mainline === undefined ? {} : { mainline: goal.mainline }),
    ...(goal.chartVersion === undefined ? {} : { chartVersion: goal.chartVersion }),
  });
  if (outcome.conflicts.length > 0) return conflictHold(query, outcome, used);
  const reader = new ManifestReader(repository);
  const steps = await Promise.all(outcome.steps.map(async (step) => reader.steps(step, () => true)));
  const [newest] = outcome.steps;
  const undone = outcome.steps.map((step) => unjudged(step));
  const oldest = outcome.steps.at(-1)?.revision.id ?? base;
  return planUndo({
    target,
    branch,
    base,
    goal: { kind: "undo", commits: outcome.steps.map(({ revision }) => revision), flags: flagsOf(goal) },
    suspect: unjudged(newest ?? { revision: await repository.refs.revision(base), changes: [] }),
    undone,
    unrelated: Math.max(0, ((await repository.refs.distance(oldest, base)) ?? 0) - (goal.commits.length - 1)),
    ...(await snapshots(outcome, reader)),
    steps: steps.flat(),
    selection,
  });
}

function flagsOf({ mainline, resolutions, chartVersion }: UndoGoal): UndoFlags {
  return {
    ...(mainline === undefined ? {} : { mainline }),
    ...(resolutions.length === 0
      ? {}
      : { resolve: resolutions.map(({ field, resolution }) => `${field}=${resolution}`) }),
    ...(chartVersion === undefined ? {} : { chartVersion }),
  };
}

async function snapshots(
  { files, writes, bytes }: UndoOutcome,
  reader: ManifestReader,
): Promise<{ readonly current: Snapshot; readonly wanted: Snapshot; readonly fresh: ReadonlySet<string> }> {
  const fresh = new Set(writes.flatMap((write) => ("bytes" in write ? [write.path] : [])));
  const now = files.flatMap(({ path, before }) => (before === undefined ? [] : [{ path, ...before }]));
  const then = files.flatMap(({ path, after }) => (after === undefined ? [] : [{ path, ...after }]));
  const made = async (file: FileEntry): Promise<readonly [string, TargetFile]> => [
    file.path,
    { path: file.path, state: stateOf(file), manifest: await readFresh(file, bytes) },
  ];
  const [current, known, written] = await Promise.all([
    reader.snapshot(now),
    reader.snapshot(then.filter(({ path }) => !fresh.has(path))),
    Promise.all(then.filter(({ path }) => fresh.has(path)).map(made)),
  ]);
  return { current, wanted: new Map([...known, ...written]), fresh };
}

function stateOf({ mode, id }: FileEntry): FileState {
  return { mode, id };
}

async function readFresh(file: FileEntry, bytes: UndoOutcome["bytes"]): Promise<TargetFile["manifest"]> {
  if (!file.mode.startsWith("100")) return linkManifest(file);
  return readManifest(file.path, (await bytes(file.id)) ?? new Uint8Array());
}

function ruleFor(conflict: FieldConflict, rules: readonly ResolutionRule[]): ResolutionRule | undefined {
  const { component, display, path } = conflict;
  const names = new Set([
    "*",
    display,
    path,
    `${path}:${display}`,
    ...(component === undefined ? [] : [component, `${component}:${display}`]),
  ]);
  return rules.find(({ field }) => names.has(field));
}

/** `used`: the rules that decided something; a name that fits no place is said, since it is likely misspelt. */
function conflictHold(query: UndoQuery, { conflicts, steps }: UndoOutcome, used: ReadonlySet<ResolutionRule>): Hold {
  const undone = steps.map(({ revision }) => shortId(revision.id)).join(", ");
  const places = conflicts.length === 1 ? "1 place" : `${conflicts.length} places`;
  const idle = query.goal.resolutions.filter((rule) => !used.has(rule)).map(({ field }) => field);
  const unused = idle.length === 0 ? "" : `; no place is named ${idle.map((field) => `"${field}"`).join(", ")}`;
  const found = hold(
    "Conflict",
    `later work changed ${places} that ${undone} had changed: nothing was written${unused}`,
    hints(query, conflicts),
  );
  return { ...found, conflicts: conflicts.map(shown) };
}

/** Ranked: undo what depends on it too, take the good values, keep the present ones. Each can be looked at first. */
function hints({ goal, target }: UndoQuery, conflicts: readonly OwnedConflict[]): readonly string[] {
  const named = target.origin.kind === "change" ? "" : ` ${target.name}`;
  const commits = goal.commits.map((id) => `--commit ${id.slice(0, 12)}`).join(" ");
  const command = `lastgood revert${named} ${commits}`;
  const later = new Map(conflicts.flatMap(({ setBy }) => (setBy === undefined ? [] : [[setBy.id, setBy]])));
  const chain = [...later.values()].map(({ id }) => `--commit ${id.slice(0, 12)}`).join(" ");
  const names = [...later.values()]
    .map((setter) => `${shortId(setter.id)} "${shorten(subjectOf(setter), 60)}"`)
    .join(", ");
  return [
    ...(chain === "" ? [] : [`${command} ${chain}    undo the later work too: ${names}`]),
    `${command} --resolve '*=good'    take the values from before everywhere`,
    `${command} --resolve '*=keep'    keep the present values there, undo the rest`,
    ...(conflicts.length > 1 ? [`${command} --resolve '${fieldOf(conflicts[0])}=good' …    field by field`] : []),
    `lastgood plan${named} ${commits} --resolve '*=good' --show diff    looks at a result first`,
  ];
}

function fieldOf(conflict: OwnedConflict | undefined): string {
  if (conflict === undefined) return "*";
  return `${conflict.component ?? conflict.path}:${conflict.display}`;
}

function shown(conflict: OwnedConflict): Conflict {
  const { path, component, display, kind, now, bad, good, setBy } = conflict;
  const text = (value: FieldConflict["now"]): string | undefined =>
    value === undefined ? undefined : redactText(valueText(value));
  return {
    file: path,
    field: fieldOf(conflict),
    display,
    kind,
    ...(component === undefined ? {} : { component }),
    ...optional("now", text(now)),
    ...optional("bad", text(bad)),
    ...optional("good", text(good)),
    ...(setBy === undefined
      ? {}
      : { setBy: { commit: setBy.id, subject: subjectOf(setBy), author: setBy.author, atMs: setBy.committedAtMs } }),
  };
}

function optional<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: string });
}
