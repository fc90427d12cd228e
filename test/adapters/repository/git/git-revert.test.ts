import { spawnSync } from "node:child_process";

import { afterEach, describe, expect, it } from "vitest";

import { openGitRevert } from "../../../../src/adapters/repository/git/git-revert.ts";
import type { CommitId } from "../../../../src/core/model/git.ts";
import { gitdir, gitTestEnv, temporaryFolder, type CommitSpec, type GitDir } from "../../../support/gitdir.ts";

const opened: { close(): Promise<void> }[] = [];

afterEach(async () => {
  await Promise.all(opened.splice(0).map((one) => one.close()));
});

/** The last commit is the base, `bad` the number of the commit that goes. */
async function revert(git: GitDir, ...bad: readonly number[]) {
  const merger = openGitRevert({ env: gitTestEnv(), commonDir: git.gitDir });
  opened.push(merger);
  const changes = bad.map((at) => ({ good: git.id(`${git.commits[at]}^1`), bad: git.commits[at] as CommitId }));
  return merger.revert(git.head, changes);
}

/** What the real command commits in a work tree, as `path id`; undefined when it stops. */
function realRevert(git: GitDir, bad: CommitId): readonly string[] | undefined {
  const cwd = temporaryFolder("revert");
  const run = (...args: readonly string[]) => spawnSync("git", [...args], { cwd, env: gitTestEnv(), encoding: "utf8" });
  run("clone", "--quiet", "--no-local", git.path, ".");
  if (run("revert", "--no-edit", bad).status !== 0) return undefined;
  const { stdout } = run("diff-tree", "-r", "--no-renames", "--no-abbrev", "HEAD~1", "HEAD");
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => `${line.split("\t")[1]} ${line.split(" ")[3]}`);
}

const text = (...lines: readonly (string | number)[]): string => lines.map((line) => `${line}\n`).join("");
const numbers = Array.from({ length: 20 }, (_, at) => at);

/** Good, bad (number 1) and later work, and whether `git revert` conflicts. */
const CASES: readonly (readonly [string, boolean, readonly CommitSpec[]])[] = [
  ["no later work", false, [{ files: { a: "1\n" } }, { files: { a: "2\n" } }]],
  [
    "later work elsewhere in the file",
    false,
    [
      { files: { a: text(...numbers) } },
      { files: { a: text("bad", ...numbers.slice(1)) } },
      { files: { a: text("bad", ...numbers.slice(1), "later") } },
    ],
  ],
  [
    "later work on the next line",
    true,
    [{ files: { a: text(1, 2, 3) } }, { files: { a: text(1, "bad", 3) } }, { files: { a: text(1, "bad", "later") } }],
  ],
  [
    "a file that was renamed since",
    false,
    [
      { files: { "old/a": text(...numbers) } },
      { files: { "old/a": text(...numbers, "bad") } },
      { remove: ["old/a"], files: { "new/a": text("later", ...numbers, "bad") } },
    ],
  ],
  [
    "a rename that was edited since",
    false,
    [
      { files: { a: text(...numbers) } },
      { remove: ["a"], files: { b: text(...numbers) } },
      { files: { b: text(...numbers, "later") } },
    ],
  ],
  [
    "an added file that was edited since",
    true,
    [{ files: { a: "1\n" } }, { files: { b: "2\n" } }, { files: { b: "3\n" } }],
  ],
  ["a changed file that is gone", true, [{ files: { a: "1\n", b: "" } }, { files: { a: "2\n" } }, { remove: ["a"] }]],
  [
    "a mode, a link and a file without text",
    false,
    [
      {
        files: {
          run: { mode: "100755", text: "x" },
          link: { mode: "120000", text: "run" },
          bytes: new Uint8Array([0, 1]),
        },
      },
      { files: { run: "x", link: { mode: "120000", text: "bytes" }, bytes: new Uint8Array([0, 2]) } },
      { files: { other: "later" } },
    ],
  ],
  [
    "what was undone by hand already",
    false,
    [{ files: { a: "1\n" } }, { files: { a: "2\n" } }, { files: { a: "1\n" } }],
  ],
];

describe("openGitRevert", () => {
  it.each(CASES)("agrees with the real git revert: %s", async (_, clashes, commits) => {
    const git = gitdir(commits);
    const expected = realRevert(git, git.commits[1] as CommitId);
    const outcome = await revert(git, 1);
    // An empty revert is no commit for git: its command stops, and nothing differs.
    const changes =
      outcome.kind === "conflict" || outcome.changes.length === 0
        ? undefined
        : outcome.changes.map(({ path, after }) => `${path} ${after?.id ?? "0".repeat(40)}`);
    expect({ conflict: outcome.kind === "conflict", changes }).toEqual({ conflict: clashes, changes: expected });
  });

  it("undoes several commits, one after the other", async () => {
    const git = gitdir([{ files: { a: "1\n", b: "1\n" } }, { files: { a: "2\n" } }, { files: { a: "3\n" } }]);
    const outcome = await revert(git, 2, 1);
    expect(outcome.kind === "clean" ? outcome.changes.map(({ path, after }) => [path, after?.id]) : outcome).toEqual([
      ["a", git.blob("a", git.commits[0])],
    ]);
  });

  it("leaves the repository as it was", async () => {
    const git = gitdir([
      { files: { a: text(...numbers) } },
      { files: { a: text(0, "bad") } },
      { files: { a: text("x", "bad") } },
    ]);
    const before = git.git(["count-objects", "-v"]) + git.git(["for-each-ref"]);
    await revert(git, 1);
    expect(git.git(["count-objects", "-v"]) + git.git(["for-each-ref"])).toBe(before);
  });

  it("works on sha256 repositories", async () => {
    const git = gitdir([{ files: { a: "1\n" } }, { files: { a: "2\n" } }], { format: "sha256" });
    expect(await revert(git, 1)).toMatchObject({ kind: "clean", changes: [{ path: "a" }] });
  });
});
