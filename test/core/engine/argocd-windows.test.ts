import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { findClosedWindow, readSyncWindows, type SyncWindow } from "../../../src/core/engine/argocd-windows.ts";
import type { JsonObject } from "../../../src/core/model/json.ts";
import { toIso } from "../../../src/core/model/time.ts";
import { argoFixture } from "../../support/argo-application.ts";

function windowsOf(...syncWindows: readonly JsonObject[]): readonly SyncWindow[] {
  return readSyncWindows({ spec: { syncWindows: syncWindows.map((window) => ({ applications: ["*"], ...window })) } });
}

const DENY = { kind: "deny", schedule: "0 22 * * *", duration: "8h" };
const ALLOW = { kind: "allow", schedule: "0 9 * * *", duration: "8h" };

/** `closed until …`, `closed`, or `open`. */
function at(time: string, ...syncWindows: readonly JsonObject[]): string {
  const closed = findClosedWindow(windowsOf(...syncWindows), Date.parse(time));
  if (closed === undefined) return "open";
  return closed.untilMs === undefined ? "closed" : `closed until ${toIso(closed.untilMs)}`;
}

describe("findClosedWindow", () => {
  it("is open without windows", () => {
    expect(at("2026-08-22T12:00:00Z")).toBe("open");
  });

  it.each([
    ["2026-08-22T21:59:59Z", "open"],
    ["2026-08-22T22:00:00Z", "closed until 2026-08-23T06:00:00Z"],
    ["2026-08-23T05:59:59Z", "closed until 2026-08-23T06:00:00Z"],
    ["2026-08-23T06:00:00Z", "open"],
  ])("a deny window at %s: %s", (time, expected) => {
    expect(at(time, DENY)).toBe(expected);
  });

  it.each([
    ["2026-08-22T08:00:00Z", "closed until 2026-08-22T09:00:00Z"],
    ["2026-08-22T12:00:00Z", "open"],
    ["2026-08-22T18:00:00Z", "closed until 2026-08-23T09:00:00Z"],
  ])("an allow window at %s: %s", (time, expected) => {
    expect(at(time, ALLOW)).toBe(expected);
  });

  it("a deny counts more than an allow, and it opens when both let it", () => {
    const lunch = { kind: "deny", schedule: "0 8 * * *", duration: "4h" };
    expect(at("2026-08-22T10:00:00Z", ALLOW, lunch)).toBe("closed until 2026-08-22T12:00:00Z");
    expect(at("2026-08-22T08:30:00Z", ALLOW, lunch)).toBe("closed until 2026-08-22T12:00:00Z");
  });

  it("is closed for no foreseeable time when windows follow each other", () => {
    expect(at("2026-08-22T10:00:00Z", { ...DENY, schedule: "* * * * *", duration: "2h" })).toBe("closed");
  });

  it("follows the clocks of its zone, through the change of the hour", () => {
    const zoned = { ...DENY, timeZone: "Europe/Berlin" };
    expect(at("2026-08-22T20:30:00Z", zoned)).toBe("closed until 2026-08-23T04:00:00Z");
    // On 25 October 2026 the clocks go back at 01:00 UTC: six in the morning is 05:00 UTC.
    expect(at("2026-10-24T20:30:00Z", zoned)).toBe("closed until 2026-10-25T05:00:00Z");
    expect(at("2026-08-22T22:30:00Z", { ...DENY, timeZone: "Mars/Olympus" })).toBe("closed until 2026-08-23T06:00:00Z");
  });

  it("lets a person sync when every window in the way says so", () => {
    const nowMs = Date.parse("2026-08-22T23:00:00Z");
    const manual = (...flags: readonly boolean[]): boolean | undefined =>
      findClosedWindow(windowsOf(...flags.map((manualSync) => ({ ...DENY, manualSync }))), nowMs)?.manualSync;
    expect([manual(true), manual(true, false), manual(false), manual(true, true)]).toEqual([true, false, false, true]);
  });

  it("is open at the moment that it names, and closed until then", () => {
    const hour = fc.integer({ min: 0, max: 23 });
    const window = fc.record({ hour, hours: fc.integer({ min: 1, max: 20 }), deny: fc.boolean() });
    const time = fc.integer({ min: Date.parse("2026-01-01T00:00:00Z"), max: Date.parse("2027-01-01T00:00:00Z") });
    fc.assert(
      fc.property(fc.array(window, { minLength: 1, maxLength: 3 }), time, (list, nowMs) => {
        const windows = windowsOf(
          ...list.map((one) => ({
            kind: one.deny ? "deny" : "allow",
            schedule: `0 ${one.hour} * * *`,
            duration: `${one.hours}h`,
          })),
        );
        const untilMs = findClosedWindow(windows, nowMs)?.untilMs;
        fc.pre(untilMs !== undefined);
        expect(findClosedWindow(windows, untilMs)).toBeUndefined();
        for (let share = 0.1; share < 1; share += 0.2) {
          expect(findClosedWindow(windows, Math.floor(nowMs + (untilMs - nowMs) * share))).toBeDefined();
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("readSyncWindows", () => {
  const application = argoFixture("application");
  const concerns = (window: JsonObject): boolean => {
    const [read] = readSyncWindows({ spec: { syncWindows: [{ ...DENY, ...window }] } });
    return read?.concerns(application) ?? false;
  };

  it.each<[string, JsonObject, boolean]>([
    ["by name", { applications: ["payments-*"] }, true],
    ["by another name", { applications: ["search"] }, false],
    ["by namespace of the destination", { namespaces: ["pay*"] }, true],
    ["by cluster, with slashes under a star", { clusters: ["https://*"] }, true],
    ["by one of three", { applications: ["no"], namespaces: ["payments"], clusters: ["no"] }, true],
    ["by all with andOperator", { andOperator: true, applications: ["*"], namespaces: ["payments"] }, true],
    ["not by one with andOperator", { andOperator: true, applications: ["*"], namespaces: ["no"] }, false],
    ["by nothing", {}, false],
  ])("concerns an Application %s", (_, window, expected) => {
    expect(concerns(window)).toBe(expected);
  });

  it.each<[string, JsonObject]>([
    ["a kind that is not known", { kind: "maybe" }],
    ["a schedule that cannot be read", { schedule: "@daily" }],
    ["a duration that cannot be read", { duration: "long" }],
  ])("leaves out a window with %s", (_, window) => {
    expect(windowsOf({ ...DENY, ...window })).toEqual([]);
  });

  it("reads a question mark as a star", () => {
    expect(windowsOf({ ...DENY, schedule: "0 22 ? * *" })).toHaveLength(1);
  });
});
