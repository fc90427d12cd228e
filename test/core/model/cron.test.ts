import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cronFault, nextCron, parseCron } from "../../../src/core/model/cron.ts";
import { toIso, zoneOffsetMs } from "../../../src/core/model/time.ts";

describe("cronFault", () => {
  it.each(["0 16 * * FRI", "*/5 * * * *", "0,30 8-18 1-7 JAN-MAR mon-fri", "59 23 31 12 7", "0-30/10 * * * 0"])(
    "accepts %s",
    (text) => {
      expect(cronFault(text)).toBeUndefined();
    },
  );

  it.each([
    "",
    "* * * *",
    "* * * * * *",
    "60 * * * *",
    "* 24 * * *",
    "* * 0 * *",
    "* * * 13 *",
    "* * * * 8",
    "5-1 * * * *",
    "*/0 * * * *",
    "a * * * *",
    "JAN * * * *",
    "@daily",
    "1,,2 * * * *",
  ])("refuses %j", (text) => {
    expect(cronFault(text)).toBeTypeOf("string");
  });
});

function next(schedule: string, after: string): string | undefined {
  const cron = parseCron(schedule);
  if (cron === undefined) throw new Error(`no schedule: ${schedule}`);
  const atMs = nextCron(cron, Date.parse(after));
  return atMs === undefined ? undefined : toIso(atMs);
}

describe("nextCron", () => {
  // Saturday, 22 August 2026.
  const AFTER = "2026-08-22T13:46:40Z";

  it.each([
    ["* * * * *", "2026-08-22T13:47:00Z"],
    ["46 13 * * *", "2026-08-23T13:46:00Z"],
    ["0 16 * * FRI", "2026-08-28T16:00:00Z"],
    ["0 0 * * 7", "2026-08-23T00:00:00Z"],
    ["0 0 * * 0", "2026-08-23T00:00:00Z"],
    ["0 22 * * 1-5", "2026-08-24T22:00:00Z"],
    ["*/15 9-17 * * *", "2026-08-22T14:00:00Z"],
    ["50/5 * * * *", "2026-08-22T13:50:00Z"],
    ["0 0 1 JAN *", "2027-01-01T00:00:00Z"],
    ["0 0 29 2 *", "2028-02-29T00:00:00Z"],
    ["0 0 31 * *", "2026-08-31T00:00:00Z"],
    ["0 0 30 2 *", undefined],
  ])("of %s is %s", (schedule, expected) => {
    expect(next(schedule, AFTER)).toBe(expected);
  });

  it("takes either day when both are written, and both when one of them is a star", () => {
    expect(next("0 0 25 * SUN", AFTER)).toBe("2026-08-23T00:00:00Z");
    expect(next("0 0 25 * *", AFTER)).toBe("2026-08-25T00:00:00Z");
    expect(next("0 0 * * TUE", AFTER)).toBe("2026-08-25T00:00:00Z");
  });

  it("is later than the moment, strictly", () => {
    expect(next("0 14 * * *", "2026-08-22T14:00:00Z")).toBe("2026-08-23T14:00:00Z");
    expect(next("0 14 * * *", "2026-08-22T13:59:59Z")).toBe("2026-08-22T14:00:00Z");
  });

  it("finds no time between a moment and the next one", () => {
    const minute = fc.integer({ min: 0, max: 59 });
    const hour = fc.integer({ min: 0, max: 23 });
    const weekday = fc.integer({ min: 0, max: 6 });
    const start = fc.integer({ min: Date.parse("2024-01-01T00:00:00Z"), max: Date.parse("2032-01-01T00:00:00Z") });
    fc.assert(
      fc.property(minute, hour, weekday, start, (m, h, d, afterMs) => {
        const cron = parseCron(`${m} ${h} * * ${d}`);
        const atMs = cron === undefined ? undefined : nextCron(cron, afterMs);
        if (atMs === undefined) throw new Error("no time");
        const at = new Date(atMs);
        expect([at.getUTCMinutes(), at.getUTCHours(), at.getUTCDay(), at.getUTCSeconds()]).toEqual([m, h, d, 0]);
        expect(atMs - afterMs).toBeGreaterThan(0);
        expect(atMs - afterMs).toBeLessThanOrEqual(7 * 86_400_000);
      }),
    );
  });
});

describe("zoneOffsetMs", () => {
  const HOUR_MS = 3_600_000;

  it.each([
    ["UTC", "2026-08-22T12:00:00Z", 0],
    ["Europe/Berlin", "2026-08-22T12:00:00Z", 2 * HOUR_MS],
    ["Europe/Berlin", "2026-12-22T12:00:00Z", HOUR_MS],
    ["America/New_York", "2026-08-22T12:00:00Z", -4 * HOUR_MS],
    ["Asia/Kolkata", "2026-08-22T12:00:00Z", 5.5 * HOUR_MS],
    ["Mars/Olympus", "2026-08-22T12:00:00Z", undefined],
  ])("of %s at %s", (zone, at, expected) => {
    expect(zoneOffsetMs(zone, Date.parse(at))).toBe(expected);
  });
});
