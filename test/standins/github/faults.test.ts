import { describe, expect, it } from "vitest";

import { octokitFor, refusalOf } from "../../support/github-tools.ts";
import { AT, TOKENS, githubForTest } from "../../support/github-world.ts";
import { runGit } from "../../support/run-git.ts";

const COMMITS = [{ files: { "a.yaml": "a: 1\n" } }, { branch: "head", from: "main", files: { "a.yaml": "a: 2\n" } }];
const PULL = { ...AT, base: "main", head: "head", title: "Revert" };

describe("faults", () => {
  it("answers instead of GitHub as often as ordered, then no more", async () => {
    const { octokit, control } = await githubForTest(COMMITS);
    const does = {
      kind: "answer",
      status: 403,
      headers: { "retry-after": "60" },
      body: { message: "secondary rate limit" },
    } as const;
    control.addFault({ method: "GET", path: /^\/repos\/acme\/gitops$/, times: 2, does });
    for (const _ of [1, 2]) expect(await refusalOf(octokit("app").repos.get(AT))).toMatchObject({ status: 403 });
    expect((await octokit("app").repos.get(AT)).status).toBe(200);
    expect(control.unusedFaults()).toEqual([]);
  });

  it("sends text as it is: HTML with 200", async () => {
    const { octokit, control } = await githubForTest(COMMITS);
    const headers = { "content-type": "text/html" };
    control.addFault({ path: /gitops/, does: { kind: "answer", status: 200, headers, body: "<html>unicorn</html>" } });
    expect((await octokit("app").repos.get(AT)).data).toBe("<html>unicorn</html>");
  });

  it("drops the connection before a write took effect", async () => {
    const { octokit, control } = await githubForTest(COMMITS);
    control.addFault({ method: "POST", path: /\/pulls$/, does: { kind: "drop" } });
    await expect(octokit("app").pulls.create(PULL)).rejects.toMatchObject({ status: 500 });
    expect((await octokit("app").pulls.list({ ...AT, state: "all" })).data).toEqual([]);
  });

  it("drops the connection after a write took effect", async () => {
    const { octokit, control } = await githubForTest(COMMITS);
    control.addFault({ method: "POST", path: /\/pulls$/, when: "after", does: { kind: "drop" } });
    await expect(octokit("app").pulls.create(PULL)).rejects.toMatchObject({ status: 500 });
    expect((await octokit("app").pulls.list({ ...AT, state: "all" })).data.map((each) => each.title)).toEqual([
      "Revert",
    ]);
  });

  it("answers 502 after a merge took effect", async () => {
    const { octokit, control } = await githubForTest(COMMITS);
    const { number } = (await octokit("app").pulls.create(PULL)).data;
    control.addFault({ method: "PUT", path: /\/merge$/, when: "after", does: { kind: "answer", status: 502 } });
    expect((await refusalOf(octokit("app").pulls.merge({ ...AT, pull_number: number }))).status).toBe(502);
    expect((await octokit("app").pulls.get({ ...AT, pull_number: number })).data.merged).toBe(true);
  });

  it("cuts an answer in the middle", async () => {
    const { url, control } = await githubForTest(COMMITS);
    control.addFault({ path: /gitops/, when: "after", does: { kind: "cut" } });
    const headers = { authorization: `Bearer ${TOKENS.app}` };
    const response = await fetch(`${url}/repos/acme/gitops`, { headers });
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
  });

  it("delays by the injected sleep and goes on", async () => {
    const { url, control } = await githubForTest(COMMITS);
    control.addFault({ path: /gitops/, does: { kind: "delay", ms: 1 } });
    expect((await octokitFor(url, TOKENS.app).repos.get(AT)).status).toBe(200);
    expect(control.unusedFaults()).toEqual([]);
  });

  it("moves the base while a pull request is being merged", async () => {
    const { octokit, control } = await githubForTest(COMMITS);
    const { number } = (await octokit("app").pulls.create(PULL)).data;
    const run = async (): Promise<void> => {
      const content = Buffer.from("b: 1\n").toString("base64");
      await octokit("mina").repos.createOrUpdateFileContents({ ...AT, path: "b.yaml", message: "Other work", content });
    };
    control.addFault({ method: "PUT", path: /\/merge$/, when: "during", does: { kind: "run", run } });
    const refused = await refusalOf(octokit("app").pulls.merge({ ...AT, pull_number: number }));
    expect(refused.status).toBe(405);
    expect(refused.text).toContain("Base branch was modified");
    expect((await octokit("app").pulls.merge({ ...AT, pull_number: number })).data.merged).toBe(true);
    expect((await octokit("app").repos.getContent({ ...AT, path: "b.yaml" })).status).toBe(200);
  });

  it("breaks git's requests too", async () => {
    const { remote, control } = await githubForTest(COMMITS);
    control.addFault({ path: /git-upload-pack/, does: { kind: "answer", status: 503 } });
    expect((await runGit("/", "ls-remote", remote("app"))).code).not.toBe(0);
    expect((await runGit("/", "ls-remote", remote("app"))).code).toBe(0);
  });

  it("keeps a log of requests", async () => {
    const { octokit, control } = await githubForTest(COMMITS);
    control.setClock(() => 1_000);
    await octokit("app").issues.createLabel({ ...AT, name: "lastgood" });
    expect(control.requests()).toEqual([
      { method: "POST", path: "/repos/acme/gitops/labels", body: { name: "lastgood" }, status: 201, atMs: 1_000 },
    ]);
  });
});
