/** What manifests in git ask of lastgood, read without a plan: for who has to know before there is one. */
import type { CommitId, FileEntry } from "../core/model/git.ts";
import { NO_RESTRICTIONS, type Restrictions } from "../core/model/restriction.ts";
import type { Target } from "../core/model/target.ts";
import { declaredIn } from "../core/plan/declared.ts";
import type { Repository } from "../ports/repository.ts";
import type { ReadContent } from "./content-reader.ts";
import { findNeighbours } from "./find-owners.ts";
import { findScope } from "./find-scope.ts";
import { ManifestReader } from "./read-steps.ts";

/** The restrictions of a target's manifests at a commit, laid over others with `strictest`. */
export type ReadDeclared = (target: Target, commit: CommitId, nowMs: number) => Promise<Restrictions>;

interface Known {
  readonly content: string;
  readonly files: readonly FileEntry[];
}

/**
 * Reads a target's files once for each content of it (`readContent`: of the same repository), and parses only those that hold such annotations.
 * Of a target that is not there, or whose content cannot be told, nothing is asked.
 */
export function createDeclaredReader(repository: Repository, readContent: ReadContent): ReadDeclared {
  const known = new Map<string, Known>();
  const reader = new ManifestReader(repository);

  async function find(target: Target, commit: CommitId): Promise<readonly FileEntry[]> {
    const content = await readContent(target, commit);
    if (content === undefined) return [];
    const before = known.get(target.name);
    if (before?.content === content) return before.files;
    const { files: all } = await findScope({ repository, commit, target });
    const { declaring: files } = await findNeighbours(all, new Set(), repository);
    known.set(target.name, { content, files });
    return files;
  }

  return async (target, commit, nowMs) => {
    const files = await find(target, commit);
    if (files.length === 0) return NO_RESTRICTIONS;
    const snapshot = await reader.snapshot(files);
    return declaredIn(snapshot.values(), nowMs);
  };
}
