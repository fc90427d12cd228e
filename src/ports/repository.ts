import type {
  Annotation,
  BlobId,
  CommitId,
  FileChange,
  FileEntry,
  FileWrite,
  Revision,
  RevisionChange,
} from "../core/model/git.ts";
import type { Scope } from "../core/model/target.ts";

export interface CommitRequest {
  readonly parent: CommitId;
  readonly writes: readonly FileWrite[];
  readonly message: string;
  readonly author: { readonly name: string; readonly email: string };
  /** Epoch ms; the commit is never dated before its parent. */
  readonly atMs: number;
}

/** What lies directly in a folder, sorted as git does. */
export interface FolderEntries {
  /** Symlinks and gitlinks included. */
  readonly files: readonly FileEntry[];
  /** The paths of the folders in it. */
  readonly folders: readonly string[];
}

/**
 * The objects of one managed repository. Reads only objects and refs, runs nothing that the repository says.
 * Throws `Repository*` and `Limit*` errors.
 */
export interface Repository {
  /** A commit id from a full ref, a branch or tag name, `HEAD`, or ≥ 7 hex digits; undefined when there is none. Ambiguous: throws `UsageRevision`. */
  resolve(revision: string): Promise<CommitId | undefined>;
  /**
   * First-parent history, newest first: commits reachable from `from` and not from `until`, that change a path of `scope`
   * (all commits when `scope` is missing). A merge is compared with its first parent. Renames are a removal and an addition.
   */
  history(query: {
    readonly from: CommitId;
    readonly until?: CommitId;
    readonly scope?: Scope;
    readonly limit?: number;
  }): AsyncIterable<RevisionChange>;
  /** The files of `scope` at a commit (every file without a scope), sorted by path. Symlinks and gitlinks are listed, never followed. */
  files(commit: CommitId, scope?: Scope): Promise<readonly FileEntry[]>;
  /** What lies directly in folders (paths without a slash at the end; `""`: the root), in the order asked; undefined for what is no folder there. */
  folders(commit: CommitId, paths: readonly string[]): Promise<readonly (FolderEntries | undefined)[]>;
  /** Blob contents, in the order asked. Asks for the size first: above `maxBytes` (default 2 MiB) throws `LimitBlob`. */
  blobs(ids: readonly BlobId[], maxBytes?: number): Promise<readonly Uint8Array[]>;
  /** Facts about commits and refs. */
  readonly refs: RepositoryRefs;
  /** Makes one commit object, atomically, and moves no ref. The same request gives the same id. */
  commit(request: CommitRequest): Promise<CommitId>;
}

export interface RepositoryRefs {
  /** The branch that `HEAD` names, without `refs/heads/`; undefined when detached or unborn. */
  defaultBranch(): Promise<string | undefined>;
  revision(id: CommitId): Promise<Revision>;
  /** How many first-parent commits `descendant` is ahead of `ancestor`; undefined when it is no ancestor. */
  distance(ancestor: CommitId, descendant: CommitId): Promise<number | undefined>;
  /** The newest commit that both descend from; undefined when there is none. A shallow clone may lack it: throws `RepositoryShallow`. */
  mergeBase(one: CommitId, other: CommitId): Promise<CommitId | undefined>;
  /** Tags and notes. `notesRefs`: full refs to read notes from. */
  annotations(notesRefs: readonly string[]): Promise<readonly Annotation[]>;
  /** Tree difference of two commits within a scope; for what a first-parent history cannot tell. */
  diff(before: CommitId, after: CommitId, scope?: Scope): Promise<readonly FileChange[]>;
  /**
   * Points a full ref at a commit, compared-and-swapped. `expected` undefined: the ref must be absent.
   * Throws `RepositoryMoved` when it is not as expected, `RepositoryCheckedOut` for a branch that a work tree has checked out.
   */
  update(ref: string, next: CommitId, expected: CommitId | undefined): Promise<void>;
}

export type Progress = (event: { readonly stage: string; readonly percent?: number }) => void;

/** The repository that engines and people pull from. */
export interface Remote {
  /** For people and links; credentials are never part of it. */
  readonly url: string;
  /** Brings branches, tags and `extraRefs` (full refs, may be absent) here, under the same names. Deleted branches go. */
  fetch(extraRefs: readonly string[], progress?: Progress): Promise<void>;
  /**
   * Pushes one commit to a branch by compare-and-swap, never forced: `expected` is the tip it must have there now
   * (undefined: it must not exist). Throws `RepositoryMoved` when it is elsewhere, `RepositoryRejected` with the server's reasons.
   */
  push(request: {
    readonly branch: string;
    readonly commit: CommitId;
    readonly expected: CommitId | undefined;
  }): Promise<void>;
}
