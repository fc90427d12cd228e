import { setTimeout as wait } from "node:timers/promises";
import { monotonicFactory } from "ulid";
import type { Clock } from "../ports/clock.ts";

/** The real time. */
export function createSystemClock(): Clock {
  let next: (() => string) | undefined;
  return {
    nowMs: () => Date.now(),
    monotonicMs: () => performance.now(),
    sleep: async (ms, signal) => {
      await wait(ms, undefined, signal === undefined ? {} : { signal });
    },
    newId: () => (next ??= monotonicFactory())(),
  };
}
