import type { WatchedTarget } from "../../src/app/observe-targets.ts";
import { sourceName } from "../../src/core/discovery.ts";
import { NO_RESTRICTIONS } from "../../src/core/model/restriction.ts";
import { plainTarget } from "../../src/core/target/plain-target.ts";
import type { HealthSource } from "../../src/ports/health.ts";

export interface WatchedApi {
  /** Default: `api`. It is made from `apps/NAME`, by the Application of that name of `argo`. */
  readonly name?: string;
  /** Who is asked besides the engine. */
  readonly health?: readonly HealthSource[];
}

/** A target that is looked at: bad after three samples over two minutes, good after ten minutes of all. */
export function watchedApi({ name = "api", health = [] }: WatchedApi = {}): WatchedTarget {
  const object = { engine: "argo", object: name, key: `application/argocd/${name}` };
  return {
    target: plainTarget([`apps/${name}`], { name }),
    from: "config",
    objects: [object],
    restrictions: NO_RESTRICTIONS,
    notes: [],
    health,
    isHere: () => true,
    policy: {
      sources: [{ name: sourceName(object) }, ...health.map((source) => ({ name: source.name }))],
      bad: { forMs: 120_000, samples: 3, on: ["Failed"] },
      good: { bakeTimeMs: 600_000, requireAll: true },
      maxStaleMs: 60_000,
    },
  };
}
