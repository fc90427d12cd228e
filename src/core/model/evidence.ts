import type { CommitId } from "./git.ts";

/** What proves that a target was good, strongest first. The last two are weak: shown, never enough unattended. */
export const EVIDENCE_KINDS = ["observed", "marked", "engine-health", "deployment", "tag", "engine-sync"] as const;

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
  return kind === "tag" || kind === "engine-sync";
}
