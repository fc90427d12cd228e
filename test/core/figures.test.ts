import { describe, expect, it } from "vitest";
import { figureOf, parseFigures, recordedFigures, usualFigures } from "../../src/core/figures.ts";
import { readingOf } from "../../src/core/health/reading.ts";
import { parseLines } from "../../src/core/record.ts";
import { verify } from "../../src/core/verification.ts";
import { checkpointRecord } from "../support/checkpoint-record.ts";

const FIGURE = { source: "errors", value: 0.2, better: "lower", limit: 1 } as const;

describe("figures", () => {
  it("come from readings that say which way is better", () => {
    expect(figureOf("errors", readingOf("Current", "", { value: 0.2, better: "lower", limit: 1 }))).toEqual(FIGURE);
    expect(figureOf("errors", readingOf("Current", "", { value: 0.2 }))).toBeUndefined();
    expect(figureOf("errors", readingOf("Unknown", "no data"))).toBeUndefined();
    expect(figureOf("errors", readingOf("Current", "", { value: Number.NaN, better: "lower" }))).toBeUndefined();
  });

  it("are the median of what was seen since then, source by source", () => {
    const at = (atMs: number, value: number, source = "errors") => ({ ...FIGURE, source, value, atMs });
    const samples = [at(1, 100), at(2, 5), at(3, 1), at(4, 3), at(5, 7, "latency"), at(6, 9, "latency")];
    expect(usualFigures(samples, 2)).toEqual([
      { ...FIGURE, value: 3 },
      { ...FIGURE, source: "latency", value: 8 },
    ]);
    expect(usualFigures(samples, 7)).toEqual([]);
  });

  it("are read from a record strictly, and are not asked of an old one", () => {
    const line = (figures: unknown): string => JSON.stringify({ ...checkpointRecord(1), figures });
    expect(parseLines(line([{ ...FIGURE, more: "from a newer version" }])).records).toEqual([
      checkpointRecord(1, { figures: [FIGURE] }),
    ]);
    expect(parseLines(line(undefined))).toMatchObject({ records: [checkpointRecord(1)], damaged: 0 });
    const odd: readonly unknown[] = [
      "0.2",
      {},
      [null],
      [{ ...FIGURE, value: "0.2" }],
      [{ ...FIGURE, better: "same" }],
      [{ ...FIGURE, source: "" }],
      [{ ...FIGURE, source: "x".repeat(513) }],
      [{ ...FIGURE, limit: null }],
      Array.from({ length: 33 }, () => FIGURE),
    ];
    for (const figures of odd) expect(parseLines(line(figures)).damaged).toBe(1);
  });

  it("that are written are read back, however many there are", () => {
    const many = Array.from({ length: 40 }, (_, i) => ({ ...FIGURE, source: `s${i}` }));
    const written = recordedFigures([{ ...FIGURE, source: "x".repeat(600) }, ...many]);
    expect(written).toHaveLength(32);
    expect(parseFigures(written)).toEqual(written);
  });

  it("keep a revert from being called verified while they are worse than at the checkpoint", () => {
    const nowMs = 1_000_000;
    const verdictNow = {
      target: "api",
      verdict: "good",
      reason: "Baked",
      message: "healthy",
      revision: "c1",
      latest: "c1",
      sinceMs: 0,
      atMs: nowMs,
      rule: "",
      sources: [],
    } as const;
    const facts = {
      nowMs,
      landed: { commit: "c1", atMs: 0 },
      delivery: { kind: "reached", atMs: 0 },
      verdict: verdictNow,
      policy: { verify: { forMs: 60_000, timeoutMs: 2_000_000 } },
      baseline: [FIGURE],
    } as const;
    expect(verify({ ...facts, figures: [{ ...FIGURE, value: 0.25 }] }).kind).toBe("verified");
    expect(verify({ ...facts, figures: [{ ...FIGURE, value: 0.6 }] })).toMatchObject({
      kind: "verifying",
      message: "errors is 0.6, and was 0.2",
    });
  });
});
