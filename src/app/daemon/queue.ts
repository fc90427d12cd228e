/** Who is looked at next: each key by itself, in the order in which they became due, so many at once. */
import type { Clock } from "../../ports/clock.ts";

export interface QueueOptions {
  readonly clock: Pick<Clock, "nowMs" | "sleep">;
  /** So many at once. */
  readonly lanes: number;
  /** Does the work; answers after how long, in ms, it is due again. A rejection is a bug: see `onBug`. */
  readonly work: (key: string) => Promise<number>;
  readonly onBug: (key: string, error: unknown) => void;
}

export interface Queue {
  /** Due then at the latest. What is being worked on is done once more afterwards: something may have come too late for it. */
  due(key: string, atMs: number): void;
  /** Not any more, unless it is named again. */
  forget(key: string): void;
  /** Works until the signal ends it; resolves when what was begun has ended. */
  run(signal: AbortSignal): Promise<void>;
}

interface Entry {
  dueMs: number;
  running: boolean;
  /** Asked for while it ran. */
  againMs: number | undefined;
}

/** After a bug: it must not take the time of others. */
const BUG_MS = 60_000;
/** However late: clocks may be set. */
const LONGEST_MS = 60_000;

/** Why a sleep ends early: no error with a stack is made each time. */
const WOKEN = "woken";

/** A fair queue: nobody comes twice before everybody who was due has come once, and none waits for another but for a free lane. */
export function createQueue({ clock, lanes, work, onBug }: QueueOptions): Queue {
  const entries = new Map<string, Entry>();
  const running = new Set<Promise<void>>();
  let wake = (): void => undefined;
  /** Until then it sleeps; whoever is due later need not wake it. */
  let asleepMs = 0;

  async function one(key: string, entry: Entry): Promise<void> {
    let againMs = BUG_MS;
    try {
      againMs = await work(key);
    } catch (error) {
      onBug(key, error);
    }
    entry.running = false;
    entry.dueMs = Math.min(clock.nowMs() + againMs, entry.againMs ?? Infinity);
    entry.againMs = undefined;
    // To the end: who is due at the same time and came before goes before.
    if (entries.get(key) === entry) {
      entries.delete(key);
      entries.set(key, entry);
    }
    rouse(running.size >= lanes ? 0 : entry.dueMs);
  }

  /** A clock that has been set forward is past its time, and sleeps on. */
  function rouse(dueMs: number): void {
    if (dueMs < asleepMs || clock.nowMs() >= asleepMs) wake();
  }

  function begin(): void {
    const nowMs = clock.nowMs();
    const waiting = [...entries].filter(([, { running: isRunning, dueMs }]) => !isRunning && dueMs <= nowMs);
    for (const [key, entry] of waiting.sort(([, a], [, b]) => a.dueMs - b.dueMs)) {
      if (running.size >= lanes) return;
      entry.running = true;
      const job: Promise<void> = one(key, entry).finally(() => running.delete(job));
      running.add(job);
    }
  }

  function untilNext(): number {
    if (running.size >= lanes) return LONGEST_MS;
    const nowMs = clock.nowMs();
    const waits = [...entries.values()].flatMap(({ running: isRunning, dueMs }) => (isRunning ? [] : [dueMs - nowMs]));
    return Math.max(0, Math.min(LONGEST_MS, ...waits));
  }

  return {
    due(key, atMs) {
      const entry = entries.get(key);
      if (entry === undefined) entries.set(key, { dueMs: atMs, running: false, againMs: undefined });
      else if (entry.running) entry.againMs = Math.min(entry.againMs ?? Infinity, atMs);
      else entry.dueMs = Math.min(entry.dueMs, atMs);
      if (entry?.running !== true) rouse(atMs);
    },
    forget(key) {
      entries.delete(key);
    },
    async run(signal) {
      signal.addEventListener("abort", () => wake(), { once: true });
      let woken = new AbortController();
      wake = () => woken.abort(WOKEN);
      while (!signal.aborted) {
        begin();
        if (woken.signal.aborted) woken = new AbortController();
        const waitMs = untilNext();
        asleepMs = clock.nowMs() + waitMs;
        await clock.sleep(waitMs, woken.signal).catch((error: unknown) => {
          if (!woken.signal.aborted) throw error;
        });
      }
      await Promise.all(running);
    },
  };
}
