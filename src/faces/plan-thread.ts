/** Plans in a thread of its own, with bounds of time and memory. */
import { Worker } from "node:worker_threads";
import type { GoalPlan, GoalQuery } from "../app/plan-goal.ts";
import type { HistoryWorld } from "../app/read-history.ts";
import { LastgoodError } from "../errors.ts";
import { type Call, errorOf, failureOf, type FromPlanner, type PlanTask, type ToPlanner } from "./plan-messages.ts";

export interface PlanThreadOptions {
  /** The URL of thread.ts, as it was built. */
  readonly thread: string;
  /** Default 60 s: hundreds of large files may be planned together. */
  readonly timeoutMs?: number;
  /** Default 160 MB, with which the whole program stays below 256. */
  readonly maxHeapMb?: number;
}

/** The plan of `planGoal`, and its errors; `LimitTime` and `LimitMemory` beyond the bounds. */
export async function planInThread(
  { target, branch, base, goal, selection, isChosen = false, patterns, asked }: GoalQuery,
  world: HistoryWorld,
  { thread, timeoutMs = 60_000, maxHeapMb = 160 }: PlanThreadOptions,
): Promise<GoalPlan> {
  const query = {
    target,
    branch,
    base,
    goal,
    selection,
    isChosen,
    patterns,
    ...(asked === undefined ? {} : { asked }),
  };
  const nowMs = world.clock.nowMs();
  const engine = goal.kind === "undo" ? undefined : await world.engineEvidence?.(target);
  const task: PlanTask = {
    task: "plan",
    query,
    nowMs,
    records: world.records !== undefined,
    ...(engine === undefined ? {} : { engine }),
  };
  const worker = new Worker(new URL(thread), {
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: maxHeapMb, maxYoungGenerationSizeMb: 16 },
  });
  const ports = servePorts(worker, world);
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise((resolve, reject) => {
      timer = setTimeout(() => reject(tooMuch("LimitTime", `${timeoutMs / 1000} s`, ports.largest())), timeoutMs);
      worker.on("message", (message: FromPlanner) => {
        if (message.kind === "call") void ports.answer(message);
        else if (message.kind === "log") world.log[message.method](message.message);
        else if (message.kind === "progress") world.log.progress(message.stage, message.percent);
        else if (message.kind === "plan") resolve(message.plan);
        else reject(ports.errorOf(message.call) ?? errorOf(message.failure));
      });
      worker.once("error", (error: Error & { readonly code?: string }) =>
        reject(
          error.code === "ERR_WORKER_OUT_OF_MEMORY"
            ? tooMuch("LimitMemory", `${maxHeapMb} MB of memory`, ports.largest())
            : error,
        ),
      );
      worker.once("exit", () => reject(new Error("the thread that plans has ended")));
    });
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}

function tooMuch(code: "LimitTime" | "LimitMemory", what: string, file: string | undefined): LastgoodError {
  return new LastgoodError(code, `planning takes more than ${what}`, {
    hint: "Split the file, or undo it by hand: git revert --no-commit takes it as text.",
    ...(file === undefined ? {} : { place: { file } }),
  });
}

interface Ports {
  answer(call: Call): Promise<void>;
  /** What a call failed with, as it was. */
  errorOf(call: number | undefined): unknown;
  /** The path of the largest file that was read, as far as it was told. */
  largest(): string | undefined;
}

function servePorts(worker: Worker, world: HistoryWorld): Ports {
  const errors = new Map<number, unknown>();
  const paths = new Map<string, string>();
  let largest: { readonly id: string; readonly size: number } = { id: "", size: 0 };

  /** Remembers by which path a file was told, and how large it is. */
  function note({ args }: Call, result: unknown): void {
    if (!Array.isArray(result)) return;
    for (const [at, one] of (result as readonly Told[]).entries()) {
      if (one instanceof Uint8Array) {
        const id = (args[0] as readonly string[] | undefined)?.[at] ?? "";
        if (one.length > largest.size) largest = { id, size: one.length };
      } else if (one.path !== undefined) {
        for (const id of [one.id, one.before?.id, one.after?.id]) if (id !== undefined) paths.set(id, one.path);
      }
    }
  }

  return {
    async answer(call) {
      try {
        const result = await run(call, world);
        note(call, result);
        say(worker, { id: call.id, result });
      } catch (error) {
        errors.set(call.id, error);
        say(worker, { id: call.id, failure: failureOf(error) });
      }
    },
    errorOf: (call) => (call === undefined ? undefined : errors.get(call)),
    largest: () => paths.get(largest.id),
  };
}

/** What lists of files and blobs are made of. */
type Told =
  | Uint8Array
  | {
      readonly path?: string;
      readonly id?: string;
      readonly before?: { readonly id: string };
      readonly after?: { readonly id: string };
    };

async function run({ port, method, args }: Call, world: HistoryWorld): Promise<unknown> {
  const { repository, ledger, records } = world;
  const object = { repository, refs: repository.refs, ledger, records: port === "records" ? await records?.() : {} }[
    port
  ];
  const own = (object as Readonly<Record<string, unknown>> | undefined)?.[method];
  if (typeof own !== "function") return undefined;
  const result: unknown = (own as (...args: readonly unknown[]) => unknown).apply(object, [...args]);
  return isIterable(result) ? collect(result) : result;
}

function isIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === "object" && value !== null && Symbol.asyncIterator in value;
}

async function collect(items: AsyncIterable<unknown>): Promise<readonly unknown[]> {
  const all: unknown[] = [];
  for await (const item of items) all.push(item);
  return all;
}

function say(worker: Worker, message: ToPlanner): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  worker.postMessage(message);
}
