import { describe, expect, it } from "vitest";

import { pathspecsOf } from "../../../../src/adapters/repository/git/pathspecs.ts";
import type { ScopeRule } from "../../../../src/core/model/target.ts";

const file = (path: string): ScopeRule => ({ kind: "file", path });
const folder = (path: string): ScopeRule => ({ kind: "folder", path, recurse: true, files: "all" });

describe("pathspecsOf", () => {
  it("names files and folders once, outermost only", () => {
    expect(pathspecsOf([folder("apps/api"), file("apps/api/a.yaml"), file("base/b.yaml"), folder("apps/api")])).toEqual(
      ["apps/api", "base/b.yaml"],
    );
  });

  it("looks everywhere without a scope or for the root", () => {
    expect(pathspecsOf(undefined)).toBeUndefined();
    expect(pathspecsOf([folder(""), file("a")])).toBeUndefined();
  });

  it("looks nowhere for paths that no tree can have", () => {
    expect(pathspecsOf([file("../x"), folder("/etc"), folder("a//b"), file("a/./b"), file("a\0b")])).toEqual([]);
    expect(pathspecsOf([])).toEqual([]);
  });

  it("widens very many paths to their folders", () => {
    const many = Array.from({ length: 500 }, (_, index) => folder(`apps/team-${index % 20}/app-${index}`));
    expect(pathspecsOf([...many, file("base/x.yaml")])).toHaveLength(21);
    expect(pathspecsOf(Array.from({ length: 500 }, (_, index) => file(`top-${index}`)))).toBeUndefined();
  });
});
