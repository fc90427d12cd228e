import { describe, expect, it } from "vitest";
import { createMeter } from "../../../src/faces/daemon/count-outside.ts";
import { createMetrics } from "../../../src/faces/daemon/metrics.ts";

function setup() {
  const metrics = createMetrics("1");
  return { meter: createMeter(metrics), text: async () => metrics.text() };
}

describe("createMeter", () => {
  it("counts what git does, by operation and how it ended", async () => {
    const { meter, text } = setup();
    meter.git("fetch", "done", 0.2);
    meter.git("fetch", "failed", 4);
    meter.git("evil-\u202e-alias", "done", 1);
    const told = await text();
    expect(told).toContain('lastgood_git_operations_total{operation="fetch",result="done"} 1');
    expect(told).toContain('lastgood_git_operations_total{operation="fetch",result="failed"} 1');
    expect(told).toContain('lastgood_git_operations_total{operation="other",result="done"} 1');
    expect(told).toContain('lastgood_git_operation_duration_seconds_sum{operation="fetch"} 4.2');
    expect(told).not.toContain("evil");
  });

  it("counts requests by their answers, and shows what is left of the limit", async () => {
    const { meter, text } = setup();
    const limit = { resource: "core", remaining: 4321, resetAtSeconds: 1_787_407_200 };
    meter.forge({ api: "rest", status: 200, seconds: 0.1, limit });
    meter.forge({ api: "graphql", status: undefined, seconds: 30 });
    meter.forge({ api: "rest", status: 99_999, seconds: 1, limit: { ...limit, resource: "made up" } });
    const told = await text();
    expect(told).toContain('lastgood_forge_requests_total{api="rest",code="200"} 1');
    expect(told).toContain('lastgood_forge_requests_total{api="graphql",code="none"} 1');
    expect(told).toContain('lastgood_forge_requests_total{api="rest",code="none"} 1');
    expect(told).toContain('lastgood_forge_rate_limit_remaining{resource="core"} 4321');
    expect(told).toContain('lastgood_forge_rate_limit_reset_timestamp_seconds{resource="core"} 1787407200');
    expect(told).toContain('lastgood_forge_rate_limit_remaining{resource="other"} 4321');
    expect(told).not.toContain("made up");
  });

  it("counts writes of the ledger, and those that came too late", async () => {
    const { meter, text } = setup();
    for (const result of ["done", "moved", "done"] as const) meter.ledgerPush(result);
    const told = await text();
    expect(told).toContain('lastgood_ledger_pushes_total{result="done"} 2');
    expect(told).toContain('lastgood_ledger_pushes_total{result="moved"} 1');
  });
});
