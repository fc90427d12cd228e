/** Before a change is merged: what a revert of it would put back in each target that it touches, and what that risks. Reads only. */
import { unjudged } from "../core/checkpoint.ts";
import type { CommitId, FileChange, FileEntry, FileState, RevisionChange } from "../core/model/git.ts";
import type { Scope, Target } from "../core/model/target.ts";
import { planUndo } from "../core/plan/plan-undo.ts";
import type { NothingToDo, Plan, Risk } from "../core/plan/types.ts";
import { EVERYTHING } from "../core/selection.ts";
import { folderOf } from "../core/target/path.ts";
import { scopeMatcher, unionScopes } from "../core/target/scope.ts";
import { createScopeIndex } from "../core/target/scope-index.ts";
import { LastgoodError } from "../errors.ts";
import type { Repository } from "../ports/repository.ts";
import { findNeighbours, findOwnersBeside } from "./find-owners.ts";
import { findScope } from "./find-scope.ts";
import { declaredOf } from "./make-plan.ts";
import { ManifestReader } from "./read-steps.ts";

export interface WayBackRequest {
  /** What the change stands on, and the change. */
  readonly from: CommitId;
  readonly head: CommitId;
  /** What it will be merged into, for people. */
  readonly branch: string;
  /** The targets that are meant, as they are at a commit. */
  readonly targetsAt: (commit: CommitId) => Promise<readonly Target[]>;
  /** What belongs to none of them is looked at too, as one. */
  readonly others: boolean;
}

/** The way back of one target: what goes back, why nothing does, or why it cannot be planned. */
export interface WayBack {
  readonly target: Target;
  readonly plan: Plan | NothingToDo | LastgoodError;
}

export interface WaysBack {
  /** By name; what belongs to no target last. */
  readonly ways: readonly WayBack[];
  /** So many targets are touched beside these, and were not planned. */
  readonly unplanned: number;
}

/** A change that touches more targets is looked at no further: every one is a plan of its own. */
const MAX_WAYS = 100;

/**
 * The whole change goes back as one, however many commits it is made of: that is what a merged pull request is undone as.
 * What one target cannot be planned for is said of that target; throws `Repository*` and `Limit*` where nothing can be read.
 */
export async function planWayBack(request: WayBackRequest, repository: Repository): Promise<WaysBack> {
  const changes = await repository.refs.diff(request.from, request.head);
  if (changes.length === 0) return { ways: [], unplanned: 0 };
  const touched = await findTouched(request, changes, repository);
  const commits = await listCommits(request, repository);
  const facts = { request, commits, reader: new ManifestReader(repository), repository };
  const ways: WayBack[] = [];
  for (const one of touched.slice(0, MAX_WAYS)) ways.push({ target: one.target, plan: await planOne(one, facts) });
  const rest = request.others ? await planRest(changes, touched, facts) : [];
  return { ways: [...ways, ...rest], unplanned: Math.max(0, touched.length - MAX_WAYS) };
}

interface Touched {
  readonly target: Target;
  /** What belongs to it on either side; missing: only what the change touches. */
  readonly scope?: Scope;
  readonly changes: readonly FileChange[];
  /** Its files cannot be told. */
  readonly refusal?: LastgoodError;
}

/** The targets that either side has and that hold a file of the change, by name. */
async function findTouched(
  { from, head, targetsAt }: WayBackRequest,
  changes: readonly FileChange[],
  repository: Repository,
): Promise<readonly Touched[]> {
  const index = createScopeIndex();
  const known = new Map<string, { readonly target: Target; readonly scope: Scope }>();
  const refused: Touched[] = [];
  for (const commit of [head, from]) {
    const listing = await repository.files(commit);
    const source: Pick<Repository, "files" | "blobs"> = {
      files: async (at, scope) => (scope === undefined ? listing : repository.files(at, scope)),
      blobs: (ids, maxBytes) => repository.blobs(ids, maxBytes),
    };
    for (const target of await targetsAt(commit)) {
      const before = known.get(target.name);
      try {
        const { scope } = await findScope({ repository: source, commit, target });
        const union = before === undefined ? scope : unionScopes(before.scope, scope);
        index.set(target.name, union);
        known.set(target.name, { target: before?.target ?? target, scope: union });
      } catch (error) {
        if (!(error instanceof LastgoodError)) throw error;
        if (!changes.some(({ path }) => mayHold(target, path))) continue;
        if (!refused.some((one) => one.target.name === target.name))
          refused.push({ target, changes: [], refusal: error });
      }
    }
  }
  const names = index.touchedBy(changes.map(({ path }) => path));
  const found = [...known].flatMap(([name, { target, scope }]): readonly Touched[] => {
    if (!names.has(name) || refused.some((one) => one.target.name === name)) return [];
    const isIn = scopeMatcher(scope);
    const own = changes.filter(({ path }) => isIn(path));
    return own.length === 0 ? [] : [{ target, scope, changes: own }];
  });
  return [...found, ...refused].toSorted((a, b) => (a.target.name < b.target.name ? -1 : 1));
}

/** Does a file lie in one of its own folders? Where no more can be told. */
function mayHold({ sources }: Target, path: string): boolean {
  return sources.some((source) => source.path === "" || path === source.path || path.startsWith(`${source.path}/`));
}

interface Facts {
  readonly request: WayBackRequest;
  readonly commits: readonly RevisionChange[];
  readonly reader: ManifestReader;
  readonly repository: Repository;
}

async function planOne({ target, scope, changes, refusal }: Touched, facts: Facts): Promise<WayBack["plan"]> {
  if (refusal !== undefined) return refusal;
  const { request, commits, reader, repository } = facts;
  const { head, branch } = request;
  try {
    const paths = new Set(changes.map(({ path }) => path));
    const beside = await neighboursOf(paths, { scope, head, repository });
    const [now, then, owners, around, asking] = await Promise.all([
      reader.snapshot(filesOf(changes, "after")),
      reader.snapshot(filesOf(changes, "before")),
      reader.snapshot(beside.owners),
      reader.snapshot(beside.traffic.filter((file) => !beside.owners.includes(file))),
      reader.snapshot(beside.declaring),
    ]);
    const own = commits.filter((commit) => commit.changes.some(({ path }) => paths.has(path)));
    const [newest = { revision: await repository.refs.revision(head), changes }] = own;
    const plan = planUndo({
      target,
      branch,
      base: head,
      goal: { kind: "undo", commits: own.map(({ revision }) => revision) },
      suspect: unjudged(newest),
      undone: own.map((commit) => unjudged(commit)),
      unrelated: 0,
      current: new Map([...now, ...owners]),
      wanted: new Map([...then, ...owners]),
      fresh: new Set(),
      steps: [],
      selection: EVERYTHING,
      ...declaredOf([...now.values(), ...asking.values()]),
      around: [...around.values()].flatMap(({ manifest }) => manifest.components),
    });
    return plan.kind === "plan" ? { ...plan, risks: plan.risks.filter(isOfContent) } : plan;
  } catch (error) {
    if (error instanceof LastgoodError) return error;
    throw error;
  }
}

/** Of how many commits it is made says nothing of a change that goes back as one. */
function isOfContent({ code }: Risk): boolean {
  return code !== "ManyCommits";
}

async function neighboursOf(
  paths: ReadonlySet<string>,
  {
    scope,
    head,
    repository,
  }: { readonly scope: Scope | undefined; readonly head: CommitId; readonly repository: Repository },
): ReturnType<typeof findNeighbours> {
  if (scope !== undefined) return findNeighbours(await repository.files(head, scope), paths, repository);
  return { owners: await findOwnersBeside(paths, head, repository), traffic: [], declaring: [] };
}

function filesOf(changes: readonly FileChange[], side: "before" | "after"): readonly FileEntry[] {
  return changes.flatMap((change): readonly FileEntry[] => {
    const state: FileState | undefined = change[side];
    return state === undefined ? [] : [{ path: change.path, ...state }];
  });
}

/** Beyond this many a change is no pull request. */
const MAX_COMMITS = 1000;

/** The commits of the change, newest first; of a merge, as CI checks a pull request out, those that it brings too. */
async function listCommits({ from, head }: WayBackRequest, repository: Repository): Promise<readonly RevisionChange[]> {
  const { parents } = await repository.refs.revision(head);
  const found = new Map<CommitId, RevisionChange>();
  for (const tip of [head, ...parents.slice(1, 2)]) {
    for await (const commit of repository.history({ from: tip, until: from, limit: MAX_COMMITS })) {
      found.set(commit.revision.id, commit);
    }
  }
  return [...found.values()];
}

/** What belongs to no target, as one; nothing where it holds nothing that is deployed. */
async function planRest(
  changes: readonly FileChange[],
  touched: readonly Touched[],
  facts: Facts,
): Promise<readonly WayBack[]> {
  const taken = new Set(touched.flatMap((one) => one.changes.map(({ path }) => path)));
  const rest = changes.filter(({ path }) => !taken.has(path));
  if (rest.length === 0) return [];
  const manifests = await Promise.all(
    [...filesOf(rest, "before"), ...filesOf(rest, "after")].map(async (file) => facts.reader.read(file)),
  );
  const deployed = new Set(
    manifests.flatMap(({ path, components }) =>
      components.some(
        (component) => component.kind === "object" || (component.kind === "file" && component.fileKind !== "yaml"),
      )
        ? [path]
        : [],
    ),
  );
  const own = rest.filter(({ path }) => deployed.has(path));
  if (own.length === 0) return [];
  const target: Target = {
    name: commonFolder(own.map(({ path }) => path)),
    origin: { kind: "change" },
    sources: [{ path: "", tool: "everything" }],
    notes: [],
  };
  return [{ target, plan: await planOne({ target, changes: own }, facts) }];
}

/** The folder that holds them all, as an undo of a change is called. */
function commonFolder(paths: readonly string[]): string {
  const folders = paths.map((path) => folderOf(path).split("/"));
  const [first = []] = folders;
  const length = first.findIndex((part, i) => folders.some((other) => other[i] !== part));
  const folder = first.slice(0, length === -1 ? first.length : length).join("/");
  return folder === "" ? "repository" : folder;
}
