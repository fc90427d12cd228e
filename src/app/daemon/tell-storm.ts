import type { Decision } from "../../core/decision/decision.ts";
import { toIso } from "../../core/model/time.ts";
import { BREAKER } from "../../core/signal/policy.ts";
import type { ObservedTarget } from "../observe-targets.ts";
import type { DaemonWorld } from "./daemon-lane.ts";

export interface StormTeller {
  /** What was decided of a target; undefined: nothing. */
  hear(observed: ObservedTarget, decision: Decision | undefined, nowMs: number): void;
}

/** Calls people once for a storm: nothing is reverted in it, so no job of a single target does. */
export function createStormTeller(notify: DaemonWorld["notify"]): StormTeller {
  const held = new Set<string>();
  let toldAtMs = Number.NEGATIVE_INFINITY;
  return {
    hear({ watched: { target } }, decision, nowMs) {
      const isHeld = decision?.kind === "hold" && decision.reason === "ManyTargets";
      if (!isHeld) return void held.delete(target.name);
      const isNew = held.size === 0 && nowMs - toldAtMs > BREAKER.capturesMs;
      held.add(target.name);
      if (!isNew) return;
      toldAtMs = nowMs;
      const key = `storm ${toIso(nowMs)}`;
      notify({
        event: "RevertHeld",
        key,
        incident: key,
        target: target.name,
        ...(target.environment === undefined ? {} : { environment: target.environment }),
        message: `nothing is reverted: ${decision.message}`,
        atMs: nowMs,
      });
    },
  };
}
