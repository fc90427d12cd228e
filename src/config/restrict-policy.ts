import type { Restrictions } from "../core/model/restriction.ts";
import { MODES, type Mode, type Policy } from "./config.ts";

/**
 * The policy of a target, with what annotations ask for laid over it. They are written by whoever may change the engine's objects, so of each
 * two values the stricter one holds; a policy that they name counts the same way. `components` is left to the caller.
 */
export function restrictPolicy(
  policy: Policy,
  { mode, bakeTimeMs, policy: name }: Restrictions,
  policies: ReadonlyMap<string, Policy>,
): Policy {
  const named = name === undefined ? undefined : policies.get(name);
  // A policy that is not there was meant to restrict.
  const lowest = lower(policy.mode, mode, name !== undefined && named === undefined ? "observe" : named?.mode);
  return {
    ...policy,
    mode: lowest,
    requireReason: policy.requireReason || named?.requireReason === true,
    freeze: [...policy.freeze, ...(named?.freeze ?? [])],
    good: {
      ...policy.good,
      bakeTimeMs: Math.max(policy.good.bakeTimeMs, bakeTimeMs ?? 0, named?.good.bakeTimeMs ?? 0),
      requireAll: policy.good.requireAll || named?.good.requireAll === true,
    },
    bad: {
      forMs: Math.max(policy.bad.forMs, named?.bad.forMs ?? 0),
      samples: Math.max(policy.bad.samples, named?.bad.samples ?? 0),
      on: policy.bad.on.filter((status) => named === undefined || named.bad.on.includes(status)),
    },
  };
}

function lower(...modes: readonly (Mode | undefined)[]): Mode {
  const known = modes.filter((mode) => mode !== undefined);
  return known.toSorted((a, b) => MODES.indexOf(a) - MODES.indexOf(b))[0] ?? "observe";
}
