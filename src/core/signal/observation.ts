/** What station *signal* is fed with. Every fact carries the time of our own clock at which it was seen, so that a run can be replayed. */
import type { Status } from "../kstatus/status.ts";

export type SignalFact = LiveFact | Observation;

/** The engine says what runs: this revision is applied. Told again at every poll, for it is trusted no longer than `maxStaleMs`. */
export interface LiveFact {
  readonly kind: "live";
  readonly target: string;
  /** As the engine reports it. */
  readonly revision: string;
  /**
   * Content id of the target there. In a repository of many targets most commits leave most targets alone: while the content stays,
   * what was seen goes on counting. Missing: every revision is taken for another content.
   */
  readonly content?: string;
  /** Epoch ms. */
  readonly atMs: number;
}

/** What one health source has seen at one moment. */
export interface Observation {
  readonly kind: "observed";
  readonly target: string;
  /** What it is about. Missing (probes, metrics): whatever was live at `atMs`. For another one than the live one it is ignored. */
  readonly revision?: string;
  /** One of the policy's sources; others are not heard. */
  readonly source: string;
  readonly status: Status;
  /** Epoch ms at which it was true: of a watch, when the cluster was last heard of. The same time twice is one sample. */
  readonly atMs: number;
  /** One line. Untrusted, escaped by the source. */
  readonly message: string;
  /** A measurement over time (`rate(…[5m])`): how far back it reaches, in ms. */
  readonly coversMs?: number;
  /** Since when it is so, as the source says (an alert that began then), epoch ms. What began before a revision is not that revision's. */
  readonly sinceMs?: number;
  /** `Current` that no health check stands behind: never good. */
  readonly unproven?: true;
  /** The cluster went back by itself: whatever the status says, it is not of this revision, and git must follow. Bad. */
  readonly rolledBack?: true;
}
