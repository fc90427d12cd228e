import type { CommitId } from "../core/model/git.ts";

/** What the forge has on record of lastgood's pull requests, and what time it is there (epoch ms). */
export interface ForgeReverts {
  readonly clockMs: number;
  readonly reverts: readonly ForgeRevert[];
}

/** A pull request from a branch of lastgood's own, as far as budgets are concerned. Texts are untrusted. Times are epoch ms. */
export interface ForgeRevert {
  readonly number: number;
  readonly url: string;
  readonly state: "open" | "closed" | "merged";
  readonly branch: string;
  readonly base: string;
  readonly body: string;
  readonly author: string;
  readonly labels: readonly string[];
  readonly createdAtMs: number;
  /** When it was merged or closed. */
  readonly endedAtMs?: number;
  readonly mergedBy?: string;
  readonly mergeCommit?: CommitId;
}
