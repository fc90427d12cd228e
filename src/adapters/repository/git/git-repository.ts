import { stat } from "node:fs/promises";
import { join } from "node:path";

import { inScope, scopeMatcher } from "../../../core/target/scope.ts";
import type { BlobId, FileChange, RevisionChange } from "../../../core/model/git.ts";
import type { Scope } from "../../../core/model/target.ts";
import { LastgoodError } from "../../../errors.ts";
import type { Repository } from "../../../ports/repository.ts";
import { openObjectReader } from "./cat-file.ts";
import { importCommit } from "./fast-import.ts";
import { openRefs } from "./git-refs.ts";
import { findCandidates } from "./index/find-candidates.ts";
import type { FolderHistory } from "./index/folder-history.ts";
import { createLister } from "./list-everything.ts";
import { LIST_ARGS, listFiles } from "./list-files.ts";
import { pathspecsOf } from "./pathspecs.ts";
import { printablePath } from "./printable.ts";
import { missingBlob, openMissingBlobs } from "./partial-clone.ts";
import { LOG_ARGS, logParser, type RawChange, type RawCommit } from "./raw-diff.ts";
import { findBlobs, readRevision, shallow, type RepositoryCore } from "./repository-core.ts";
import { resolveRevision } from "./resolve-revision.ts";
import { openGit, type GitOptions } from "./run-git.ts";
import { pathText } from "./tree-path.ts";
import { readFolders, walkFiles } from "./walk-tree.ts";

export interface RepositoryOptions extends GitOptions {
  /** Where the objects are: `gitDir`, or the main repository's for a linked work tree. */
  readonly commonDir: string;
  /** Told once about every path that is no UTF-8 and therefore in no list. `path` is escaped. */
  readonly onUnreadablePath?: (path: string) => void;
  /** What is known by now of which commits change which folders; missing: nothing ever is. */
  readonly index?: () => FolderHistory | undefined;
  /** Brings blobs that a partial clone lacks; missing: it lacks none. */
  readonly fetchBlobs?: (ids: readonly string[]) => Promise<void>;
}

/** The default cap on a blob: what Kubernetes takes is far below. */
const MAX_BLOB_BYTES = 2 * 1024 * 1024;

/** The objects of one repository, read through the system's git. `close` ends the processes; nothing else needs an end. */
export function openRepository(options: RepositoryOptions): Repository & {
  readonly isShallow: () => Promise<boolean>;
  /** Starts what reads objects, before it is asked. Throws `ConfigGit`. */
  readonly start: () => Promise<void>;
  readonly close: () => Promise<void>;
} {
  const git = openGit(options);
  const objects = openObjectReader(git, options.timeoutMs);
  const onUnreadable = tellOnce(options.onUnreadablePath ?? (() => undefined));
  const missing = options.fetchBlobs === undefined ? undefined : openMissingBlobs(objects, options.fetchBlobs);
  const core: RepositoryCore = {
    ...(missing === undefined ? {} : { missing }),
    index: options.index,
    git,
    commonDir: options.commonDir,
    objects,
    isShallow: async () => (await stat(join(options.commonDir, "shallow")).catch(() => undefined)) !== undefined,
    revision: async (id) => await readRevision(objects, id),
    toChanges(raw, scope) {
      const changes = toChanges(raw, { scope, onUnreadable });
      missing?.listed(changes.flatMap(({ before, after }) => [before ?? [], after ?? []].flat()));
      return changes;
    },
  };
  const refs = openRefs(core);
  const listEverything = createLister(git, objects, onUnreadable);

  return {
    refs,
    resolve: async (revision) => await resolveRevision(core, revision),
    history: (query) => history(core, query),
    async files(commit, scope) {
      const pathspecs = pathspecsOf(scope);
      if (pathspecs?.length === 0) return [];
      const listing = { wanted: scope === undefined ? () => true : scopeMatcher(scope), onUnreadable };
      if (pathspecs !== undefined) {
        const found = await walkFiles(objects, { commit, paths: pathspecs, listing });
        missing?.listed(found);
        return found;
      }
      if (scope === undefined) return await listEverything(commit);
      return await listFiles(git.stream([...LIST_ARGS, commit]), listing);
    },
    folders: async (commit, paths) => await readFolders(objects, { commit, paths, onUnreadable }),
    blobs: async (ids, maxBytes = MAX_BLOB_BYTES) => await readBlobs(core, ids, maxBytes),
    commit: async (request) => await importCommit(core, request),
    isShallow: core.isShallow,
    start: async () => await objects.start(),
    close: async () => await objects.close(),
  };
}

type HistoryQuery = Parameters<Repository["history"]>[0];

/** `git log`, read as it comes; it ends when the caller stops asking. */
async function* history(core: RepositoryCore, query: HistoryQuery): AsyncGenerator<RevisionChange, void, undefined> {
  const pathspecs = pathspecsOf(query.scope);
  let left = query.limit ?? Infinity;
  if (pathspecs?.length === 0 || left <= 0) return;
  for await (const commit of commitsOf(core, query, pathspecs ?? [])) {
    const changes = core.toChanges(commit.changes, query.scope);
    if (query.scope !== undefined && changes.length === 0) continue;
    await checkBoundary(core, commit);
    yield { revision: commit.revision, changes };
    if (--left === 0) return;
  }
  if (query.until === undefined && (await core.isShallow())) throw shallow(query.from);
}

/** With an index git need not look for the commits; without, it walks through all of them. */
async function* commitsOf(
  core: RepositoryCore,
  { from, until, scope }: HistoryQuery,
  paths: readonly string[],
): AsyncGenerator<RawCommit, void, undefined> {
  const index = core.index?.();
  const range = { from, ...(until === undefined ? {} : { until }) };
  const named = index === undefined || scope === undefined ? undefined : findCandidates(index, { ...range, scope });
  if (named === undefined) {
    const ends = [from, ...(until === undefined ? [] : [`^${until}`])];
    yield* readLog(core.git.stream([...LOG_ARGS, "--end-of-options", ...ends, "--", ...paths]));
    return;
  }
  // Few at first: most who ask are content with the newest.
  for (let at = 0, size = FIRST; at < named.length; at += size, size = size === FIRST ? NEXT : size) {
    const input = named.slice(at, at + size).join("\n");
    yield* readLog(core.git.stream([...LOG_ARGS, "--no-walk=unsorted", "--stdin", "--", ...paths], `${input}\n`));
  }
}

const FIRST = 16;
const NEXT = 4096;

async function* readLog(output: AsyncIterable<Buffer>): AsyncGenerator<RawCommit, void, undefined> {
  const parser = logParser();
  for await (const chunk of output) yield* parser.push(chunk);
  yield* parser.end();
}

/** In a shallow clone the oldest commit looks as if it had no parents and had made every file. */
async function checkBoundary(core: RepositoryCore, { revision }: RawCommit): Promise<void> {
  if (revision.parents.length > 0) return;
  if ((await core.revision(revision.id)).parents.length > 0) throw shallow(revision.id);
}

interface ChangeFilter {
  readonly scope: Scope | undefined;
  readonly onUnreadable: (path: Uint8Array) => void;
}

function toChanges(raw: readonly RawChange[], { scope, onUnreadable }: ChangeFilter): readonly FileChange[] {
  return raw.flatMap((change) => {
    const path = pathText(change.path);
    if (path === undefined) onUnreadable(change.path);
    return path === undefined || (scope !== undefined && !inScope(scope, path)) ? [] : [{ ...change, path }];
  });
}

function tellOnce(tell: (path: string) => void): (path: Uint8Array) => void {
  const told = new Set<string>();
  return (bytes) => {
    const path = printablePath(bytes);
    if (told.has(path) || told.size >= 1000) return;
    told.add(path);
    tell(path);
  };
}

async function readBlobs(
  core: RepositoryCore,
  ids: readonly BlobId[],
  maxBytes: number,
): Promise<readonly Uint8Array[]> {
  const distinct = [...new Set(ids)];
  const infos = await findBlobs(core, distinct);
  for (const [index, info] of infos.entries()) {
    if (info?.type !== "blob") throw missingBlob(distinct[index]);
    if (info.size > maxBytes) {
      throw new LastgoodError("LimitBlob", `the blob ${info.id} has ${info.size} bytes, more than ${maxBytes}`);
    }
  }
  const contents = await core.objects.contents(distinct);
  const byId = new Map(distinct.map((id, index) => [id, contents[index]]));
  return ids.map((id) => {
    const bytes = byId.get(id);
    if (bytes === undefined) throw missingBlob(id);
    return bytes;
  });
}
