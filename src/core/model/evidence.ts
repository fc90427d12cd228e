import type { CommitId } from "./git.ts";

/**
 * What a verdict rests on, strongest first. From `check` on it is weak: shown, never enough unattended.
 * `deployment`: the forge's record that the target was deployed, or that it failed. `check`: a status or check run of a configured name.
 * `tag` is any statement in git that matches a configured pattern: a tag, a note or a trailer.
 * `reverted` only speaks of bad: a later commit says that it reverts this one.
 */
export const EVIDENCE_KINDS = [
  "observed",
  "marked",
  "engine-health",
  "deployment",
  "check",
  "tag",
  "engine-sync",
  "reverted",
] as const;

export type EvidenceKind = (typeof EVIDENCE_KINDS)[number];

/** One statement about one revision of a target. */
export interface Evidence {
  readonly revision: CommitId;
  readonly verdict: "good" | "bad";
  readonly kind: EvidenceKind;
  /** One phrase for people: `tag release-42`, `marked by mkim: "load test passed"`. Untrusted parts are quoted by the renderer. */
  readonly detail: string;
  /** Epoch ms at which it was stated. */
  readonly atMs: number;
  /** `observed`: how long the target stayed healthy there, in ms. */
  readonly healthyForMs?: number;
}

export function isWeak(kind: EvidenceKind): boolean {
  return kind === "check" || kind === "tag" || kind === "engine-sync" || kind === "reverted";
}

/** Which statements in git and on the forge count as evidence. Patterns are globs: `*` (also across `/`) and `?`. */
export interface EvidencePatterns {
  /** Of tag names, without `refs/tags/`. */
  readonly tags: readonly string[];
  /** Notes under this full ref, a line of which matches. */
  readonly notes?: { readonly ref: string; readonly match: string };
  /** Of commit trailers; the key without case. */
  readonly trailers: readonly { readonly key: string; readonly value: string }[];
  /** Deployments that the forge has on record. */
  readonly deployments?: DeploymentPattern;
  /** Statuses and check runs of these names. */
  readonly checks?: { readonly names: readonly string[]; readonly by: readonly string[] };
}

export interface DeploymentPattern {
  readonly environment: string;
  /** Logins whose word counts; empty: everybody who may deploy. */
  readonly by: readonly string[];
  /** A person's verdict is written there, too. */
  readonly record: boolean;
}

export const NO_PATTERNS: EvidencePatterns = { tags: [], trailers: [] };
