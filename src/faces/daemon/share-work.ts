/** Who of several replicas acts: the one that holds the Lease of the configuration; without one in it, this one. */
import { hostname } from "node:os";
import { type HeldLease, holdLease } from "../../app/daemon/hold-lease.ts";
import type { LeaseConfig } from "../../config/config.ts";
import type { CommonOptions } from "../cli/context.ts";
import { openLease } from "../compose-daemon.ts";
import type { Surroundings } from "../surroundings.ts";
import { createSystemClock } from "../system-clock.ts";
import type { DaemonLog } from "./daemon-log.ts";
import type { Metrics } from "./metrics.ts";

export interface ShareWork {
  /** Missing: nobody else is there. */
  readonly lease: LeaseConfig | undefined;
  readonly options: Pick<CommonOptions, "kubeconfig" | "context">;
  readonly surroundings: Pick<Surroundings, "env" | "cwd">;
  readonly log: DaemonLog;
  readonly metrics: Pick<Metrics, "leading">;
}

export interface SharedWork extends Pick<HeldLease, "settled" | "release"> {
  /** Missing: always. */
  readonly held?: () => boolean;
}

/** Begins to ask for the lease. Throws `EngineConfig` when there is no cluster to ask. */
export async function shareWork({ lease, options, surroundings, log, metrics }: ShareWork): Promise<SharedWork> {
  if (lease === undefined) {
    metrics.leading.set(1);
    return { settled: Promise.resolve(), release: async () => undefined };
  }
  const clock = createSystemClock();
  const store = await openLease({ ...options, lease, clock }, surroundings);
  metrics.leading.set(0);
  return holdLease(
    {
      store,
      // A pod is called as its host; another process of the same name is another one all the same.
      self: `${hostname()}_${clock.newId()}`,
      log,
      random: Math.random,
      onChange: ({ leading, holder }) => {
        metrics.leading.set(leading ? 1 : 0);
        log.event(leading ? "leading" : "standing by", { lease: store.name, ...(holder === "" ? {} : { holder }) });
      },
    },
    clock,
  );
}
