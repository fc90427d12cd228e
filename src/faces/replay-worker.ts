/** A thread that replays one revert at a time: parsing what people wrote never blocks, nor fills, the main one. */
import { parentPort, workerData } from "node:worker_threads";
import { replayCase } from "../app/replay-case.ts";
import type { ReplayCase, ReplayResult, SkippedCase } from "../core/replay/types.ts";
import { type ErrorCode, LastgoodError } from "../errors.ts";
import { openReplayWorld, type ReplayPlace } from "./compose.ts";

/** From the main thread: a case, or the end. */
export type LaneOrder = { readonly one: ReplayCase } | { readonly end: true };

/** To it: what became of the case. Errors do not travel as what they are. */
export type LaneAnswer =
  | { readonly result: ReplayResult | SkippedCase }
  | { readonly failure: { readonly code: ErrorCode; readonly message: string; readonly hint: string | undefined } };

/** Answers orders until the end. `workerData` says where the repository is. */
export async function runReplayWorker(): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error("not in a thread");
  const world = await openReplayWorld(workerData as ReplayPlace);
  await new Promise<void>((resolve) => {
    port.on("message", (order: LaneOrder) => {
      if ("end" in order) resolve();
      else void replayCase(order.one, world).then(answer, fail);
    });
  });
  await world.close();
  port.close();

  function answer(result: ReplayResult | SkippedCase): void {
    port?.postMessage({ result } satisfies LaneAnswer);
  }

  function fail(error: unknown): void {
    const known = error instanceof LastgoodError ? error : new LastgoodError("Internal", String(error));
    port?.postMessage({ failure: { code: known.code, message: known.message, hint: known.hint } } satisfies LaneAnswer);
  }
}
