/** What the parts of one tick hand to each other. */
import type { LedgerFacts } from "../../core/decision/facts.ts";
import type { Job } from "../../core/job/job.ts";
import type { Step, StepFacts } from "../../core/job/step.ts";
import type { LedgerRecord } from "../../core/record.ts";
import type { LedgerReading } from "../../ports/ledger.ts";
import type { DaemonLane, TargetLook } from "./daemon-lane.ts";
import type { Gathered } from "./gather-facts.ts";

export interface ReconcileTarget {
  /** What is known of it now; undefined: it is not watched any more. Asked again right before each write. */
  readonly look: () => TargetLook | undefined;
  readonly lane: DaemonLane;
}

/** What the ledger tells. */
export interface Memory {
  /** Missing: it cannot be read. */
  readonly reading?: LedgerReading;
  readonly records: readonly LedgerRecord[];
  readonly jobs: readonly Job[];
  readonly ledger: LedgerFacts;
}

/** A step, and all that it was derived from. */
export interface Performing {
  readonly request: ReconcileTarget;
  readonly look: TargetLook;
  readonly memory: Memory;
  readonly gathered: Gathered;
  readonly facts: StepFacts;
  readonly step: Step;
}
