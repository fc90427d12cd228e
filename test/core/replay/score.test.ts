import { describe, expect, it } from "vitest";

import { readManifest } from "../../../src/core/manifest/read-manifest.ts";
import { blobId, commitId, type FileChange, type FileState } from "../../../src/core/model/git.ts";
import { classOf, differences, isWorse, medianOf, readsSame, summarize } from "../../../src/core/replay/score.ts";
import type { ReplayResult, Verdict } from "../../../src/core/replay/types.ts";

const state = (digit: string): FileState => ({ mode: "100644", id: blobId(digit.repeat(40)) });
const change = (path: string, before?: string, after?: string): FileChange => ({
  path,
  ...(before === undefined ? {} : { before: state(before) }),
  ...(after === undefined ? {} : { after: state(after) }),
});
const manifest = (text: string, path = "a.yaml"): ReturnType<typeof readManifest> =>
  readManifest(path, new TextEncoder().encode(text));

describe("differences", () => {
  it("compares the files of the bad change and those that the tool wrote, no others", () => {
    const human = [change("a", "1", "2"), change("elsewhere", "1", "2")];
    expect(differences({ paths: new Set(["a", "b"]), human, tool: [change("a", "1", "2")] })).toEqual([]);
    expect(differences({ paths: new Set(["a"]), human, tool: [change("a", "1", "2"), change("c", "1")] })).toEqual([
      { path: "c", human: state("1") },
    ]);
  });

  it("knows what stands where only one of the two did something", () => {
    const tool = [change("a", "1", "2")];
    expect(differences({ paths: new Set(["a"]), human: [], tool })).toEqual([
      { path: "a", tool: state("2"), human: state("1") },
    ]);
    expect(differences({ paths: new Set(["a"]), human: [change("a", undefined, "2")], tool: [] })).toEqual([
      { path: "a", human: state("2") },
    ]);
  });
});

describe("readsSame", () => {
  const pod = (name: string): string => `apiVersion: v1\nkind: Pod\nmetadata:\n  name: ${name}\n`;

  it.each([
    ["comments and quotes", "a: 1 # one\n", "a:   1\n", "values.yaml", true],
    ["the order of objects", `${pod("a")}---\n${pod("b")}`, `${pod("b")}---\n${pod("a")}`, "a.yaml", true],
    ["resources of a kustomization", "resources:\n- a\n- b\n", "resources:\n- b\n- a\n", "kustomization.yaml", true],
    ["another list", "args:\n- a\n- b\n", "args:\n- b\n- a\n", "values.yaml", false],
    ["a value", "a: 1\n", "a: 2\n", "values.yaml", false],
    ["an object", pod("a"), `${pod("a")}---\n${pod("b")}`, "a.yaml", false],
    ["white space of a script", "a  b\n", "a b\n", "run.sh", false],
  ])("%s", (_, a, b, path, same) => {
    expect(readsSame(manifest(a, path), manifest(b, path))).toBe(same);
  });
});

describe("summarize", () => {
  const commit = { id: commitId("a".repeat(40)), subject: "", author: "", atMs: 0 };
  const result = (lastgood: Verdict, git: Verdict): ReplayResult => ({
    kind: "marked",
    human: commit,
    base: commit.id,
    bad: [commit],
    class: classOf({ verdict: git, adjacent: false, partial: false }),
    lastgood: { verdict: lastgood, paths: [], notes: [] },
    git: { verdict: git, paths: [], notes: [] },
    otherFiles: 0,
    diffs: [],
  });

  it("counts what is better, worse and bolder than git revert", () => {
    const results = [
      result("equal", "equal"),
      result("object-equal", "conflict"),
      result("conflict", "equal"),
      result("different", "conflict"),
      result("different", "different"),
    ];
    expect(summarize(results)).toMatchObject({
      cases: 5,
      better: 1,
      worse: 1,
      bolder: 1,
      lastgood: { equal: 1, "object-equal": 1, conflict: 1, different: 2, refused: 0 },
      classes: { clean: 2, "overlap-conflict": 2, "human-differed": 1 },
    });
    expect(results.map(isWorse)).toEqual([false, false, true, false, false]);
  });

  it("finds the middle time, and none where there is none", () => {
    expect([medianOf([]), medianOf([3, 1, 2]), medianOf([4, 1])]).toEqual([undefined, 2, 1]);
  });
});
