import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { longestIncreasing, mergeOrder } from "../../../src/core/patch/order.ts";

describe("mergeOrder", () => {
  it.each([
    ["abc", "abc", "abc"],
    ["ac", "abc", "abc"],
    ["bc", "abc", "abc"],
    ["a", "abc", "abc"],
    ["axc", "ayc", "axyc"],
    ["x", "y", "xy"],
    ["abc", "cyb", "abcy"],
    ["", "ab", "ab"],
  ])("merges %s with %s to %s", (first, second, order) => {
    expect(mergeOrder(first, second).join("")).toBe(order);
  });
});

describe("longestIncreasing", () => {
  it("finds a run that is increasing, in order, and as long as any", () => {
    const numbers = fc.uniqueArray(fc.nat(20), { maxLength: 9 });
    fc.assert(
      fc.property(numbers, (numbers) => {
        const run = longestIncreasing(numbers);
        expect(run).toEqual(run.toSorted((a, b) => a - b));
        expect(run).toEqual(numbers.filter((number) => run.includes(number)));
        expect(run).toHaveLength(longestLength(numbers));
      }),
    );
  });
});

/** The plain O(n²) definition. */
function longestLength(numbers: readonly number[]): number {
  const lengths: number[] = [];
  for (const [at, number] of numbers.entries()) {
    lengths.push(1 + Math.max(0, ...lengths.filter((_, before) => (numbers[before] ?? 0) < number && before < at)));
  }
  return Math.max(0, ...lengths);
}
