import { describe, expect, it } from "vitest";
import { type FreezeWindow, openFreezes } from "../../../src/core/decision/freezes.ts";

const HOUR = 3_600_000;
/** From Friday, 16:00 in Berlin, until Monday, 08:00. */
const WEEKEND: FreezeWindow = { cron: "0 16 * * FRI", forMs: 64 * HOUR, timezone: "Europe/Berlin", mode: "propose" };

function at(text: string): number {
  return Date.parse(text);
}

describe("open freezes", () => {
  it.each([
    ["a minute before it begins", "2026-08-21T13:59:00Z", false],
    ["as it begins", "2026-08-21T14:00:00Z", true],
    ["in the middle", "2026-08-22T13:46:40Z", true],
    ["a minute before it ends", "2026-08-24T05:59:00Z", true],
    ["as it ends", "2026-08-24T06:00:00Z", false],
    ["on a Wednesday", "2026-08-26T12:00:00Z", false],
  ])("are known %s", (_, time, isOpen) => {
    expect(openFreezes([WEEKEND], at(time))).toHaveLength(isOpen ? 1 : 0);
  });

  it("tell their mode, their end and what they are called", () => {
    expect(openFreezes([WEEKEND], at("2026-08-22T13:46:40Z"))).toEqual([
      { name: "0 16 * * FRI for 2d", mode: "propose", untilMs: at("2026-08-24T06:00:00Z") },
    ]);
  });

  it("end by the clock on the wall, also when it is set back meanwhile", () => {
    // On 25 October 2026 clocks in Berlin go from UTC+2 to UTC+1.
    expect(openFreezes([WEEKEND], at("2026-10-24T12:00:00Z"))).toMatchObject([{ untilMs: at("2026-10-26T07:00:00Z") }]);
  });

  it("end with the last beginning of a window that begins again while it is open", () => {
    const daily: FreezeWindow = { cron: "0 6 * * *", forMs: 30 * HOUR, timezone: "UTC", mode: "observe" };
    expect(openFreezes([daily], at("2026-08-22T07:00:00Z"))).toMatchObject([{ untilMs: at("2026-08-23T12:00:00Z") }]);
  });

  it.each([
    ["a schedule", { ...WEEKEND, cron: "whenever" }],
    ["a time zone", { ...WEEKEND, timezone: "Nowhere/At-All" }],
  ])("are open when %s cannot be read: it was meant to restrict", (_, window) => {
    expect(openFreezes([window], at("2026-08-26T12:00:00Z"))).toMatchObject([{ mode: "propose" }]);
  });
});
