/** The inverse of commits on top of a base, everything that came later kept. Reads only. */
import { LastgoodError } from "../errors.ts";
import {
  type CommitId,
  type FileChange,
  type FileEntry,
  type FileState,
  type Revision,
  shortId,
} from "../core/model/git.ts";
import type { Manifest } from "../core/manifest/read-manifest.ts";
import type { Scope } from "../core/model/target.ts";
import type { PutBack } from "../core/plan/types.ts";
import type { UndoFile, UndoneComponent, UndoOptions, UndoResult } from "../core/undo/types.ts";
import type { ChartDecision } from "../core/undo/chart-habit.ts";
import { undoChange } from "../core/undo/undo-change.ts";
import type { FileWrite } from "../core/model/git.ts";
import type { Repository } from "../ports/repository.ts";
import { blameConflicts, type OwnedConflict } from "./blame-conflicts.ts";
import { type ChartHabits, createChartHabits, isChart } from "./chart-habits.ts";
import { type FollowedFile, followFiles } from "./follow-files.ts";
import { findUndone } from "./undone-since.ts";
import { GrowingTree, sameState, VersionReader } from "./undo-versions.ts";

export interface UndoRequest extends UndoOptions {
  readonly repository: Repository;
  /** What the undo will stand on. */
  readonly base: CommitId;
  /** Newest first: each is undone on top of the one before it. */
  readonly commits: readonly CommitId[];
  /** Only files of this scope; missing: all that the commits touched. */
  readonly scope?: Scope;
  /** Which parent of a merge is the line that it came into, from 1. Default 1: what a forge's merge brought in goes. */
  readonly mainline?: number;
  /** false: neither components nor the setters of conflicts are worked out; files that nobody touched since are not even read. */
  readonly describe?: boolean;
}

/** One commit that is undone, and what it did. */
export interface UndoStep {
  readonly revision: Revision;
  /** The parent that it is compared with; missing for a first commit. */
  readonly against?: CommitId;
  readonly changes: readonly FileChange[];
}

/** A path that would differ from the base. */
export type UndonePath = FileChange;

export interface UndoOutcome {
  readonly base: CommitId;
  /** In the order in which they are undone; after one that conflicts the others were not tried. */
  readonly steps: readonly UndoStep[];
  /** For `repository.commit`: the base with these is the base with the inverse applied. Empty when there are conflicts. */
  readonly writes: readonly FileWrite[];
  /** With conflicts: a preview, later work stays wherever nothing was decided. */
  readonly files: readonly UndonePath[];
  /** Contents of the files, those that are in no repository yet too; undefined for what is too large to look into. */
  readonly bytes: (id: FileState["id"]) => Promise<Uint8Array | undefined>;
  /** Any file of them, read: each version once. */
  readonly manifest: (file: FileEntry) => Promise<Manifest>;
  readonly components: readonly UndoneComponent[];
  readonly conflicts: readonly OwnedConflict[];
  readonly already: readonly PutBack[];
  /** What becomes of the versions of charts, where nobody said it. */
  readonly charts: readonly ChartDecision[];
}

/** Throws `Repository*` and `Limit*`; `UsageArgument` for a mainline that a commit does not have. */
export async function undoCommits(request: UndoRequest): Promise<UndoOutcome> {
  const { repository, base, commits, chartVersion: asked, describe: explain = true } = request;
  const charts = createChartHabits({ repository, base, explain, ...(asked === undefined ? {} : { asked }) });
  const job: Job = { request, reader: new VersionReader(repository), tree: new GrowingTree(), charts };
  const steps: UndoStep[] = [];
  const results: Undone[] = [];
  for (const commit of commits) {
    const step = await readStep(commit, request);
    const result = await undoStep(step, job);
    steps.push(step);
    results.push(result);
    if (result.conflicts.length > 0) break;
  }
  const clashes = await pathClashes(job);
  const conflicts = [...results.flatMap((result) => result.conflicts), ...clashes];
  const files = job.tree.changes();
  return {
    base,
    steps,
    writes: conflicts.length > 0 ? [] : files.map(({ path, after }) => writeOf(path, after, job)),
    files,
    bytes: async (id) => job.reader.bytes(id),
    manifest: async (file) => job.reader.manifest(file),
    components: results.flatMap((result) => result.components),
    conflicts,
    already: results.flatMap((result) => result.already),
    charts: charts.decisions(),
  };
}

interface Job {
  readonly request: UndoRequest;
  readonly reader: VersionReader;
  readonly tree: GrowingTree;
  readonly charts: ChartHabits;
}

interface Undone extends Omit<UndoResult, "files" | "already"> {
  readonly conflicts: readonly OwnedConflict[];
  readonly already: readonly PutBack[];
}

/** A commit against the parent that stands for the line it came into. */
async function readStep(commit: CommitId, { repository, mainline, scope }: UndoRequest): Promise<UndoStep> {
  const revision = await repository.refs.revision(commit);
  const against = revision.parents[(mainline ?? 1) - 1];
  if (mainline !== undefined && against === undefined) {
    throw new LastgoodError("UsageArgument", `${shortId(commit)} has no parent number ${mainline}`, {
      hint: `It has ${revision.parents.length}: --mainline counts from 1 and is for merges.`,
    });
  }
  if (against !== undefined) return { revision, against, changes: await repository.refs.diff(against, commit, scope) };
  const files = await repository.files(commit, scope);
  return { revision, changes: files.map(({ path, mode, id }) => ({ path, after: { mode, id } })) };
}

async function undoStep({ revision, changes }: UndoStep, job: Job): Promise<Undone> {
  const { repository, base, describe = true, resolve, chartVersion } = job.request;
  const later = await repository.refs.diff(revision.id, base);
  const followed = await followFiles({ repository, reader: job.reader, tree: job.tree, changes, later, base });
  const open = describe ? followed : followed.filter((file) => isChart(file.now?.path) || !takeBack(file, job.tree));
  const files = await Promise.all(open.map(async (file) => job.charts.decide(await readSides(file, job.reader))));
  const options = chartVersion === undefined ? {} : { chartVersion };
  const tried = undoChange(files, options);
  const places = describe ? [...tried.conflicts, ...tried.already] : [];
  const since = { repository, reader: job.reader, revision, base, changed: changes, followed };
  const whoUndid = await findUndone(places, since);
  const undone = tried.conflicts.filter((place) => whoUndid(place) !== undefined);
  // What was put back and then made something else is no part of the change any more: nobody has to decide about it.
  const result =
    tried.conflicts.length === 0
      ? tried
      : undoChange(files, { ...options, resolve: (place) => (whoUndid(place) ? "keep" : resolve?.(place)) });
  const present = new Map(followed.flatMap(({ now }) => (now === undefined ? [] : [[now.path, stateOf(now)]])));
  for (const { path, before, after } of result.files) {
    const old = before?.manifest.path;
    if (old !== undefined && old !== path) job.tree.put(old, present.get(old), undefined);
    job.tree.put(path, present.get(path), after === undefined ? undefined : job.reader.take(after, base));
  }
  const conflicts = describe
    ? await blameConflicts(result.conflicts, { repository, revision, base, followed })
    : result.conflicts;
  const already = [...result.already, ...undone].map(({ path, component, display }): PutBack => {
    const place = {
      path,
      ...(component === undefined ? {} : { component }),
      ...(display === undefined ? {} : { display }),
    };
    const by = whoUndid(place);
    return { ...place, commit: revision.id, ...(by === undefined ? {} : { by }) };
  });
  return { components: result.components, already, conflicts };
}

async function readSides({ good, bad, now }: FollowedFile, reader: VersionReader): Promise<UndoFile> {
  const [was, changed, present] = await Promise.all([reader.version(good), reader.version(bad), reader.version(now)]);
  return {
    ...(was === undefined ? {} : { good: was }),
    ...(changed === undefined ? {} : { bad: changed }),
    ...(present === undefined ? {} : { now: present }),
  };
}

/** Puts back a file that nobody touched since, without looking into it; or leaves one that is back already. Done? */
function takeBack({ good, bad, now }: FollowedFile, tree: GrowingTree): boolean {
  if (sameFile(good, now)) return true;
  if (!sameFile(bad, now) || (good !== undefined && bad !== undefined && good.path !== bad.path)) return false;
  const path = now?.path ?? good?.path;
  if (path !== undefined) tree.put(path, stateOf(now), stateOf(good));
  return true;
}

function sameFile(a: FileEntry | undefined, b: FileEntry | undefined): boolean {
  return a?.path === b?.path && sameState(a, b);
}

function stateOf(file: FileState | undefined): FileState | undefined {
  return file === undefined ? undefined : { mode: file.mode, id: file.id };
}

function writeOf(path: string, after: FileState | undefined, { reader }: Job): FileWrite {
  return after === undefined ? { path, remove: true } : reader.write(path, after);
}

/** Files that would come back where there is a folder now, or below what is a file now. */
async function pathClashes({ request, tree }: Job): Promise<readonly OwnedConflict[]> {
  const changes = tree.changes();
  const come = changes.filter(({ before, after }) => before === undefined && after !== undefined);
  if (come.length === 0) return [];
  const gone = new Set(changes.filter(({ after }) => after === undefined).map(({ path }) => path));
  const parents = new Set(come.flatMap(({ path }) => foldersOf(path)));
  const [above, below] = await Promise.all([
    request.repository.files(
      request.base,
      [...parents].map((path) => ({ kind: "file" as const, path })),
    ),
    request.repository.files(
      request.base,
      come.map(({ path }) => ({ kind: "folder" as const, path, recurse: true, files: "all" as const })),
    ),
  ]);
  const left = [...above, ...below].map(({ path }) => path).filter((path) => !gone.has(path));
  return come
    .filter(({ path }) => left.some((other) => path.startsWith(`${other}/`) || other.startsWith(`${path}/`)))
    .map(({ path }) => ({ path, display: "file", kind: "deleted-modified" }));
}

/** `a`, `a/b` of `a/b/c`. */
function foldersOf(path: string): readonly string[] {
  const parts = path.split("/").slice(0, -1);
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"));
}
