import type { CommitId, FileWrite } from "../core/model/git.ts";

export interface ForgeCommitRequest {
  /** Without `refs/heads/`. */
  readonly branch: string;
  /** What the branch must point at now; undefined: it must not exist, and begins at `parent`. */
  readonly expected: CommitId | undefined;
  readonly parent: CommitId;
  readonly writes: readonly FileWrite[];
  /** The whole message: subject, empty line, body with trailers. */
  readonly message: string;
}

/** Commits that the forge makes and signs (on GitHub: Verified). Throws `Forge*`; `RepositoryMoved` when the branch is elsewhere. */
export interface ForgeCommits {
  /** Why these writes cannot go this way (an executable file, a symlink, too much); undefined when they can. */
  cannot(writes: readonly FileWrite[]): string | undefined;
  /** One commit on the branch, compared-and-swapped; the same request again finds the commit that it made before. */
  commit(request: ForgeCommitRequest): Promise<CommitId>;
}
