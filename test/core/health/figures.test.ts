import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BURN_WINDOWS, judgeBurn, nameOf, windowsOf } from "../../../src/core/health/burn-rate.ts";
import { bothReadings, judgeBaseline, judgeLimits, worseOf } from "../../../src/core/health/figures.ts";
import type { Figure } from "../../../src/core/health/prometheus-answer.ts";
import { readingOf } from "../../../src/core/health/reading.ts";

const NONE: Figure = { kind: "none", why: "Empty", message: "gives no data" };

function figure(value: number): Figure {
  return { kind: "figure", value, atMs: 0 };
}

describe("judgeLimits", () => {
  it.each([
    [0.01, { below: 0.02 }, "Current", "0.01, below 0.02"],
    [0.02, { below: 0.02 }, "Failed", "0.02 is not below 0.02"],
    [0.4, { below: 0.02 }, "Failed", "0.4 is not below 0.02"],
    [99.95, { above: 99.9 }, "Current", "99.95, above 99.9"],
    [99.9, { above: 99.9 }, "Failed", "99.9 is not above 99.9"],
    [5, { above: 1, below: 10 }, "Current", "5, below 10, above 1"],
  ] as const)("holds %d against %o: %s", (value, limits, status, message) => {
    expect(judgeLimits(figure(value), limits)).toMatchObject({ status, message, value });
  });

  it("says which way is better, and what is allowed, where there is one way", () => {
    expect(judgeLimits(figure(5), { below: 10 })).toMatchObject({ value: 5, better: "lower", limit: 10 });
    expect(judgeLimits(figure(0), { above: 1 })).toMatchObject({ value: 0, better: "higher", limit: 1 });
    expect(judgeLimits(figure(5), { below: 10, above: 1 })).not.toHaveProperty("better");
  });

  it("says nothing without a figure", () => {
    expect(judgeLimits(NONE, { below: 1 })).toEqual({ status: "Unknown", message: "gives no data" });
  });
});

describe("judgeBaseline", () => {
  const twice = { factor: 2, noise: 0.01, worse: "higher" } as const;

  it.each([
    [0.3, 0.1, twice, "Failed"],
    [0.2, 0.1, twice, "Current"],
    [0.009, 0, twice, "Current"],
    [0.011, 0, twice, "Failed"],
    [40, 100, { factor: 2, noise: 1, worse: "lower" }, "Failed"],
    [60, 100, { factor: 2, noise: 1, worse: "lower" }, "Current"],
    [-1, 1, twice, "Unknown"],
    [1, -1, twice, "Unknown"],
  ] as const)("compares %d with %d before: %o is %s", (now, before, baseline, status) => {
    expect(judgeBaseline(figure(now), figure(before), baseline).status).toBe(status);
  });

  it("says nothing when there is no figure now or before", () => {
    expect(judgeBaseline(NONE, figure(1), twice).message).toBe("gives no data");
    expect(judgeBaseline(figure(1), NONE, twice)).toEqual({
      status: "Unknown",
      message: "before the deploy: gives no data",
    });
  });

  it("knows which way is worse by the limits", () => {
    expect([worseOf({ below: 1 }), worseOf({ above: 1 }), worseOf({ below: 1, above: 0 })]).toEqual([
      "higher",
      "lower",
      "higher",
    ]);
  });

  it("lets the worse word count, and what is unknown before what is well", () => {
    const [current, unknown, failed] = (["Current", "Unknown", "Failed"] as const).map((status) =>
      readingOf(status, status),
    );
    if (current === undefined || unknown === undefined || failed === undefined) throw new Error("readings");
    expect([bothReadings(current, unknown), bothReadings(failed, unknown), bothReadings(current, current)]).toEqual([
      unknown,
      failed,
      current,
    ]);
  });
});

describe("judgeBurn", () => {
  /** A budget of 0.1 %: 14.4 times is a ratio of 0.0144. */
  function burn(ratios: Readonly<Record<string, number | undefined>>): ReturnType<typeof judgeBurn> {
    return judgeBurn(99.9, BURN_WINDOWS, (windowMs) => {
      const ratio = ratios[nameOf(windowMs)];
      return ratio === undefined ? NONE : figure(ratio);
    });
  }

  it.each([
    ["all is well", { "5m": 0, "1h": 0, "30m": 0, "6h": 0 }, "Current"],
    ["it burns fast", { "5m": 0.02, "1h": 0.02, "30m": 0.001, "6h": 0.001 }, "Failed"],
    ["it burns slowly for hours", { "5m": 0.007, "1h": 0.007, "30m": 0.007, "6h": 0.007 }, "Failed"],
    ["it is over: the short window is well", { "5m": 0, "1h": 0.02, "30m": 0.005, "6h": 0.007 }, "Current"],
    ["a spike: the long window is well", { "5m": 0.5, "1h": 0.01, "30m": 0.01, "6h": 0.001 }, "Current"],
    ["a window has no data", { "5m": 0, "1h": 0, "30m": 0 }, "Unknown"],
    ["one pair fires and the other has no data", { "5m": 0.02, "1h": 0.02 }, "Failed"],
    ["a ratio is none", { "5m": 1.2, "1h": 0, "30m": 0, "6h": 0 }, "Unknown"],
    ["a ratio is negative", { "5m": -1, "1h": 0, "30m": 0, "6h": 0 }, "Unknown"],
  ] as const)("when %s: %o is %s", (_, ratios, status) => {
    expect(burn(ratios).status).toBe(status);
  });

  it("says how fast, over what, and how far back it looks", () => {
    expect(burn({ "5m": 0.02, "1h": 0.03 })).toEqual({
      better: "lower",
      limit: 6,
      status: "Failed",
      message: "the error budget burns 20 times too fast over 5m and 30 over 1h, limit 14.4",
      value: expect.closeTo(20) as number,
      coversMs: 300_000,
    });
  });

  it.each([100, 0, 101, Number.NaN])("has no budget to burn at %d %%", (objective) => {
    expect(judgeBurn(objective, BURN_WINDOWS, () => figure(1)).status).toBe("Unknown");
  });

  it("fires only while both windows of a pair are over its rate", () => {
    const ratio = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(ratio, ratio, ratio, ratio, (m5, h1, m30, h6) => {
        const over = (value: number, rate: number): boolean => value / (1 - 99.9 / 100) > rate;
        const fires = (over(m5, 14.4) && over(h1, 14.4)) || (over(m30, 6) && over(h6, 6));
        expect(burn({ "5m": m5, "1h": h1, "30m": m30, "6h": h6 }).status).toBe(fires ? "Failed" : "Current");
      }),
    );
  });

  it("names every window once, as PromQL does", () => {
    expect(windowsOf(BURN_WINDOWS).map(nameOf)).toEqual(["5m", "30m", "1h", "6h"]);
    expect(nameOf(90_000)).toBe("90s");
  });
});
