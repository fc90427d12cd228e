import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { countLines, unifiedDiff } from "../../src/core/text-diff.ts";

describe("unifiedDiff", () => {
  it("shows changes with the lines around them", () => {
    const lines = ["a", "b", "c", "d", "e", "f", "g", "h"];
    const after = lines.map((line) => (line === "g" ? "G" : line));
    expect(unifiedDiff(`${lines.join("\n")}\n`, `${after.join("\n")}\n`, { context: 2 })).toEqual([
      "@@ -5,4 +5,4 @@",
      " e",
      " f",
      "-g",
      "+G",
      " h",
    ]);
  });

  it("names an empty side as git does", () => {
    expect(unifiedDiff("", "a\nb\n")).toEqual(["@@ -0,0 +1,2 @@", "+a", "+b"]);
    expect(unifiedDiff("a\n", "")).toEqual(["@@ -1 +0,0 @@", "-a"]);
  });

  it("shows other words in place of lines, each in its place", () => {
    const shown = { before: ["1", "2", "3", "4", "5", ""], after: ["1", "zwei", "3", "4", "5", "6", ""] };
    expect(unifiedDiff("a\nb\nc\nd\ne\n", "a\nB\nc\nd\ne\nf\n", { context: 1, shown })).toEqual([
      "@@ -1,3 +1,3 @@",
      " 1",
      "-2",
      "+zwei",
      " 3",
      "@@ -5 +5,2 @@",
      " 5",
      "+6",
    ]);
  });

  it("is empty for equal texts, and one change for texts that have too little in common", () => {
    expect(unifiedDiff("a\n", "a\n")).toEqual([]);
    const many = (letter: string): string => Array.from({ length: 5000 }, (_, i) => `${letter}${i}\n`).join("");
    const [head, ...lines] = unifiedDiff(many("a"), many("b"));
    expect(head).toBe("@@ -1,5000 +1,5000 @@");
    expect(lines).toHaveLength(10_000);
  });

  it("shows lines of both texts only, whatever is shown in their place", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 12 }).map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const shown = { before: before.split("\n"), after: after.split("\n") };
        expect(unifiedDiff(before, after, { shown })).toEqual(unifiedDiff(before, after));
      }),
    );
  });
});

describe("countLines", () => {
  it("counts what comes and what goes", () => {
    expect(countLines("a\nb\nc\n", "a\nB\nc\nd\n")).toEqual({ added: 2, removed: 1 });
    expect(countLines("", "a\n")).toEqual({ added: 1, removed: 0 });
    expect(countLines("a", "a")).toEqual({ added: 0, removed: 0 });
  });
});
