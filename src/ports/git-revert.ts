import type { BlobId, CommitId, FileChange } from "../core/model/git.ts";

/** One change as it went in: the tree before it and the tree right after it. */
export interface LandedChange {
  readonly good: CommitId;
  readonly bad: CommitId;
}

/** `clean`: what would differ from the base. `conflict`: where git would stop and ask. */
export type GitRevertOutcome =
  | { readonly kind: "clean"; readonly changes: readonly FileChange[] }
  | { readonly kind: "conflict"; readonly paths: readonly string[] };

/** What `git revert` would do, to compare with. Nothing is written into the repository. Throws `Repository*`, `Limit*`, `ConfigGit`. */
export interface GitRevert {
  /** Undoes the changes one after the other, in the order given, on top of `base`. */
  revert(base: CommitId, changes: readonly LandedChange[]): Promise<GitRevertOutcome>;
  /** Contents of blobs, those that a revert has made too, in the order asked. Throws as `Repository.blobs`. */
  blobs(ids: readonly BlobId[], maxBytes?: number): Promise<readonly Uint8Array[]>;
}
