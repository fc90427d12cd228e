/** The guard of CI: does a change bring something back that is in quarantine? Only what changed is read. */
import { isYamlPath } from "../core/manifest/file-kind.ts";
import { type BlobId, type CommitId, type FileChange, type FileEntry, type Revision } from "../core/model/git.ts";
import type { Scope, Target } from "../core/model/target.ts";
import {
  type ChangedManifest,
  type Finding,
  findCommits,
  findContents,
  findUses,
  withoutRepeats,
} from "../core/quarantine/introduced.ts";
import { MAX_CONTENT_FILES } from "../core/quarantine/record.ts";
import type { QuarantineEntry } from "../core/quarantine/state.ts";
import { scopeMatcher } from "../core/target/scope.ts";
import { LastgoodError } from "../errors.ts";
import type { Repository } from "../ports/repository.ts";
import { findScope } from "./find-scope.ts";
import { ManifestReader } from "./read-steps.ts";

export interface CheckRequest {
  /** What the change will be merged into. */
  readonly base: CommitId;
  readonly head: CommitId;
  /** What is in quarantine now. */
  readonly entries: readonly QuarantineEntry[];
  /** Only changes to the targets of these names; missing: every change. */
  readonly targets?: readonly string[];
  /** The target of a name at a commit; undefined when nothing has it there. */
  readonly findTarget: (name: string, commit: CommitId) => Promise<Target | undefined>;
}

export interface CheckResult {
  /** What both sides descend from. */
  readonly from: CommitId;
  /** How many files the change touches. */
  readonly files: number;
  /** What the change brings in. */
  readonly introduced: readonly Finding[];
  /** What is quarantined and stood there before: not this change's fault. */
  readonly present: readonly Finding[];
}

/** Checks what `head` changes against what it came from. Throws `RepositoryShallow`, `UsageRevision` when that is not known. */
export async function checkChange(request: CheckRequest, repository: Repository): Promise<CheckResult> {
  const { base, head, entries, targets } = request;
  const from = await repository.refs.mergeBase(base, head);
  if (from === undefined) {
    throw new LastgoodError("UsageRevision", "the two revisions have no history in common", {
      hint: "Name the branch that the change will be merged into with --base.",
    });
  }
  const all = await repository.refs.diff(from, head);
  const sides: Sides = { commits: [head, from], findTarget: request.findTarget, repository };
  const inTargets = targets === undefined ? () => true : await requireMatcher(targets, sides);
  const changes = all.filter(({ path }) => inTargets(path));
  const none: CheckResult = { from, files: changes.length, introduced: [], present: [] };
  if (entries.length === 0 || changes.length === 0) return none;

  const findings = withoutRepeats([
    ...findUses(await readChanged(changes, repository), entries, await findGone(entries, head, repository)),
    ...(await findContentsOf(changes, [...entries, ...(await contentsOf(entries, repository))], {
      from,
      head,
      repository,
    })),
    ...findCommits(await listCommits(request, { from, repository }, inTargets), entries),
  ]);
  const meant = await withinTargets(findings, sides);
  return {
    ...none,
    introduced: meant.filter(({ introduced }) => introduced),
    present: meant.filter(({ introduced }) => !introduced),
  };
}

/** How many files are read at once. */
const BATCH = 200;

async function readChanged(
  changes: readonly FileChange[],
  repository: Repository,
): Promise<readonly ChangedManifest[]> {
  const wanted = changes.filter(({ path }) => isYamlPath(path) || /\.(?:tpl|gotmpl)$/.test(path));
  const read: ChangedManifest[] = [];
  for (let start = 0; start < wanted.length; start += BATCH) {
    const reader = new ManifestReader(repository);
    const batch = wanted.slice(start, start + BATCH).map(async ({ path, before, after }): Promise<ChangedManifest> => {
      const [was, is] = await Promise.all([
        before === undefined ? undefined : reader.read({ path, ...before }),
        after === undefined ? undefined : reader.read({ path, ...after }),
      ]);
      return { path, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) };
    });
    read.push(...(await Promise.all(batch)));
  }
  return read;
}

/** Which files that quarantined values stood in are no more at `head`: moved, perhaps. */
async function findGone(
  entries: readonly QuarantineEntry[],
  head: CommitId,
  repository: Repository,
): Promise<(path: string) => boolean> {
  const paths = new Set(entries.flatMap(({ artifact }) => (artifact.kind === "value" ? artifact.path : [])));
  if (paths.size === 0) return () => false;
  const scope = [...paths].map((path) => ({ kind: "file", path }) as const);
  const kept = new Set((await repository.files(head, scope)).map(({ path }) => path));
  return (path) => !kept.has(path);
}

interface Ground {
  readonly from: CommitId;
  readonly repository: Repository;
}

/** What quarantined commits wrote, as content. A commit that is not in this repository, or that wrote too much, is known by its id only. */
async function contentsOf(
  entries: readonly QuarantineEntry[],
  repository: Repository,
): Promise<readonly QuarantineEntry[]> {
  const found = entries.map(async (entry): Promise<readonly QuarantineEntry[]> => {
    if (entry.artifact.kind !== "commit") return [];
    const commit = await repository.resolve(entry.artifact.commit);
    const parent = commit === undefined ? undefined : (await repository.refs.revision(commit)).parents[0];
    if (commit === undefined || parent === undefined) return [];
    const files = (await repository.refs.diff(parent, commit)).map(({ path, after }) => {
      return after === undefined ? { path } : { path, blob: after.id };
    });
    if (files.length === 0 || files.length > MAX_CONTENT_FILES) return [];
    return [{ ...entry, artifact: { kind: "content", revision: commit, files } }];
  });
  return (await Promise.all(found)).flat();
}

/** Content is looked for only where one of its files changed to what it was when it was bad. */
async function findContentsOf(
  changes: readonly FileChange[],
  entries: readonly QuarantineEntry[],
  { from, head, repository }: Ground & Pick<CheckRequest, "head">,
): Promise<readonly Finding[]> {
  const after = new Map(changes.map((change) => [change.path, change.after?.id]));
  const held = entries.filter(
    ({ artifact }) =>
      artifact.kind === "content" &&
      artifact.files.some(({ path, blob }) => after.has(path) && after.get(path) === blob),
  );
  if (held.length === 0) return [];
  const paths = held.flatMap(({ artifact }) => (artifact.kind === "content" ? artifact.files : []));
  const scope = [...new Set(paths.map(({ path }) => path))].map((path) => ({ kind: "file", path }) as const);
  const [then, now] = await Promise.all([repository.files(from, scope), repository.files(head, scope)]);
  return findContents({ before: blobsOf(then), after: blobsOf(now) }, held);
}

function blobsOf(files: readonly FileEntry[]): (path: string) => BlobId | undefined {
  const blobs = new Map(files.map(({ path, id }) => [path, id]));
  return (path) => blobs.get(path);
}

/** Beyond this many a change is no pull request. */
const MAX_COMMITS = 1000;

async function listCommits(
  { head, entries }: CheckRequest,
  { from, repository }: Ground,
  isWanted: (path: string) => boolean,
): Promise<readonly { readonly revision: Revision; readonly path: string }[]> {
  if (!entries.some(({ artifact: { kind } }) => kind === "commit")) return [];
  const commits: { readonly revision: Revision; readonly path: string }[] = [];
  for await (const { revision, changes } of repository.history({ from: head, until: from, limit: MAX_COMMITS })) {
    const path = changes.map((change) => change.path).find(isWanted);
    if (path !== undefined) commits.push({ revision, path });
  }
  return commits;
}

/**
 * What is held for one target counts in that target's files. A target that is not found any more counts everywhere, but for a value in
 * another file of the same name: without the target nothing says that it is the same file.
 */
async function withinTargets(findings: readonly Finding[], sides: Sides): Promise<readonly Finding[]> {
  const names = new Set(findings.flatMap(({ entry }) => entry.target ?? []));
  const matchers = new Map<string, PathMatcher>();
  for (const name of names) {
    const matcher = await matcherOf(name, sides);
    if (matcher !== undefined) matchers.set(name, matcher);
  }
  return findings.filter(({ entry: { target }, place, moved }) => {
    const isIn = target === undefined ? undefined : matchers.get(target);
    return isIn === undefined ? moved !== true : isIn(place.file);
  });
}

type PathMatcher = (path: string) => boolean;

interface Sides {
  readonly commits: readonly CommitId[];
  readonly findTarget: CheckRequest["findTarget"];
  readonly repository: Repository;
}

/** Throws `UsageTarget` for a name that neither side has. */
async function requireMatcher(names: readonly string[], sides: Sides): Promise<PathMatcher> {
  const matchers: PathMatcher[] = [];
  for (const name of names) {
    const matcher = await matcherOf(name, sides);
    if (matcher === undefined) {
      throw new LastgoodError("UsageTarget", `there is no target ${name}, neither before the change nor after it`, {
        hint: "Name a target of the config, an engine object or a path.",
      });
    }
    matchers.push(matcher);
  }
  return (path) => matchers.some((matches) => matches(path));
}

/**
 * What belongs to a target on either side: a change that removes the target's own file, or takes something out of it, must not hide
 * what it does to the rest. undefined when neither side has a target of that name.
 */
async function matcherOf(name: string, { commits, findTarget, repository }: Sides): Promise<PathMatcher | undefined> {
  const scopes: Scope[] = [];
  for (const commit of commits) {
    const target = await findTarget(name, commit);
    if (target !== undefined) scopes.push((await findScope({ repository, commit, target })).scope);
  }
  return scopes.length === 0 ? undefined : scopeMatcher(scopes.flat());
}
