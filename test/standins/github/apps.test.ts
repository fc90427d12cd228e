import { generateKeyPairSync, sign } from "node:crypto";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";

import { startGitHub } from "../../../src/standins/github/start-github.ts";
import { APP_KEY } from "../../support/app-key.ts";
import { temporaryFolder } from "../../support/gitdir.ts";
import { octokitFor, refusalOf } from "../../support/github-tools.ts";
import { AT, NAME, githubForTest } from "../../support/github-world.ts";
import type { World } from "../../support/github-world.ts";
import { runGit } from "../../support/run-git.ts";

const COMMITS = [{ files: { "a.yaml": "a: 1\n" } }];
const NOW = Date.parse("2026-02-03T04:05:06Z") / 1000;
const ALL = { contents: "write", pull_requests: "write", checks: "read", statuses: "read", issues: "write" } as const;

interface AppWorld extends World {
  readonly installation: number;
  /** An octokit that signs in as the App. */
  readonly asApp: (claims?: object, key?: string) => ReturnType<typeof octokitFor>;
  readonly token: (request?: object) => Promise<string>;
}

function jwt(claims: object = {}, key = APP_KEY.privateKey): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const signed = `${part({ alg: "RS256", typ: "JWT" })}.${part({ iat: NOW - 60, exp: NOW + 540, iss: "77", ...claims })}`;
  return `${signed}.${sign("sha256", Buffer.from(signed), key).toString("base64url")}`;
}

async function appWorld(): Promise<AppWorld> {
  const world = await githubForTest(COMMITS);
  world.control.addApp({ id: 77, slug: "lastgood-test", publicKey: APP_KEY.publicKey, permissions: ALL });
  const installation = world.control.installApp({ app: 77, account: "acme", repositories: [NAME] });
  const asApp: AppWorld["asApp"] = (claims, key) => octokitFor(world.apiUrl, jwt(claims, key));
  const token: AppWorld["token"] = async (request = {}) =>
    (await asApp().apps.createInstallationAccessToken({ installation_id: installation, ...request })).data.token;
  return { ...world, installation, asApp, token };
}

describe("a JSON web token", () => {
  it("shows the App, its installations and that of a repository", async () => {
    const { asApp, installation } = await appWorld();
    expect((await asApp().apps.getAuthenticated()).data).toMatchObject({ id: 77, slug: "lastgood-test" });
    expect((await asApp({ iss: "Iv23li77" }).apps.getAuthenticated()).data).toMatchObject({ id: 77 });
    expect((await asApp().apps.listInstallations()).data.map(({ id }) => id)).toEqual([installation]);
    expect((await asApp().apps.getRepoInstallation(AT)).data).toMatchObject({
      id: installation,
      app_slug: "lastgood-test",
      repository_selection: "selected",
      permissions: { metadata: "read", contents: "write" },
      suspended_at: null,
    });
    expect((await refusalOf(asApp().apps.getRepoInstallation({ owner: "acme", repo: "else" }))).status).toBe(404);
  });

  const EXPIRED = "must be a numeric value representing the future time at which the assertion expires";
  it.each([
    ["of a clock that runs fast", { iat: NOW + 30 }, 401, "'Issued at' claim ('iat') must be an Integer"],
    ["that has expired", { exp: NOW - 1 }, 401, EXPIRED],
    ["without an end", { exp: undefined }, 401, EXPIRED],
    ["for more than ten minutes", { exp: NOW + 601 }, 401, "'Expiration time' claim ('exp') is too far in the future"],
    ["of an App that is not there", { iss: "78" }, 404, "Integration not found"],
  ])("%s is refused in GitHub's words", async (_, claims, status, text) => {
    const { asApp } = await appWorld();
    const refused = await refusalOf(asApp(claims).apps.getAuthenticated());
    expect(refused.status).toBe(status);
    expect(refused.text).toContain(text);
  });

  it("of another key, another algorithm or no key at all cannot be decoded", async () => {
    const { asApp, apiUrl, token } = await appWorld();
    const other = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
      type: "pkcs8",
      format: "pem",
    });
    const none = `${Buffer.from('{"alg":"none"}').toString("base64url")}.${jwt().split(".")[1]}.`;
    for (const octokit of [asApp({}, String(other)), octokitFor(apiUrl, none), octokitFor(apiUrl, await token())]) {
      const refused = await refusalOf(octokit.apps.getAuthenticated());
      expect([refused.status, refused.text]).toEqual([401, expect.stringContaining("could not be decoded")]);
    }
    expect((await refusalOf(octokitFor(apiUrl).apps.getAuthenticated())).status).toBe(401);
  });
});

describe("an installation token", () => {
  it("is for the repositories and permissions that were asked for, and lasts an hour", async () => {
    const { asApp, installation, octokit, apiUrl, control } = await appWorld();
    const { id } = (await octokit("app").repos.get(AT)).data;
    const asked = { repository_ids: [id], permissions: { contents: "read" as const } };
    const { data } = await asApp().apps.createInstallationAccessToken({ installation_id: installation, ...asked });
    expect(data).toMatchObject({
      expires_at: "2026-02-03T05:05:06Z",
      permissions: { contents: "read", metadata: "read" },
      repository_selection: "selected",
      repositories: [{ full_name: NAME }],
    });
    const bot = octokitFor(apiUrl, data.token);
    expect((await bot.repos.getBranch({ ...AT, branch: "main" })).data.name).toBe("main");
    expect((await refusalOf(bot.issues.create({ ...AT, title: "x" }))).status).toBe(403);
    control.setClock(() => (NOW + 3601) * 1000);
    expect(await refusalOf(bot.repos.get(AT))).toMatchObject({
      status: 401,
      text: expect.stringContaining("Bad creden"),
    });
  });

  it("cannot ask for what the installation was not granted", async () => {
    const { token } = await appWorld();
    const more = await refusalOf(token({ permissions: { administration: "read" } }));
    expect([more.status, more.text]).toEqual([
      422,
      expect.stringContaining("The permissions requested are not granted"),
    ]);
    const elsewhere = await refusalOf(token({ repositories: ["nowhere"] }));
    expect([elsewhere.status, elsewhere.text]).toEqual([422, expect.stringContaining("at least one repository that")]);
  });

  it("has 40 characters, or since April 2026 about 520 with dots", async () => {
    const { token, control } = await appWorld();
    expect(await token()).toMatch(/^ghs_[A-Za-z0-9]{36}$/);
    control.setTokenFormat("long");
    expect(await token()).toMatch(/^ghs_[A-Za-z0-9._-]{500,540}$/);
  });

  it("sees the repositories that it is for", async () => {
    const { token, apiUrl, control } = await appWorld();
    await control.createRepository("acme", "secret", { private: true });
    const bot = octokitFor(apiUrl, await token());
    expect((await bot.apps.listReposAccessibleToInstallation()).data).toMatchObject({
      total_count: 1,
      repositories: [{ full_name: NAME }],
    });
    expect((await refusalOf(bot.repos.get({ owner: "acme", repo: "secret" }))).status).toBe(404);
  });

  it("stops when the installation is suspended, or when it is revoked", async () => {
    const { token, apiUrl, control, installation } = await appWorld();
    const [first, second] = [await token(), await token()];
    control.suspendInstallation(installation, true);
    expect(await refusalOf(octokitFor(apiUrl, first).repos.get(AT))).toMatchObject({ status: 403 });
    expect((await refusalOf(token())).text).toContain("This installation has been suspended");
    control.suspendInstallation(installation, false);
    control.revokeToken(first);
    expect((await refusalOf(octokitFor(apiUrl, first).repos.get(AT))).status).toBe(401);
    expect((await octokitFor(apiUrl, second).repos.get(AT)).status).toBe(200);
  });

  it("shares its hour's requests with the installation's other tokens", async () => {
    const { token, apiUrl, control } = await appWorld();
    const [first, second] = [await token(), await token()];
    control.setRemaining(first, 0);
    expect((await refusalOf(octokitFor(apiUrl, second).repos.get(AT))).text).toContain("API rate limit exceeded");
  });

  it("is told which permission an endpoint wants", async () => {
    const { token, apiUrl } = await appWorld();
    const bot = octokitFor(apiUrl, await token({ permissions: { contents: "read" } }));
    const accepted = async (request: Promise<unknown>): Promise<unknown> => {
      const error = await request.then(String, (reason: unknown) => reason);
      return (error as { response?: { headers?: object } }).response?.headers;
    };
    const sha = (await bot.repos.getBranch({ ...AT, branch: "main" })).data.commit.sha;
    const wants = (permissions: string) => expect.objectContaining({ "x-accepted-github-permissions": permissions });
    expect(await accepted(bot.checks.listForRef({ ...AT, ref: sha }))).toEqual(wants("checks=read"));
    expect(await accepted(bot.repos.getCombinedStatusForRef({ ...AT, ref: sha }))).toEqual(wants("statuses=read"));
    expect(await accepted(bot.repos.listDeployments(AT))).toEqual(wants("deployments=read"));
    expect(await accepted(bot.pulls.list(AT))).toEqual(wants("pull_requests=read"));
    expect(await accepted(bot.issues.createLabel({ ...AT, name: "x" }))).toEqual(
      wants("issues=write; pull_requests=write"),
    );
    const branch = { ...AT, ref: "refs/heads/x", sha };
    expect(await accepted(bot.git.createRef(branch))).toEqual(wants("contents=write"));
  });

  it("with pull_requests alone comments on pull requests, not on issues", async () => {
    const { token, apiUrl, octokit } = await appWorld();
    const number = (await octokit("mina").issues.create({ ...AT, title: "An issue" })).data.number;
    const bot = octokitFor(apiUrl, await token({ permissions: { contents: "write", pull_requests: "write" } }));
    const { sha } = (await bot.git.getRef({ ...AT, ref: "heads/main" })).data.object;
    const content = Buffer.from("b\n").toString("base64");
    await bot.git.createRef({ ...AT, ref: "refs/heads/x", sha });
    await bot.repos.createOrUpdateFileContents({ ...AT, path: "b", branch: "x", message: "b", content });
    const pull = (await bot.pulls.create({ ...AT, head: "x", base: "main", title: "x" })).data.number;
    expect((await bot.issues.createComment({ ...AT, issue_number: pull, body: "hi" })).status).toBe(201);
    expect((await bot.issues.addLabels({ ...AT, issue_number: pull, labels: ["l"] })).status).toBe(200);
    expect((await refusalOf(bot.issues.createComment({ ...AT, issue_number: number, body: "hi" }))).status).toBe(403);
  });

  it("writes no workflow through the API without that permission", async () => {
    const { token, apiUrl } = await appWorld();
    const bot = octokitFor(apiUrl, await token());
    const content = Buffer.from("on: push\n").toString("base64");
    const file = { ...AT, path: ".github/workflows/ci.yml", message: "ci", content };
    expect((await refusalOf(bot.repos.createOrUpdateFileContents(file))).status).toBe(403);
  });
});

describe("git with an installation token", () => {
  async function clone(world: AppWorld, token: string): Promise<string> {
    const dir = join(temporaryFolder("push"), "work");
    const url = world.gitUrl(AT.owner, AT.repo).replace("//", `//x-access-token:${token}@`);
    expect(await runGit("/", "clone", "--quiet", url, dir)).toMatchObject({ code: 0 });
    return dir;
  }
  async function commitFile(dir: string, path: string): Promise<void> {
    await runGit(dir, "-c", "core.hooksPath=/dev/null", "commit", "--quiet", "--allow-empty", "-m", "Empty");
    const blob = (await runGit(dir, "hash-object", "-w", ".git/HEAD")).stdout;
    await runGit(dir, "update-index", "--add", "--cacheinfo", `100644,${blob},${path}`);
    await runGit(dir, "commit", "--quiet", "-m", `Add ${path}`);
  }

  it("clones and pushes", async () => {
    const world = await appWorld();
    world.control.setTokenFormat("long");
    const dir = await clone(world, await world.token());
    await commitFile(dir, "b.yaml");
    expect(await runGit(dir, "push", "origin", "HEAD:refs/heads/x")).toMatchObject({ code: 0 });
  });

  it("that may only read contents pushes nothing", async () => {
    const world = await appWorld();
    const dir = await clone(world, await world.token({ permissions: { contents: "read" } }));
    const pushed = await runGit(dir, "push", "origin", "HEAD:refs/heads/x");
    expect(pushed.stderr).toContain("Permission to acme/gitops.git denied to lastgood-test[bot].");
  });

  it("pushes no workflow", async () => {
    const world = await appWorld();
    const dir = await clone(world, await world.token());
    await commitFile(dir, ".github/workflows/ci.yml");
    for (const branch of ["x", "main"]) {
      const pushed = await runGit(dir, "push", "origin", `HEAD:refs/heads/${branch}`);
      expect(pushed.code).not.toBe(0);
      expect(pushed.stderr.replaceAll(/\s+/g, " ")).toContain(
        "[remote rejected] HEAD -> " +
          `${branch} (refusing to allow a GitHub App to create or update workflow ` +
          "`.github/workflows/ci.yml` without `workflows` permission)",
      );
    }
    await runGit(dir, "reset", "--quiet", "--soft", "origin/main");
    expect(await runGit(dir, "push", "origin", "HEAD:refs/heads/y")).toMatchObject({ code: 0 });
  });
});

describe("the server", () => {
  it("tells the time by its own clock", async () => {
    const { apiUrl } = await githubForTest(COMMITS);
    const { headers } = await fetch(`${apiUrl}/rate_limit`);
    expect(headers.get("date")).toBe("Tue, 03 Feb 2026 04:05:06 GMT");
    expect(headers.get("x-github-enterprise-version")).toBeNull();
  });

  it("as an Enterprise Server says its version and has no limits", async () => {
    const github = await startGitHub({ root: temporaryFolder("ghe"), enterpriseVersion: "3.17.0" });
    onTestFinished(() => github.close());
    const { headers } = await fetch(`${github.apiUrl}/rate_limit`);
    expect(headers.get("x-github-enterprise-version")).toBe("3.17.0");
    expect(headers.get("x-ratelimit-remaining")).toBeNull();
  });
});
