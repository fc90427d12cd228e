import type { Clock } from "../../../ports/clock.ts";

/** Waits that grow with every failure in a row, each with jitter so that thousands of clients do not come back at once. */
export interface Backoff {
  /** How long to wait after this failure. */
  nextMs(): number;
  reset(): void;
}

const FIRST_MS = 1000;
const LONGEST_MS = 60_000;

/** 1 s, 2 s, 4 s … 60 s, each between 50 % and 100 % of it. `random`: 0 ≤ x < 1. */
export function createBackoff(random: () => number): Backoff {
  let failures = 0;
  return {
    nextMs() {
      const fullMs = Math.min(FIRST_MS * 2 ** Math.min(failures, 10), LONGEST_MS);
      failures += 1;
      return Math.round(fullMs * (0.5 + random() / 2));
    },
    reset() {
      failures = 0;
    },
  };
}

/** `ms`, up to a tenth more. */
export function withJitter(ms: number, random: () => number): number {
  return Math.round(ms * (1 + random() / 10));
}

/** Why a request was ended from our side. */
export type Ended = "idle" | "due";

export interface Watchdog {
  /** Aborted by the watchdog, or with the outer signal. */
  readonly signal: AbortSignal;
  /** Undefined: it has ended nothing. */
  ended(): Ended | undefined;
  /** Something has come: the silence begins anew. */
  heard(): void;
  stop(): void;
}

/**
 * Ends what has been silent for `idleMs`, and whatever it is at `dueAtMs`. A connection whose other end is gone answers nothing at
 * all, and TCP does not tell.
 */
export function startWatchdog(
  clock: Clock,
  {
    idleMs,
    dueAtMs = Number.POSITIVE_INFINITY,
    signal,
  }: { readonly idleMs: number; readonly dueAtMs?: number; readonly signal?: AbortSignal | undefined },
): Watchdog {
  const request = new AbortController();
  const timer = new AbortController();
  let heardAtMs = clock.nowMs();
  let ended: Ended | undefined;
  const endFromOutside = (): void => request.abort(signal?.reason);
  if (signal?.aborted === true) endFromOutside();
  else signal?.addEventListener("abort", endFromOutside, { once: true });

  async function watch(): Promise<void> {
    for (;;) {
      const silentAtMs = heardAtMs + idleMs;
      await clock.sleep(Math.max(Math.min(silentAtMs, dueAtMs) - clock.nowMs(), 0), timer.signal);
      if (clock.nowMs() >= dueAtMs) ended = "due";
      else if (clock.nowMs() >= heardAtMs + idleMs) ended = "idle";
      else continue;
      request.abort();
      return;
    }
  }
  // Its only failure is to be stopped.
  watch().catch(() => undefined);

  return {
    signal: request.signal,
    ended: () => ended,
    heard() {
      heardAtMs = clock.nowMs();
    },
    stop() {
      timer.abort();
      signal?.removeEventListener("abort", endFromOutside);
    },
  };
}
