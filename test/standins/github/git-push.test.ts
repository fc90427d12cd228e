import { join } from "node:path";
import { describe, expect, it } from "vitest";

import { temporaryFolder } from "../../support/gitdir.ts";
import { AT, NAME, TOKENS, githubForTest } from "../../support/github-world.ts";
import type { World } from "../../support/github-world.ts";
import { runGit } from "../../support/run-git.ts";

const COMMITS = [{ files: { "a.yaml": "a: 1\n" } }, { files: { "a.yaml": "a: 2\n" } }];

/** A clone with one commit that the server has not. */
async function clone(world: World, token: keyof typeof TOKENS): Promise<string> {
  const dir = join(temporaryFolder("push"), "work");
  expect(await runGit("/", "clone", "--quiet", world.remote(token), dir)).toMatchObject({ code: 0 });
  await runGit(dir, "commit", "--quiet", "--allow-empty", "-m", "Ours");
  return dir;
}

async function tip({ dir }: World, ref: string): Promise<string> {
  return (await runGit("/", `--git-dir=${dir}`, "rev-parse", "--verify", "--quiet", ref)).stdout;
}

describe("git push", () => {
  it("opens the way for a pull request, and moves it", async () => {
    const world = await githubForTest(COMMITS);
    const dir = await clone(world, "app");
    await runGit(dir, "push", "--quiet", "origin", "HEAD:refs/heads/lastgood/x");
    const { pulls } = world.octokit("app");
    const { data } = await pulls.create({ ...AT, base: "main", head: "lastgood/x", title: "Revert" });
    await runGit(dir, "commit", "--quiet", "--allow-empty", "-m", "More");
    await runGit(dir, "push", "--quiet", "origin", "HEAD:refs/heads/lastgood/x");
    const head = (await runGit(dir, "rev-parse", "HEAD")).stdout;
    expect((await pulls.get({ ...AT, pull_number: data.number })).data.head.sha).toBe(head);
    expect(await tip(world, `refs/pull/${data.number}/head`)).toBe(head);
  });

  it("is refused by a protection with GH006 and the reason", async () => {
    const world = await githubForTest(COMMITS);
    await world.control.protect(NAME, "main", { requiredApprovals: 1 });
    const before = await tip(world, "main");
    const pushed = await runGit(await clone(world, "app"), "push", "origin", "HEAD:main");
    expect(pushed.code).not.toBe(0);
    expect(pushed.stderr).toContain("remote: error: GH006: Protected branch update failed for refs/heads/main.");
    expect(pushed.stderr).toContain("Changes must be made through a pull request.");
    expect(pushed.stderr).toContain("pre-receive hook declined");
    expect(await tip(world, "main")).toBe(before);
  });

  it("passes for an administrator, who is told", async () => {
    const world = await githubForTest(COMMITS);
    await world.control.protect(NAME, "main", { requiredApprovals: 1 });
    const pushed = await runGit(await clone(world, "admin"), "push", "origin", "HEAD:main");
    expect(pushed.code).toBe(0);
    expect(pushed.stderr).toContain("remote: Bypassed rule violations for refs/heads/main");
  });

  it("is refused to an administrator whom the rules include", async () => {
    const world = await githubForTest(COMMITS);
    await world.control.protect(NAME, "main", { requiredApprovals: 1, enforceAdmins: true });
    expect((await runGit(await clone(world, "admin"), "push", "origin", "HEAD:main")).stderr).toContain("GH006");
  });

  it("may rewrite and delete an unprotected branch, not a protected one", async () => {
    const world = await githubForTest(COMMITS);
    const dir = await clone(world, "app");
    const push = async (...refspecs: readonly string[]) => await runGit(dir, "push", "origin", ...refspecs);
    expect((await push("HEAD:refs/heads/x")).code).toBe(0);
    expect((await push("+HEAD~1:refs/heads/x")).code).toBe(0);
    expect((await push(":refs/heads/x")).code).toBe(0);
    await world.control.protect(NAME, "main", {});
    expect((await push("+HEAD~2:main")).stderr).toContain("Cannot force-push to this branch");
    expect((await push(":main")).stderr).toContain("Cannot delete this branch");
    expect((await push("HEAD:main")).code).toBe(0);
  });

  it("cannot write refs/pull", async () => {
    const world = await githubForTest(COMMITS);
    const pushed = await runGit(await clone(world, "admin"), "push", "origin", "HEAD:refs/pull/1/head");
    expect(pushed.code).not.toBe(0);
  });

  it("needs a token that may write", async () => {
    const world = await githubForTest(COMMITS);
    const dir = await clone(world, "reader");
    const denied = await runGit(dir, "push", "origin", "HEAD:refs/heads/x");
    expect(denied.stderr).toContain("Permission to acme/gitops.git denied to rita.");
    const wrong = world.remote("app").replace(TOKENS.app, "ghp_wrong");
    expect((await runGit(dir, "push", wrong, "HEAD:refs/heads/x")).code).not.toBe(0);
    expect((await runGit(dir, "push", world.gitUrl(AT.owner, AT.repo), "HEAD:refs/heads/x")).code).not.toBe(0);
    expect(await tip(world, "x")).toBe("");
  });

  it("creates with a lease only what is absent", async () => {
    const world = await githubForTest(COMMITS);
    const dir = await clone(world, "app");
    const create = async () =>
      await runGit(dir, "push", "--force-with-lease=refs/heads/new:", "origin", "HEAD:refs/heads/new");
    expect((await create()).code).toBe(0);
    await runGit(dir, "commit", "--quiet", "--allow-empty", "-m", "Second");
    expect((await create()).stderr).toContain("stale info");
  });
});
