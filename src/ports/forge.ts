import type { CommitId } from "../core/model/git.ts";
import type { ForgeCommits } from "./forge-commits.ts";
import type { ForgeIssues } from "./forge-issues.ts";
import type { ForgeRecords } from "./forge-records.ts";
import type { ForgeReverts } from "./forge-reverts.ts";
import type { ForgeScratch } from "./forge-scratch.ts";
import type { ForgeTalk } from "./forge-talk.ts";

/** A pull request, as lastgood needs it. Texts are untrusted. */
export interface PullRequest {
  readonly number: number;
  readonly url: string;
  readonly state: "open" | "closed" | "merged";
  readonly draft: boolean;
  readonly title: string;
  readonly body: string;
  /** The head branch, without `refs/heads/`. */
  readonly branch: string;
  readonly head: CommitId;
  readonly base: string;
  /** Who opened it. */
  readonly author: string;
  readonly labels: readonly string[];
  /** Who closed or merged it, when it is known. */
  readonly endedBy?: string;
  readonly mergeCommit?: CommitId;
  /** By the forge's clock, epoch ms. */
  readonly createdAtMs?: number;
  /** When it was closed or merged. */
  readonly endedAtMs?: number;
  /** Who told the forge to merge it by itself once nothing is missing; undefined: nobody. */
  readonly armedBy?: string;
}

export interface PullRequestText {
  readonly title: string;
  readonly body: string;
}

export interface OpenPullRequest extends PullRequestText {
  readonly branch: string;
  readonly base: string;
  readonly draft: boolean;
  readonly labels: readonly string[];
  /** Users and `team:slug`s. One that cannot be asked is a warning, not a failure. */
  readonly reviewers: readonly string[];
  /** Users, as reviewers. */
  readonly assignees?: readonly string[];
}

export interface MergeRequest {
  readonly number: number;
  /** Merges only while the head is still this commit. */
  readonly expectedHead: CommitId;
  /** Used where the forge lets us choose: keeps the trailers through a squash. */
  readonly title: string;
  readonly message: string;
  /**
   * The caller stays until it is merged, and checks what came of it. Without, the forge is left to merge later only where it
   * pins the base itself, and an earlier order is taken back where it does not: a merge that nobody looks at could take in what
   * nobody planned (safety.md I6).
   */
  readonly watched?: boolean;
}

/** Not ready is an answer: checks run, a review is missing, the base has moved. */
export type MergeResult =
  | { readonly kind: "merged"; readonly commit: CommitId }
  /**
   * Plan again on the new base. `behind`: the forge wants the branch up to date; `conflict`: it cannot merge the two; `raced`:
   * somebody else was faster.
   */
  | { readonly kind: "base-moved"; readonly reason: string; readonly how?: "behind" | "conflict" | "raced" }
  /** `waiting`: ask again later. `refused`: nothing changes until a person does something. */
  | { readonly kind: "waiting" | "refused"; readonly reason: string }
  /** The forge merges it by itself: `armed` once nothing is missing, `queued` when its turn comes. */
  | { readonly kind: "armed" | "queued"; readonly reason: string };

/** What keeps an open pull request from being merged, as far as the forge tells without being asked to merge it. */
export interface MergeStanding {
  /** The forge was told by us to merge it by itself: armed, or in its merge queue. */
  readonly ordered: boolean;
  /** What it waits for; neither this nor `refused`: it could be merged. */
  readonly waitingFor?: string;
  /** Nothing changes until a person does something. */
  readonly refused?: string;
}

/** `refused`: it cannot be brought up to date like that, or its head is another one by now. */
export type BranchUpdate =
  | { readonly kind: "updated"; readonly head: CommitId }
  | { readonly kind: "refused"; readonly reason: string };

/** A hosting service for one repository. Throws `Forge*` errors only; a failed write is only reported after looking whether it took effect. */
export interface Forge {
  /** `github.com/acme/gitops`: for people. */
  readonly name: string;
  readonly defaultBranch: () => Promise<string>;
  /** The commit by which a pull request came into its base; undefined when it is not merged. Throws `ForgeNotFound` for none. */
  mergeCommitOf(number: number): Promise<CommitId | undefined>;
  /** The newest pull request from `branch` of this repository, in any state. */
  findPullRequest(branch: string): Promise<PullRequest | undefined>;
  /** Opens it, or adopts the open one that has the same branch. `warnings`: labels or reviewers that could not be set. */
  openPullRequest(
    request: OpenPullRequest,
  ): Promise<{ readonly pullRequest: PullRequest; readonly warnings: readonly string[] }>;
  updatePullRequest(number: number, text: PullRequestText): Promise<PullRequest>;
  mergePullRequest(request: MergeRequest): Promise<MergeResult>;
  /** Merges the base into the branch, while its head is `expectedHead`. Missing where the forge cannot. */
  updateBranch?(number: number, expectedHead: CommitId): Promise<BranchUpdate>;
  /** Writes nothing. `head`: the commit that would be merged. Missing where the forge cannot tell. */
  mergeStanding?(number: number, head: CommitId): Promise<MergeStanding>;
  /** Takes back what `armed` or `queued` has ordered in our name; nothing to take back is no failure. */
  cancelMerge?(number: number): Promise<void>;
  /** Closes it without merging it; one that is not open is left alone. Missing where the forge cannot. */
  readonly closePullRequest?: (number: number) => Promise<void>;
  /** Opens a closed one again. False: the forge does not let it be, for one because its branch is another one by now. */
  readonly reopenPullRequest?: (number: number) => Promise<boolean>;
  /** Commits made by the forge itself; missing where it cannot. */
  readonly commits?: ForgeCommits;
  /** What people and lastgood say to each other beside the text of a pull request. */
  readonly talk?: ForgeTalk;
  /** What the forge has recorded about commits: deployments, statuses, check runs. */
  readonly records?: ForgeRecords;
  readonly issues?: ForgeIssues;
  /** What drills open and close again; missing where that cannot be done. */
  readonly scratch?: ForgeScratch;
  /**
   * The pull requests from branches of lastgood's own (`lastgood/…` of this repository) that were opened, merged or closed since then
   * (epoch ms, by the forge's clock), newest first. Throws `ForgeAnswer` when there are too many to tell. Missing where there are none.
   */
  reverts?(sinceMs: number): Promise<ForgeReverts>;
}
