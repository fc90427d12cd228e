import { type ContentId, contentIdOf } from "../core/content.ts";
import { type CommitId, type FileChange, type FileEntry, isFullId } from "../core/model/git.ts";
import type { Scope, Target } from "../core/model/target.ts";
import { scopeMatcher } from "../core/target/scope.ts";
import { LastgoodError } from "../errors.ts";
import type { Repository } from "../ports/repository.ts";
import { findScope } from "./find-scope.ts";
import { sha256 } from "./hash.ts";

/** What a target holds at the revision that an engine reports. */
export type ReadContent = (target: Target, revision: string) => Promise<ContentId | undefined>;

interface Known {
  readonly commit: CommitId;
  readonly scope: Scope;
  /** Undefined: the target has no files there. */
  readonly content: ContentId | undefined;
}

/** Listings and differences of so many commits are kept: a round asks for few, again and again. */
const KEPT = 8;

/**
 * Reads content ids for many targets of one repository, cheaply: when a target goes on to a commit that changes no file of it, its content
 * is what it was. Undefined for what is no commit here (a chart version, a commit that was not fetched), and for a target that is not there.
 */
export function createContentReader(repository: Pick<Repository, "resolve" | "files" | "blobs" | "refs">): ReadContent {
  const last = new Map<string, Known>();
  const commits = keptFew((revision: string) => repository.resolve(revision));
  const listings = keptFew((commit: string) => repository.files(commit as CommitId));
  const changes = keptFew(async (pair: string) => {
    const [before = "", after = ""] = pair.split(" ");
    return repository.refs.diff(before as CommitId, after as CommitId);
  });
  const listed: Pick<Repository, "files" | "blobs"> = {
    files: (commit, scope) => (scope === undefined ? listings(commit) : repository.files(commit, scope)),
    blobs: (ids, maxBytes) => repository.blobs(ids, maxBytes),
  };

  async function read(target: Target, commit: CommitId): Promise<Known> {
    const before = last.get(target.name);
    if (before?.commit === commit) return before;
    if (before !== undefined && !touches(await changes(`${before.commit} ${commit}`), before.scope)) {
      return { ...before, commit };
    }
    const { scope, files } = await findScope({ repository: listed, commit, target });
    return { commit, scope, content: contentOf(files) };
  }

  return async (target, revision) => {
    if (!isFullId(revision)) return undefined;
    const before = last.get(target.name);
    if (before?.commit === revision) return before.content;
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

function touches(changes: readonly FileChange[], scope: Scope): boolean {
  const matches = scopeMatcher(scope);
  return changes.some(({ path }) => matches(path));
}

/** Asks once for each key, and forgets the oldest. What is not there may be fetched later: that is not kept. */
function keptFew<T>(ask: (key: string) => Promise<T>): (key: string) => Promise<T> {
  const kept = new Map<string, Promise<T>>();
  return async (key) => {
    const known = kept.get(key);
    if (known !== undefined) return known;
    const asked = ask(key);
    kept.set(key, asked);
    asked.then(
      (answer) => answer === undefined && kept.delete(key),
      () => kept.delete(key),
    );
    for (const oldest of kept.keys()) {
      if (kept.size <= KEPT) break;
      kept.delete(oldest);
    }
    return asked;
  };
}
