import { describe, expect, it } from "vitest";
import { type HealthConfig, namedHealth } from "../../../src/core/model/health-config.ts";

const ASKED = { intervalMs: 30_000, timeoutMs: 5000 };
const HTTP = { kind: "http", ...ASKED, expect: { statuses: [] }, allowNetworks: [], showBody: false } as const;

function namesOf(...health: readonly HealthConfig[]): readonly string[] {
  return namedHealth(health).map(({ name }) => name);
}

describe("namedHealth", () => {
  it("calls each source after what it asks", () => {
    const alerts = { kind: "alerts", ...ASKED, url: "http://a", matchLabels: { env: "prod", app: 'a"b' } } as const;
    expect(
      namesOf(
        { kind: "engine", name: "prod-argo", object: "payments-api" },
        { ...HTTP, url: "https://shop.example/healthz" },
        { kind: "prometheus", ...ASKED, url: "http://p", query: "up", below: 1 },
        { kind: "slo", ...ASKED, url: "http://p", query: "errors[{window}]", objective: 99 },
        alerts,
      ),
    ).toEqual([
      "prod-argo payments-api",
      "http https://shop.example/healthz",
      "prometheus up",
      "burn rate errors[{window}]",
      String.raw`alerts {app="a\"b", env="prod"}`,
    ]);
  });

  it("tells apart what asks the same, in their order, and shows no secret of a URL", () => {
    const url = "https://shop.example/healthz?token=abcdefgh&deep=1";
    expect(namesOf({ ...HTTP, url }, { ...HTTP, url: url.replace("abcdefgh", "hgfedcba") })).toEqual([
      "http https://shop.example/healthz?token=***&deep=1",
      "http https://shop.example/healthz?token=***&deep=1 #2",
    ]);
  });

  it("leaves out alerts that nobody is asked for", () => {
    expect(namesOf({ kind: "alerts", ...ASKED, matchLabels: { app: "x" } })).toEqual([]);
  });
});
