import { describe, expect, it } from "vitest";
import { formatAge, formatSpan } from "../../../../src/faces/cli/output/age.ts";
import { glyph, GLYPHS, plainPunctuation } from "../../../../src/faces/cli/output/glyphs.ts";

const NOW = Date.UTC(2026, 7, 22, 14, 0, 0);

describe("formatAge", () => {
  it.each([
    [14 * 60_000, "14m ago", "2026-08-22T13:46:00Z"],
    [2 * 86_400_000, "2d ago", "2026-08-20T14:00:00Z"],
    [0, "0s ago", "2026-08-22T14:00:00Z"],
    [-180_000, "in 3m", "2026-08-22T14:03:00Z"],
  ])("shows %i ms as %s, on a pipe as %s", (ms, people, machine) => {
    expect(formatAge(NOW - ms, NOW, true)).toBe(people);
    expect(formatAge(NOW - ms, NOW, false)).toBe(machine);
  });

  it("shows spans in seconds on a pipe", () => {
    expect([formatSpan(46 * 3_600_000, true), formatSpan(90_500, false)]).toEqual(["46h", "90s"]);
  });
});

describe("glyphs", () => {
  it("all have a stand-in of ASCII alone", () => {
    for (const [, ascii] of Object.values(GLYPHS)) expect(ascii).toMatch(/^[\x21-\x7e]{1,2}$/);
    expect([glyph("failed", true), glyph("failed", false)]).toEqual(["✗", "x"]);
  });

  it("stand in for our punctuation", () => {
    expect(plainPunctuation("1.7→1.8 · ••••", false)).toBe("1.7->1.8 - ****");
    expect(plainPunctuation("1.7→1.8", true)).toBe("1.7→1.8");
  });
});
