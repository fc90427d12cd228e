import { readFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, it } from "vitest";

import { gitdir } from "./gitdir.ts";

describe("gitdir", () => {
  it("makes the same commits in every run", () => {
    const make = () => gitdir([{ files: { "a.yaml": "a: 1\n" } }, { files: { "a.yaml": "a: 2\n" }, message: "Bump" }]);
    const repo = make();
    expect(make().commits).toEqual(repo.commits);
    expect(repo.git(["log", "--date=format:%FT%TZ", "--format=%ad %an %s"])).toBe(
      "2026-01-01T01:00:00Z Mina Kim Bump\n2026-01-01T00:00:00Z Mina Kim commit 1",
    );
    expect(repo.text("a.yaml")).toBe("a: 2\n");
    expect(repo.head).toBe(repo.commits[1]);
  });

  it("branches, merges, tags, removes and goes on later", () => {
    const repo = gitdir([
      { files: { "a.yaml": "1", "b.yaml": "1" }, as: "root", tag: "v1" },
      { branch: "fix", from: "root", files: { "c/c.yaml": "1" } },
      { remove: ["b.yaml"] },
      { merge: ["fix"], files: { "c/c.yaml": "1" }, message: "Merge" },
    ]);
    expect(repo.git(["log", "-1", "--format=%P"])).toBe(`${repo.commits[2]} ${repo.commits[1]}`);
    const [next] = repo.commit({ author: "Bo <bo@example.com>", files: { link: { mode: "120000", text: "a.yaml" } } });
    expect(repo.head).toBe(next);
    expect(repo.git(["ls-tree", "-r", "--name-only", "HEAD"]).split("\n")).toEqual(["a.yaml", "c/c.yaml", "link"]);
    expect(repo.id("v1")).toBe(repo.id("root"));
  });

  it("checks out a work tree and makes sha256 repositories on request", () => {
    const repo = gitdir([{ files: { "a.yaml": "1" } }, { files: { "a.yaml": "2" } }], {
      worktree: true,
      format: "sha256",
    });
    expect(readFileSync(join(repo.path, "a.yaml"), "utf8")).toBe("2");
    expect(repo.head).toHaveLength(64);
    expect(repo.git(["status", "--porcelain"])).toBe("");
  });
});
