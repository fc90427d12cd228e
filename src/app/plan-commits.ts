import { unjudged } from "../core/checkpoint.ts";
import type { CommitId, FileEntry, FileState } from "../core/model/git.ts";
import type { Hold } from "../core/model/hold.ts";
import type { Scope, Target } from "../core/model/target.ts";
import { planUndo } from "../core/plan/plan-undo.ts";
import type { NothingToDo, Plan, Snapshot, TargetFile, UndoFlags } from "../core/plan/types.ts";
import type { Selection } from "../core/selection.ts";
import type { FieldConflict, Resolution } from "../core/undo/types.ts";
import type { Repository } from "../ports/repository.ts";
import type { Asked } from "./asked.ts";
import { conflictHold, namesOf } from "./conflict-hold.ts";
import { findNeighbours, findOwnersBeside, type Neighbours } from "./find-owners.ts";
import { nothingLeft } from "./nothing-left.ts";
import { declaredOf } from "./make-plan.ts";
import { ManifestReader } from "./read-steps.ts";
import { undoCommits, type UndoOutcome } from "./undo-commits.ts";
import type { ResolutionRule, UndoGoal } from "./undo-goal.ts";

export interface UndoQuery {
  readonly target: Target;
  /** Only files of the target; missing: all that the commits touched. */
  readonly scope?: Scope;
  readonly branch: string;
  readonly base: CommitId;
  readonly goal: UndoGoal;
  readonly selection: Selection;
  readonly isChosen?: boolean;
  /** How it was asked, for what is proposed. */
  readonly asked?: Asked;
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
  if (outcome.conflicts.length > 0) {
    const tried = outcome.steps.map(({ revision }) => revision.id);
    return conflictHold({ target, goal, asked: query.asked, conflicts: outcome.conflicts, tried, used });
  }
  const reader = new ManifestReader(repository, outcome.manifest);
  const files = await snapshots(outcome, reader);
  const beside = await neighboursOf(files, query, repository);
  const [owners, around, asking] = await Promise.all([
    reader.snapshot(beside.owners),
    reader.snapshot(beside.traffic.filter((file) => !beside.owners.includes(file))),
    reader.snapshot(beside.declaring),
  ]);
  const steps = await Promise.all(outcome.steps.map(async (step) => reader.steps(step, () => true)));
  const [newest] = outcome.steps;
  const undone = outcome.steps.map((step) => unjudged(step));
  const oldest = outcome.steps.at(-1)?.revision.id ?? base;
  const planned = planUndo({
    target,
    branch,
    base,
    goal: { kind: "undo", commits: outcome.steps.map(({ revision }) => revision), flags: flagsOf(goal) },
    suspect: unjudged(newest ?? { revision: await repository.refs.revision(base), changes: [] }),
    undone,
    unrelated: Math.max(0, ((await repository.refs.distance(oldest, base)) ?? 0) - (goal.commits.length - 1)),
    current: new Map([...files.current, ...owners]),
    wanted: new Map([...files.wanted, ...owners]),
    fresh: files.fresh,
    charts: outcome.charts,
    steps: steps.flat(),
    selection,
    ...declaredOf([...files.current.values(), ...asking.values()]),
    isChosen: query.isChosen ?? false,
    around: [...around.values()].flatMap(({ manifest }) => manifest.components),
  });
  if (planned.kind === "plan") return outcome.already.length === 0 ? planned : { ...planned, already: outcome.already };
  const decided = [...used].some(({ resolution }) => resolution === "keep");
  return nothingLeft({ target, goal, selection, asked: query.asked, outcome, decided, nothing: planned }, repository);
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

interface Snapshots {
  readonly current: Snapshot;
  readonly wanted: Snapshot;
  readonly fresh: ReadonlySet<string>;
}

/**
 * Files that stay, and matter for those that change: of the target; where none was named, only what may own `replicas` in the same folders,
 * and nothing is looked for when no file speaks of replicas.
 */
async function neighboursOf(
  { current, wanted }: Snapshots,
  { base, scope, target }: UndoQuery,
  repository: Repository,
): Promise<Neighbours> {
  const changed = [...current.values(), ...wanted.values()];
  const paths = new Set(changed.map(({ path }) => path));
  const own =
    scope === undefined ? NOBODY : await findNeighbours(await repository.files(base, scope), paths, repository);
  if (scope !== undefined && target.workload === undefined) return own;
  if (!changed.some(({ manifest }) => manifest.text?.includes("replicas"))) return own;
  return { ...own, owners: [...own.owners, ...(await findOwnersBeside(paths, base, repository))] };
}

const NOBODY: Neighbours = { owners: [], traffic: [], declaring: [] };

async function snapshots({ files, writes, manifest }: UndoOutcome, reader: ManifestReader): Promise<Snapshots> {
  const fresh = new Set(writes.flatMap((write) => ("bytes" in write ? [write.path] : [])));
  const now = files.flatMap(({ path, before }) => (before === undefined ? [] : [{ path, ...before }]));
  const then = files.flatMap(({ path, after }) => (after === undefined ? [] : [{ path, ...after }]));
  const made = async (file: FileEntry): Promise<readonly [string, TargetFile]> => [
    file.path,
    { path: file.path, state: stateOf(file), manifest: await manifest(file) },
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

function ruleFor(conflict: FieldConflict, rules: readonly ResolutionRule[]): ResolutionRule | undefined {
  if (rules.length === 0) return undefined;
  const names = namesOf(conflict);
  return rules.find(({ field }) => names.has(field));
}
