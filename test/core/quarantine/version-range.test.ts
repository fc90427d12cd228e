import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { admitsVersion, isRange } from "../../../src/core/quarantine/version-range.ts";

describe("a range of versions", () => {
  it.each([
    ["^1.2", "1.8.0 1.2.0 v1.9.9", "2.0.0 1.1.9 1.8.0-rc.1"],
    ["^0.2.3", "0.2.3 0.2.9", "0.3.0 0.2.2 1.0.0"],
    ["^0.0.3", "0.0.3", "0.0.4 0.1.0"],
    ["^0.0", "0.0.9", "0.1.0"],
    ["^0", "0.9.9", "1.0.0"],
    ["~1.2.3", "1.2.3 1.2.9", "1.3.0 1.2.2"],
    ["~1", "1.0.0 1.9.9", "2.0.0 0.9.0"],
    ["~>1.2", "1.2.7", "1.3.0"],
    [">=1.2 <2", "1.2.0 1.99.0", "2.0.0 1.1.0"],
    [">= 1.2.0, < 1.8.0", "1.7.9", "1.8.0"],
    [">1.2", "1.3.0", "1.2.9"],
    [">1.2.3", "1.2.4", "1.2.3"],
    ["<=1.2", "1.2.9", "1.3.0"],
    ["<=1.2.3", "1.2.3", "1.2.4"],
    ["=1.8.0", "1.8.0", "1.8.1"],
    ["!=1.8.0", "1.8.1", "1.8.0"],
    ["!=1.8", "1.9.0", "1.8.3"],
    ["1.x", "1.0.0 1.8.0", "2.0.0"],
    ["1.2.*", "1.2.5", "1.3.0"],
    ["1.2", "1.2.5", "1.3.0"],
    ["*", "0.1.0 9.9.9", "1.0.0-rc.1"],
    ["1.2 - 1.4.5", "1.2.0 1.4.5", "1.4.6"],
    ["1.2.x || >=2.1", "1.2.9 2.4.0", "1.3.0 2.0.0"],
    [">=1.8.0-0", "1.8.0-rc.1 1.9.0", "1.7.0"],
    [">=1.8.0-rc.2", "1.8.0-rc.10 1.8.0", "1.8.0-rc.1 1.8.0-beta"],
  ])("%s admits %s, not %s", (range, inside, outside) => {
    expect(isRange(range)).toBe(true);
    for (const version of inside.split(" ")) expect.soft(admitsVersion(range, version), version).toBe(true);
    for (const version of outside.split(" ")) expect.soft(admitsVersion(range, version), version).toBe(false);
  });

  it.each(["1.8.0", "v1.8.0", "1.8.0-rc.1+build.7", "", "latest", "${VERSION}", "^", ">=1.2 or so", "main", "1.2.3.4"])(
    "is not %j",
    (text) => {
      expect(isRange(text)).toBe(false);
    },
  );

  it("admits nothing that is no version", () => {
    expect(admitsVersion("*", "latest")).toBe(false);
    expect(admitsVersion("latest", "1.8.0")).toBe(false);
  });

  it("is read in little time, whatever stands there", () => {
    const texts = fc.string({ unit: fc.constantFrom(...Array.from("0123456789.xX*^~<>=!|, -v+r")), maxLength: 300 });
    fc.assert(
      fc.property(texts, (text) => {
        if (!isRange(text)) return;
        expect(typeof admitsVersion(text, "1.8.0")).toBe("boolean");
      }),
      { numRuns: 500 },
    );
  });

  it("with a caret lies between its version and the next major", () => {
    const part = fc.nat(20);
    fc.assert(
      fc.property(part, part, part, part, part, (major, minor, patch, otherMinor, otherPatch) => {
        const admitted = admitsVersion(`^${major + 1}.${minor}.${patch}`, `${major + 1}.${otherMinor}.${otherPatch}`);
        expect(admitted).toBe(otherMinor > minor || (otherMinor === minor && otherPatch >= patch));
      }),
    );
  });
});
