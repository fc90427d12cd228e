import { describe, expect, it } from "vitest";
import { foldJobs } from "../../../src/core/job/job.ts";
import { findUnrecorded, isOvertaken, type Turn } from "../../../src/app/daemon/overtaken.ts";
import { checkpointRecord } from "../../support/checkpoint-record.ts";
import { jobRecord } from "../../support/job-record.ts";

const FIRST = jobRecord("01J00000000000000000000001", 0);
const NEXT = jobRecord("01J00000000000000000000001", 60);
const OTHER = jobRecord("01J00000000000000000000002", 30, { target: "edge/dns" });
const TURN: Turn = { target: "payments/api", repository: "gitops", seen: [FIRST], begins: false };

describe("isOvertaken", () => {
  it("says so when somebody has added to a job of the target since it was looked at", () => {
    expect(isOvertaken(TURN, [FIRST, NEXT])).toBe(true);
    expect(isOvertaken({ ...TURN, seen: [] }, [FIRST])).toBe(true);
  });

  it("lets what others have written about other targets and revisions be", () => {
    expect(isOvertaken(TURN, [FIRST, OTHER, checkpointRecord(1)])).toBe(false);
    expect(isOvertaken(TURN, TURN.seen)).toBe(false);
    expect(isOvertaken(TURN, [])).toBe(false);
  });

  it("lets nothing begin beside what is under way in the repository", () => {
    const begins = { ...TURN, seen: [], begins: true };
    expect(isOvertaken(begins, [OTHER])).toBe(true);
    expect(isOvertaken({ ...begins, seen: [OTHER] }, [OTHER])).toBe(true);
    expect(isOvertaken(begins, [{ ...OTHER, repository: "elsewhere" }])).toBe(false);
    expect(isOvertaken(begins, [{ ...OTHER, status: "Queued", station: "decision" }])).toBe(false);
    expect(isOvertaken(begins, [OTHER, { ...OTHER, id: "end", status: "Completed", outcome: "verified" }])).toBe(false);
  });
});

describe("findUnrecorded", () => {
  const NOW = Date.UTC(2026, 7, 22, 14);
  const OPEN = { target: "edge/dns", repository: "gitops", key: "k", openedAtMs: NOW - 60_000, pullRequest: 7 };
  const asked = (more: object, jobs = foldJobs([])) =>
    findUnrecorded({ reverts: [{ ...OPEN, ...more }], jobs, clockMs: NOW }, TURN)?.pullRequest;

  it("finds what is open for another target, and on no record", () => {
    expect(asked({})).toBe(7);
  });

  it("passes over what is its own, has ended, is of long ago, or is on record", () => {
    expect(asked({ target: "payments/api" })).toBeUndefined();
    expect(asked({ repository: "elsewhere" })).toBeUndefined();
    expect(asked({ closedAtMs: NOW })).toBeUndefined();
    expect(asked({ landed: { atMs: NOW, by: "person" } })).toBeUndefined();
    expect(asked({ openedAtMs: NOW - 3_600_000 })).toBeUndefined();
    expect(asked({}, foldJobs([{ ...OTHER, pullRequest: 7 }]))).toBeUndefined();
  });
});
