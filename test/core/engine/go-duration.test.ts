import { describe, expect, it } from "vitest";
import { parseGoDuration } from "../../../src/core/engine/go-duration.ts";

describe("a duration as Go writes it", () => {
  it.each([
    ["10m", 600_000],
    ["1h30m0s", 5_400_000],
    ["1.5h", 5_400_000],
    ["500ms", 500],
    ["0s", 0],
  ])("is %s", (text, ms) => {
    expect(parseGoDuration(text)).toBe(ms);
  });

  it.each(["", "10", "m", "-5m", "10 m", "1d", "1h1h1h1h1h", "1".repeat(20) + "s"])("is not %j", (text) => {
    expect(parseGoDuration(text)).toBeUndefined();
  });

  it("is nothing when there is none", () => {
    expect(parseGoDuration(undefined)).toBeUndefined();
  });
});
