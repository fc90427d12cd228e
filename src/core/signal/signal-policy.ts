import { type HealthConfig, type NamedHealth, namedHealth } from "../model/health-config.ts";
import { MAX_STALE_MS, type SignalPolicy, type SourcePolicy } from "./policy.ts";

/** What of a target's configuration makes its verdicts. */
export interface JudgedTarget {
  readonly health: readonly HealthConfig[];
  readonly policy: Pick<SignalPolicy, "bad" | "good">;
}

/**
 * How a target is judged: its policy, over its sources by the names that they have everywhere (`namedHealth`). What a source sets can
 * only lengthen; what it says counts for two of its intervals, and for as long as an engine's word at least.
 */
export function signalPolicyOf({ health, policy: { bad, good } }: JudgedTarget): SignalPolicy {
  return {
    sources: namedHealth(health).map(sourcePolicy),
    bad: { forMs: bad.forMs, samples: bad.samples, on: bad.on },
    good: { bakeTimeMs: good.bakeTimeMs, requireAll: good.requireAll },
    maxStaleMs: MAX_STALE_MS,
  };
}

function sourcePolicy({ name, config }: NamedHealth): SourcePolicy {
  if (config.kind === "engine") return { name };
  const samples = config.kind === "http" ? config.failureThreshold : undefined;
  const maxStaleMs = Math.max(MAX_STALE_MS, 2 * config.intervalMs);
  return {
    name,
    ...(config.forMs === undefined ? {} : { forMs: config.forMs }),
    ...(samples === undefined ? {} : { samples }),
    ...(maxStaleMs === MAX_STALE_MS ? {} : { maxStaleMs }),
  };
}
