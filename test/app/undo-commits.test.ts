import { describe, expect, it } from "vitest";

import { undoCommits, type UndoOutcome, type UndoRequest } from "../../src/app/undo-commits.ts";
import type { CommitId } from "../../src/core/model/git.ts";
import { openGitDir } from "../support/fixture-repository.ts";
import { gitdir, type CommitSpec, type GitDir } from "../support/gitdir.ts";

const lines = (...parts: readonly (string | number)[]): string => parts.map((part) => `${part}\n`).join("");

function deployment(image: string, { name = "api", replicas = 2, extra = "" } = {}): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: ${name}
spec:
  replicas: ${replicas}
  template:
    spec:
      containers:
        - name: api
          image: ${image}
${extra}`;
}

type Options = Partial<Omit<UndoRequest, "repository" | "base">>;

/** Undoes the given commits (by `as`, newest first; default `bad`) on top of main. */
async function undo(git: GitDir, options: Options = {}): Promise<UndoOutcome> {
  const commits = options.commits ?? [git.id("bad")];
  return undoCommits({ ...options, repository: openGitDir(git), base: git.head, commits });
}

/** Makes the commit that the outcome says, and answers its files: path → mode and id. */
async function treeOf(git: GitDir, { writes }: UndoOutcome): Promise<readonly string[]> {
  const author = { name: "Mina", email: "mina@example.com" };
  const id = await openGitDir(git).commit({ parent: git.head, writes, message: "undo", author, atMs: 0 });
  return list(git, id);
}

function list(git: GitDir, revision: string): readonly string[] {
  return git.git(["ls-tree", "-r", revision]).split("\n");
}

/** The files of both ways, with and without looking into files that nobody touched since. */
async function bothWays(git: GitDir, options: Options = {}): Promise<readonly string[]> {
  const [full, quick] = [await undo(git, options), await undo(git, { ...options, describe: false })];
  expect(full.conflicts).toEqual([]);
  const tree = await treeOf(git, full);
  expect(await treeOf(git, quick)).toEqual(tree);
  return tree;
}

describe("undoCommits", () => {
  it("brings back exactly the tree before, right after the change", async () => {
    const good: CommitSpec = {
      as: "good",
      files: {
        "a.yaml": deployment("api:1"),
        "gone/b.txt": "text\n",
        run: { mode: "100755", text: "#!/bin/sh\n" },
        link: { mode: "120000", text: "a.yaml" },
        bytes: new Uint8Array([0, 1, 2]),
        module: { mode: "160000", text: "1".repeat(40) },
      },
    };
    const git = gitdir([
      good,
      {
        as: "bad",
        remove: ["gone/b.txt"],
        files: {
          "a.yaml": deployment("api:2"),
          "new/c.txt": "new\n",
          run: "#!/bin/sh\n",
          link: { mode: "120000", text: "run" },
          bytes: new Uint8Array([0, 1, 3]),
          module: { mode: "160000", text: "2".repeat(40) },
        },
      },
    ]);
    expect(await bothWays(git)).toEqual(list(git, git.id("good")));
  });

  it("keeps later work in the same file, on the next line too", async () => {
    const git = gitdir([
      { files: { "a.yaml": deployment("api:1"), "b.txt": "b\n" } },
      { as: "bad", files: { "a.yaml": deployment("api:2") } },
      { files: { "a.yaml": deployment("api:2", { extra: "          tty: true\n" }), "b.txt": "later\n" } },
    ]);
    const outcome = await undo(git);
    expect(outcome.writes).toMatchObject([{ path: "a.yaml", mode: "100644" }]);
    const [write] = outcome.writes;
    const bytes = write !== undefined && "bytes" in write ? write.bytes : new Uint8Array();
    expect(new TextDecoder().decode(bytes)).toBe(deployment("api:1", { extra: "          tty: true\n" }));
    expect(outcome.components.map(({ change }) => change)).toEqual(["change"]);
  });

  it("reports a conflict with who set the present value, and writes nothing", async () => {
    const git = gitdir([
      { files: { "a.yaml": deployment("api:1") } },
      { as: "bad", files: { "a.yaml": deployment("api:2") } },
      { as: "fix", files: { "a.yaml": deployment("api:3") }, author: "Dana <dana@example.com>" },
      { files: { "a.yaml": deployment("api:3", { replicas: 5 }) } },
    ]);
    const outcome = await undo(git);
    expect(outcome.writes).toEqual([]);
    expect(outcome.conflicts).toMatchObject([
      { path: "a.yaml", component: "Deployment/api", kind: "same-field", good: "api:1", bad: "api:2", now: "api:3" },
    ]);
    expect(outcome.conflicts[0]?.setBy?.id).toBe(git.id("fix"));
  });

  it.each([
    ["good", deployment("api:1")],
    ["keep", deployment("api:3")],
  ] as const)("takes a person's decision: %s", async (decision, text) => {
    const git = gitdir([
      { files: { "a.yaml": deployment("api:1") } },
      { as: "bad", files: { "a.yaml": deployment("api:2") } },
      { files: { "a.yaml": deployment("api:3") } },
    ]);
    const outcome = await undo(git, { resolve: () => decision });
    expect(outcome.conflicts).toEqual([]);
    const tree = await treeOf(git, outcome);
    const id = git.git(["hash-object", "--stdin"], text);
    expect(tree).toEqual([`100644 blob ${id}\ta.yaml`]);
  });

  it("follows files that later work has moved, with and without changes", async () => {
    const body = lines(...Array.from({ length: 20 }, (_, at) => `key${at}: ${at}`));
    const git = gitdir([
      { files: { "old/a.yaml": body, "old/b.yaml": deployment("api:1") } },
      { as: "bad", files: { "old/a.yaml": `${body}bad: 1\n`, "old/b.yaml": deployment("api:2") } },
      {
        remove: ["old/a.yaml", "old/b.yaml"],
        files: { "new/a.yaml": `later: 1\n${body}bad: 1\n`, "new/b.yaml": deployment("api:2") },
      },
    ]);
    const ids = [`later: 1\n${body}`, deployment("api:1")].map((text) => git.git(["hash-object", "--stdin"], text));
    expect(await bothWays(git)).toEqual([`100644 blob ${ids[0]}\tnew/a.yaml`, `100644 blob ${ids[1]}\tnew/b.yaml`]);
  });

  it("follows a file by the objects in it, when little of its text is left", async () => {
    const labels = lines(...Array.from({ length: 40 }, (_, at) => `    label${at}: x`));
    const git = gitdir([
      { files: { "old.yaml": deployment("api:1") } },
      { as: "bad", files: { "old.yaml": deployment("api:2") } },
      {
        remove: ["old.yaml"],
        files: { "new.yaml": deployment("api:2").replace("  name: api\n", `  name: api\n  labels:\n${labels}`) },
      },
    ]);
    const text = deployment("api:1").replace("  name: api\n", `  name: api\n  labels:\n${labels}`);
    expect(await bothWays(git)).toEqual([`100644 blob ${git.git(["hash-object", "--stdin"], text)}\tnew.yaml`]);
  });

  it("brings a removed file back where its folder is now", async () => {
    const git = gitdir([
      { files: { "old/a.yaml": "a: 1\n", "old/b.yaml": "b: 1\n" } },
      { as: "bad", remove: ["old/a.yaml"] },
      { remove: ["old/b.yaml"], files: { "new/b.yaml": "b: 1\n" } },
    ]);
    expect((await bothWays(git)).map((line) => line.split("\t")[1])).toEqual(["new/a.yaml", "new/b.yaml"]);
  });

  it("takes back a rename of a file that was edited since", async () => {
    const body = lines(...Array.from({ length: 20 }, (_, at) => `key${at}: ${at}`));
    const git = gitdir([
      { files: { "a.yaml": body } },
      { as: "bad", remove: ["a.yaml"], files: { "b.yaml": body } },
      { files: { "b.yaml": `${body}later: 1\n` } },
    ]);
    const id = git.git(["hash-object", "--stdin"], `${body}later: 1\n`);
    expect(await bothWays(git)).toEqual([`100644 blob ${id}\ta.yaml`]);
  });

  it("undoes several commits, each on top of the one before it", async () => {
    const git = gitdir([
      { as: "good", files: { "a.yaml": deployment("api:1") } },
      { as: "one", files: { "a.yaml": deployment("api:2") } },
      { as: "two", files: { "a.yaml": deployment("api:3"), "b.yaml": "b: 1\n" } },
    ]);
    expect(await bothWays(git, { commits: [git.id("two"), git.id("one")] })).toEqual(list(git, git.id("good")));
  });

  it("undoes what a merge brought in, or with a mainline what it kept out", async () => {
    const git = gitdir([
      { as: "start", files: { a: "1\n", b: "1\n" } },
      { branch: "topic", from: "start", files: { a: "2\n" }, as: "topic" },
      { as: "main", files: { b: "2\n" } },
      { as: "bad", from: "main", merge: ["topic"], files: { a: "2\n" } },
      { files: { c: "later\n" } },
    ]);
    expect((await undo(git)).files).toMatchObject([{ path: "a", after: { id: git.blob("a", git.id("start")) } }]);
    expect((await undo(git, { mainline: 2 })).files).toMatchObject([
      { path: "b", after: { id: git.blob("b", git.id("start")) } },
    ]);
    await expect(undo(git, { mainline: 3 })).rejects.toMatchObject({ code: "UsageArgument" });
  });

  it("undoes a revert, and so does again what was undone", async () => {
    const git = gitdir([
      { as: "good", files: { "a.yaml": deployment("api:1") } },
      { as: "change", files: { "a.yaml": deployment("api:2") } },
      { as: "bad", files: { "a.yaml": deployment("api:1") }, message: 'Revert "change"' },
    ]);
    expect(await bothWays(git)).toEqual(list(git, git.id("change")));
  });

  it("undoes the first commit: nothing of it stays", async () => {
    const git = gitdir([{ as: "bad", files: { a: "1\n" } }, { files: { b: "1\n" } }]);
    expect((await bothWays(git)).map((line) => line.split("\t")[1])).toEqual(["b"]);
  });

  it("says what is undone already", async () => {
    const git = gitdir([
      { files: { "a.yaml": "a: 1\n" } },
      { as: "bad", files: { "a.yaml": "a: 2\n" } },
      { files: { "a.yaml": "a: 1\n" } },
    ]);
    expect(await undo(git)).toMatchObject({ writes: [], files: [], conflicts: [], already: [{ path: "a.yaml" }] });
  });

  it("reports a file that would come back where a folder is now", async () => {
    const git = gitdir([
      { files: { a: "1\n", b: "1\n" } },
      { as: "bad", remove: ["a"] },
      { files: { "a/c": "later\n" } },
    ]);
    expect(await undo(git)).toMatchObject({ writes: [], conflicts: [{ path: "a", kind: "deleted-modified" }] });
  });

  it("stops at the first commit that conflicts", async () => {
    const git = gitdir([
      { files: { "a.yaml": "a: 1\n", "b.yaml": "b: 1\n" } },
      { as: "one", files: { "b.yaml": "b: 2\n" } },
      { as: "two", files: { "a.yaml": "a: 2\n" } },
      { files: { "a.yaml": "a: 3\n" } },
    ]);
    const commits: readonly CommitId[] = [git.id("two"), git.id("one")];
    const outcome = await undo(git, { commits });
    expect(outcome.steps.map(({ revision }) => revision.id)).toEqual([git.id("two")]);
    expect(outcome.conflicts).toHaveLength(1);
  });
});
