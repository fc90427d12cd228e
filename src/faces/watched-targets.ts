/** From the configuration to what is watched: which sources a target has, and by which policy they are judged. */
import type { Config, Policy, TargetConfig } from "../config/config.ts";
import { DEFAULTS } from "../config/defaults.ts";
import { requireDuration } from "../config/duration.ts";
import { restrictPolicy } from "../config/restrict-policy.ts";
import type { WatchedTarget } from "../app/observe-targets.ts";
import { type ConfiguredTarget, type DiscoveredTarget, sourceName } from "../core/discovery.ts";
import type { IsHere } from "../core/engine/match-state.ts";
import type { SignalPolicy } from "../core/signal/policy.ts";
import { signalPolicyOf } from "../core/signal/signal-policy.ts";
import { plainTarget } from "../core/target/plain-target.ts";
import type { HealthSource } from "../ports/health.ts";

/** The targets of a configuration (wildcards filled in), with the objects of engines that they name. */
export function configuredTargetsOf(targets: readonly TargetConfig[]): readonly ConfiguredTarget[] {
  return targets.map((declared) => {
    const { name, environment, paths } = declared;
    const target = plainTarget(paths, environment === undefined ? { name } : { name, environment });
    return { target, objects: objectsOf(declared) };
  });
}

/** The objects of engines that a target names as its health. */
export function objectsOf(declared: TargetConfig | undefined): ConfiguredTarget["objects"] {
  return (declared?.health ?? []).flatMap((source) =>
    source.kind === "engine" ? [{ engine: source.name, object: source.object }] : [],
  );
}

export interface WatchedFacts {
  readonly config: Config | undefined;
  /** The target in the configuration; missing: it is not there. */
  readonly declared: TargetConfig | undefined;
  readonly isHere: IsHere;
  /** From `openHealth`: what is asked beside the engines. */
  readonly sources: readonly HealthSource[];
}

/** The target as it is watched. Its engine's objects are its health where the configuration names none. */
export function watchedTarget(discovered: DiscoveredTarget, facts: WatchedFacts): WatchedTarget {
  const { declared, sources, isHere } = facts;
  const policy = signalPolicyOf({ health: declared?.health ?? [], policy: policyOf(discovered, facts) ?? DEFAULT });
  const objects = discovered.objects.map((object) => ({ name: sourceName(object) }));
  return {
    ...discovered,
    isHere,
    health: sources,
    policy: policy.sources.length > 0 ? policy : { ...policy, sources: objects },
  };
}

/** The policy of a target, with what its annotations ask for; missing without a configuration. */
export function policyOf(
  { restrictions }: Pick<DiscoveredTarget, "restrictions">,
  { config, declared }: Pick<WatchedFacts, "config" | "declared">,
): Policy | undefined {
  const policy = declared?.policy ?? config?.policies.get("default");
  return policy === undefined ? undefined : restrictPolicy(policy, restrictions, config?.policies ?? new Map());
}

/** What holds where nothing is configured. */
const DEFAULT: Pick<SignalPolicy, "bad" | "good"> = {
  bad: {
    forMs: requireDuration(DEFAULTS.policy.bad.for),
    samples: DEFAULTS.policy.bad.samples,
    on: DEFAULTS.policy.bad.on,
  },
  good: {
    bakeTimeMs: requireDuration(DEFAULTS.policy.good.bakeTime),
    requireAll: DEFAULTS.policy.good.requireAll,
  },
};
