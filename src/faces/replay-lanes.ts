/** Where reverts are replayed: in threads of their own, or in this one where the program is not built. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { replayCase } from "../app/replay-case.ts";
import type { ReplayLane } from "../app/replay.ts";
import type { ReplayCase } from "../core/replay/types.ts";
import { LastgoodError } from "../errors.ts";
import { openReplayWorld, type ReplayPlace } from "./compose.ts";
import type { LaneAnswer, LaneOrder } from "./replay-worker.ts";

export interface OpenedLanes {
  readonly lanes: readonly ReplayLane[];
  close(): Promise<void>;
}

export interface LaneOptions {
  readonly place: ReplayPlace;
  readonly jobs: number;
  /** The URL of thread.ts, as it was built. */
  readonly thread: string | undefined;
  /** A case may take this long; default 60 s. */
  readonly timeoutMs?: number;
}

/** A manifest that would fill more than this ends its thread, not the program. */
const MAX_HEAP_MB = 768;

/** Opens the lanes. Closing ends their processes and removes their scratch repositories. */
export async function openReplayLanes(options: LaneOptions): Promise<OpenedLanes> {
  const { place, jobs, thread, timeoutMs = 60_000 } = options;
  if (thread === undefined) {
    const world = await openReplayWorld(place);
    return { lanes: [{ replay: (one) => replayCase(one, world) }], close: () => world.close() };
  }
  const start = (): Worker =>
    new Worker(new URL(thread), { workerData: place, resourceLimits: { maxOldGenerationSizeMb: MAX_HEAP_MB } });
  const lanes = Array.from({ length: jobs }, () => threadLane(start, timeoutMs));
  return { lanes, close: async () => void (await Promise.all(lanes.map((lane) => lane.close()))) };
}

function threadLane(start: () => Worker, timeoutMs: number): ReplayLane & { close(): Promise<void> } {
  let worker: Worker | undefined;
  return {
    async replay(one) {
      worker ??= start();
      const answer = await ask(worker, one, timeoutMs).catch((error: unknown) => {
        worker = undefined;
        throw error;
      });
      if (answer !== undefined && "result" in answer) return answer.result;
      if (answer !== undefined) throw new LastgoodError(answer.failure.code, answer.failure.message, hintOf(answer));
      await worker?.terminate();
      worker = undefined;
      return { ...one, skipped: "it took too long, or too much memory" };
    },
    async close() {
      if (worker === undefined) return;
      const ended = once(worker, "exit");
      send(worker, { end: true });
      await ended;
    },
  };
}

function hintOf({ failure }: Extract<LaneAnswer, { failure: object }>): { readonly hint?: string } {
  return failure.hint === undefined ? {} : { hint: failure.hint };
}

/** Undefined when the thread did not answer in time, or its memory was used up. Throws for any other end. */
async function ask(worker: Worker, one: ReplayCase, timeoutMs: number): Promise<LaneAnswer | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => settle(() => resolve(undefined)), timeoutMs);
    const answered = (answer: LaneAnswer): void => settle(() => resolve(answer));
    const failed = (error: Error & { readonly code?: string }): void =>
      settle(() => (error.code === "ERR_WORKER_OUT_OF_MEMORY" ? resolve(undefined) : reject(error)));
    const ended = (): void => settle(() => reject(new Error("the thread has ended")));
    function settle(then: () => void): void {
      clearTimeout(timer);
      worker.off("message", answered).off("error", failed).off("exit", ended);
      then();
    }
    worker.once("message", answered).once("error", failed).once("exit", ended);
    send(worker, { one });
  });
}

function send(worker: Worker, order: LaneOrder): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  worker.postMessage(order);
}
