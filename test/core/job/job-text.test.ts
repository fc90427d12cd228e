import { describe, expect, it } from "vitest";
import type { Job } from "../../../src/core/job/job.ts";
import { jobAt, jobCheck, jobGoal } from "../../../src/core/job/job-text.ts";

const NOW = Date.UTC(2026, 7, 22, 13, 50);

const JOB: Job = {
  id: "01J9ZK4T7Q",
  target: "payments/api",
  trigger: "health Failed",
  status: "In Progress",
  station: "pull request",
  detail: "…",
  createdAtMs: NOW,
  updatedAtMs: NOW,
  escalated: [],
  timeline: [],
};

describe("jobAt", () => {
  it.each([
    ["awaiting review", { pullRequest: 491 }],
    ["pull request", {}],
    ["merging", { station: "merge" }],
    ["sync", { station: "sync" }],
    ["Cooldown, 11m left", { status: "Queued", reason: "Cooldown", untilMs: NOW + 660_000 }],
    ["Cooldown", { status: "Queued", reason: "Cooldown", untilMs: NOW }],
    ["waiting", { status: "Queued" }],
    ["held: NoCheckpoint", { outcome: "held", reason: "NoCheckpoint" }],
    ["verified in 4m12s", { outcome: "verified", endedAtMs: NOW + 252_500 }],
    ["verified in 1h", { outcome: "verified", endedAtMs: NOW + 3_600_000 }],
    ["verified in 0s", { outcome: "verified", endedAtMs: NOW }],
    ["verified in 12m", { outcome: "verified", since: "2026-08-22T13:40:00Z", endedAtMs: NOW + 120_000 }],
    ["ForgePermission", { outcome: "failed", code: "ForgePermission" }],
    ["still unhealthy", { outcome: "still unhealthy" }],
  ] as const)("says %s", (text, more) => {
    expect(jobAt({ ...JOB, ...more }, NOW)).toBe(text);
  });
});

describe("jobGoal", () => {
  it("is known once there is a checkpoint", () => {
    expect(jobGoal(JOB)).toBeUndefined();
    expect(jobGoal({ ...JOB, checkpoint: "3f9c2ab0d8c47e5b6a190f2e3d4c5b6a79881234" })).toBe("3f9c2ab");
  });
});

describe("jobCheck", () => {
  it.each([
    [{ status: "Queued" }, { status: "queued" }],
    [{ status: "In Progress" }, { status: "in_progress" }],
    [
      { status: "Completed", outcome: "verified" },
      { status: "completed", conclusion: "success" },
    ],
    [
      { status: "Completed", outcome: "held" },
      { status: "completed", conclusion: "skipped" },
    ],
    [
      { status: "Exception", outcome: "not delivered" },
      { status: "completed", conclusion: "action_required" },
    ],
  ] as const)("tells GitHub of %o", (job, check) => {
    expect(jobCheck(job)).toEqual(check);
  });
});
