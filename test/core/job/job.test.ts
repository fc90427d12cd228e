import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JobRecord } from "../../../src/core/job/job-record.ts";
import { jobRecordOf } from "../../../src/core/job/job-record.ts";
import { findJob, foldJob, foldJobs, type Job } from "../../../src/core/job/job.ts";
import { transitionRecord } from "../../../src/core/job/transition.ts";
import type { JsonObject } from "../../../src/core/model/json.ts";
import { toIso } from "../../../src/core/model/time.ts";

const NOW = Date.UTC(2026, 7, 22, 13, 50);

function line(seconds: number, more: Partial<JobRecord> = {}): JobRecord {
  return {
    v: 1,
    type: "job",
    id: `line-${seconds}`,
    job: "job-1",
    at: toIso(NOW + seconds * 1000),
    by: "lastgood",
    status: "In Progress",
    station: "pull request",
    detail: `after ${seconds} s`,
    target: "payments/api",
    trigger: "health Failed",
    ...more,
  };
}

const LINES: readonly JobRecord[] = [
  line(0, { status: "Queued", station: "decision", reason: "Cooldown", until: toIso(NOW + 9000) }),
  line(10, { key: "0c9e41d27ab3" }),
  line(20, { pullRequest: 491, escalated: "awaiting review" }),
  line(30, { station: "sync", asked: true, escalated: "awaiting review" }),
  line(40, { status: "Completed", station: "record", outcome: "verified", detail: "Current for 2m" }),
];

describe("foldJob", () => {
  it("tells where a job stands, and all that is known of it", () => {
    expect(foldJob(LINES)).toMatchObject({
      id: "job-1",
      status: "Completed",
      station: "record",
      outcome: "verified",
      detail: "Current for 2m",
      key: "0c9e41d27ab3",
      pullRequest: 491,
      createdAtMs: NOW,
      updatedAtMs: NOW + 40_000,
      endedAtMs: NOW + 40_000,
      askedAtMs: NOW + 30_000,
      escalated: ["awaiting review"],
    });
    expect(foldJob(LINES)?.timeline.map(({ station }) => station)).toEqual([
      "decision",
      "pull request",
      "pull request",
      "sync",
      "record",
    ]);
  });

  it("says until when it waits only while it does", () => {
    expect(foldJob(LINES.slice(0, 1))).toMatchObject({ status: "Queued", reason: "Cooldown", untilMs: NOW + 9000 });
    const later = foldJob(LINES.slice(0, 2));
    expect(later).not.toHaveProperty("untilMs");
    expect(later).not.toHaveProperty("reason");
  });

  it("depends neither on the order of the lines nor on how often they are there", () => {
    const shuffled = fc.shuffledSubarray([...LINES, ...LINES], { minLength: 2 * LINES.length });
    fc.assert(
      fc.property(shuffled, (lines) => {
        expect(foldJob(lines)).toEqual(foldJob(LINES));
      }),
    );
  });

  it("ends once: what another replica wrote after it changes nothing", () => {
    const late = [line(50), line(60, { status: "Exception", outcome: "failed", code: "Internal" })];
    expect(foldJob([...late, ...LINES])).toEqual(foldJob(LINES));
  });

  it("is nothing without lines", () => {
    expect(foldJob([])).toBeUndefined();
  });
});

describe("foldJobs", () => {
  it("tells jobs apart, the newest first, and leaves other records alone", () => {
    const other = line(5, { job: "job-2", id: "other" });
    const jobs = foldJobs([...LINES, { type: "checkpoint" }, other]);
    expect(jobs.map(({ id }) => id)).toEqual(["job-2", "job-1"]);
  });
});

describe("findJob", () => {
  const jobs = (...more: readonly Partial<JobRecord>[]): readonly Job[] =>
    foldJobs(more.map((one, index) => line(index, { job: `job-${index}`, id: `line-${index}`, ...one })));
  const ended = { status: "Completed", outcome: "held", reason: "NoCheckpoint" } as const;

  it.each([
    ["the one of the key before all others", [{ key: "a" }, {}, { key: "b" }], "job-0"],
    ["one without a key before one of another key", [{}, { key: "b" }], "job-0"],
    ["one of another key before one that has ended", [{ ...ended, key: "a" }, { key: "b" }], "job-1"],
    [
      "the newest that has ended for the key",
      [
        { ...ended, key: "a" },
        { ...ended, key: "a" },
      ],
      "job-1",
    ],
    ["none that has ended for another key", [{ ...ended, key: "b" }], undefined],
    ["none of another target", [{ target: "other", key: "a" }], undefined],
  ])("finds %s", (_, lines, id) => {
    expect(findJob(jobs(...lines), { target: "payments/api", key: "a" })?.id).toBe(id);
  });

  it("finds by the suspect what has ended without a key", () => {
    const suspect = "8d41c07be1f0a6f2c9d3e4b5a6978c1d2e3f4051";
    const known = jobs({ ...ended, suspect });
    expect(findJob(known, { target: "payments/api", suspect })?.id).toBe("job-0");
    expect(findJob(known, { target: "payments/api", suspect: "other" })).toBeUndefined();
    expect(findJob(known, { target: "payments/api" })).toBeUndefined();
  });
});

describe("transitionRecord", () => {
  const context = { id: "l", jobId: "new", nowMs: NOW, by: "lastgood", subject: { target: "t", trigger: "mkim" } };
  const transition = { status: "In Progress", station: "sync", detail: "landed\u001b[0m" } as const;

  it("begins a job with what is known, and goes on with what the job knows", () => {
    const first = transitionRecord({ ...transition, key: "k" }, context);
    expect(first).toMatchObject({ job: "new", target: "t", trigger: "mkim", key: "k", detail: "landed\\x1b[0m" });
    const job = foldJob([first]);
    const second = transitionRecord(transition, { ...context, jobId: "other", ...(job === undefined ? {} : { job }) });
    expect(second).toMatchObject({ job: "new", key: "k", target: "t" });
  });

  it("comes after the line that it follows, though the clock was set back", () => {
    const hour = 3_600_000;
    const first = transitionRecord(transition, { ...context, nowMs: NOW + hour });
    const job = foldJob([first]);
    const second = { ...transition, station: "verification" } as const;
    const later = transitionRecord(second, { ...context, id: "a", ...(job === undefined ? {} : { job }) });
    expect(foldJob([first, later])).toMatchObject({ station: "verification", updatedAtMs: NOW + hour + 1000 });
    const begun = transitionRecord(transition, { ...context, id: "b", jobId: "next", lastMs: NOW + 2 * hour });
    expect(foldJob([begun])).toMatchObject({ createdAtMs: NOW + 2 * hour + 1000 });
  });

  it("makes lines that are read back", () => {
    const record = transitionRecord({ ...transition, escalated: "held", reason: "Cooldown" }, context);
    expect(jobRecordOf(JSON.parse(JSON.stringify(record)) as JsonObject)).toEqual(record);
  });
});

describe("jobs of several replicas", () => {
  const key = "0c9e41d27ab3";
  const other = { job: "job-2", key };

  it("are one when they began over each other, under the name of the first, and end once", () => {
    const lines = [line(0, { key }), line(1, { ...other, id: "a" }), line(20, { key, pullRequest: 491 })];
    expect(foldJobs(lines)).toMatchObject([{ id: "job-1", key, pullRequest: 491 }]);
    const end = { status: "Completed", station: "record", outcome: "rejected", key } as const;
    expect(foldJobs([...lines, line(30, end)])).toMatchObject([{ id: "job-1", outcome: "rejected" }]);
    expect(foldJobs([...lines, line(30, { ...end, ...other })])).toMatchObject([{ id: "job-1", outcome: "rejected" }]);
  });

  it("stay apart for another key, for a person, and after the first has ended", () => {
    const ids = (...lines: readonly JobRecord[]): readonly string[] => foldJobs(lines).map(({ id }) => id);
    expect(ids(line(0, { key }), line(1, { ...other, key: "1111" }))).toEqual(["job-2", "job-1"]);
    expect(ids(line(0, { key }), line(1, { ...other, by: "mina" }))).toEqual(["job-2", "job-1"]);
    expect(ids(line(0, { key }), line(1, { ...other, retryOf: "job-1" }))).toEqual(["job-2", "job-1"]);
    const end = line(5, { key, status: "Completed", station: "record", outcome: "rejected" });
    expect(ids(line(0, { key }), end, line(6, other))).toEqual(["job-2", "job-1"]);
  });
});
