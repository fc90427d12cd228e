/** HTTP and git themselves. */
import { join } from "node:path";
import { expect } from "vitest";

import { temporaryFolder } from "./gitdir.ts";
import { octokitFor, refusalOf } from "./github-tools.ts";
import type { Declare, Tools } from "./github-tools.ts";
import { runGit } from "./run-git.ts";

export function protocolChecks(check: Declare): void {
  check("a longer list links to its next page", async ({ octokit, at, branch }) => {
    for (const stem of ["page", "page"]) await branch(stem);
    const first = await octokit.repos.listBranches({ ...at, per_page: 1 });
    expect(first.data).toHaveLength(1);
    expect(first.headers.link).toMatch(/<[^>]+[?&]page=2[^>]*>; rel="next"/);
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.link ?? "")?.[1] ?? "";
    const second: { data: { name: string }[] } = await octokit.request(`GET ${next}`);
    expect(second.data).toHaveLength(1);
    expect(second.data[0]?.name).not.toBe(first.data[0]?.name);
  });

  check("a known ETag is 304", async ({ octokit, at, branch, tip }) => {
    const commit = { ...at, commit_sha: await tip(await branch("etag")) }; // commits do not change
    const first = await octokit.git.getCommit(commit);
    const again = octokit.git.getCommit({ ...commit, headers: { "if-none-match": first.headers.etag ?? "" } });
    expect((await refusalOf(again)).status).toBe(304);
  });

  check("a wrong token is 401", async ({ world, at }) => {
    const refused = await refusalOf(octokitFor(world.baseUrl, "ghp_wrong").repos.get(at));
    expect(refused.status).toBe(401);
    expect(refused.text).toContain("Bad credentials");
  });

  check("an absent repository is 404", async ({ octokit, at, fresh }) => {
    expect((await refusalOf(octokit.repos.get({ ...at, repo: fresh("absent") }))).status).toBe(404);
  });

  check("every answer tells the rate limit and its own id", async ({ octokit, at }) => {
    const { headers } = await octokit.repos.get(at);
    for (const name of ["limit", "remaining", "reset", "used"]) expect(headers[`x-ratelimit-${name}`]).toMatch(/^\d+$/);
    expect(headers["x-github-request-id"]).toMatch(/./);
  });
}

export function gitChecks(check: Declare): void {
  const clone = async ({ world }: Tools, branch: string, ...flags: readonly string[]): Promise<string> => {
    const dir = join(temporaryFolder("clone"), "work");
    const args = ["clone", "--quiet", "--branch", branch, ...flags, world.gitUrl, dir];
    expect(await runGit("/", ...args)).toMatchObject({ code: 0 });
    return dir;
  };

  check("a clone is at the API's tip", async (tools) => {
    const name = await tools.branch("cloned", { files: { "g.yaml": "g\n" } });
    const dir = await clone(tools, name);
    expect((await runGit(dir, "rev-parse", "HEAD")).stdout).toBe(await tools.tip(name));
  });

  check("a push is visible in the API", async (tools) => {
    const dir = await clone(tools, await tools.branch("push"));
    await runGit(dir, "commit", "--quiet", "--allow-empty", "-m", "Pushed");
    const name = tools.fresh("pushed");
    expect(await runGit(dir, "push", "--quiet", "origin", `HEAD:refs/heads/${name}`)).toMatchObject({ code: 0 });
    expect(await tools.tip(name)).toBe((await runGit(dir, "rev-parse", "HEAD")).stdout);
  });

  check("the API's commits are fetched and sound", async (tools) => {
    const name = await tools.branch("fetched");
    const dir = await clone(tools, name);
    const sha = await tools.commit(name, { "deploy/a.yaml": "a: 1\n", "b.yaml": "b\n" });
    expect(await runGit(dir, "fetch", "--quiet", "origin", name)).toMatchObject({ code: 0 });
    expect((await runGit(dir, "rev-parse", "FETCH_HEAD")).stdout).toBe(sha);
    expect(await runGit(dir, "fsck", "--strict", "--no-dangling", "--no-progress")).toMatchObject({
      code: 0,
      stderr: "",
    });
  });

  check("a clone of depth 1 has one commit", async (tools) => {
    const name = await tools.branch("deep", { files: { "a.yaml": "1\n" } });
    const dir = await clone(tools, name, "--depth=1");
    expect((await runGit(dir, "rev-list", "--count", "HEAD")).stdout).toBe("1");
  });

  check("a push that is no fast-forward is refused", async (tools) => {
    const name = await tools.branch("raced");
    const dir = await clone(tools, name);
    const sha = await tools.commit(name, { "theirs.yaml": "t\n" });
    await runGit(dir, "commit", "--quiet", "--allow-empty", "-m", "Ours");
    const pushed = await runGit(dir, "push", "origin", `HEAD:refs/heads/${name}`);
    expect(pushed.code).not.toBe(0);
    expect(pushed.stderr).toContain("rejected");
    expect(await tools.tip(name)).toBe(sha);
  });
}
