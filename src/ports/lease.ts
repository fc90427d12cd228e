import type { LeaseRecord } from "../core/lease.ts";

/** A lease as it was read, or written. */
export interface StoredLease {
  readonly record: LeaseRecord;
  /** Names exactly this state of it. */
  readonly version: string;
}

/** One lease, where all replicas find it. Throws `Engine*` errors; the signal's reason when it ends a request. */
export interface LeaseStore {
  /** For people: `lastgood-system/lastgood in in-cluster`. */
  readonly name: string;
  /** Undefined: there is none. */
  read(signal?: AbortSignal): Promise<StoredLease | undefined>;
  /**
   * Writes it over the state that `version` names; undefined: makes it. Throws `EngineConflict` when somebody else was faster,
   * `EngineNotFound` when it is no more.
   */
  write(record: LeaseRecord, version: string | undefined, signal?: AbortSignal): Promise<StoredLease>;
}
