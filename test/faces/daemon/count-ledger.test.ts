import { describe, expect, it } from "vitest";
import type { LedgerRecord } from "../../../src/core/record.ts";
import { countLedger } from "../../../src/faces/daemon/count-ledger.ts";
import { createMetrics } from "../../../src/faces/daemon/metrics.ts";
import { checkpointRecord } from "../../support/checkpoint-record.ts";
import { jobRecord, JOBS_BEGIN } from "../../support/job-record.ts";
import { memoryLedger, type MemoryLedgerStore } from "../../support/memory-ledger.ts";
import { quarantineRecord } from "../../support/quarantine-record.ts";

const SINCE = { since: "2026-08-22T13:50:00Z" };
const LANDED = "5e2d9a0".padEnd(40, "0");
const API = 'target="payments/api",environment="prod"';

/** A daemon over a ledger; another one over the same store is the daemon started anew. */
function daemon(store: MemoryLedgerStore = { text: "" }) {
  const metrics = createMetrics("1");
  const counts = countLedger(metrics, () => "prod");
  const ledger = counts.watch(memoryLedger(store));
  return {
    store,
    counts,
    write: async (...records: readonly LedgerRecord[]) => {
      await ledger.read();
      for (const record of records) await ledger.append([record]);
    },
    text: async (nowMs = JOBS_BEGIN) => {
      await ledger.read();
      counts.refresh(nowMs);
      return metrics.text();
    },
  };
}

const STORY: readonly LedgerRecord[] = [
  jobRecord("J1", 0, { environment: "prod", ...SINCE }),
  jobRecord("J1", 10, { environment: "prod", ...SINCE, pullRequest: 491 }),
  jobRecord("J1", 100, {
    environment: "prod",
    ...SINCE,
    pullRequest: 491,
    station: "sync",
    landed: LANDED,
    landedBy: "dlee",
  }),
  jobRecord("J1", 130, { environment: "prod", ...SINCE, station: "verification" }),
  jobRecord("J1", 270, { environment: "prod", ...SINCE, station: "record", status: "Completed", outcome: "verified" }),
];

describe("countLedger", () => {
  it("counts a revert from the first symptom to its end, and how long it stayed where", async () => {
    const { write, text } = daemon();
    await write(...STORY);
    const told = await text();
    for (const line of [
      `reverts_proposed_total{${API}} 1`,
      `reverts_merged_total{${API},by="person"} 1`,
      `reverts_verified_total{${API}} 1`,
      `jobs_total{${API},trigger="health",outcome="verified"} 1`,
      `time_to_propose_seconds_sum{${API}} 40`,
      `time_to_restore_seconds_sum{${API}} 300`,
      'job_station_duration_seconds_sum{station="pull request"} 100',
      'job_station_duration_seconds_sum{station="sync"} 30',
      'job_station_duration_seconds_sum{station="verification"} 140',
      'jobs{status="Completed"} 1',
    ]) {
      expect(told).toContain(`lastgood_${line}`);
    }
  });

  it("counts what is on record already only as being there", async () => {
    const { store, write } = daemon();
    await write(...STORY);
    const told = await daemon(store).text();
    expect(told).toContain('lastgood_jobs{status="Completed"} 1');
    expect(told).not.toMatch(/^lastgood_(?:reverts|jobs_total|time_to|job_station)\w*\{/m);
  });

  it("does not count what another one had brought to its end", async () => {
    const { store, write } = daemon();
    await write(...STORY.slice(0, 3));
    const [one, other] = [daemon(store), daemon(store)];
    await one.write(...STORY.slice(3));
    await other.write(jobRecord("J1", 271, { ...SINCE, status: "Completed", outcome: "verified" }));
    expect(await one.text()).toContain(`lastgood_reverts_verified_total{${API}} 1`);
    expect(await other.text()).not.toMatch(/^lastgood_reverts_verified_total\{/m);
  });

  it("does not take for its own what it found on the forge when it had lost its ledger", async () => {
    const { write, text } = daemon();
    await write(jobRecord("J1", 0, { ...SINCE, pullRequest: 491, landed: LANDED, station: "sync" }));
    expect(await text()).not.toMatch(/^lastgood_reverts_(?:proposed|merged)_total\{/m);
  });

  it("tells who merged, and keeps logins out of its labels", async () => {
    const { write, text } = daemon();
    const landed = { station: "sync", landed: LANDED } as const;
    await write(
      jobRecord("J1", 0),
      jobRecord("J1", 1, { ...landed, landedBy: "lastgood" }),
      jobRecord("J2", 2),
      jobRecord("J2", 3, landed),
      jobRecord("J3", 4, { trigger: "mkim", status: "Completed", outcome: "rejected" }),
    );
    const told = await text();
    expect(told).toContain('lastgood_reverts_merged_total{target="payments/api",environment="",by="lastgood"} 2');
    expect(told).toContain('trigger="person",outcome="rejected"} 1');
    expect(told).toContain('lastgood_reverts_rejected_total{target="payments/api",environment=""} 1');
    expect(told).not.toContain("mkim");
  });

  it("counts checkpoints, and what is in quarantine until it is over", async () => {
    const { write, text, counts } = daemon();
    await write(
      checkpointRecord(1, { evidence: "observed" }),
      quarantineRecord(1),
      quarantineRecord(2, {
        artifact: { kind: "commit", commit: checkpointRecord(1).revision },
        until: "2026-08-23T00:00:00Z",
      }),
    );
    const told = await text();
    expect(told).toContain(`lastgood_checkpoints_recorded_total{${API},verdict="good",evidence="observed"} 1`);
    expect(told).toContain("lastgood_quarantined 2");
    expect(await text(Date.parse("2026-08-24T00:00:00Z"))).toContain("lastgood_quarantined 1");
    expect(counts.lastGoodMs("payments/api")).toBe(Date.parse("2026-08-22T13:01:00Z"));
    await write(checkpointRecord(2, { verdict: "bad", evidence: "observed" }));
    expect(counts.lastGoodMs("payments/api")).toBeUndefined();
  });
});
