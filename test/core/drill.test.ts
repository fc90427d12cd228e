import { describe, expect, it } from "vitest";

import { drillOutcome, drillText, lastDrill, secondsText } from "../../src/core/drill.ts";
import { inspectLines, parseLines, renderLines } from "../../src/core/record.ts";
import { checkpointRecord } from "../support/checkpoint-record.ts";
import { drillRecord } from "../support/drill-record.ts";

const DAY = 86_400_000;
const FIRST = Date.parse("2026-08-01T13:00:00Z");

describe("a drill in the ledger", () => {
  it("is read back as it was written, whole or with the least", () => {
    const whole = drillRecord(1, { environment: "prod", base: "a".repeat(40), to: "b".repeat(40), pullRequest: 7 });
    expect(parseLines(renderLines([whole, drillRecord(2)])).records).toEqual([whole, drillRecord(2)]);
  });

  it.each([
    ["no target", { target: undefined }],
    ["an outcome that is none", { outcome: "fine" }],
    ["a time that is none", { at: "yesterday" }],
    ["less than no time", { ms: -1 }],
    ["stations that are no list", { stations: { length: 0 } }],
    ["a station without a result", { stations: [{ name: "plan", ms: 1, detail: "" }] }],
    ["a station named by a line break", { stations: [{ name: "plan\n", result: "ok", ms: 1, detail: "" }] }],
    ["more stations than a revert has", { stations: Array.from({ length: 41 }, () => drillRecord(1).stations[0]) }],
    ["a short commit", { base: "8d41c07" }],
    ["half a pull request", { pullRequest: 1.5 }],
  ])("is damaged with %s", (_, changes) => {
    expect(parseLines(JSON.stringify({ ...drillRecord(1), ...changes }))).toMatchObject({ records: [], damaged: 1 });
  });

  it("is the newest of its target, in whatever order the lines come", () => {
    const records = [drillRecord(3), drillRecord(9, { target: "edge/dns" }), drillRecord(5), drillRecord(4)];
    expect(lastDrill(records, "payments/api")?.at).toBe("2026-08-06T13:00:00Z");
    expect(lastDrill(records, "search/index")).toBeUndefined();
  });
});

describe("drillText", () => {
  it("says how long ago it was, and how long it took", () => {
    expect(drillText(undefined, FIRST)).toBe("never drilled");
    expect(drillText(drillRecord(0), FIRST + 12 * DAY)).toBe("drilled 12d ago: 8.4 s");
    expect(drillText(drillRecord(0), FIRST - DAY)).toBe("drilled 0s ago: 8.4 s");
  });

  it("names what failed", () => {
    const stations = [{ name: "permissions", result: "failed", ms: 20, detail: "read only" }] as const;
    expect(drillOutcome(stations)).toBe("failed");
    expect(drillText(drillRecord(0, { outcome: "failed", stations }), FIRST + DAY)).toBe(
      "drilled 24h ago, and failed: permissions",
    );
  });

  it("shows what takes hardly any time as such", () => {
    expect([0, 20, 99, 100, 8449].map(secondsText)).toEqual(["0.0 s", "0.02 s", "0.10 s", "0.1 s", "8.4 s"]);
  });
});

describe("drillOutcome", () => {
  it("takes neither a warning nor what was not looked at for a failure", () => {
    const of = (result: "ok" | "warning" | "skipped") => ({ name: "x", result, ms: 0, detail: "" });
    expect(drillOutcome([of("ok"), of("warning"), of("skipped")])).toBe("passed");
  });
});

describe("inspectLines", () => {
  it("tells the line of everything, empty lines counted", () => {
    const known = renderLines([checkpointRecord(1)]).trim();
    const text = `${known}\n\n{"torn\n{"v":2,"type":"checkpoint"}\n{"v":1,"type":"mood"}\n${known}`;
    expect(inspectLines(text)).toEqual([
      { line: 1, kind: "record", record: checkpointRecord(1) },
      { line: 3, kind: "damaged", text: '{"torn' },
      { line: 4, kind: "unknown", type: "checkpoint", v: 2 },
      { line: 5, kind: "unknown", type: "mood", v: 1 },
      { line: 6, kind: "record", record: checkpointRecord(1) },
    ]);
  });
});
