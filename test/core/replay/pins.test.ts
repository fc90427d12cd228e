import { describe, expect, it } from "vitest";

import { goesUp } from "../../../src/core/model/version-order.ts";
import { pinChanges } from "../../../src/core/replay/pins.ts";

describe("pinChanges", () => {
  it("finds images, tags and versions, quoted, in lists and with comments", () => {
    const before = 'spec:\n  image: a/b:1.0\n  - "tag": "1.0"   # pinned\n  version: 1.2.3\n  replicas: 1\n';
    const after = 'spec:\n  image: a/b:1.1\n  - "tag": "1.1"   # pinned\n  version: 1.2.4\n  replicas: 2\n';
    expect(pinChanges(before, after)).toEqual([
      { key: "image", from: "a/b:1.0", to: "a/b:1.1" },
      { key: "tag", from: "1.0", to: "1.1" },
      { key: "version", from: "1.2.3", to: "1.2.4" },
    ]);
  });

  it.each([
    ["lines were added", "tag: 1\n", "tag: 2\nmore: 1\n"],
    ["another key stands there", "tag: 1\n", "version: 2\n"],
    ["only a comment changed", "tag: 1 # a\n", "tag: 1 # b\n"],
  ])("finds nothing when %s", (_, before, after) => {
    expect(pinChanges(before, after)).toEqual([]);
  });

  it("takes a text of changed lines only for no bump", () => {
    const lines = (version: number): string =>
      Array.from({ length: 200 }, (_, at) => `tag: ${version}.${at}\n`).join("");
    expect(pinChanges(lines(1), lines(2))).toEqual([]);
  });
});

describe("goesUp", () => {
  it.each([
    ["1.9.0", "1.10.0", true],
    ["v1.2", "v1.2.1", true],
    ["repo/app:1.0@sha256:aa", "repo/app:2.0@sha256:bb", true],
    ["1.10.0", "1.9.0", false],
    ["1.0.0", "1.0.0", false],
    ["main", "1.0.0", false],
    ["sha-3f9c2ab", "sha-8d41c07", false],
  ])("%s → %s: %s", (from, to, up) => {
    expect(goesUp({ from, to })).toBe(up);
  });
});
