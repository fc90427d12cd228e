/** Virtual time: one thread, and a queue of what is to happen. Nothing here knows the real clock. */

export interface Timeline {
  nowMs(): number;
  /** Runs it then; what is due at the same time runs in the order in which it was asked for. Answers how to call it off. */
  at(atMs: number, run: () => void): () => void;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Lets time pass until then, or until it holds, whichever comes first. After each event everything that can go on without time does. */
  pass(untilMs: number, holds?: () => boolean): Promise<void>;
}

interface Due {
  readonly atMs: number;
  readonly order: number;
  run: (() => void) | undefined;
}

/** 2026-08-22T13:46:40Z. */
export const START_MS = 1_787_406_400_000;

export function createTimeline(startMs = START_MS): Timeline {
  let nowMs = startMs;
  let orders = 0;
  const heap: Due[] = [];

  function at(atMs: number, run: () => void): () => void {
    const due: Due = { atMs: Math.max(atMs, nowMs), order: (orders += 1), run };
    push(heap, due);
    return () => {
      due.run = undefined;
    };
  }

  return {
    nowMs: () => nowMs,
    at,
    async sleep(ms, signal) {
      signal?.throwIfAborted();
      await new Promise<void>((resolve, reject) => {
        const abort = (): void => {
          cancel();
          reject(signal?.reason as Error);
        };
        const cancel = at(nowMs + ms, () => {
          signal?.removeEventListener("abort", abort);
          resolve();
        });
        signal?.addEventListener("abort", abort, { once: true });
      });
    },
    async pass(untilMs, holds) {
      await settled();
      for (let next = heap[0]; next !== undefined && next.atMs <= untilMs; next = heap[0]) {
        if (holds?.() === true) return;
        pop(heap);
        if (next.run === undefined) continue;
        nowMs = next.atMs;
        next.run();
        await settled();
      }
      if (holds?.() !== true) nowMs = Math.max(nowMs, untilMs);
    },
  };
}

/** Until no promise is left that can go on by itself: nothing in a simulation waits for the outside. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function isBefore(a: Due, b: Due): boolean {
  return a.atMs < b.atMs || (a.atMs === b.atMs && a.order < b.order);
}

function push(heap: Due[], due: Due): void {
  let index = heap.length;
  while (index > 0) {
    const parent = (index - 1) >> 1;
    const above = heap[parent];
    if (above === undefined || isBefore(above, due)) break;
    heap[index] = above;
    index = parent;
  }
  heap[index] = due;
}

function pop(heap: Due[]): void {
  const last = heap.pop();
  if (last === undefined || heap.length === 0) return;
  let index = 0;
  for (;;) {
    const [left, right] = [heap[2 * index + 1], heap[2 * index + 2]];
    if (left === undefined) break;
    const isRight = right !== undefined && isBefore(right, left);
    const child = isRight ? right : left;
    if (isBefore(last, child)) break;
    heap[index] = child;
    index = 2 * index + (isRight ? 2 : 1);
  }
  heap[index] = last;
}
