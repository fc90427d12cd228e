import type { Clock } from "../../src/ports/clock.ts";

/** A clock that only moves when something sleeps on it, and ids that count up. */
export interface FixedClock extends Clock {
  /** How long each sleep was to take, in ms, in order. */
  readonly sleeps: readonly number[];
  advance(ms: number): void;
}

/** Starts at 2026-08-22T13:46:40Z unless told otherwise. Sleeping takes no time, and all of it. */
export function fixedClock(startMs = Date.parse("2026-08-22T13:46:40Z")): FixedClock {
  let nowMs = startMs;
  let ids = 0;
  const sleeps: number[] = [];
  return {
    sleeps,
    nowMs: () => nowMs,
    monotonicMs: () => nowMs - startMs,
    advance(ms) {
      nowMs += ms;
    },
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      sleeps.push(ms);
      nowMs += ms;
      // Lets everything that is already due run first, as a real wait would.
      await new Promise((resolve) => setImmediate(resolve));
    },
    newId() {
      ids += 1;
      return `01J${ids.toString(32).toUpperCase().padStart(23, "0")}`;
    },
  };
}
