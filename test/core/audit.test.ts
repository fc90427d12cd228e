import { describe, expect, it } from "vitest";

import {
  auditFile,
  commitsOf,
  countRecords,
  findExpired,
  findGone,
  findUnfinished,
  isAbout,
} from "../../src/core/audit.ts";
import { foldJobs } from "../../src/core/job/job.ts";
import { artifactText } from "../../src/core/quarantine/artifact.ts";
import { quarantineAt } from "../../src/core/quarantine/state.ts";
import { renderLines } from "../../src/core/record.ts";
import { checkpointRecord } from "../support/checkpoint-record.ts";
import { drillRecord } from "../support/drill-record.ts";
import { JOBS_BEGIN, jobRecord } from "../support/job-record.ts";
import { quarantineRecord } from "../support/quarantine-record.ts";

const DAY = 86_400_000;

describe("auditFile", () => {
  it("names every line that cannot be read, and why", () => {
    const path = "checkpoints/payments%2Fapi.jsonl";
    const sound = renderLines([checkpointRecord(1)]);
    const text = `${sound}{"v":1,"type":"checkp\n[]\n{"v":1,"type":"checkpoint","id":"x"}\n{"v":3,"type":"checkpoint"}\n`;
    const { records, findings } = auditFile({ path, text });
    expect(records).toEqual([checkpointRecord(1)]);
    expect(findings.map(({ kind, place, message }) => [kind, place, message])).toEqual([
      ["damaged", `${path}:2`, 'is torn, or no JSON: "{\\"v\\":1,\\"type\\":\\"checkp"'],
      ["damaged", `${path}:3`, 'is no record: "[]"'],
      ["damaged", `${path}:4`, expect.stringContaining("a checkpoint record with a field that is missing or wrong")],
      ["unknown", `${path}:5`, 'a newer lastgood wrote it: "checkpoint", version 3'],
    ]);
  });

  it.each([
    ["checkpoints/payments%2Fapi.jsonl", "mark good|bad"],
    ["quarantine.jsonl", "quarantine add"],
    ["jobs/2026/08/01J9ZK4T7Q.jsonl", "from the forge how far the job has come"],
    ["decisions/payments%2Fapi/2026-08.jsonl", "nothing depends on it"],
    ["drills/payments%2Fapi.jsonl", "drill TARGET"],
  ])("says what is lost with a line of %s, what to do, and who can be asked", (path, what) => {
    const { findings } = auditFile({ path, text: '{"v":1,"ty\n' });
    expect(findings[0]?.hint).toContain(what);
    expect(findings[0]?.hint).toContain(`git log -p REF -- ${path}`);
  });

  it("leaves files alone that are none of lastgood's", () => {
    expect(auditFile({ path: "README.md", text: "# Hello\n" })).toEqual({
      records: [],
      findings: [
        {
          kind: "foreign",
          place: "README.md",
          message: "is none of lastgood's: left alone",
          hint: expect.stringContaining("a commit on REF may take it out"),
        },
      ],
    });
  });
});

describe("countRecords", () => {
  it("counts each type with its oldest and newest, also those that there are none of", () => {
    const counts = countRecords([drillRecord(2), drillRecord(1), checkpointRecord(1)]);
    expect(counts.map(({ type, records }) => [type, records])).toEqual([
      ["checkpoint", 1],
      ["quarantine", 0],
      ["job", 0],
      ["told", 0],
      ["decision", 0],
      ["drill", 2],
    ]);
    expect(counts.at(-1)).toMatchObject({
      oldestMs: Date.parse("2026-08-02T13:00:00Z"),
      newestMs: Date.parse("2026-08-03T13:00:00Z"),
    });
  });
});

describe("findGone", () => {
  it("names each commit once, with what is on record of it", () => {
    const [suspect, revision] = ["8".repeat(40), checkpointRecord(1).revision];
    const records = [checkpointRecord(1), checkpointRecord(2, { revision }), jobRecord("job-1", 0, { suspect })];
    expect(findGone(records, (commit) => commit === suspect)).toMatchObject([
      { kind: "gone", commit: revision, message: `checkpoint of payments/api: ${revision} is not in this repository` },
    ]);
    expect(findGone(records, () => true)).toEqual([]);
  });

  it("does not look for the head of a branch that was deleted", () => {
    expect(commitsOf(jobRecord("job-1", 0, { commit: "2".repeat(40), landed: "5".repeat(40) }))).toEqual([
      "5".repeat(40),
    ]);
  });
});

describe("what is on record for too long", () => {
  it("is a job that has not moved and has no end", () => {
    const jobs = foldJobs([
      jobRecord("job-1", 0),
      jobRecord("job-2", 0, { target: "search/index" }),
      jobRecord("job-2", 6 * 86_400, { target: "search/index" }),
      jobRecord("job-3", 0, { target: "edge/dns", status: "Completed", outcome: "verified" }),
    ]);
    expect(findUnfinished(jobs, { nowMs: JOBS_BEGIN + 8 * DAY, olderMs: 7 * DAY })).toEqual([
      {
        kind: "unfinished",
        job: "job-1",
        message: "job job-1 of payments/api has no end: In Progress, pull request for 8d",
        hint: "lastgood jobs job-1 tells its story, --cancel ends it. Is a daemon running that watches this target?",
      },
    ]);
  });

  it("is a quarantine past its time that nobody has released", () => {
    const until = "2026-08-29T00:00:00Z";
    const entries = quarantineAt([quarantineRecord(1, { until }), quarantineRecord(2, { action: "release" })], -1);
    const textOf = ({ artifact }: (typeof entries)[number]): string => artifactText(artifact);
    expect(findExpired(entries, { nowMs: Date.parse("2026-09-01T00:00:00Z"), textOf })).toEqual([]);
    const left = quarantineAt([quarantineRecord(1, { until })], -1);
    expect(findExpired(left, { nowMs: Date.parse("2026-09-01T00:00:00Z"), textOf })).toMatchObject([
      { kind: "expired", message: expect.stringContaining(`is over since ${until}`) },
    ]);
    expect(findExpired(left, { nowMs: Date.parse("2026-08-28T00:00:00Z"), textOf })).toEqual([]);
  });
});

describe("isAbout", () => {
  it("takes a quarantine of all targets for one of each", () => {
    expect(isAbout(quarantineRecord(1, { targets: [] }), "edge/dns")).toBe(true);
    expect(isAbout(quarantineRecord(1, { targets: ["search/index"] }), "edge/dns")).toBe(false);
    expect(isAbout(drillRecord(1), "payments/api")).toBe(true);
  });
});
