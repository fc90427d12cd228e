import { describe, expect, it } from "vitest";

import type { PastRevert } from "../../../src/core/decision/facts.ts";
import { foldJobs } from "../../../src/core/job/job.ts";
import { rebuildJobs } from "../../../src/core/job/rebuild-jobs.ts";
import { parseLines, renderLines } from "../../../src/core/record.ts";

const OPENED = Date.parse("2026-08-22T13:00:00Z");
const ENDED = Date.parse("2026-08-22T14:00:00Z");

function revert(changes: Partial<PastRevert> = {}): PastRevert {
  return { target: "api", repository: "gitops", key: "8d41c07aa001", openedAtMs: OPENED, pullRequest: 7, ...changes };
}

function rebuild(reverts: readonly PastRevert[], jobs: Parameters<typeof rebuildJobs>[0]["jobs"] = []) {
  const idOf = (atMs: number, text: string): string => `ID${atMs}-${text.length}`;
  return rebuildJobs({ reverts, setAside: new Set([8]), jobs, repository: "gitops", by: "lastgood", idOf });
}

describe("rebuildJobs", () => {
  it.each([
    ["closed by a person", { closedAtMs: ENDED }, "Completed", "rejected"],
    ["closed by lastgood itself", { closedAtMs: ENDED, pullRequest: 8 }, "Completed", "superseded"],
    ["verified", { landed: { atMs: ENDED, by: "person" }, outcome: "verified" }, "Completed", "verified"],
    [
      "no help",
      { landed: { atMs: ENDED, by: "lastgood" }, outcome: "still unhealthy" },
      "Exception",
      "still unhealthy",
    ],
  ] as const)("tells of one that was %s, as a line that is read back", (_, changes, status, outcome) => {
    const records = rebuild([revert(changes)]);
    expect(parseLines(renderLines(records)).records).toEqual(records);
    expect(foldJobs(records)).toMatchObject([
      {
        target: "api",
        key: "8d41c07aa001",
        pullRequest: revert(changes).pullRequest,
        status,
        outcome,
        endedAtMs: ENDED,
      },
    ]);
  });

  it("leaves those that go on to who goes on with them", () => {
    expect(rebuild([revert(), revert({ landed: { atMs: ENDED, by: "person" } })])).toEqual([]);
  });

  it("tells nothing twice, and nothing of other repositories", () => {
    const records = rebuild([revert({ closedAtMs: ENDED })]);
    expect(rebuild([revert({ closedAtMs: ENDED })], foldJobs(records))).toEqual([]);
    expect(rebuild([revert({ closedAtMs: ENDED, repository: "other" })])).toEqual([]);
    expect(rebuild([revert({ closedAtMs: ENDED })])).toEqual(records);
  });
});
