/** The nouns of the replay: reverts that people made, and what tools make of the same task. */
import type { CommitId } from "../model/git.ts";

/**
 * How a revert was found: `marked` says "This reverts commit …" · `named` says `Revert "…"` or names a pull request ·
 * `silent` sets an image or a version back to exactly what it was before.
 */
export type RevertKind = "marked" | "named" | "silent";

/** A commit, as far as a report needs it. Texts are untrusted. */
export interface ReplayCommit {
  readonly id: CommitId;
  readonly subject: string;
  readonly author: string;
  readonly atMs: number;
}

/** One task: undo `bad` (newest first) on top of the parent of `human`, keep the later work. Expected: what `human` did. */
export interface ReplayCase {
  readonly kind: RevertKind;
  readonly human: ReplayCommit;
  readonly base: CommitId;
  readonly bad: readonly ReplayCommit[];
}

/**
 * `equal`: every compared file byte for byte as the person's · `object-equal`: those that differ read the same ·
 * `conflict`: reported, nothing changed · `different`: applied, but not as the person did · `refused`: an error.
 */
export const VERDICTS = ["equal", "object-equal", "conflict", "different", "refused"] as const;
export type Verdict = (typeof VERDICTS)[number];

export interface ToolOutcome {
  readonly verdict: Verdict;
  /** Files that differ from the person's, or that are in conflict. */
  readonly paths: readonly string[];
  /** `refused`: why. `conflict`: the fields, as `apps/api.yaml Deployment/api containers[api].image`. */
  readonly notes: readonly string[];
}

/**
 * `clean`: `git revert` gives what the person did · `adjacent-conflict`: it conflicts, but only as lines next to each other changed ·
 * `overlap-conflict`: it conflicts on the same lines, or on changed against removed · `partial`: it applies, the person undid only a
 * part · `human-differed`: it applies, the person did something else or more.
 */
export type ReplayClass = "clean" | "adjacent-conflict" | "overlap-conflict" | "partial" | "human-differed";

/** How one file of lastgood's result differs from the person's: a unified diff, cut when long. Untrusted. */
export interface ReplayDiff {
  readonly path: string;
  readonly text: string;
}

export interface ReplayResult extends ReplayCase {
  readonly class: ReplayClass;
  readonly lastgood: ToolOutcome;
  readonly git: ToolOutcome;
  /** Files that the person's commit changed besides those of the bad change. */
  readonly otherFiles: number;
  readonly diffs: readonly ReplayDiff[];
}

/** A case that says nothing: its revert touches no file of the bad change, or the bad commit is no ancestor. */
export interface SkippedCase extends ReplayCase {
  readonly skipped: string;
}

/** What names a case, in every run. */
export function caseKey({ human, bad }: ReplayCase): string {
  return [human, ...bad].map(({ id }) => id).join(" ");
}

/** From the oldest undone commit to the person's revert, in ms; 0 when the clocks disagree. */
export function timeToRevertMs({ human, bad }: ReplayCase): number {
  return Math.max(0, human.atMs - Math.min(...bad.map(({ atMs }) => atMs)));
}
