/**
 * git in memory: the same objects under the same ids as git would make them (gitformat: blobs, trees, commits), refs that are compared and
 * swapped, and clones that know only what they have fetched. Held to real git by `git-model.test.ts`.
 */
import { createHash } from "node:crypto";
import {
  type BlobId,
  blobId,
  type CommitId,
  commitId,
  type FileChange,
  type FileEntry,
  type FileState,
  type FileWrite,
  isFullId,
  type Revision,
  type RevisionChange,
} from "../../src/core/model/git.ts";
import type { Scope } from "../../src/core/model/target.ts";
import { scopeMatcher } from "../../src/core/target/scope.ts";
import { buildTree } from "../../src/core/target/tree.ts";
import { LastgoodError } from "../../src/errors.ts";
import type { CommitRequest, Repository } from "../../src/ports/repository.ts";
import type { Issued } from "./io.ts";

type Files = ReadonlyMap<string, FileState>;

interface StoredCommit {
  readonly revision: Revision;
  readonly files: Files;
  /** Sorted as git does. */
  readonly entries: readonly FileEntry[];
  /** Against the first parent. */
  readonly changes: readonly FileChange[];
}

/** All objects that there are; who knows which of them is the clones' own. */
export interface Objects {
  commit(id: CommitId): StoredCommit | undefined;
  blob(id: BlobId): Uint8Array | undefined;
  text(id: BlobId): string;
  write(bytes: Uint8Array): BlobId;
  make(request: MakeCommit): CommitId;
  /** Of a commit, itself included. */
  ancestors(id: CommitId): ReadonlySet<CommitId>;
  mergeBase(one: CommitId, other: CommitId): CommitId | undefined;
}

export interface MakeCommit {
  readonly parents: readonly CommitId[];
  readonly files: Files;
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string };
  readonly atMs: number;
}

const NOBODY: Files = new Map();

export function createObjects(): Objects {
  const commits = new Map<CommitId, StoredCommit>();
  const blobs = new Map<BlobId, Uint8Array>();
  const texts = new Map<BlobId, string>();
  const ancestry = new Map<CommitId, ReadonlySet<CommitId>>();

  function ancestors(id: CommitId): ReadonlySet<CommitId> {
    const known = ancestry.get(id);
    if (known !== undefined) return known;
    const found = new Set<CommitId>([id]);
    for (const parent of commits.get(id)?.revision.parents ?? []) {
      for (const one of ancestors(parent)) found.add(one);
    }
    ancestry.set(id, found);
    return found;
  }

  return {
    commit: (id) => commits.get(id),
    blob: (id) => blobs.get(id),
    text(id) {
      const known = texts.get(id);
      if (known !== undefined) return known;
      const text = Buffer.from(blobs.get(id) ?? new Uint8Array()).toString("utf8");
      texts.set(id, text);
      return text;
    },
    write(bytes) {
      const id = blobId(objectId("blob", Buffer.from(bytes)));
      blobs.set(id, bytes);
      return id;
    },
    make({ parents, files, message, author, atMs }) {
      const seconds = Math.floor(atMs / 1000);
      const who = `${author.name} <${author.email}> ${seconds} +0000`;
      const lines = [
        `tree ${treeId(files)}`,
        ...parents.map((parent) => `parent ${parent}`),
        `author ${who}`,
        `committer ${who}`,
      ];
      const id = commitId(objectId("commit", Buffer.from(`${lines.join("\n")}\n\n${message}`)));
      if (commits.has(id)) return id;
      const [first] = parents;
      const before = first === undefined ? NOBODY : (commits.get(first)?.files ?? NOBODY);
      const times = { authoredAtMs: seconds * 1000, committedAtMs: seconds * 1000 };
      const revision: Revision = { id, parents, author: author.name, authorEmail: author.email, ...times, message };
      commits.set(id, { revision, files, entries: entriesOf(files), changes: diffFiles(before, files) });
      return id;
    },
    ancestors,
    mergeBase(one, other) {
      const theirs = ancestors(other);
      const common = [...ancestors(one)].filter((id) => theirs.has(id));
      // The newest is the one that has all the others behind it.
      return common.find((id) => common.every((each) => ancestors(id).has(each)));
    },
  };
}

function objectId(type: "blob" | "tree" | "commit", content: Buffer): string {
  return createHash("sha1").update(`${type} ${content.length}\0`).update(content).digest("hex");
}

function entriesOf(files: Files): readonly FileEntry[] {
  return [...files]
    .map(([path, { mode, id }]) => ({ path, mode, id }))
    .sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

interface Folder {
  readonly files: Map<string, FileState>;
  readonly folders: Map<string, Folder>;
}

function treeId(files: Files): string {
  const root: Folder = { files: new Map(), folders: new Map() };
  for (const [path, state] of files) {
    const names = path.split("/");
    const name = names.pop() ?? "";
    let folder = root;
    for (const each of names) {
      let next = folder.folders.get(each);
      if (next === undefined) folder.folders.set(each, (next = { files: new Map(), folders: new Map() }));
      folder = next;
    }
    folder.files.set(name, state);
  }
  return folderId(root);
}

/** A folder sorts as if its name ended with a slash (git-mktree). */
function folderId({ files, folders }: Folder): string {
  const entries = [
    ...[...files].map(([name, { mode, id }]) => ({ key: name, mode: mode as string, name, id: id as string })),
    ...[...folders].map(([name, folder]) => ({ key: `${name}/`, mode: "40000", name, id: folderId(folder) })),
  ].sort((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  const parts = entries.flatMap(({ mode, name, id }) => [Buffer.from(`${mode} ${name}\0`), Buffer.from(id, "hex")]);
  return objectId("tree", Buffer.concat(parts));
}

function diffFiles(before: Files, after: Files): readonly FileChange[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])];
  return paths
    .flatMap((path): FileChange[] => {
      const [old, now] = [before.get(path), after.get(path)];
      if (old?.id === now?.id && old?.mode === now?.mode) return [];
      return [{ path, ...(old === undefined ? {} : { before: old }), ...(now === undefined ? {} : { after: now }) }];
    })
    .sort((a, b) => Buffer.compare(Buffer.from(a.path), Buffer.from(b.path)));
}

/** A change of a ref, with what it was before: who did it is the caller's to say. */
export interface RefEvent {
  readonly ref: string;
  readonly before: CommitId | undefined;
  readonly after: CommitId | undefined;
  readonly by: string;
  readonly atMs: number;
  /** Of a replica's: the call. */
  readonly issued?: Issued;
}

/** The repository that everybody shares. */
export interface GitServer {
  readonly objects: Objects;
  ref(ref: string): CommitId | undefined;
  /** What refs held then: a replica of the server that lags. */
  refsAt(atMs: number): ReadonlyMap<string, CommitId>;
  refs(): ReadonlyMap<string, CommitId>;
  /** False: the ref is not as expected. `next` undefined: it goes. */
  update(change: {
    readonly ref: string;
    readonly next: CommitId | undefined;
    readonly expected: CommitId | undefined;
    readonly by: string;
  }): boolean;
  /** Oldest first. */
  readonly events: readonly RefEvent[];
}

export interface GitServerOptions {
  readonly nowMs: () => number;
  readonly issuing?: () => Issued | undefined;
  readonly onEvent?: (event: RefEvent) => void;
}

export function createGitServer(objects: Objects, { nowMs, issuing, onEvent }: GitServerOptions): GitServer {
  const refs = new Map<string, CommitId>();
  const events: RefEvent[] = [];
  return {
    objects,
    events,
    ref: (ref) => refs.get(ref),
    refs: () => refs,
    refsAt(atMs) {
      const then = new Map(refs);
      for (let index = events.length - 1; index >= 0; index -= 1) {
        const event = events[index];
        if (event === undefined || event.atMs <= atMs) break;
        if (event.before === undefined) then.delete(event.ref);
        else then.set(event.ref, event.before);
      }
      return then;
    },
    update({ ref, next, expected, by }) {
      const before = refs.get(ref);
      if (before !== expected) return false;
      if (next === undefined) refs.delete(ref);
      else refs.set(ref, next);
      const issued = issuing?.();
      const event = { ref, before, after: next, by, atMs: nowMs(), ...(issued === undefined ? {} : { issued }) };
      events.push(event);
      onEvent?.(event);
      return true;
    },
  };
}

/** One replica's clone: what it has fetched, and what it has made itself. */
export interface GitClone {
  readonly repository: Repository;
  /** Takes over refs, with all that they reach; refs that are gone go. */
  take(refs: ReadonlyMap<string, CommitId>): void;
  knows(id: CommitId): boolean;
}

export function createGitClone(objects: Objects): GitClone {
  let refs: ReadonlyMap<string, CommitId> = new Map();
  const known = new Set<CommitId>();

  const find = (id: CommitId): StoredCommit => {
    const found = known.has(id) ? objects.commit(id) : undefined;
    if (found === undefined) throw new LastgoodError("RepositoryObject", `the commit ${id} is not in this repository`);
    return found;
  };
  const learn = (id: CommitId): void => {
    if (known.has(id)) return;
    for (const each of objects.ancestors(id)) known.add(each);
  };

  function resolve(revision: string): CommitId | undefined {
    if (revision === "HEAD") return refs.get("refs/heads/main");
    if (isFullId(revision)) return known.has(revision as CommitId) ? (revision as CommitId) : undefined;
    if (revision.startsWith("refs/")) return refs.get(revision);
    const named = ["refs/heads/", "refs/tags/"].flatMap((folder) => refs.get(folder + revision) ?? []);
    const prefixed = /^[0-9a-f]{7,39}$/.test(revision) ? [...known].filter((id) => id.startsWith(revision)) : [];
    const distinct = [...new Set([...named, ...prefixed])];
    if (distinct.length > 1) throw new LastgoodError("UsageRevision", `${revision} is ambiguous`);
    return distinct[0];
  }

  async function* history(
    query: Parameters<Repository["history"]>[0],
  ): AsyncGenerator<RevisionChange, void, undefined> {
    const matches = query.scope === undefined ? undefined : scopeMatcher(query.scope);
    const hidden = query.until === undefined ? undefined : objects.ancestors(query.until);
    let left = query.limit ?? Number.POSITIVE_INFINITY;
    for (let id: CommitId | undefined = query.from; id !== undefined && left > 0;) {
      if (hidden?.has(id) === true) return;
      const { revision, changes }: StoredCommit = find(id);
      const shown = matches === undefined ? changes : changes.filter(({ path }) => matches(path));
      if (matches === undefined || shown.length > 0) {
        left -= 1;
        yield { revision, changes: shown };
      }
      id = revision.parents[0];
    }
  }

  const repository: Repository = {
    resolve: async (revision) => resolve(revision),
    history,
    files: async (commit, scope) => inScope(find(commit).entries, scope),
    folders: async (commit, paths) => {
      const tree = buildTree(find(commit).entries);
      return paths.map((path) =>
        tree.isFolder(path) ? { files: tree.filesOf(path), folders: tree.foldersOf(path) } : undefined,
      );
    },
    blobs: async (ids) =>
      ids.map((id) => {
        const bytes = objects.blob(id);
        if (bytes === undefined)
          throw new LastgoodError("RepositoryObject", `the blob ${id} is not in this repository`);
        return bytes;
      }),
    commit: async (request) => {
      const id = objects.make(commitOf(request, find(request.parent), objects));
      learn(id);
      return id;
    },
    refs: {
      defaultBranch: async () => (refs.has("refs/heads/main") ? "main" : undefined),
      revision: async (id) => find(id).revision,
      async distance(ancestor, descendant) {
        find(ancestor);
        if (!objects.ancestors(find(descendant).revision.id).has(ancestor)) return undefined;
        const hidden = objects.ancestors(ancestor);
        let count = 0;
        for (let id: CommitId | undefined = descendant; id !== undefined && !hidden.has(id); count += 1) {
          id = objects.commit(id)?.revision.parents[0];
        }
        return count;
      },
      mergeBase: async (one, other) => objects.mergeBase(one, other),
      annotations: async () => [],
      diff: async (before, after, scope) => {
        const all = diffFiles(find(before).files, find(after).files);
        return scope === undefined ? all : inScope(all, scope);
      },
      async update(ref, next, expected) {
        find(next);
        if (refs.get(ref) !== expected) throw new LastgoodError("RepositoryMoved", `${ref} is not where it was`);
        refs = new Map([...refs, [ref, next]]);
      },
    },
  };
  return {
    repository,
    knows: (id) => known.has(id),
    take(next) {
      refs = new Map(next);
      for (const id of refs.values()) learn(id);
    },
  };
}

function inScope<T extends { readonly path: string }>(items: readonly T[], scope: Scope | undefined): readonly T[] {
  if (scope === undefined) return items;
  const matches = scopeMatcher(scope);
  return items.filter(({ path }) => matches(path));
}

function commitOf(request: CommitRequest, parent: StoredCommit, objects: Objects): MakeCommit {
  const { message, author, atMs } = request;
  const files = writeFiles(parent.files, request.writes, objects);
  const never = Math.max(atMs, parent.revision.committedAtMs);
  return { parents: [request.parent], files, message: message.replaceAll("\0", ""), author, atMs: never };
}

/** The files after some writes. */
export function writeFiles(files: Files, writes: readonly FileWrite[], objects: Objects): Files {
  const next = new Map(files);
  for (const write of writes) {
    if ("remove" in write) next.delete(write.path);
    else if ("blob" in write) next.set(write.path, { mode: write.mode, id: write.blob });
    else next.set(write.path, { mode: write.mode, id: objects.write(write.bytes) });
  }
  return next;
}

/**
 * Three-way merge. Files of the same number of lines are merged line by line, closer together than git would: two changes that nobody saw
 * together are one in no time. Undefined: a conflict.
 */
export function mergeFiles(
  sides: { readonly base: Files; readonly ours: Files; readonly theirs: Files },
  objects: Objects,
): Files | undefined {
  const { base, ours, theirs } = sides;
  const merged = new Map(ours);
  for (const { path, after } of diffFiles(base, theirs)) {
    const [was, mine] = [base.get(path), ours.get(path)];
    if (mine?.id === was?.id && mine?.mode === was?.mode) {
      if (after === undefined) merged.delete(path);
      else merged.set(path, after);
      continue;
    }
    if (mine?.id === after?.id && mine?.mode === after?.mode) continue;
    if (was === undefined || mine === undefined || after === undefined) return undefined;
    const text = mergeLines([was.id, mine.id, after.id].map((id) => objects.text(id).split("\n")));
    if (text === undefined) return undefined;
    merged.set(path, { mode: mine.mode, id: objects.write(Buffer.from(text)) });
  }
  return merged;
}

function mergeLines([base = [], ours = [], theirs = []]: readonly (readonly string[])[]): string | undefined {
  if (base.length !== ours.length || base.length !== theirs.length) return undefined;
  const lines: string[] = [];
  for (const [index, was] of base.entries()) {
    const [mine = "", other = ""] = [ours[index], theirs[index]];
    if (mine !== was && other !== was && mine !== other) return undefined;
    lines.push(mine === was ? other : mine);
  }
  return lines.join("\n");
}
