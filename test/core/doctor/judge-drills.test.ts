import { describe, expect, it } from "vitest";

import { judgeDrills } from "../../../src/core/doctor/judge-drills.ts";
import { drillRecord } from "../../support/drill-record.ts";

const DAY = 86_400_000;
const NOW = Date.parse("2026-08-20T13:00:00Z");
const FAILED = {
  outcome: "failed",
  stations: [{ name: "permissions", result: "failed", ms: 1, detail: "read only" }],
} as const;

describe("judgeDrills", () => {
  it("says that nobody has ever drilled, which is no fault", () => {
    expect(judgeDrills([], NOW)).toMatchObject([
      { name: "Drill", status: "ok", message: expect.stringContaining("never drilled") },
    ]);
  });

  it("tells the latest, and of how many targets", () => {
    const drills = [drillRecord(9), drillRecord(2), drillRecord(4, { target: "edge/dns" })];
    expect(judgeDrills(drills, NOW)).toMatchObject([
      { status: "ok", message: "payments/api drilled 10d ago: 8.4 s (the latest of 2 targets)" },
    ]);
  });

  it("warns of one that failed, until one after it has passed", () => {
    const drills = [drillRecord(4, { target: "edge/dns", ...FAILED }), drillRecord(9)];
    expect(judgeDrills(drills, NOW)).toMatchObject([
      {
        status: "warning",
        message: "edge/dns drilled 15d ago, and failed: permissions",
        remedy: [expect.stringContaining("edge/dns")],
      },
    ]);
    expect(judgeDrills([...drills, drillRecord(5, { target: "edge/dns" })], NOW)).toMatchObject([{ status: "ok" }]);
  });

  it("warns when the latest was long ago", () => {
    expect(judgeDrills([drillRecord(1)], NOW + 90 * DAY)).toMatchObject([{ status: "warning" }]);
  });
});
