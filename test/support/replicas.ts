/** Replicas that share one Lease on the look-alike of Kubernetes, in time that passes when the test says so. */
import { onTestFinished } from "vitest";
import { openKubernetesLease } from "../../src/adapters/lease/kubernetes/kubernetes-lease.ts";
import { type HeldLease, holdLease } from "../../src/app/daemon/hold-lease.ts";
import type { LeaseStore } from "../../src/ports/lease.ts";
import { kubeWorld, type KubeWorld } from "./kubernetes/kube-world.ts";
import type { ManualClock } from "./manual-clock.ts";
import { silentLog, type SilentLog } from "./silent-log.ts";

export interface Replica extends Pick<HeldLease, "settled" | "release"> {
  readonly name: string;
  readonly log: SilentLog;
  /** What it was told, in order: `leading`, `standing by`, `standing by for b`. */
  readonly told: readonly string[];
  held(): boolean;
  /** Its process is stopped: nothing that it asks is answered to it any more. Going on, it is where it was. */
  stop(): void;
  goOn(): void;
  /** Its clock is set. */
  jump(ms: number): void;
  /** So many of its requests are never answered. */
  hang(times: number): void;
}

export interface Replicas {
  readonly kube: KubeWorld;
  readonly clock: ManualClock;
  start(name: string, options?: { readonly log?: SilentLog }): Promise<Replica>;
  /** Lets so much time pass, a second at a time; nobody but one replica ever holds the lease. */
  pass(ms: number): Promise<void>;
  /** Lets what goes on come to its end; no time passes. */
  rest(): Promise<void>;
  /** The Lease's spec, as it stands; undefined: there is none. */
  spec(): Promise<Readonly<Record<string, unknown>> | undefined>;
  /** By hand. */
  edit(fields: { readonly spec?: object; readonly metadata?: object }): Promise<void>;
  remove(): Promise<void>;
}

export const LEASES = "/apis/coordination.k8s.io/v1/namespaces/lastgood-system/leases";

export async function replicaWorld(): Promise<Replicas> {
  const kube = await kubeWorld();
  const { clock, server } = kube;
  const all: Replica[] = [];
  let asked = 0;
  let calls = 0;

  async function rest(): Promise<void> {
    for (let quiet = 0, seen = calls; quiet < 4;) {
      await new Promise((resolve) => setImmediate(resolve));
      quiet = asked === 0 && seen === calls ? quiet + 1 : 0;
      seen = calls;
    }
  }

  async function start(name: string, { log = silentLog() } = {}): Promise<Replica> {
    const own = ownClock(clock);
    const lease = { name: "lastgood", namespace: "lastgood-system" };
    const store = await openKubernetesLease({ kubeconfig: kube.kubeconfig, env: {}, clock: own.clock, lease });
    const told: string[] = [];
    const counted: LeaseStore = {
      name: store.name,
      read: async (signal) => count(async () => store.read(signal), signal),
      write: async (...args) => count(async () => store.write(...args), args[2]),
    };
    let hanging = 0;
    async function count<T>(ask: () => Promise<T>, signal?: AbortSignal): Promise<T> {
      if (hanging > 0) {
        hanging -= 1;
        return new Promise((_, reject) => {
          signal?.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
        });
      }
      asked += 1;
      calls += 1;
      try {
        return await ask();
      } finally {
        asked -= 1;
        await own.awake();
      }
    }
    const holding = holdLease(
      {
        store: counted,
        self: name,
        log,
        random: () => 0,
        onChange: ({ leading, holder }) =>
          void told.push(leading ? "leading" : `standing by${holder === "" ? "" : ` for ${holder}`}`),
      },
      own.clock,
    );
    const hang = (times: number): void => void (hanging = times);
    const replica: Replica = { ...holding, ...own.control, name, log, told, hang };
    all.push(replica);
    onTestFinished(async () => {
      own.control.goOn();
      server.faults.clear();
      await replica.release();
    });
    await rest();
    return replica;
  }

  async function send(method: string, body?: object): Promise<Response> {
    const headers = { "content-type": "application/merge-patch+json" };
    // Not one of the requests that faults are armed for.
    const url = `${server.url}${LEASES}/lastgood?by=hand`;
    return fetch(url, { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  }

  return {
    kube,
    clock,
    start,
    rest,
    async pass(ms) {
      for (let left = ms; left > 0; left -= 1000) {
        await rest();
        clock.advance(Math.min(1000, left));
        await rest();
        const holders = all.filter((replica) => replica.held()).map(({ name }) => name);
        if (holders.length > 1) throw new Error(`held by ${holders.join(" and ")} at the same time`);
      }
    },
    async spec() {
      const answer = await send("GET");
      return answer.ok ? ((await answer.json()) as { readonly spec: Record<string, unknown> }).spec : undefined;
    },
    async edit(fields) {
      if (!(await send("PATCH", fields)).ok) throw new Error("it cannot be edited");
    },
    async remove() {
      if (!(await send("DELETE")).ok) throw new Error("it cannot be deleted");
    },
  };
}

/** The time of one process: it may be stopped, and its day be another one. */
function ownClock(clock: ManualClock) {
  let dayMs = 0;
  let wake = (): void => undefined;
  const stopped: { until?: Promise<void> | undefined } = {};
  const awake = async (): Promise<void> => {
    while (stopped.until !== undefined) await stopped.until;
  };
  return {
    awake,
    clock: {
      nowMs: () => clock.nowMs() + dayMs,
      monotonicMs: () => clock.monotonicMs(),
      newId: () => clock.newId(),
      async sleep(ms: number, signal?: AbortSignal) {
        await clock.sleep(ms, signal);
        await awake();
        signal?.throwIfAborted();
      },
    },
    control: {
      jump: (ms: number): void => void (dayMs += ms),
      stop: (): void => void (stopped.until ??= new Promise((resolve) => (wake = resolve))),
      goOn: (): void => {
        stopped.until = undefined;
        wake();
      },
    },
  };
}
