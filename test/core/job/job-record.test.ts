import { describe, expect, it } from "vitest";
import { isFreeJobId, JOB_OUTCOMES, type JobRecord, jobRecordOf, statusOf } from "../../../src/core/job/job-record.ts";
import type { JsonObject } from "../../../src/core/model/json.ts";

const COMMIT = "5e2d9a0be1f0a6f2c9d3e4b5a6978c1d2e3f4051";

const RECORD: JobRecord = {
  v: 1,
  type: "job",
  id: "01J9ZK4T7Q0000000000000001",
  job: "01J9ZK4T7Q0000000000000000",
  at: "2026-08-22T13:50:30Z",
  by: "lastgood",
  status: "In Progress",
  station: "pull request",
  detail: "opened #491",
  target: "payments/api",
  environment: "prod",
  repository: "gitops",
  key: "0c9e41d27ab3",
  trigger: "health Failed",
  since: "2026-08-22T13:46:40Z",
  suspect: COMMIT,
  checkpoint: COMMIT,
  pullRequest: 491,
  url: "https://github.com/acme/gitops/pull/491",
  branch: "lastgood/payments-api/0c9e41d27ab3",
  commit: COMMIT,
  landed: COMMIT,
  landedAt: "2026-08-22T13:52:00Z",
  landedBy: "dlee",
  reachedAt: "2026-08-22T13:53:00Z",
  reason: "Cooldown",
  until: "2026-08-22T14:00:00Z",
  asked: true,
  escalated: "awaiting review",
  retryOf: "01J9ZK4T7P0000000000000000",
  decision: "a1b2c3",
};

function read(value: object): JobRecord | undefined {
  return jobRecordOf(value as JsonObject);
}

describe("jobRecordOf", () => {
  it("reads what was written", () => {
    expect(read(JSON.parse(JSON.stringify(RECORD)) as object)).toEqual(RECORD);
  });

  it("leaves out fields that it does not know", () => {
    expect(read({ ...RECORD, mood: "hopeful" })).toEqual(RECORD);
  });

  it.each([
    ["id", ""],
    ["job", "../../etc"],
    ["job", "."],
    ["job", undefined],
    ["at", "yesterday"],
    ["by", 5],
    ["status", "Done"],
    ["station", "moon"],
    ["detail", undefined],
    ["target", "a\nb"],
    ["trigger", undefined],
    ["suspect", "8d41c07"],
    ["landed", "-x"],
    ["pullRequest", 0],
    ["pullRequest", 1.5],
    ["reason", "toString"],
    ["until", "soon"],
    ["asked", "yes"],
    ["escalated", "loudly"],
    ["retryOf", "a/b"],
    ["outcome", "verified"],
  ])("takes a line for damaged whose %s is %j", (key, value) => {
    expect(read({ ...RECORD, [key]: value })).toBeUndefined();
  });

  it.each(JOB_OUTCOMES)("knows what status the outcome %s means, and no other", (outcome) => {
    const status = statusOf(outcome);
    expect(read({ ...RECORD, status, outcome })).toMatchObject({ status, outcome });
    const other = status === "Completed" ? "Exception" : "Completed";
    expect(read({ ...RECORD, status: other, outcome })).toBeUndefined();
    expect(read({ ...RECORD, status })).toBeUndefined();
  });
});

describe("isFreeJobId", () => {
  it.each<[string, string | undefined, boolean]>([
    ["takes a name that no line bears", "01J9ZK4T7R0000000000000000", true],
    ["takes none that is on record: a job that has ended takes no more lines", RECORD.job, false],
    ["takes none that is no name", "../../etc", false],
    ["takes none where there is none", undefined, false],
  ])("%s", (_, id, expected) => {
    expect(isFreeJobId(id, [RECORD])).toBe(expected);
  });
});
