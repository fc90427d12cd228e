import { describe, expect, it } from "vitest";
import { createMetrics, type TargetFacts } from "../../../src/faces/daemon/metrics.ts";

const api: TargetFacts = {
  target: "payments/api",
  environment: "prod",
  engine: "argocd",
  mode: "propose",
  status: "Failed",
  checkpointAtMs: 1_724_169_600_000,
  failedSinceMs: undefined,
};

/** The names that people build alerts on (interface.md §5). */
const NAMES = [
  "build_info",
  "target_info",
  "target_status",
  "target_checkpoint_timestamp_seconds",
  "target_failed_since_timestamp_seconds",
  "checkpoints_recorded_total",
  "jobs",
  "jobs_total",
  "leading",
  "job_station_duration_seconds",
  "reverts_proposed_total",
  "reverts_merged_total",
  "reverts_verified_total",
  "reverts_rejected_total",
  "holds_total",
  "webhook_requests_total",
  "time_to_propose_seconds",
  "time_to_restore_seconds",
  "quarantined",
  "quarantine_violations_total",
  "git_operations_total",
  "git_operation_duration_seconds",
  "forge_requests_total",
  "forge_request_duration_seconds",
  "forge_rate_limit_remaining",
  "forge_rate_limit_reset_timestamp_seconds",
  "reconcile_duration_seconds",
  "reconcile_errors_total",
  "ledger_pushes_total",
  "notifications_total",
];

describe("metrics", () => {
  it("have the promised names, and no others", async () => {
    const text = await createMetrics("1.2.3").text();
    const names = [...text.matchAll(/^# TYPE lastgood_(\w+) /gm)].map(([, name]) => name);
    expect(new Set(names)).toEqual(new Set(NAMES));
    expect(names).toHaveLength(NAMES.length);
    expect(text).toContain('lastgood_build_info{version="1.2.3"} 1');
  });

  it("say of each target what it is, in seconds, with 0 for none", async () => {
    const metrics = createMetrics("1");
    metrics.setTargets(() => [api]);
    const text = await metrics.text();
    const labels = 'target="payments/api",environment="prod"';
    expect(text).toContain(`lastgood_target_info{${labels},engine="argocd",mode="propose"} 1`);
    expect(text).toContain(`lastgood_target_status{${labels},status="Failed"} 1`);
    expect(text).toContain(`lastgood_target_status{${labels},status="Current"} 0`);
    expect(text).toContain(`lastgood_target_checkpoint_timestamp_seconds{${labels}} 1724169600`);
    expect(text).toContain(`lastgood_target_failed_since_timestamp_seconds{${labels}} 0`);
  });

  it("say the same to all who ask at the same time, and afterwards", async () => {
    const metrics = createMetrics("1");
    metrics.setTargets(() => [api]);
    const [one, other] = await Promise.all([metrics.text(), metrics.text()]);
    expect([other, await metrics.text()]).toEqual([one, one]);
    expect(one).toContain('status="Failed"} 1');
  });

  it("forget a target that is gone", async () => {
    const metrics = createMetrics("1");
    metrics.setTargets(() => [api]);
    metrics.setTargets(() => []);
    expect(await metrics.text()).not.toContain("payments/api");
  });

  it("of two daemons in one process are apart", async () => {
    const [one, other] = [createMetrics("1"), createMetrics("1")];
    one.holds.inc({ target: "a", environment: "", reason: "Frozen" });
    expect(await other.text()).not.toContain("Frozen");
  });
});
