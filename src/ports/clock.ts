/** Time and identity, handed in so that every run can be repeated. */
export interface Clock {
  /** Epoch milliseconds. */
  nowMs(): number;
  /** Waits; rejects with the signal's reason when it is aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** A new sortable id (ULID). */
  newId(): string;
}
