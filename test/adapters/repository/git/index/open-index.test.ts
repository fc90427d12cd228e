import { readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { array, assert, asyncProperty, constantFrom, nat, record } from "fast-check";
import { describe, expect, it } from "vitest";
import type { FolderHistory } from "../../../../../src/adapters/repository/git/index/folder-history.ts";
import { openHistoryIndex } from "../../../../../src/adapters/repository/git/index/open-index.ts";
import { openGit } from "../../../../../src/adapters/repository/git/run-git.ts";
import type { CommitId } from "../../../../../src/core/model/git.ts";
import { type CommitSpec, type GitDir, gitdir, gitTestEnv, temporaryFolder } from "../../../../support/gitdir.ts";

async function open(repo: GitDir, file = join(temporaryFolder("index"), "index")) {
  return openHistoryIndex(openGit({ gitDir: repo.gitDir, env: gitTestEnv() }), file);
}

/** The commits that the index names for a folder, the newest first. */
function named(history: FolderHistory, folder: string): readonly (CommitId | undefined)[] {
  return [...history.touching(folder)].reverse().map((position) => history.commitAt(position));
}

/** What git says. */
function gitSays(repo: GitDir, folder: string, tip = "refs/heads/main"): readonly string[] {
  const args = ["log", "--first-parent", "--diff-merges=first-parent", "--format=%H", "--full-history", tip];
  return repo
    .git([...args, "--", folder])
    .split("\n")
    .filter(Boolean);
}

const STORY: readonly CommitSpec[] = [
  { files: { "apps/a/x.yaml": "1", "apps/b/y.yaml": "1", README: "1" } },
  {},
  { files: { "apps/a/x.yaml": "2" } },
  { files: { "apps/b/deep/er/z.yaml": "1" }, branch: "side", from: "main" },
  { files: { "apps/a/x.yaml": "3" } },
  { merge: ["side"] },
  { remove: ["apps/b/y.yaml"] },
  { files: { "apps/é ü/\n\t.yaml": "1", "b/\u0001": "2" } },
];

describe("the index of history", () => {
  it("names for each folder the commits that git log names, merges by their first parent", async () => {
    const repo = gitdir(STORY);
    const history = await (await open(repo)).update(repo.head);
    for (const folder of ["apps", "apps/a", "apps/b", "apps/b/deep", "apps/b/deep/er", "apps/é ü", "b"])
      expect(named(history, Buffer.from(folder).toString("latin1"))).toEqual(gitSays(repo, folder));
    expect(named(history, "apps/none")).toEqual([]);
    expect(history.length).toBe(7);
    expect(history.touching("")).toHaveLength(7);
    expect(history.positionOf(repo.head)).toBe(6);
    expect(history.positionOf(repo.id("side"))).toBeUndefined();
  });

  it("is continued with what is new, and says the same as one that is made at once", async () => {
    const repo = gitdir(STORY.slice(0, 3));
    const file = join(temporaryFolder("index"), "index");
    await (await open(repo, file)).update(repo.head);
    repo.commit(...STORY.slice(3));
    const index = await open(repo, file);
    expect(index.current()?.length).toBe(3);
    const continued = await index.update(repo.head);
    const whole = await (await open(repo)).update(repo.head);
    for (const folder of ["apps", "apps/a", "apps/b", "apps/b/deep/er"])
      expect(named(continued, folder)).toEqual(named(whole, folder));
    expect((await open(repo, file)).current()?.length).toBe(7);
  });

  it("drops what was pushed over", async () => {
    const repo = gitdir(STORY.slice(0, 3));
    const file = join(temporaryFolder("index"), "index");
    const index = await open(repo, file);
    await index.update(repo.head);
    repo.git(["update-ref", "refs/heads/main", `${repo.head}~2`]);
    repo.commit({ files: { "apps/b/y.yaml": "9" } });
    const history = await index.update(repo.head);
    for (const folder of ["apps", "apps/a", "apps/b"]) expect(named(history, folder)).toEqual(gitSays(repo, folder));
    const back = await index.update(repo.id("main~1"));
    expect(named(back, "apps/b")).toEqual(gitSays(repo, "apps/b", "main~1"));
  });

  it("is made again when its file is damaged, torn or of another kind, and leaves nothing beside it", async () => {
    const repo = gitdir(STORY);
    const folder = temporaryFolder("index");
    const file = join(folder, "index");
    await (await open(repo, file)).update(repo.head);
    const whole = readFileSync(file);
    const flipped = Buffer.from(whole);
    flipped.writeUInt8(flipped.readUInt8(60) ^ 1, 60);
    for (const bytes of [flipped, whole.subarray(0, -1), Buffer.alloc(0), Buffer.from("what?".repeat(100))]) {
      writeFileSync(file, bytes);
      const index = await open(repo, file);
      expect(index.current()).toBeUndefined();
      expect((await index.update(repo.head)).length).toBe(7);
    }
    expect(readdirSync(folder)).toEqual(["index"]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it("goes on without a file where none can be written", async () => {
    const repo = gitdir(STORY);
    const index = await open(repo, "/proc/none/index");
    expect((await index.update(repo.head)).length).toBe(7);
  });

  it("serves two at once, and repositories with SHA-256", async () => {
    const repo = gitdir(STORY, { format: "sha256" });
    const file = join(temporaryFolder("index"), "index");
    const [one, other] = [await open(repo, file), await open(repo, file)];
    const both = await Promise.all([one.update(repo.head), other.update(repo.head), one.update(repo.head)]);
    for (const history of both) expect(named(history, "apps/b")).toEqual(gitSays(repo, "apps/b"));
    expect((await open(repo, file)).current()?.commitAt(6)).toBe(repo.head);
  });

  it("reads a long history in parts, at the same time", async () => {
    const specs = Array.from({ length: 4_200 }, (_, at): CommitSpec => ({
      files: { [`apps/${at % 13}/x.yaml`]: String(at), ...(at % 1999 === 0 ? { [`b/${at}/y`]: "1" } : {}) },
    }));
    const repo = gitdir(specs);
    const ran: string[] = [];
    const onRun = (operation: string): void => void ran.push(operation);
    const git = openGit({ gitDir: repo.gitDir, env: gitTestEnv(), onRun });
    const history = await openHistoryIndex(git, join(temporaryFolder("index"), "index")).update(repo.head);
    expect(history.length).toBe(4200);
    for (const folder of ["apps", "apps/0", "apps/12", "b", "b/0", "b/3998"])
      expect(named(history, folder)).toEqual(gitSays(repo, folder));
    expect(ran.filter((operation) => operation === "log")).toHaveLength(availableParallelism() > 1 ? 2 : 1);
  });

  it("says what git says of any history, however it was continued", async () => {
    const folders = ["a", "a/b", "a/b/c", "d"];
    const change = record({ folder: constantFrom(...folders), file: constantFrom("x", "y"), is: nat(3) });
    await assert(
      asyncProperty(
        array(array(change, { maxLength: 3 }), { minLength: 1, maxLength: 12 }),
        nat(11),
        async (all, cut) => {
          const specs = all.map((one): CommitSpec => ({
            files: Object.fromEntries(one.map(({ folder, file, is }) => [`${folder}/${file}`, String(is)])),
          }));
          const repo = gitdir(specs.slice(0, Math.max(1, cut)));
          const index = await open(repo);
          await index.update(repo.head);
          repo.commit(...specs.slice(Math.max(1, cut)));
          const history = await index.update(repo.head);
          for (const folder of folders) expect(named(history, folder)).toEqual(gitSays(repo, folder));
        },
      ),
      { numRuns: 12 },
    );
  });
});
