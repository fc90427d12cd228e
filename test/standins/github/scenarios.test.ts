import { createServer } from "node:http";
import type { IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { verify } from "@octokit/webhooks-methods";
import { describe, expect, it, onTestFinished } from "vitest";

import { createGitHubForge } from "../../../src/adapters/forge/github/github-forge.ts";
import type { Forge } from "../../../src/ports/forge.ts";
import { fixedClock } from "../../support/fixed-clock.ts";
import type { FixedClock } from "../../support/fixed-clock.ts";
import { temporaryFolder } from "../../support/gitdir.ts";
import { askGraphQL, base64, createCommit } from "../../support/github-checks-graphql.ts";
import { refusalOf, requiring } from "../../support/github-tools.ts";
import { AT, NAME, TOKENS, githubForTest } from "../../support/github-world.ts";
import type { World } from "../../support/github-world.ts";
import { runGit } from "../../support/run-git.ts";
import { silentLog } from "../../support/silent-log.ts";

const API = "apps/api.yaml";
const COMMITS = [
  { files: { [API]: "image: api:1\n", "z.yaml": "z: 1\n" } },
  { files: { [API]: "image: api:2\n" }, message: "Bump api to 2" },
  { branch: "fix", from: "main", files: { [API]: "image: api:3\n" }, message: "Bump api to 3" },
  { branch: "two", from: "main", files: { "z.yaml": "z: 2\n" }, message: "Bump z" },
  { branch: "two", files: { "y.yaml": "y: 1\n" }, message: "Add y" },
];

async function open(world: World, head = "fix"): Promise<{ number: number; id: string; sha: string }> {
  const { data } = await world.octokit("app").pulls.create({ ...AT, base: "main", head, title: `Take ${head}` });
  return { number: data.number, id: data.node_id, sha: data.head.sha };
}

async function clone(world: World): Promise<string> {
  const dir = join(temporaryFolder("clone"), "work");
  expect(await runGit("/", "clone", "--quiet", world.remote("app"), dir)).toMatchObject({ code: 0 });
  return dir;
}

async function textOf({ octokit }: World, path: string): Promise<unknown> {
  return (await octokit("app").repos.getContent({ ...AT, path, mediaType: { format: "raw" } })).data;
}

const subjects = async ({ octokit }: World): Promise<readonly string[]> =>
  (await octokit("app").repos.listCommits(AT)).data.map(({ commit }) => commit.message.split("\n")[0] ?? "");

const ARM = `mutation ($id: ID!) {
  enablePullRequestAutoMerge(input: { pullRequestId: $id, mergeMethod: SQUASH }) { clientMutationId }
}`;
const REVERT = `mutation ($id: ID!) {
  revertPullRequest(input: { pullRequestId: $id }) { revertPullRequest { number title state } }
}`;

interface Received {
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Somebody who listens to webhooks. */
async function listen(): Promise<{ readonly url: string; readonly received: readonly Received[] }> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      received.push({ headers: request.headers, body: Buffer.concat(chunks).toString("utf8") });
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, received };
}

/** lastgood's own client, on a clock that the server shares. */
async function forgeOf(world: World): Promise<{ readonly forge: Forge; readonly clock: FixedClock }> {
  const clock = fixedClock();
  world.control.setClock(() => clock.nowMs());
  const at = { baseUrl: world.apiUrl, ...AT, clock, log: silentLog() };
  return { clock, forge: await createGitHubForge({ ...at, token: async () => TOKENS.app }) };
}

/** How often the branch was asked for its pull request, with which answers. */
const lookUps = ({ control }: World): readonly number[] =>
  control.requests().flatMap(({ path, status }) => (path.includes("/pulls?") ? [status] : []));

const SECRET = "It's a Secret to Everybody";

describe("webhooks", () => {
  async function hooked(): Promise<{ world: World; hook_id: number; received: readonly Received[] }> {
    const world = await githubForTest(COMMITS);
    const { url, received } = await listen();
    const config = { url, content_type: "json", secret: SECRET };
    const hook = { ...AT, config, events: ["push", "pull_request"] };
    const { data } = await world.octokit("admin").repos.createWebhook(hook);
    expect(data.config.secret).toBe("********");
    return { world, hook_id: data.id, received };
  }
  const eventsOf = (received: readonly Received[]): readonly (string | undefined)[] =>
    received.map(({ headers, body }) => {
      const { action } = JSON.parse(body) as { action?: string };
      return [headers["x-github-event"], ...(action === undefined ? [] : [action])].join(" ");
    });

  it("a push webhook arrives with the right HMAC", async () => {
    const { world, received } = await hooked();
    const dir = await clone(world);
    const before = (await runGit(dir, "rev-parse", "HEAD")).stdout;
    await runGit(dir, "revert", "--no-edit", "HEAD");
    expect(await runGit(dir, "push", "--quiet", "origin", "main")).toMatchObject({ code: 0 });
    await world.control.settle();
    expect(eventsOf(received)).toEqual(["ping", "push"]);
    const { headers, body } = received[1] ?? { headers: {}, body: "" };
    const signature = String(headers["x-hub-signature-256"]);
    expect(signature).toMatch(/^sha256=[0-9a-f]{64}$/);
    expect(await verify(SECRET, body, signature)).toBe(true);
    expect(await verify(SECRET, `${body} `, signature)).toBe(false);
    expect(await verify("another", body, signature)).toBe(false);
    const after = (await runGit(dir, "rev-parse", "HEAD")).stdout;
    expect(JSON.parse(body)).toMatchObject({
      ref: "refs/heads/main",
      before,
      after,
      forced: false,
      commits: [{ id: after, modified: [API] }],
      repository: { full_name: NAME },
      sender: { login: "lastgood[bot]" },
    });
  });

  it("a redelivery keeps its id", async () => {
    const { world, hook_id, received } = await hooked();
    await world.control.settle();
    const { repos } = world.octokit("admin");
    const [first] = (await repos.listWebhookDeliveries({ ...AT, hook_id })).data;
    const delivery_id = first?.id ?? 0;
    expect((await repos.redeliverWebhookDelivery({ ...AT, hook_id, delivery_id })).status).toBe(202);
    await world.control.settle();
    const ids = received.map(({ headers }) => headers["x-github-delivery"]);
    expect(ids).toEqual([first?.guid, first?.guid]);
    const { data } = await repos.listWebhookDeliveries({ ...AT, hook_id });
    expect(data.map(({ redelivery, status_code }) => [redelivery, status_code])).toEqual([
      [true, 204],
      [false, 204],
    ]);
  });

  it("a pull request is told from its opening to its merge", async () => {
    const { world, received } = await hooked();
    const { number } = await open(world);
    await world.control.settle();
    await world.octokit("mina").pulls.merge({ ...AT, pull_number: number });
    await world.control.settle();
    expect(eventsOf(received)).toEqual(["ping", "pull_request opened", "push", "pull_request closed"]);
    const closed = received.map(({ body }) => JSON.parse(body)).find(({ action }) => action === "closed");
    expect(closed).toMatchObject({ number, pull_request: { merged: true }, sender: { login: "mina" } });
  });

  it("are for administrators, and end when they are deleted", async () => {
    const { world, hook_id, received } = await hooked();
    expect((await refusalOf(world.octokit("mina").repos.listWebhooks(AT))).status).toBe(403);
    await world.control.settle();
    await world.octokit("admin").repos.deleteWebhook({ ...AT, hook_id });
    await open(world);
    await world.control.settle();
    expect(eventsOf(received)).toEqual(["ping"]);
  });

  it("that nobody answers are listed as failed", async () => {
    const world = await githubForTest(COMMITS);
    const config = { url: "http://127.0.0.1:1/hook", content_type: "json" };
    const { repos } = world.octokit("admin");
    const { id: hook_id } = (await repos.createWebhook({ ...AT, config })).data;
    await world.control.settle();
    const [delivery] = (await repos.listWebhookDeliveries({ ...AT, hook_id })).data;
    expect(delivery).toMatchObject({ event: "ping", status: "failed to connect to host" });
    expect((await refusalOf(repos.createWebhook({ ...AT, config }))).text).toContain("Hook already exists");
    expect((await refusalOf(repos.createWebhook({ ...AT, config: { url: "ftp://x" } }))).status).toBe(422);
  });
});

describe("a revert", () => {
  it("by clone and push, pull request, protection, approval and check: auto-merge fires, the content is back", async () => {
    const world = await githubForTest(COMMITS, { allowAutoMerge: true });
    const { repos, pulls } = world.octokit("app");
    const dir = await clone(world);
    await runGit(dir, "revert", "--no-edit", "HEAD");
    expect((await runGit(dir, "push", "origin", "HEAD:refs/heads/lastgood/api")).code).toBe(0);
    const { number, id, sha } = await open(world, "lastgood/api");
    const rules = requiring({ approvals: 1, checks: ["ci"] });
    await world.octokit("admin").repos.updateBranchProtection({ ...AT, branch: "main", ...rules });
    expect((await askGraphQL(world.octokit("app"), ARM, { id })).errors).toEqual([]);
    await world.octokit("mina").pulls.createReview({ ...AT, pull_number: number, event: "APPROVE" });
    await world.control.settle();
    expect((await pulls.get({ ...AT, pull_number: number })).data.merged).toBe(false);
    await repos.createCommitStatus({ ...AT, sha, context: "ci", state: "success" });
    await world.control.settle();
    expect((await pulls.get({ ...AT, pull_number: number })).data.merged).toBe(true);
    expect(await textOf(world, API)).toBe("image: api:1\n");
    expect(await textOf(world, "z.yaml")).toBe("z: 1\n");
  });

  it('by revertPullRequest is opened as Revert "…"', async () => {
    const world = await githubForTest(COMMITS);
    const { number, id } = await open(world);
    await world.octokit("app").pulls.merge({ ...AT, pull_number: number });
    const { data, errors } = await askGraphQL(world.octokit("app"), REVERT, { id });
    expect(errors).toEqual([]);
    const made = { number: number + 1, title: 'Revert "Take fix"', state: "OPEN" };
    expect(data).toMatchObject({ revertPullRequest: { revertPullRequest: made } });
    await world.octokit("app").pulls.merge({ ...AT, pull_number: made.number });
    expect(await textOf(world, API)).toBe("image: api:2\n");
  });
});

describe("what GitHub refuses", () => {
  it("is a push to a protected branch", async () => {
    const world = await githubForTest(COMMITS);
    const rules = requiring({ approvals: 1 });
    await world.octokit("admin").repos.updateBranchProtection({ ...AT, branch: "main", ...rules });
    const dir = await clone(world);
    await runGit(dir, "commit", "--quiet", "--allow-empty", "-m", "Ours");
    const pushed = await runGit(dir, "push", "origin", "main");
    expect(pushed.code).not.toBe(0);
    expect(pushed.stderr).toContain("GH006");
    expect(await subjects(world)).not.toContain("Ours");
  });

  it("is arming a clean pull request", async () => {
    const world = await githubForTest(COMMITS, { allowAutoMerge: true });
    await world.control.protect(NAME, "main", { requiredChecks: { strict: false, checks: [{ context: "ci" }] } });
    const { id, number, sha } = await open(world);
    await world.octokit("app").repos.createCommitStatus({ ...AT, sha, context: "ci", state: "success" });
    const [error] = (await askGraphQL(world.octokit("app"), ARM, { id })).errors;
    expect(error).toMatchObject({ type: "UNPROCESSABLE", message: expect.stringMatching(/is in clean status/) });
    expect((await world.octokit("app").pulls.get({ ...AT, pull_number: number })).data.auto_merge).toBeNull();
  });

  it("is a misspelt field", async () => {
    const world = await githubForTest(COMMITS);
    const { data, errors } = await askGraphQL(world.octokit("app"), ARM.replace("clientMutationId", "clientMutation"));
    expect(data).toBeUndefined();
    expect(errors[0]?.message).toContain("Field 'clientMutation' doesn't exist on type");
  });

  it("is createCommitOnBranch with an old head: STALE_DATA", async () => {
    const world = await githubForTest(COMMITS);
    const { git } = world.octokit("app");
    const tip = async (): Promise<string> => (await git.getRef({ ...AT, ref: "heads/fix" })).data.object.sha;
    const head = await tip();
    const order = { branch: "fix", head, additions: [{ path: "a.yaml", contents: base64("a\n") }] };
    const { oid } = await createCommit(world.octokit("mina"), NAME, order);
    const { errors } = await createCommit(world.octokit("app"), NAME, order);
    expect(errors).toMatchObject([{ type: "STALE_DATA", message: expect.stringMatching(/^Expected branch to point/) }]);
    expect(await tip()).toBe(oid);
  });

  it("is any write of a token that may only read: 403", async () => {
    const world = await githubForTest(COMMITS);
    const { git, pulls, issues } = world.octokit("reader");
    const { sha } = (await git.getRef({ ...AT, ref: "heads/main" })).data.object;
    for (const write of [
      git.createRef({ ...AT, ref: "refs/heads/x", sha }),
      pulls.create({ ...AT, base: "main", head: "fix", title: "x" }),
      issues.create({ ...AT, title: "x" }),
    ])
      expect((await refusalOf(write)).status).toBe(403);
  });
});

describe("lastgood's client", () => {
  it("obeys retry-after of a secondary limit", async () => {
    const world = await githubForTest(COMMITS);
    const { forge, clock } = await forgeOf(world);
    const body = { message: "You have exceeded a secondary rate limit" };
    const does = { kind: "answer", status: 403, headers: { "retry-after": "77" }, body } as const;
    world.control.addFault({ path: /\/pulls\?/, does });
    const startMs = clock.nowMs();
    expect(await forge.findPullRequest("fix")).toBeUndefined();
    expect(clock.nowMs() - startMs).toBeGreaterThanOrEqual(77_000);
    expect(lookUps(world)).toEqual([403, 200]);
  });

  it("waits for the reset of the primary limit", async () => {
    const world = await githubForTest(COMMITS);
    const { forge, clock } = await forgeOf(world);
    await forge.findPullRequest("two");
    const startMs = clock.nowMs();
    const reset = String(startMs / 1000 + 100);
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset };
    const does = { kind: "answer", status: 429, headers, body: { message: "API rate limit exceeded" } } as const;
    world.control.addFault({ path: /\/pulls\?/, does });
    expect(await forge.findPullRequest("fix")).toBeUndefined();
    expect(clock.nowMs() - startMs).toBeGreaterThanOrEqual(100_000);
    expect(lookUps(world)).toEqual([200, 429, 200]);
  });

  it.each([
    ["a dropped socket on a read", { kind: "drop" }, 0],
    ["502 on a read", { kind: "answer", status: 502, body: "<html>Bad gateway</html>" }, 502],
  ] as const)("recovers from %s", async (_, does, status) => {
    const world = await githubForTest(COMMITS);
    const options = { baseUrl: world.apiUrl, ...AT, clock: fixedClock(), log: silentLog(), paced: false };
    const forge = await createGitHubForge({ ...options, token: async () => TOKENS.app });
    await open(world);
    world.control.addFault({ path: /\/pulls\?/, does });
    expect(await forge.findPullRequest("fix")).toMatchObject({ number: 1 });
    expect(lookUps(world)).toEqual([status, 200]);
  });
});

describe("merging", () => {
  it("two at once is 200 or `Base branch was modified` for each, and nothing is lost", async () => {
    const world = await githubForTest(COMMITS);
    const both = [await open(world), await open(world, "two")];
    const answers = await Promise.allSettled(
      both.map(async ({ number }) => await world.octokit("app").pulls.merge({ ...AT, pull_number: number })),
    );
    expect(answers.some(({ status }) => status === "fulfilled")).toBe(true);
    const refusals = answers.flatMap((answer) => (answer.status === "rejected" ? [String(answer.reason)] : []));
    expect(refusals.filter((text) => !text.includes("Base branch was modified"))).toEqual([]);
    const merged = answers.map(({ status }) => status === "fulfilled");
    expect([await textOf(world, API), await textOf(world, "z.yaml")]).toEqual([
      merged[0] === true ? "image: api:3\n" : "image: api:2\n",
      merged[1] === true ? "z: 2\n" : "z: 1\n",
    ]);
  });

  it("by rebase is linear", async () => {
    const world = await githubForTest(COMMITS);
    await world.octokit("app").pulls.merge({ ...AT, pull_number: (await open(world)).number, merge_method: "squash" });
    const { number } = await open(world, "two");
    await world.octokit("app").pulls.merge({ ...AT, pull_number: number, merge_method: "rebase" });
    const { data } = await world.octokit("app").repos.listCommits(AT);
    expect(data.map(({ parents }) => parents.length)).toEqual([1, 1, 1, 1, 0]);
    expect((await subjects(world)).slice(0, 2)).toEqual(["Add y", "Bump z"]);
    expect(await textOf(world, API)).toBe("image: api:3\n");
  });
});
