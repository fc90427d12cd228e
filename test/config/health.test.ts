import { describe, expect, it } from "vitest";
import { parseConfig } from "../../src/config/load.ts";
import { faultsOfKind } from "../../src/core/kstatus/custom-table.ts";
import { LastgoodError } from "../../src/errors.ts";
import { configOf, faultsOf } from "./faults-of.ts";

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
      - alerts: { url: "http://a:9093", matchLabels: { app: x }, watchdog: Watchdog, tokenFile: /etc/t, interval: 5m, timeout: 10s, for: 6m }
      - alerts: { matchLabels: { app: x } }
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
      {
        kind: "alerts",
        url: "http://a:9093",
        matchLabels: { app: "x" },
        watchdog: "Watchdog",
        tokenFile: "/etc/t",
        intervalMs: 300_000,
        timeoutMs: 10_000,
        forMs: 360_000,
      },
      { kind: "alerts", matchLabels: { app: "x" }, intervalMs: 30_000, timeoutMs: 5000 },
    ]);
  });

  it("have to answer before they are asked again, also where only the interval is written", () => {
    const { targets } = configOf(
      'targets: [{ name: a, paths: [a], health: [{ http: { url: "http://a", interval: 2s } }] }]\n',
    );
    expect(targets[0]?.health).toMatchObject([{ intervalMs: 2000, timeoutMs: 2000 }]);
  });

  it.each([
    ["alerts: { matchLabels: { app: x }, watchdog: Watchdog }", '"Watchdog" needs url: without it nobody is asked'],
    ["alerts: { matchLabels: { app: x }, interval: 1m }", '"1m" needs url'],
    ['alerts: { matchLabels: { "a b": x } }', 'matchLabels: "a b" is no name of a label'],
    ['alerts: { url: "http://u:p@a", matchLabels: { app: x } }', "holds credentials"],
    ['alerts: { url: "http://a", matchLabels: { app: 5 } }', '"5" is a number, not a text'],
    ['http: { url: "http://a", interval: 5s, timeout: 10s }', '"10s" is longer than interval'],
    ['http: { url: "http://a", timeout: 40s }', '"40s" is longer than interval'],
    ['http: { url: "http://a", interval: 20m }', "is longer than 10m"],
  ])("are refused: %s", (source, message) => {
    expect(faultsOf(`targets: [{ name: a, paths: [a], health: [{ ${source} }] }]\n`).join("\n")).toContain(message);
  });
});

describe("the health of kinds", () => {
  const engine = (health: string): string => `engines:\n  - name: e\n    type: flux\n    health:\n${health}`;
  const faults = (health: string): readonly string[] => {
    try {
      parseConfig(
        "lastgood.yaml",
        `apiVersion: lastgood.dev/v1alpha1\nkind: Config\n${engine(health)}`,
        {},
        faultsOfKind,
      );
    } catch (error) {
      if (error instanceof LastgoodError) return (error.hint ?? "").split("\n");
      throw error;
    }
    return [];
  };

  it("is taken as written, and compiles", () => {
    const written = `      - { apiVersion: a.example/v1, kind: Cluster, current: "status.ok", failed: status.bad, inProgress: "false" }\n`;
    expect(configOf(engine(written)).engines[0]?.health).toEqual([
      { apiVersion: "a.example/v1", kind: "Cluster", current: "status.ok", failed: "status.bad", inProgress: "false" },
    ]);
    expect(faults(written)).toEqual([]);
  });

  it.each([
    ["plain", "current: status.ok && nope", "9:31  error  engines[0].health[0].current: "],
    ["in quotes", 'current: "status.ok && nope"', "9:32  error  engines[0].health[0].current: "],
    [
      "in a block",
      "current: |\n          status.ok &&\n          nope == 1",
      "11:11  error  engines[0].health[0].current: ",
    ],
    [
      "folded",
      "current: >-\n          status.ok &&\n          nope == 1",
      "9:18  error  engines[0].health[0].current: ",
    ],
  ])("tells where an expression is wrong that is written %s", (_, current, place) => {
    const [first] = faults(`      - apiVersion: a.example/v1\n        kind: Cluster\n        ${current}\n`);
    expect(first).toBe(`lastgood.yaml:${place}Unknown variable: nope`);
  });

  it("tells all of them at once, with a caret and what else would do", () => {
    const told = faults(
      `      - { apiVersion: apps/v1, kind: Deployment, current: "status.a.matches('(a+)+$')", failed: "1 + 1" }\n      - { apiVersion: apps/v2, kind: Deployment, current: "true" }\n`,
    );
    expect(
      told.filter((line) => line.includes("  error  ")).map((line) => line.replace(/^\S+ {2}error {2}/, "")),
    ).toEqual([
      "engines[0].health[0].kind: is a kind that lastgood has a rule of its own for",
      "engines[0].health[0].current: matches() is not available. Instead: use contains, startsWith, endsWith or ==.",
      "engines[0].health[0].failed: it gives int, not true or false",
      'engines[0].health[1].kind: "Deployment" is there twice, first in line 7',
    ]);
  });

  it.each([
    ["{ apiVersion: a.example/v1, kind: Cluster }", "current"],
    ["{ apiVersion: a/b/c, kind: Cluster, current: 'true' }", "is no apiVersion"],
    ["{ apiVersion: v1, kind: cluster, current: 'true' }", "is no kind"],
    ["{ apiVersion: v1, kind: Cluster, current: '' }", "is empty"],
    ["{ apiVersion: v1, kind: Cluster, healthy: 'true', current: 'true' }", "healthy"],
  ])("is refused as %s", (health, message) => {
    expect(faults(`      - ${health}\n`).join("\n")).toContain(message);
  });
});
