/** Time and identity, handed in so that every run can be repeated. */
export interface Clock {
  /** Epoch milliseconds. */
  nowMs(): number;
  /** Milliseconds since some moment: only goes forward, whoever sets the clock. Says nothing to other machines. */
  monotonicMs(): number;
  /** Waits; rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A new sortable id (ULID). */
  newId(): string;
}
