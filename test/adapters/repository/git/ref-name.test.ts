import { spawnSync } from "node:child_process";

import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { branchRef, fullRef, isFullRef } from "../../../../src/adapters/repository/git/ref-name.ts";

describe("isFullRef", () => {
  it.each([
    "refs/heads/main",
    "refs/lastgood/ledger",
    "refs/heads/-x",
    "refs/heads/--upload-pack=touch${IFS}x",
    "refs/heads/$(id);`x`'\"",
    "refs/heads/refs/heads/main",
    "refs/heads/caf\u00e9",
    "refs/heads/@",
  ])("takes %s", (ref) => {
    expect(isFullRef(ref)).toBe(true);
  });

  it.each([
    "main",
    "refs/heads",
    "refs/heads/",
    "refs/heads/a..b",
    "refs/heads/.a",
    "refs/heads/a.lock",
    "refs/heads/a.lock/b",
    "refs/heads/a.",
    "refs/heads//a",
    "refs/heads/a b",
    "refs/heads/a\nb",
    "refs/heads/a:b",
    "refs/heads/*",
    "refs/heads/a@{1}",
    "refs/heads/a^",
    "refs/heads/a~1",
    "refs/heads/a\\b",
    "refs/heads/a?",
    "refs/heads/a[b",
    "refs/heads/\ud800",
    "HEAD",
    "-x",
  ])("refuses %j", (ref) => {
    expect(isFullRef(ref)).toBe(false);
    expect(() => fullRef(ref)).toThrow(expect.objectContaining({ code: "ConfigRef" }));
  });

  it("never takes what git check-ref-format refuses", () => {
    const piece = fc.constantFrom(
      "a",
      "-",
      ".",
      "..",
      "/",
      "@",
      "{",
      "lock",
      ".lock",
      " ",
      "~",
      "*",
      "\u007f",
      "é",
      "\\",
    );
    fc.assert(
      fc.property(fc.array(piece, { minLength: 1, maxLength: 8 }), (pieces) => {
        const ref = `refs/heads/${pieces.join("")}`;
        const git = spawnSync("git", ["check-ref-format", ref]).status === 0;
        expect(isFullRef(ref)).toBe(git);
      }),
      { numRuns: 150 },
    );
  });
});

describe("branchRef", () => {
  it("takes a branch by its short name", () => {
    expect(branchRef("release/1.x")).toBe("refs/heads/release/1.x");
    for (const branch of ["", "HEAD", "a b", "main:refs/heads/x"]) {
      expect(() => branchRef(branch)).toThrow(expect.objectContaining({ code: "ConfigRef" }));
    }
  });
});
