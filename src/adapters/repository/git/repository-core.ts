import type { CommitId, FileChange, Revision } from "../../../core/model/git.ts";
import type { Scope } from "../../../core/model/target.ts";
import { LastgoodError } from "../../../errors.ts";
import type { ObjectInfo, ObjectReader } from "./cat-file.ts";
import { parseCommit } from "./commit-object.ts";
import type { FolderHistory } from "./index/folder-history.ts";
import type { MissingBlobs } from "./partial-clone.ts";
import type { RawChange } from "./raw-diff.ts";
import type { Git } from "./run-git.ts";

/** The parts that all questions share. */
export interface RepositoryCore {
  readonly git: Git;
  /** Where the refs and objects are: the git directory, or the main repository's for a linked work tree. */
  readonly commonDir: string;
  readonly objects: ObjectReader;
  readonly isShallow: () => Promise<boolean>;
  /** What is known by now of which commits change which folders; missing, or undefined: git is asked. */
  readonly index?: (() => FolderHistory | undefined) | undefined;
  /** Where blobs come when they are wanted; missing: in a clone that is all there. */
  readonly missing?: MissingBlobs;
  /** What a commit object says. Throws `RepositoryObject`. */
  readonly revision: (id: CommitId) => Promise<Revision>;
  /** The changes of a scope, as text; what is no text is told and left out. */
  readonly toChanges: (raw: readonly RawChange[], scope: Scope | undefined) => readonly FileChange[];
}

/** A commit as its object says: parents that a shallow clone lacks included. */
export async function readRevision(objects: ObjectReader, id: CommitId): Promise<Revision> {
  const [info] = await objects.info([id]);
  const [bytes] = info?.type === "commit" ? await objects.contents([id]) : [];
  if (bytes === undefined) throw new LastgoodError("RepositoryObject", `the commit ${id} is not in this repository`);
  return parseCommit(id, bytes);
}

/** The answer lies before the oldest commit of a shallow clone. */
export function shallow(at: CommitId): LastgoodError {
  return new LastgoodError(
    "RepositoryShallow",
    `the clone is shallow: its history ends before the answer (asked from ${at})`,
    {
      hint: "Fetch the whole history (git fetch --unshallow), or let lastgood use its own clone.",
    },
  );
}

/** Type and size of blobs; those that a partial clone lacks are brought first. Undefined for what is nowhere. */
export async function findBlobs(
  { objects, missing }: Pick<RepositoryCore, "objects" | "missing">,
  ids: readonly string[],
): Promise<readonly (ObjectInfo | undefined)[]> {
  const infos = await objects.info(ids);
  if (missing === undefined || !infos.includes(undefined)) return infos;
  await missing.bring(ids.filter((_, at) => infos[at] === undefined));
  return objects.info(ids);
}
