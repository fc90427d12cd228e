/** A thread that makes one plan: what is large neither blocks nor fills the main one. */
import { type MessagePort, parentPort } from "node:worker_threads";
import { planGoal } from "../app/plan-goal.ts";
import type { HistoryWorld } from "../app/read-history.ts";
import type { RevisionChange } from "../core/model/git.ts";
import type { ForgeRecords } from "../ports/forge-records.ts";
import type { Ledger } from "../ports/ledger.ts";
import type { Log } from "../ports/log.ts";
import type { Repository, RepositoryRefs } from "../ports/repository.ts";
import { errorOf, failureOf, type FromPlanner, type PlanTask, type PortName, type ToPlanner } from "./plan-messages.ts";

/** Plans, answers, ends. */
export async function runPlanWorker({ query, nowMs, records, engine }: PlanTask): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error("not in a thread");
  const ports = openPorts(port);
  const log = openLog(port);
  const repository = ports.of("repository");
  const world: HistoryWorld = {
    repository: {
      resolve: (revision) => repository.resolve(revision),
      files: (commit, scope) => repository.files(commit, scope),
      folders: (commit, paths) => repository.folders(commit, paths),
      blobs: (ids, maxBytes) => repository.blobs(ids, maxBytes),
      commit: (request) => repository.commit(request),
      refs: ports.of("refs"),
      async *history(wanted) {
        yield* (await (repository.history(wanted) as unknown as Promise<readonly RevisionChange[]>)) ?? [];
      },
    },
    ledger: ports.of("ledger"),
    clock: { nowMs: () => nowMs, monotonicMs: notHere, sleep: notHere, newId: notHere },
    log,
    ...(records ? { records: async () => ports.of("records") } : {}),
    ...(engine === undefined ? {} : { engineEvidence: async () => engine }),
  };
  try {
    say(port, { kind: "plan", plan: await planGoal(query, world) });
  } catch (error) {
    const call = ports.callOf(error);
    say(port, { kind: "failure", failure: failureOf(error), ...(call === undefined ? {} : { call }) });
  }
  port.close();
}

function notHere(): never {
  throw new Error("a plan neither waits nor names anything");
}

interface Ports {
  readonly repository: Repository;
  readonly refs: RepositoryRefs;
  readonly ledger: Ledger;
  readonly records: ForgeRecords;
}

function openPorts(port: MessagePort): {
  /** Every method of the port asks the main thread. */
  of<N extends PortName>(name: N): Ports[N];
  /** The call that failed with this error. */
  callOf(error: unknown): number | undefined;
} {
  const open = new Map<number, { resolve(result: unknown): void; reject(error: Error): void }>();
  const failed = new WeakMap<Error, number>();
  let last = 0;
  port.on("message", (answer: ToPlanner) => {
    const call = open.get(answer.id);
    open.delete(answer.id);
    if ("result" in answer) return call?.resolve(answer.result);
    const error = errorOf(answer.failure);
    failed.set(error, answer.id);
    call?.reject(error);
  });

  function ask(name: PortName, method: string, args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const id = (last += 1);
      open.set(id, { resolve, reject });
      say(port, { kind: "call", id, port: name, method, args });
    });
  }

  return {
    of: <N extends PortName>(name: N) =>
      new Proxy({} as Ports[N], {
        get: (_, method) =>
          // A promise that gives a port looks for this.
          method === "then" ? undefined : (...args: readonly unknown[]) => ask(name, String(method), args),
      }),
    callOf: (error) => (error instanceof Error ? failed.get(error) : undefined),
  };
}

function openLog(port: MessagePort): Log {
  const tell = (method: "doing" | "waiting" | "done" | "warn") => (message: string) =>
    say(port, { kind: "log", method, message });
  return {
    doing: tell("doing"),
    waiting: tell("waiting"),
    done: tell("done"),
    warn: tell("warn"),
    progress: (stage, percent) => say(port, { kind: "progress", stage, ...(percent === undefined ? {} : { percent }) }),
  };
}

function say(port: MessagePort, message: FromPlanner): void {
  // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread, not a window
  port.postMessage(message);
}
