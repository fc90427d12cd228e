import type { EvidenceKind } from "./model/evidence.ts";
import type { CommitId } from "./model/git.ts";

/**
 * What the ledger holds: one JSON object per line. Fields are only ever added within a version; a record with an unknown
 * `type` or a newer `v` is kept on merge and left out of decisions.
 */
export type LedgerRecord = CheckpointRecord;

/** A verdict on one revision of a target. The newest record of the same (target, revision, kind) counts. */
export interface CheckpointRecord {
  readonly v: 1;
  readonly type: "checkpoint";
  /** ULID: unites doubles and orders. */
  readonly id: string;
  readonly target: string;
  readonly revision: CommitId;
  /** `cleared` takes back what the same kind said of that revision before. */
  readonly verdict: "good" | "bad" | "cleared";
  readonly evidence: EvidenceKind;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** Who or what says so. */
  readonly by: string;
  readonly reason: string;
  /** `observed`: seconds of continuous health. */
  readonly healthyForSeconds?: number;
  /** Content id of the target there: found again after history was rewritten. */
  readonly content?: string;
  /** Images that ran, `registry/repo:tag@digest`. */
  readonly images?: readonly string[];
}
