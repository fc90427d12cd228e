import type { CommitId } from "../core/model/git.ts";

/** What a drill puts on the forge, and takes away again. Throws `Forge*`. Whatever is so already is no failure. */
export interface ForgeScratch {
  /** Branches whose names begin so, without `refs/heads/`. */
  branches(prefix: string): Promise<readonly { readonly branch: string; readonly head: CommitId }[]>;
  /** Closes a pull request without merging it. */
  close(number: number): Promise<void>;
  deleteBranch(branch: string): Promise<void>;
}
