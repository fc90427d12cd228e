import type { Checkpoint, JudgedRevision } from "../core/checkpoint.ts";
import { type CommitId, type FileEntry, shortId } from "../core/model/git.ts";
import { type Hold, hold } from "../core/model/hold.ts";
import { planRevert } from "../core/plan/plan-revert.ts";
import { NO_RESTRICTIONS } from "../core/model/restriction.ts";
import { declaredIn } from "../core/plan/declared.ts";
import type { NothingToDo, Plan, PlanFacts, Step, TargetFile } from "../core/plan/types.ts";
import type { Selection } from "../core/selection.ts";
import { unionScopes } from "../core/target/scope.ts";
import type { Repository } from "../ports/repository.ts";
import { findNeighbours, findOwnersBeside } from "./find-owners.ts";
import { findScope } from "./find-scope.ts";
import type { TargetHistory } from "./read-history.ts";
import { ManifestReader } from "./read-steps.ts";
import { shellWord } from "../core/model/shell.ts";

export interface PlanRequest {
  readonly history: TargetHistory;
  readonly branch: string;
  readonly checkpoint: Checkpoint;
  readonly selection: Selection;
  readonly isChosen?: boolean;
  /** How far the base is ahead of the checkpoint, where somebody has begun to count; see `countAhead`. */
  readonly ahead?: Promise<number | undefined> | undefined;
}

/** How many undone revisions are read to say who set what. */
const MAX_STEPS = 40;

/** Computes the plan from the base to the checkpoint. Holds `TargetGone` when there is nothing to go back to. */
export async function makePlan(request: PlanRequest, repository: Repository): Promise<Plan | NothingToDo | Hold> {
  const { history, checkpoint, branch } = request;
  const { target, base } = history;
  const goal = checkpoint.revision.revision.id;
  const ahead = request.ahead ?? countAhead(goal, base, repository);
  const then = await findScope({ repository, commit: goal, target });
  if (then.files.length === 0) {
    return hold("TargetGone", `${target.name} has no files at ${shortId(goal)}`, [
      `lastgood history ${shellWord(target.name)}    shows where it begins`,
    ]);
  }
  const scope = unionScopes(history.scope, then.scope);
  const [now, wanted] = await Promise.all([repository.files(base, scope), repository.files(goal, scope)]);
  const [suspect] = history.revisions;
  if (suspect === undefined) return hold("TargetGone", `no commit on ${branch} touches ${target.name}`);
  const paths = differing(now, wanted);
  const undone = await undoneRevisions(request, suspect, repository);
  const reader = new ManifestReader(repository);
  const { owners, traffic, declaring } = await findNeighbours(now, paths, repository);
  const looked = [...now.filter(({ path }) => paths.has(path)), ...owners];
  // A target named by workload is one object: what scales it stands beside it, in the same folder, and stays as it is.
  const own = new Set(now.map(({ path }) => path));
  const beside = target.workload === undefined ? [] : await findOwnersBeside(own, base, repository);
  const [currentFiles, wantedFiles, steps, neighbours, around, asking] = await Promise.all([
    reader.snapshot(looked),
    // Both sides hold the same files: an owner in one of them only would seem to come or go.
    reader.snapshot(wanted.filter(({ path }) => paths.has(path) || looked.some((file) => file.path === path))),
    readSteps(undone, paths, reader),
    reader.snapshot(beside),
    reader.snapshot(traffic.filter((file) => !owners.includes(file))),
    reader.snapshot(declaring),
  ]);
  return planRevert({
    target,
    branch,
    base,
    goal: { kind: "checkpoint", checkpoint },
    suspect,
    undone,
    unrelated: Math.max(0, ((await ahead) ?? 0) - undone.length),
    current: new Map([...currentFiles, ...neighbours]),
    wanted: new Map([...wantedFiles, ...neighbours]),
    steps,
    selection: request.selection,
    ...declaredOf([...currentFiles.values(), ...asking.values()]),
    isChosen: request.isChosen ?? false,
    around: [...around.values()].flatMap(({ manifest }) => manifest.components),
  });
}

/** Counted by a process of its own, while all else is read. Whoever awaits it hears of a failure. */
export function countAhead(goal: CommitId, base: CommitId, { refs }: Repository): Promise<number | undefined> {
  const ahead = refs.distance(goal, base);
  ahead.catch(() => undefined);
  return ahead;
}

/** What the manifests of the target ask for as a whole; a file may be given twice. */
export function declaredOf(files: readonly TargetFile[]): Pick<PlanFacts, "declared"> {
  const declared = declaredIn(new Map(files.map((file) => [file.path, file])).values(), 0);
  return declared === NO_RESTRICTIONS ? {} : { declared };
}

/** The revisions of the target between the checkpoint and the base, newest first. */
async function undoneRevisions(
  { history, checkpoint }: PlanRequest,
  suspect: JudgedRevision,
  repository: Repository,
): Promise<readonly JudgedRevision[]> {
  const { revisions, base, scope } = history;
  const { id } = checkpoint.revision.revision;
  const index = revisions.findIndex(({ revision }) => revision.id === id);
  if (index !== -1) return revisions.slice(0, index);
  // A commit off the target's own line: what came since is newer than the newest revision with its content.
  const same = revisions.findIndex(({ content }) => content === checkpoint.revision.content);
  if (same !== -1) return revisions.slice(0, same);
  const since = new Set<string>();
  for await (const { revision } of repository.history({ from: base, until: id, scope })) since.add(revision.id);
  const found = revisions.filter(({ revision }) => since.has(revision.id));
  return found.length === 0 ? [suspect] : found;
}

function differing(now: readonly FileEntry[], wanted: readonly FileEntry[]): ReadonlySet<string> {
  const there = new Map(wanted.map((file) => [file.path, file]));
  const here = new Set(now.map(({ path }) => path));
  const changed = now.filter(({ path, id, mode }) => there.get(path)?.id !== id || there.get(path)?.mode !== mode);
  return new Set([
    ...changed.map(({ path }) => path),
    ...wanted.map(({ path }) => path).filter((path) => !here.has(path)),
  ]);
}

async function readSteps(
  undone: readonly JudgedRevision[],
  paths: ReadonlySet<string>,
  reader: ManifestReader,
): Promise<readonly Step[]> {
  const steps = await Promise.all(
    undone.slice(0, MAX_STEPS).map((change) => reader.steps(change, (path) => paths.has(path))),
  );
  return steps.flat();
}
