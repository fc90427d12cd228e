import { type DiscoveredTarget, discover, type SeenEngine } from "../../core/discovery.ts";
import type { IsHere } from "../../core/engine/match-state.ts";
import type { Target } from "../../core/model/target.ts";
import { splitInstance } from "../../core/target/instance.ts";
import type { TargetConfig } from "../../config/config.ts";
import { objectsOf } from "../watched-targets.ts";

export interface DiscoverTarget {
  readonly target: Target;
  /** Missing: it is not in the configuration. */
  readonly declared: TargetConfig | undefined;
  readonly engines: readonly SeenEngine[];
  readonly isHere: IsHere;
  readonly nowMs: number;
}

/** One target as engines have it; of `api@east` what `east` makes of `api`. */
export function discoverTarget(asked: DiscoverTarget): DiscoveredTarget | undefined {
  const { target, declared, engines, isHere, nowMs } = asked;
  const names = engines.map(({ name }) => name);
  const isFound = declared === undefined && target.origin.place !== undefined;
  const instance = isFound ? splitInstance(target.name, names) : undefined;
  const manifest = instance === undefined ? target : { ...target, name: instance.name };
  const all = discover({
    configured: isFound ? [] : [{ target, objects: objectsOf(declared) }],
    found: isFound ? [manifest] : [],
    engines,
    isHere,
    nowMs,
  });
  if (instance === undefined) return all[0];
  const [engine] = instance.place.split("/");
  const only = all.length === 1 && all[0]?.objects.some((object) => object.engine === engine) ? all[0] : undefined;
  return all.find((one) => one.target.name === target.name) ?? only;
}
