import { describe, expect, it } from "vitest";

import { API, BAD, GOOD } from "../support/release-history.ts";
import { runGit } from "../support/run-git.ts";
import { begin, clone, filesIn } from "../support/story.ts";

const HISTORY = [
  { files: { [API]: GOOD, "README.md": "hello\n" }, message: "Bump api to 1.7 (#1)" },
  { files: { [API]: BAD }, message: "Bump api to 1.8 (#2)" },
] as const;

/** Mina works in a clone of her own; its origin is on GitHub. */
async function inClone() {
  const story = await begin(HISTORY);
  const folder = await clone(story.url, "mina");
  const mina = story.person();
  mina.cd(folder);
  const git = async (...args: readonly string[]) => (await runGit(folder, ...args)).stdout;
  return { story, folder, mina, git };
}

describe("a local clone with an origin", () => {
  it("is read where it is, without a token or a network", async () => {
    const { story, folder } = await inClone();
    const anybody = story.person(null);
    anybody.cd(folder);
    const before = story.github.control.requests().length;
    expect(await anybody.run("lastgood plan deploy/api --to ~1")).toMatchObject({ exit: 3 });
    expect(await anybody.run("lastgood plan deploy/api --to #1")).toMatchObject({ exit: 0 });
    expect(await anybody.run("lastgood history ./apps/api")).toMatchObject({ exit: 0 });
    expect(story.github.control.requests()).toHaveLength(before);
  });

  it("says how to get the ledger that was never fetched, before it says what else could be done", async () => {
    const { story, folder, mina, git } = await inClone();
    const fetching = "git fetch origin 'refs/lastgood/*:refs/lastgood/*'";
    await git("fetch", "origin", "refs/lastgood/*:refs/lastgood/*"); // there is none yet: that is no fault
    expect(await story.person().run(`lastgood mark good ./apps/api #1 --reason ok --repo ${story.url}`)).toMatchObject({
      exit: 0,
    });
    mina.cd(folder);
    const held = await mina.run("lastgood plan ./apps/api");
    expect(held.exit).toBe(3);
    expect(held.stderr).toContain(`  You can:\n    ${fetching}    gets what others have recorded\n`);
    expect((await mina.run("lastgood history ./apps/api")).stderr).toContain(`Next: ${fetching}`);

    await git("fetch", "origin", "refs/lastgood/*:refs/lastgood/*");
    expect(await mina.run("lastgood plan ./apps/api")).toMatchObject({ exit: 0 });
  });

  it("is where a local branch belongs: at an address there is no place for one", async () => {
    const { story, mina } = await inClone();
    const refused = await mina.run(`lastgood revert ./apps/api --to #1 --mode branch -y --repo ${story.url}`);
    expect(refused).toMatchObject({ exit: 2, stdout: "" });
    expect(refused.stderr).toContain("--repo PATH");
    expect(await story.branches()).toEqual({ main: expect.any(String) });
  });

  it("gets a local branch, and nothing leaves the machine", async () => {
    const { story, folder, mina, git } = await inClone();
    const before = {
      requests: story.github.control.requests().length,
      files: filesIn(folder),
      refs: await git("for-each-ref"),
    };
    const { exit, stdout } = await mina.run("lastgood revert ./apps/api --to #1 --mode branch --branch back -y");
    expect(exit).toBe(0);
    const [commit = "", branch] = stdout.trim().split(" ");
    expect(branch).toBe("back");
    expect(await git("rev-parse", "back")).toBe(commit);
    expect(await git("diff", "--stat", "HEAD~1", "back")).toBe("");
    expect(await git("status", "--porcelain")).toBe("");
    expect(await git("branch", "--show-current")).toBe("main");
    expect(filesIn(folder)).toEqual(before.files);
    expect((await git("for-each-ref")).split("\n")).toHaveLength(before.refs.split("\n").length + 1);
    expect(story.github.control.requests()).toHaveLength(before.requests);

    const again = await mina.run("lastgood revert ./apps/api --to #1 --mode branch --branch back -y");
    expect(again).toMatchObject({ exit: 0, stdout });
    const taken = await mina.run("lastgood revert ./apps/api --to #1 --mode branch --branch main -y");
    expect(taken).toMatchObject({ exit: 2, stdout: "" });
  });

  it("opens the pull request on its origin, from the newest state there", async () => {
    const { story, mina, git } = await inClone();
    const newest = await story.push({ "README.md": "newer than the clone\n" });
    const refs = await git("for-each-ref");
    expect(await mina.run("lastgood revert ./apps/api --to #1 -y")).toMatchObject({
      exit: 0,
      stdout: `${story.github.url}/acme/gitops/pull/1\n`,
    });
    const [pull] = await story.pullRequests();
    expect(await story.text(API, pull?.branch)).toBe(GOOD);
    expect(await story.text("README.md", pull?.branch)).toBe("newer than the clone\n");
    expect(await story.tip()).toBe(newest);
    expect(await git("for-each-ref")).toBe(refs);
  });

  it("does not publish what was committed here and never pushed", async () => {
    const { story, mina, git } = await inClone();
    await git("-c", "user.name=Mina", "-c", "user.email=m@example.com", "commit", "--allow-empty", "-m", "private");
    expect(await mina.run("lastgood revert ./apps/api --to #1 -y --mode push")).toMatchObject({ exit: 0 });
    expect(await story.text(API)).toBe(GOOD);
    expect((await runGit(story.github.dir, "log", "--format=%s", "main")).stdout).not.toContain("private");
  });

  it("says what a shallow clone lacks, and reverts on the server all the same", async () => {
    const { story, mina, git } = await inClone();
    await git("fetch", "--quiet", "--depth=1", `file://${story.github.dir}`, "+main:refs/remotes/origin/main");
    const told = await mina.run("lastgood history ./apps/api");
    expect(told.stderr).toContain("git fetch --unshallow");
    expect(await mina.run("lastgood revert ./apps/api --to #1 -y")).toMatchObject({ exit: 0 });
  });
});
