import type { DrillRecord } from "../../src/core/drill.ts";

/** A drill of `payments/api`, `day` days after the first of August 2026. */
export function drillRecord(day: number, changes: Partial<DrillRecord> = {}): DrillRecord {
  return {
    v: 1,
    type: "drill",
    id: `01J9D${String(day).padStart(21, "0")}`,
    target: "payments/api",
    at: `2026-08-${String(1 + day).padStart(2, "0")}T13:00:00Z`,
    by: "Mina Kim",
    outcome: "passed",
    ms: 8400,
    stations: [
      { name: "fetch", result: "ok", ms: 3100, detail: "main is at 8d41c07" },
      { name: "plan", result: "ok", ms: 5300, detail: "2 fields in 1 file" },
    ],
    ...changes,
  };
}
