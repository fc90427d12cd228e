import { describe, expect, it } from "vitest";

import { octokitFor, refusalOf } from "../../support/github-tools.ts";
import { AT, NAME, TOKENS, githubForTest } from "../../support/github-world.ts";
import { runGit } from "../../support/run-git.ts";

const COMMITS = [{ files: { "a.yaml": "a: 1\n" } }];

describe("access", () => {
  it("hides a private repository from strangers and from tokens that do not cover it", async () => {
    const { url, control, octokit } = await githubForTest(COMMITS);
    control.addToken("ghs_other", { user: "other[bot]", permissions: "write", repositories: ["acme/else"] });
    expect((await refusalOf(octokitFor(url).repos.get(AT))).status).toBe(404);
    expect((await refusalOf(octokitFor(url, "ghs_other").repos.get(AT))).status).toBe(404);
    expect((await octokit("reader").repos.get(AT)).data.permissions).toEqual({ admin: false, push: false, pull: true });
  });

  it("lets everybody read a public repository, and asks strangers who they are before they write", async () => {
    const { url, control } = await githubForTest(COMMITS);
    await control.createRepository("acme", "open");
    const stranger = octokitFor(url);
    const at = { owner: "acme", repo: "open" };
    expect((await stranger.repos.get(at)).data.private).toBe(false);
    expect((await refusalOf(stranger.issues.create({ ...at, title: "hi" }))).status).toBe(401);
  });

  it("names the permission that a token lacks", async () => {
    const { url, control, octokit } = await githubForTest(COMMITS);
    control.addToken("ghs_narrow", {
      user: "narrow[bot]",
      permissions: { contents: "write" },
      app: { id: 9, slug: "narrow" },
    });
    const wanted = { ...AT, title: "x", head: "x", base: "main" };
    const error: unknown = await octokitFor(url, "ghs_narrow")
      .pulls.create(wanted)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({
      status: 403,
      response: {
        headers: { "x-accepted-github-permissions": "pull_requests=write" },
        data: { message: "Resource not accessible by integration" },
      },
    });
    expect((await refusalOf(octokit("reader").pulls.create(wanted))).text).toContain("personal access token");
  });

  it("asks for administration before it shows a protection", async () => {
    const { octokit } = await githubForTest(COMMITS);
    expect((await refusalOf(octokit("app").repos.getBranchProtection({ ...AT, branch: "main" }))).status).toBe(403);
  });

  it("tells who the caller is", async () => {
    const { octokit, apiUrl } = await githubForTest(COMMITS);
    expect((await octokit("mina").users.getAuthenticated()).data).toMatchObject({ login: "mina", type: "User" });
    expect((await refusalOf(octokitFor(apiUrl, TOKENS.app).users.getAuthenticated())).status).toBe(403); // an App is nobody
    expect((await octokit("mina").users.getByUsername({ username: "lastgood[bot]" })).data.login).toBe("lastgood[bot]");
  });

  it("lets only Apps write check runs", async () => {
    const { octokit } = await githubForTest(COMMITS);
    const { data } = await octokit("mina").repos.getBranch({ ...AT, branch: "main" });
    const run = { ...AT, head_sha: data.commit.sha, name: "ci" };
    expect((await refusalOf(octokit("mina").checks.create(run))).status).toBe(403);
    expect((await octokit("app").checks.create(run)).data.app?.slug).toBe("lastgood");
  });

  it("revokes a token", async () => {
    const { octokit, control } = await githubForTest(COMMITS);
    control.revokeToken(TOKENS.mina);
    expect((await refusalOf(octokit("mina").repos.get(AT))).status).toBe(401);
  });

  it("counts requests and refuses them when the hour's are used up, until the reset", async () => {
    const { octokit, control } = await githubForTest(COMMITS);
    const first = await octokit("mina").repos.get(AT);
    expect(first.headers["x-ratelimit-remaining"]).toBe("4999");
    const cached = { ...AT, headers: { "if-none-match": first.headers.etag ?? "" } };
    expect((await refusalOf(octokit("mina").repos.get(cached))).status).toBe(304);
    expect((await octokit("mina").rateLimit.get()).data.rate.remaining).toBe(4999); // a 304 is free
    control.setRemaining(TOKENS.mina, 0);
    const error: unknown = await octokit("mina")
      .repos.get(AT)
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ status: 403, response: { headers: { "x-ratelimit-remaining": "0" } } });
    control.setClock(() => Date.parse("2026-02-03T05:05:06Z"));
    expect((await octokit("mina").repos.get(AT)).headers["x-ratelimit-remaining"]).toBe("4999");
  });

  it("gives each token its own ETag", async () => {
    const { octokit } = await githubForTest(COMMITS);
    const [a, b] = [await octokit("mina").repos.get(AT), await octokit("app").repos.get(AT)];
    expect(a.headers.etag).not.toBe(b.headers.etag);
  });

  it("redirects from a repository's old name, in the API and in git", async () => {
    const { octokit, control, remote, apiUrl } = await githubForTest(COMMITS);
    control.renameRepository(NAME, "acme/deployments");
    expect((await octokit("mina").repos.get(AT)).data.full_name).toBe("acme/deployments");
    expect((await octokit("mina").repos.getBranch({ ...AT, branch: "main" })).data.name).toBe("main");
    const headers = { authorization: `token ${TOKENS.mina}` };
    const raw = await fetch(`${apiUrl}/repos/${NAME}/branches`, { redirect: "manual", headers });
    expect(raw.status).toBe(301);
    expect(raw.headers.get("location")).toMatch(/\/api\/v3\/repositories\/\d+\/branches$/);
    expect(await runGit("/", "ls-remote", remote("mina"))).toMatchObject({ code: 0 });
  });

  it("refuses a body that is no JSON object", async () => {
    const { url } = await githubForTest(COMMITS);
    const post = async (body: string): Promise<number> => {
      const headers = { authorization: `Bearer ${TOKENS.app}` };
      return (await fetch(`${url}/repos/${NAME}/labels`, { method: "POST", headers, body })).status;
    };
    expect([await post("{"), await post("[]"), await post('{"name": 1}'), await post("{}")]).toEqual([
      400, 400, 422, 422,
    ]);
  });
});
