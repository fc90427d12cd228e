import { describe, expect, it } from "vitest";
import type { HealthConfig } from "../../../src/core/model/health-config.ts";
import { MAX_STALE_MS } from "../../../src/core/signal/policy.ts";
import { signalPolicyOf } from "../../../src/core/signal/signal-policy.ts";
import { configOf } from "../../config/faults-of.ts";

const POLICY = {
  bad: { forMs: 120_000, samples: 3, on: ["Failed"] as const },
  good: { bakeTimeMs: 600_000, requireAll: true },
};

function slo(intervalMs: number, forMs?: number): HealthConfig {
  const more = forMs === undefined ? {} : { forMs };
  return { kind: "slo", url: "http://p", query: `${intervalMs}`, objective: 99, intervalMs, timeoutMs: 5000, ...more };
}

describe("signalPolicyOf", () => {
  it("is of the whole configuration of a target", () => {
    const { targets } = configOf(`engines: [{ name: argo, type: argocd }]
policies: { default: { bad: { for: 3m, samples: 4, on: [Failed, InProgress] }, good: { bakeTime: 5m, requireAll: false } } }
targets:
  - name: a
    paths: [a]
    health:
      - engine: { name: argo, object: a }
      - http: { url: "http://a/", interval: 10s, failureThreshold: 5 }
      - alerts: { url: "http://am", matchLabels: { app: a }, interval: 5m, for: 15m }
      - alerts: { matchLabels: { app: a } }
`);
    expect(targets.map(signalPolicyOf)).toEqual([
      {
        sources: [
          { name: "argo a" },
          { name: "http http://a/", samples: 5 },
          { name: 'alerts {app="a"}', forMs: 900_000, maxStaleMs: 600_000 },
        ],
        bad: { forMs: 180_000, samples: 4, on: ["Failed", "InProgress"] },
        good: { bakeTimeMs: 300_000, requireAll: false },
        maxStaleMs: MAX_STALE_MS,
      },
    ]);
  });

  it.each([5000, 30_000, 31_000, 60_000, 300_000, 600_000])(
    "lets what is asked every %d ms count until the look after the next one",
    (intervalMs) => {
      const { sources, maxStaleMs } = signalPolicyOf({ health: [slo(intervalMs)], policy: POLICY });
      expect(sources[0]?.maxStaleMs ?? maxStaleMs).toBe(Math.max(60_000, 2 * intervalMs));
    },
  );

  it("has no source for a target without one", () => {
    expect(signalPolicyOf({ health: [], policy: POLICY }).sources).toEqual([]);
  });
});
