import type { CommitId, FileWrite } from "../core/model/git.ts";

/** One path of a commit that the forge makes: it is sent whole. */
export type ForgeWrite = Exclude<FileWrite, { readonly blob: unknown }>;

export interface ForgeCommitRequest {
  /** Without `refs/heads/`. */
  readonly branch: string;
  /** What the branch must point at now, then the same as `parent`; undefined: it must not exist, and begins at `parent`. */
  readonly expected: CommitId | undefined;
  readonly parent: CommitId;
  readonly writes: readonly ForgeWrite[];
  /** The whole message: subject, empty line, body with trailers. */
  readonly message: string;
}

/**
 * Commits that the forge makes and signs (on GitHub: Verified), in the name of who asks. Throws `Forge*`; `RepositoryMoved` when the
 * branch is elsewhere.
 */
export interface ForgeCommits {
  /** Why commits on these branches should be made this way: who asks is an app, or a rule wants signatures; undefined: nothing asks for it. */
  wanted(branches: readonly string[]): Promise<string | undefined>;
  /** Why these writes cannot go this way (an executable file, a symlink, too much); undefined when they can. */
  cannot(writes: readonly ForgeWrite[]): string | undefined;
  /**
   * One commit on the branch, compared-and-swapped; the same request again finds the commit that it made before. What it holds is for
   * the caller to prove: its id is not known beforehand.
   */
  commit(request: ForgeCommitRequest): Promise<CommitId>;
}
