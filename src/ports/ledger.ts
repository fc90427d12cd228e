import type { DecisionRecord } from "../core/decision/decision-record.ts";
import type { LedgerRecord } from "../core/record.ts";

/** A file of the ledger, as it stands: its lines, also those that nobody can read. */
export interface LedgerFile {
  /** From the root of the ledger: `checkpoints/payments%2Fapi.jsonl`. */
  readonly path: string;
  readonly text: string;
}

/** Why a ledger is not to be relied on as it stands (safety.md I16). */
export interface LedgerDoubt {
  /** `rewound`: what was read here before is there no more, or says something else. `newer`: a newer lastgood has written into it. */
  readonly state: "damaged" | "rewound" | "newer";
  /** One sentence. */
  readonly message: string;
  /** What was on record when it was last relied on, and is not any more. */
  readonly lost: readonly LedgerRecord[];
}

export interface LedgerReading {
  readonly records: readonly LedgerRecord[];
  readonly damaged: number;
  /** Missing: what was ever read here is still there, and all of it can be read. */
  readonly doubt?: LedgerDoubt;
}

/** Is there something on record that makes it wrong to add what was to be added? */
export type Unless = (records: readonly LedgerRecord[]) => boolean;

/**
 * The record of checkpoints, jobs and quarantine. Append-only: what was written stays, two writers are united.
 * Throws `Ledger*` errors, and those of the way there (`Repository*`, `Forge*`, `LimitFetch`).
 */
export interface Ledger {
  /**
   * Every readable record, oldest first, doubles removed; of jobs the newest few hundred, decisions never. A line that cannot be read is
   * counted in `damaged`, never fatal.
   */
  read(): Promise<LedgerReading>;
  /**
   * Appends and makes durable; on a lost race fetches, unites and tries again (bounded). Returns once it is where others read it. `unless` is
   * asked each time with what is on record by then (as `read` tells it): when it says yes, nothing is added, and the answer is false.
   */
  append(records: readonly LedgerRecord[], unless?: Unless): Promise<boolean>;
  /**
   * Relies on the ledger as it was read with this doubt: to be called once it was reconciled with git and the forge. Does nothing when another
   * doubt has come up since; lines of a newer version stay in doubt. Missing where nothing is remembered.
   */
  accept?(doubt: LedgerDoubt): Promise<void>;
  /** The newest decisions on a target, oldest first. Missing where they are not kept. */
  decisions?(target: string): Promise<readonly DecisionRecord[]>;
  /** Every file, by path, with all jobs and decisions there ever were: for who looks after the ledger. Missing where there are none. */
  files?(): AsyncIterable<LedgerFile>;
}
