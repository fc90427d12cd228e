import type { Clock } from "../../src/ports/clock.ts";

/** A clock that stands still until a test moves it: sleeps end when their time has come, and not before. */
export interface ManualClock extends Clock {
  /** Moves it, waking everything that is due by then, in order. */
  readonly advance: (ms: number) => void;
  /** Sets it: the time of day is another one, and nobody has slept a moment. */
  readonly jump: (ms: number) => void;
  /** Moves it to where the next sleep ends; nothing when nobody sleeps. */
  readonly next: () => void;
  /** What is slept for: how long it was to take from its beginning, in ms. */
  readonly sleeping: readonly number[];
  /**
   * Lets time pass until it holds: whenever nothing else goes on, the shortest sleep of at most `longestMs` ends. Longer ones are
   * watchdogs of what does go on. Throws when it does not hold within ten real seconds.
   */
  readonly passUntil: (holds: () => boolean, longestMs?: number) => Promise<void>;
}

interface Sleeper {
  readonly ms: number;
  readonly atMs: number;
  readonly wake: () => void;
}

const PATIENCE_MS = 10_000;

/** Starts at 2026-08-22T13:46:40Z. */
export function manualClock(startMs = Date.parse("2026-08-22T13:46:40Z")): ManualClock {
  // Monotonic; what it begins at means nothing.
  let nowMs = 5000;
  let dayMs = startMs - nowMs;
  let ids = 0;
  let sleepers: Sleeper[] = [];

  function advance(ms: number): void {
    const untilMs = nowMs + ms;
    for (;;) {
      const next = sleepers.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (next === undefined || next.atMs > untilMs) break;
      nowMs = Math.max(nowMs, next.atMs);
      next.wake();
    }
    nowMs = untilMs;
  }

  return {
    nowMs: () => dayMs + nowMs,
    monotonicMs: () => nowMs,
    advance,
    jump(ms) {
      dayMs += ms;
    },
    next() {
      const first = sleepers.toSorted((a, b) => a.atMs - b.atMs)[0];
      if (first !== undefined) advance(Math.max(0, first.atMs - nowMs));
    },
    get sleeping() {
      return sleepers.map(({ ms }) => ms);
    },
    async passUntil(holds, longestMs = 61_000) {
      await until(() => {
        if (holds()) return true;
        const due = sleepers.filter(({ ms }) => ms <= longestMs).toSorted((a, b) => a.atMs - b.atMs)[0];
        if (due !== undefined) advance(due.atMs - nowMs);
        return false;
      });
    },
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        const leave = (): void => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          signal?.removeEventListener("abort", abort);
        };
        const abort = (): void => {
          leave();
          reject(signal?.reason as Error);
        };
        const wake = (): void => {
          leave();
          resolve();
        };
        const sleeper: Sleeper = { ms, atMs: nowMs + ms, wake };
        sleepers.push(sleeper);
        signal?.addEventListener("abort", abort, { once: true });
      });
    },
    newId() {
      ids += 1;
      return `01K${ids.toString(32).toUpperCase().padStart(23, "0")}`;
    },
  };
}

/** Waits for what others do meanwhile, over real sockets, without waiting longer than it takes. Throws after ten seconds. */
export async function until(holds: () => boolean): Promise<void> {
  const endMs = Date.now() + PATIENCE_MS;
  while (!holds()) {
    if (Date.now() > endMs) throw new Error(`it does not come true: ${holds.toString()}`);
    await new Promise((resolve) => setImmediate(resolve));
  }
}
