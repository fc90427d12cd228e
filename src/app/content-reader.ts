import { type ContentId, contentIdOf } from "../core/content.ts";
import { type CommitId, type FileEntry, isFullId } from "../core/model/git.ts";
import type { Scope, Target } from "../core/model/target.ts";
import { LastgoodError } from "../errors.ts";
import type { Repository } from "../ports/repository.ts";
import { createChangedTargets } from "./changed-targets.ts";
import { findScope } from "./find-scope.ts";
import { sha256 } from "./hash.ts";
import { keptFew } from "./kept-few.ts";

/** What a target holds at the revision that an engine reports. */
export type ReadContent = (target: Target, revision: string) => Promise<ContentId | undefined>;

/** With `folders`, a target is read without looking at more than leads to it. */
export type ContentSource = Pick<Repository, "resolve" | "files" | "blobs" | "refs"> &
  Partial<Pick<Repository, "folders">>;

interface Known {
  commit: CommitId;
  readonly scope: Scope;
  /** Undefined: the target has no files there. */
  readonly content: ContentId | undefined;
}

/** What was asked of so many commits is kept: a round asks for few, again and again. A whole listing is large. */
const KEPT = 8;
const KEPT_LISTINGS = 1;
/** Of so many targets of a commit only the folders are read that they lie in; from then on all of it is listed. */
const FEW = 20;

/**
 * Reads content ids for many targets of one repository, cheaply: when a target goes on to a commit that changes no file of it, its content
 * is what it was. Undefined for what is no commit here (a chart version, a commit that was not fetched), and for a target that is not there.
 */
export function createContentReader(repository: ContentSource): ReadContent {
  const last = new Map<string, Known>();
  const commits = keptFew(KEPT, (revision: string) => repository.resolve(revision));
  const listings = keptFew(KEPT_LISTINGS, (commit: string) => repository.files(commit as CommitId));
  const counts = keptFew(KEPT, async () => ({ read: 0 }));
  const changed = createChangedTargets(repository);
  const listed: Pick<Repository, "files" | "blobs"> = {
    files: (commit, scope) => (scope === undefined ? listings(commit) : repository.files(commit, scope)),
    blobs: (ids, maxBytes) => repository.blobs(ids, maxBytes),
  };

  async function read(target: Target, commit: CommitId): Promise<Known> {
    const before = last.get(target.name);
    if (before?.commit === commit) return before;
    if (before !== undefined && !(await changed.between(before.commit, commit)).has(target.name)) {
      before.commit = commit;
      return before;
    }
    const count = await counts(commit);
    const source = (count.read += 1) > FEW ? listed : repository;
    const { scope, files } = await findScope({ repository: source, commit, target });
    changed.set(target.name, scope);
    return { commit, scope, content: contentOf(files) };
  }

  return async (target, revision) => {
    const before = last.get(target.name);
    if (before?.commit === revision) return before.content;
    if (before !== undefined && changed.known(before.commit, revision)?.has(target.name) === false) {
      before.commit = revision as CommitId;
      return before.content;
    }
    if (!isFullId(revision)) return undefined;
    try {
      const commit = await commits(revision);
      if (commit === undefined) return undefined;
      const known = await read(target, commit);
      last.set(target.name, known);
      return known.content;
    } catch (error) {
      // Without its content every revision is taken for another one: that is safe.
      if (error instanceof LastgoodError && error.code !== "Internal") return undefined;
      throw error;
    }
  };
}

function contentOf(files: readonly FileEntry[]): ContentId | undefined {
  return files.length === 0 ? undefined : contentIdOf(files, sha256);
}
