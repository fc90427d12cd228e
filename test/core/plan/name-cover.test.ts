import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { coverOf } from "../../../src/core/plan/name-cover.ts";

/** What it means, said slowly. */
function covers(a: string, b: string): boolean {
  if (a === b) return true;
  const [short, long] = a.length < b.length ? [a, b] : [b, a];
  return long.startsWith(short) && /^[.[]/.test(long.slice(short.length));
}

describe("the cover of some fields", () => {
  it.each([
    ["containers[api].image", true],
    ["containers[api]", true],
    ["containers", true],
    ["replicas", true],
    ["replicas.max", true],
    ["containers[web].image", false],
    ["replicasMax", false],
    ["contain", false],
  ])("%s: %s", (display, expected) => {
    expect(coverOf(["containers[api].image", "replicas"])(display)).toBe(expected);
  });

  it("is the same as comparing each with each", () => {
    const name = fc
      .array(fc.constantFrom("a", "b", ".", "[", "]"), { minLength: 1, maxLength: 5 })
      .map((c) => c.join(""));
    fc.assert(
      fc.property(fc.array(name, { maxLength: 5 }), name, (names, display) => {
        expect(coverOf(names)(display)).toBe(names.some((one) => covers(one, display)));
      }),
      { numRuns: 2000 },
    );
  });
});
