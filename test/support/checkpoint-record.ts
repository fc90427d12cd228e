import { commitId } from "../../src/core/model/git.ts";
import type { CheckpointRecord } from "../../src/core/record.ts";

/** A sound record; `number` makes its id and its minute. */
export function checkpointRecord(number: number, changes: Partial<CheckpointRecord> = {}): CheckpointRecord {
  return {
    v: 1,
    type: "checkpoint",
    id: `01J9${number.toString().padStart(22, "0")}`,
    target: "payments/api",
    revision: commitId("3f9c2ab0".padEnd(40, "0")),
    verdict: "good",
    evidence: "marked",
    at: new Date(Date.parse("2026-08-22T13:00:00Z") + number * 60_000).toISOString().replace(".000Z", "Z"),
    by: "mkim",
    reason: "load test passed",
    ...changes,
  };
}
