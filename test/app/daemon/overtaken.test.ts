import { describe, expect, it } from "vitest";
import { isOvertaken, type Turn } from "../../../src/app/daemon/overtaken.ts";
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
