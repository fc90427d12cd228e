import { describe, expect, it } from "vitest";
import { configOf } from "./faults-of.ts";

describe("health sources", () => {
  it("fill in defaults, take durations as milliseconds, and give files their place", () => {
    const { targets } = configOf(`targets:
  - name: a
    paths: [a]
    health:
      - http: { url: "https://shop.example/healthz" }
      - http:
          url: "https://shop.svc/healthz"
          interval: 10s
          timeout: 2s
          failureThreshold: 5
          for: 3m
          expect: { status: [200, 204], body: ok }
          allowNetworks: [10.96.0.0/12]
          showBody: true
          caFile: /etc/ca.pem
      - prometheus: { url: "http://p:9090", query: up, above: 0.5, baseline: { factor: 2 }, tokenFile: /etc/token, for: 5m }
      - slo: { url: "http://p:9090", query: "errors[{window}]", objective: 99.9 }
`);
    expect(targets[0]?.health).toEqual([
      {
        kind: "http",
        url: "https://shop.example/healthz",
        intervalMs: 30_000,
        timeoutMs: 5000,
        expect: { statuses: [] },
        allowNetworks: [],
        showBody: false,
      },
      {
        kind: "http",
        url: "https://shop.svc/healthz",
        intervalMs: 10_000,
        timeoutMs: 2000,
        caFile: "/etc/ca.pem",
        forMs: 180_000,
        failureThreshold: 5,
        expect: { statuses: [200, 204], body: "ok" },
        allowNetworks: ["10.96.0.0/12"],
        showBody: true,
      },
      {
        kind: "prometheus",
        url: "http://p:9090",
        intervalMs: 30_000,
        timeoutMs: 5000,
        forMs: 300_000,
        tokenFile: "/etc/token",
        query: "up",
        above: 0.5,
        baseline: { factor: 2, noise: 0 },
      },
      {
        kind: "slo",
        url: "http://p:9090",
        intervalMs: 30_000,
        timeoutMs: 5000,
        query: "errors[{window}]",
        objective: 99.9,
      },
    ]);
  });
});
