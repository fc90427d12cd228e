import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { cutToWidth, displayWidth } from "../../../../src/faces/cli/output/display-width.ts";
import { fitWidths, renderTable, type Cell, type Table } from "../../../../src/faces/cli/output/table.ts";
import { outputOf } from "./plain-output.ts";

const TABLE: Table = {
  columns: [
    { title: "", ttyOnly: true },
    { title: "#", align: "right" },
    { title: "REV" },
    { title: "WHEN" },
    { title: "COMMIT" },
  ],
  rows: [
    [
      "●",
      "41",
      { text: "8d41c07", plain: "8d41c07be1f0" },
      { text: "14m ago", plain: "2026-08-22T13:46:00Z" },
      "feat(api): bump image to 1.8.0",
    ],
    [
      "",
      "9",
      { text: "77ab913", plain: "77ab91300000" },
      { text: "2d ago", plain: "2026-08-20T13:46:00Z" },
      "a\tb\u001b[2J",
    ],
  ],
};

describe("renderTable", () => {
  it("aligns columns on a TTY", () => {
    expect(renderTable(TABLE, { output: outputOf() })).toBe(
      [
        "    #  REV      WHEN     COMMIT",
        "●  41  8d41c07  14m ago  feat(api): bump image to 1.8.0",
        String.raw`    9  77ab913  2d ago   a\tb\x1b[2J`,
        "",
      ].join("\n"),
    );
  });

  it("separates by tabs on a pipe, without header, in full", () => {
    expect(renderTable(TABLE, { output: outputOf({ tty: false }) })).toBe(
      [
        "41\t8d41c07be1f0\t2026-08-22T13:46:00Z\tfeat(api): bump image to 1.8.0",
        `9\t77ab91300000\t2026-08-20T13:46:00Z\t${String.raw`a\tb\x1b[2J`}`,
        "",
      ].join("\n"),
    );
  });

  it("cuts the widest column first", () => {
    const lines = renderTable(TABLE, { output: outputOf({ width: 40 }), headers: false }).split("\n");
    expect(lines[0]).toBe("●  41  8d41c07  14m ago  feat(api): bum…");
  });

  it("leaves out the last columns where nothing fits", () => {
    expect(renderTable(TABLE, { output: outputOf({ width: 1 }), headers: false })).toBe("●\n\n");
  });

  it("shows ASCII where the terminal has nothing else", () => {
    const output = outputOf({ env: { LANG: "C" }, width: 20 });
    expect(renderTable({ columns: [{ title: "A" }], rows: [["1.7.4→1.8.0 · long, too long"]] }, { output })).toBe(
      "A\n1.7.4->1.8.0 - long~\n",
    );
  });

  it("paints after it has measured", () => {
    const output = { ...outputOf({ width: 10 }), colors: outputOf().colors };
    const paint = (text: string): string => `<${text}>`;
    expect(
      renderTable(
        { columns: [{ title: "A" }, { title: "B" }], rows: [[{ text: "x", paint }, "y"]] },
        { output, headers: false },
      ),
    ).toBe("<x>  y\n");
  });

  it("is nothing without rows and header", () => {
    expect(renderTable({ ...TABLE, rows: [] }, { output: outputOf(), headers: false })).toBe("");
    expect(renderTable({ ...TABLE, rows: [] }, { output: outputOf({ tty: false }) })).toBe("");
  });

  it("is never wider than the terminal, for any cells and width", () => {
    const cell: fc.Arbitrary<Cell> = fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.string({ unit: fc.constantFrom("漢", "a", "🚀", "e\u0301", "\u001b", "⚠\ufe0f"), maxLength: 30 }),
    );
    const table = fc.integer({ min: 1, max: 8 }).chain((width) =>
      fc.record({
        columns: fc.array(
          fc.record({ title: fc.string({ maxLength: 8 }).map((title) => title.replaceAll(/\P{L}/gu, "")) }),
          { minLength: width, maxLength: width },
        ),
        rows: fc.array(fc.array(cell, { maxLength: width }), { maxLength: 5 }),
      }),
    );
    fc.assert(
      fc.property(table, fc.integer({ min: 1, max: 120 }), fc.boolean(), (value, width, headers) => {
        const text = renderTable(value, { output: outputOf({ width }), headers });
        const lines = text.split("\n").slice(0, -1);
        expect(lines).toHaveLength(value.rows.length + (headers ? 1 : 0));
        for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(width);
        expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
      }),
      { numRuns: 500 },
    );
  });
});

describe("fitWidths", () => {
  it.each([
    [[5, 5], 20, [5, 5]],
    [[5, 50], 20, [5, 13]],
    [[50, 50], 20, [9, 9]],
    [[50, 50, 50], 7, [1, 1, 1]],
    [[50, 50, 50], 6, [2, 2]],
    [[50, 50, 50], 1, [1]],
    [[50], Number.POSITIVE_INFINITY, [50]],
    [[], 80, []],
  ])("fits %j into %d as %j", (wanted, total, widths) => {
    expect(fitWidths(wanted, total)).toEqual(widths);
  });
});

describe("displayWidth", () => {
  it.each([
    ["", 0],
    ["abc", 3],
    ["漢字", 4],
    ["한글", 4],
    ["ｱ", 1],
    ["Ａ", 2],
    ["e\u0301", 1],
    ["🚀", 2],
    ["✔ ► ◎ ✗ ★ ⟲", 11],
    ["→·…", 3],
    ["a̐éö̲", 3],
  ])("of %j is %i", (text, width) => {
    expect(displayWidth(text)).toBe(width);
  });
});

describe("cutToWidth", () => {
  it.each([
    ["abcd", 4, "abcd"],
    ["abcd", 3, "ab…"],
    ["漢字漢", 4, "漢…"],
    ["漢字", 1, "…"],
    ["漢", 1, "…"],
    ["abc", 0, ""],
    ["ae\u0301xy", 3, "ae\u0301…"],
  ])("cuts %j to %i columns: %j", (text, width, cut) => {
    expect(cutToWidth(text, width)).toBe(cut);
  });
});
