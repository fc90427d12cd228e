import { spawnSync } from "node:child_process";

import * as fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";

import { openObjectReader } from "../../../../src/adapters/repository/git/cat-file.ts";
import { diffTrees } from "../../../../src/adapters/repository/git/diff-trees.ts";
import type { RawChange } from "../../../../src/adapters/repository/git/raw-diff.ts";
import { blobId, type FileState } from "../../../../src/core/model/git.ts";
import { openGit } from "../../../../src/adapters/repository/git/run-git.ts";
import { gitdir, gitTestEnv, type FileSpec, type GitDir } from "../../../support/gitdir.ts";

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

function reader(
  repo: GitDir,
): (before: string, after: string, paths?: readonly string[]) => Promise<readonly RawChange[]> {
  const objects = openObjectReader(openGit({ gitDir: repo.gitDir, env: gitTestEnv() }));
  opened.push(objects);
  return (before, after, paths) => diffTrees(objects, [before, after], { paths });
}

/** What git itself says. */
function diffTree(repo: GitDir, ...args: readonly string[]): readonly RawChange[] {
  const options = ["-r", "-z", "--raw", "--no-renames", "--no-abbrev"];
  const run = spawnSync("git", ["--git-dir", repo.gitDir, "diff-tree", ...options, ...args], { env: gitTestEnv() });
  expect(run.status).toBe(0);
  return changesOf(run.stdout);
}

/** `:<mode> <mode> <id> <id> M NUL <path> NUL` (git-diff-tree(1)). */
function changesOf(output: Buffer): readonly RawChange[] {
  const parts = output.toString("latin1").split("\0").slice(0, -1);
  return Array.from({ length: parts.length / 2 }, (_, at): RawChange => {
    const [before = "", after = "", from = "", to = ""] = (parts[2 * at] ?? "").slice(1).split(" ");
    const state = (mode: string, id: string): FileState => ({ mode: mode as FileState["mode"], id: blobId(id) });
    return {
      path: Buffer.from(parts[2 * at + 1] ?? "", "latin1"),
      ...(before === "000000" ? {} : { before: state(before, from) }),
      ...(after === "000000" ? {} : { after: state(after, to) }),
    };
  });
}

/** A tree of git's own making, as hostile as `mktree` lets it be. */
function rawTree(repo: GitDir, bytes: Uint8Array): string {
  return repo.git(["hash-object", "-t", "tree", "-w", "--stdin", "--literally"], bytes);
}

const entry = (mode: string, name: string, id: string): Buffer =>
  Buffer.concat([Buffer.from(`${mode} ${name}\0`, "latin1"), Buffer.from(id, "hex")]);

describe("diffTrees", () => {
  it("answers what git diff-tree answers, in its order, for every pair of commits", async () => {
    const name = fc.constantFrom("a", "a.b", "a-b", "b", "é", "z z");
    const path = fc.array(name, { minLength: 1, maxLength: 3 }).map((names) => names.join("/"));
    const spec: fc.Arbitrary<FileSpec> = fc.oneof(
      fc.constantFrom("1\n", "2\n"),
      fc.constantFrom<FileSpec>({ mode: "100755", text: "1\n" }, { mode: "120000", text: "b" }),
    );
    const files = fc.dictionary(path, spec, { minKeys: 1, maxKeys: 8 });
    await fc.assert(
      fc.asyncProperty(files, files, async (one, other) => {
        const repo = gitdir([
          { files: honest(one), as: "one" },
          { files: honest(other), branch: "other", as: "two" },
        ]);
        const [before, after] = [repo.id("one"), repo.id("two")];
        const diff = reader(repo);
        expect(await diff(before, after)).toEqual(diffTree(repo, before, after));
        expect(await diff(before, repo.git(["rev-parse", `${after}^{tree}`]), ["a", "b/a"])).toEqual(
          diffTree(repo, before, after, "--", "a", "b/a"),
        );
      }),
      { numRuns: 25 },
    );
  });

  it("reads repositories with long ids", async () => {
    const repo = gitdir([{ files: { "a/b": "1" } }, { files: { "a/b": "2", "a/c": "3" } }], { format: "sha256" });
    const [before = "", after = ""] = repo.commits;
    expect(await reader(repo)(before, after)).toEqual(diffTree(repo, before, after));
  });

  it("takes the modes of old programs as git does", async () => {
    const repo = gitdir([{ files: { f: "1\n" } }]);
    const blob = repo.blob("f");
    const [old, now] = [rawTree(repo, entry("100664", "f", blob)), rawTree(repo, entry("100644", "f", blob))];
    expect(await reader(repo)(old, now)).toEqual(diffTree(repo, old, now));
  });

  it("says which object is missing or cut", async () => {
    const repo = gitdir([{ files: { f: "1\n" } }]);
    const cut = rawTree(repo, entry("100644", "f", repo.blob("f")).subarray(0, 15));
    const lost = rawTree(repo, entry("40000", "d", "1".repeat(40)));
    const diff = reader(repo);
    await expect(diff(repo.head, cut)).rejects.toMatchObject({ code: "RepositoryTree" });
    await expect(diff(repo.head, lost)).rejects.toMatchObject({ code: "RepositoryObject" });
    await expect(diff(repo.head, "2".repeat(40))).rejects.toMatchObject({ code: "RepositoryObject" });
    await expect(diff(repo.head, repo.blob("f"))).rejects.toMatchObject({ code: "RepositoryObject" });
  });

  it("ends in a tree that holds itself over and over", async () => {
    const repo = gitdir([{ files: { f: "1\n" } }]);
    let bomb = rawTree(repo, entry("100644", "f", repo.blob("f")));
    for (let depth = 0; depth < 8; depth += 1) {
      const names = Array.from({ length: 60 }, (_, at) => `d${String(at).padStart(2, "0")}`);
      bomb = rawTree(repo, Buffer.concat(names.map((name) => entry("40000", name, bomb))));
    }
    await expect(reader(repo)(repo.head, bomb)).rejects.toMatchObject({ code: "LimitFiles" });
  });
});

/** Without files where another one needs a folder. */
function honest(files: Readonly<Record<string, FileSpec>>): Readonly<Record<string, FileSpec>> {
  const paths = Object.keys(files);
  return Object.fromEntries(
    Object.entries(files).filter(([path]) => !paths.some((other) => other.startsWith(`${path}/`))),
  );
}
