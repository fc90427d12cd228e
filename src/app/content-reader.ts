import { type ContentId, contentIdOf } from "../core/content.ts";
import { type CommitId, type FileEntry, isFullId } from "../core/model/git.ts";
import type { Scope, Target } from "../core/model/target.ts";
import { createScopeIndex } from "../core/target/scope-index.ts";
import { LastgoodError } from "../errors.ts";
import type { Repository } from "../ports/repository.ts";
import { findScope } from "./find-scope.ts";
import { sha256 } from "./hash.ts";

/** What a target holds at the revision that an engine reports. */
export type ReadContent = (target: Target, revision: string) => Promise<ContentId | undefined>;

interface Changed {
  readonly paths: readonly string[];
  /** Names of targets; as of that state of the scopes. */
  touched: ReadonlySet<string>;
  version: number;
}

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
  const scopes = createScopeIndex();
  /** Counts changes of `scopes`. */
  let version = 0;
  const changes = keptFew(async (pair: string): Promise<Changed> => {
    const [before = "", after = ""] = pair.split(" ");
    const found = await repository.refs.diff(before as CommitId, after as CommitId);
    return { paths: found.map(({ path }) => path), touched: new Set(), version: -1 };
  });
  const listed: Pick<Repository, "files" | "blobs"> = {
    files: (commit, scope) => (scope === undefined ? listings(commit) : repository.files(commit, scope)),
    blobs: (ids, maxBytes) => repository.blobs(ids, maxBytes),
  };

  async function read(target: Target, commit: CommitId): Promise<Known> {
    const before = last.get(target.name);
    if (before?.commit === commit) return before;
    if (before !== undefined && !(await touched(`${before.commit} ${commit}`)).has(target.name)) {
      return { ...before, commit };
    }
    const { scope, files } = await findScope({ repository: listed, commit, target });
    if (scopes.set(target.name, scope)) version += 1;
    return { commit, scope, content: contentOf(files) };
  }

  /** The targets that a step of the branch changes. Found once for all of them. */
  async function touched(pair: string): Promise<ReadonlySet<string>> {
    const changed = await changes(pair);
    if (changed.version !== version) {
      changed.touched = scopes.touchedBy(changed.paths);
      changed.version = version;
    }
    return changed.touched;
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
