/**
 * An engine that also tells what its workloads have undone by themselves: an aborted Rollout, a failed Canary. The engine may call such a
 * target healthy, and yet the cluster is old and git is new.
 */
import { observeRolledBack } from "../../core/engine/rolled-back.ts";
import type { EngineState } from "../../core/engine/engine-state.ts";
import { LastgoodError } from "../../errors.ts";
import type { Clock } from "../../ports/clock.ts";
import type { Cluster } from "../../ports/cluster.ts";
import type { Engine, EngineView } from "../../ports/engine.ts";

export interface RollbackTools {
  readonly cluster: Pick<Cluster, "list">;
  readonly clock: Pick<Clock, "sleep">;
  /** All workloads of the same cluster, without a selector. Read only where something drives them. */
  readonly workloads: Pick<Engine, "read" | "follow">;
}

/** Kinds that undo a deploy by themselves. Most clusters have neither: then nothing more is read there. */
const DRIVERS = [
  { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout" },
  { apiVersion: "flagger.app/v1beta1", kind: "Canary" },
] as const;

/** How often it is looked whether there are any by now. */
const AGAIN_MS = 60_000;

export function withRollbacks(engine: Engine, tools: RollbackTools): Engine {
  return {
    ...engine,
    async read(signal) {
      const [view, workloads] = await Promise.all([engine.read(signal), readWorkloads(tools, signal)]);
      return together(view, workloads);
    },
    follow({ signal, onChange }) {
      const own = engine.follow({ signal, ...(onChange === undefined ? {} : { onChange }) });
      let below: ReturnType<Engine["follow"]> | undefined;
      const keysOf = (): readonly string[] => [...own.view().states.keys()];
      const found = awaitDrivers(tools, signal).then((is) => {
        // Whatever a workload does may be of any target.
        if (is) below = tools.workloads.follow({ signal, onChange: () => onChange?.(keysOf()) });
      });
      const done = Promise.all([own.done, found.then(async () => below?.done)]).then(() => undefined);
      return { view: () => together(own.view(), below?.view()), done };
    },
  };
}

/** The states, with what was undone below them. What is not known of the workloads takes nothing away from what the engine says. */
function together(view: EngineView, workloads: EngineView | undefined): EngineView {
  if (workloads === undefined || workloads.states.size === 0) return view;
  const states = new Map<string, EngineState>();
  for (const [key, state] of view.states) states.set(key, observeRolledBack(state, workloads.states));
  return { ...view, states };
}

async function readWorkloads(tools: RollbackTools, signal: AbortSignal | undefined): Promise<EngineView | undefined> {
  try {
    return (await hasDrivers(tools, signal)) ? await tools.workloads.read(signal) : undefined;
  } catch (error) {
    if (isAway(error)) return undefined;
    throw error;
  }
}

/** False: the signal came first. */
async function awaitDrivers(tools: RollbackTools, signal: AbortSignal): Promise<boolean> {
  while (!signal.aborted) {
    try {
      if (await hasDrivers(tools, signal)) return true;
      await tools.clock.sleep(AGAIN_MS, signal);
    } catch (error) {
      if (signal.aborted) return false;
      if (!isAway(error)) throw error;
      await tools.clock.sleep(AGAIN_MS, signal).catch(() => undefined);
    }
  }
  return false;
}

async function hasDrivers({ cluster }: RollbackTools, signal: AbortSignal | undefined): Promise<boolean> {
  for (const kind of DRIVERS) {
    try {
      if ((await cluster.list(kind, signal)).length > 0) return true;
    } catch (error) {
      if (!isAbsent(error)) throw error;
    }
  }
  return false;
}

/** The cluster has no such kind, or lastgood may not see it. */
function isAbsent(error: unknown): boolean {
  return error instanceof LastgoodError && (error.code === "EngineKind" || error.code === "EngineForbidden");
}

function isAway(error: unknown): boolean {
  return error instanceof LastgoodError && error.code.startsWith("Engine");
}
