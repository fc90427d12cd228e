import { describe, expect, it, onTestFinished } from "vitest";

import { createGitHubForge } from "../../../src/adapters/forge/github/github-forge.ts";
import { nextPage } from "../../../src/adapters/forge/github/github-client.ts";
import { rateLimitOf } from "../../../src/adapters/forge/github/rate-limit.ts";
import { createRequestGate, gateFor } from "../../../src/adapters/forge/github/request-gate.ts";
import type { Forge } from "../../../src/ports/forge.ts";
import { startGitHub, type GitHub } from "../../../src/standins/github/start-github.ts";
import { fixedClock, type FixedClock } from "../../support/fixed-clock.ts";
import { gitdir, temporaryFolder } from "../../support/gitdir.ts";
import { silentLog, type SilentLog } from "../../support/silent-log.ts";

const TOKEN = "ghp_000000000000000000000000000000000000";

interface LimitedWorld {
  readonly github: GitHub;
  readonly forge: Forge;
  readonly clock: FixedClock;
  readonly log: SilentLog;
  /** `METHOD path status`, with the seconds since the start. */
  readonly sent: () => readonly string[];
}

/** A forge that paces itself as it does towards GitHub, on a clock that the server shares. */
async function limitedWorld(): Promise<LimitedWorld> {
  const [clock, log] = [fixedClock(), silentLog()];
  const startMs = clock.nowMs();
  const github = await startGitHub({ root: temporaryFolder("github"), clock: () => clock.nowMs() });
  onTestFinished(() => github.close());
  const source = gitdir([{ files: { a: "1" } }]);
  source.git(["branch", "lastgood/x"]);
  source.commit({ branch: "lastgood/x", files: { a: "2" } });
  await github.control.createRepository("acme", "gitops", { from: source.path });
  github.control.addToken(TOKEN, { user: "mina", permissions: "write" });
  const options = { baseUrl: github.apiUrl, owner: "acme", repo: "gitops", clock, log };
  const forge = await createGitHubForge({ ...options, token: async () => TOKEN });
  await forge.defaultBranch();
  const sent = (): readonly string[] =>
    github.control.requests().map(({ method, path, status, atMs }) => {
      return `${(atMs - startMs) / 1000}s ${method} ${path.replace(/\?.*/, "")} ${status}`;
    });
  return { github, forge, clock, log, sent };
}

const REQUEST = { branch: "lastgood/x", base: "main", title: "Revert", body: "", draft: false } as const;
const SECONDARY = { message: "You have exceeded a secondary rate limit. Please wait a few minutes." };

describe("while GitHub limits requests", () => {
  it("nobody sends anything before retry-after is over, and a person is told once", async () => {
    const { github, forge, log, sent } = await limitedWorld();
    const body = { message: "You have exceeded a secondary rate limit" };
    github.control.addFault({
      path: /\/pulls/,
      does: { kind: "answer", status: 429, headers: { "retry-after": "90" }, body },
    });
    await forge.findPullRequest("a");
    await Promise.all([forge.findPullRequest("b"), forge.findPullRequest("c"), forge.defaultBranch()]);
    const times = sent().map((line) => Number.parseFloat(line));
    expect(sent()[1]).toBe("0s GET /repos/acme/gitops/pulls 429");
    expect(times.slice(2).every((time) => time >= 90)).toBe(true);
    expect(log.lines).toEqual(["waiting: GitHub limits requests: trying again in 90s"]);
  });

  it("concurrent requests wait together", async () => {
    const { github, forge, log, sent } = await limitedWorld();
    github.control.addFault({
      path: /head=acme%3Aa/,
      does: { kind: "answer", status: 403, headers: { "retry-after": "30" }, body: SECONDARY },
    });
    await forge.findPullRequest("a");
    expect(Math.max(...sent().map((line) => Number.parseFloat(line)))).toBe(30);
    expect(log.lines).toHaveLength(1);
  });

  it("a secondary limit that does not say how long is waited out for a minute, then two", async () => {
    const { github, forge, sent } = await limitedWorld();
    github.control.addFault({ path: /\/pulls/, times: 2, does: { kind: "answer", status: 403, body: SECONDARY } });
    expect(await forge.findPullRequest("a")).toBeUndefined();
    expect(sent().slice(1)).toEqual([
      "0s GET /repos/acme/gitops/pulls 403",
      "60s GET /repos/acme/gitops/pulls 403",
      "180s GET /repos/acme/gitops/pulls 200",
    ]);
  });

  it.each([403, 429])("the hour's limit (%i) is waited out until its reset", async (status) => {
    const { github, forge, clock, sent } = await limitedWorld();
    const reset = clock.nowMs() / 1000 + 240;
    const headers = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(reset) };
    const body = { message: "API rate limit exceeded for user ID 1." };
    github.control.addFault({ path: /\/pulls/, does: { kind: "answer", status, headers, body } });
    await forge.findPullRequest("a");
    expect(sent().slice(1)).toEqual([
      `0s GET /repos/acme/gitops/pulls ${status}`,
      "241s GET /repos/acme/gitops/pulls 200",
    ]);
  });

  it("a wait of most of an hour is told at once, and nothing more is sent before its end", async () => {
    const { github, forge, clock, sent } = await limitedWorld();
    github.control.setRemaining(TOKEN, 0);
    const limited = { code: "ForgeRateLimit", transient: true };
    await expect(forge.findPullRequest("a")).rejects.toMatchObject(limited);
    const amount = sent().length;
    await expect(forge.findPullRequest("a")).rejects.toMatchObject({
      ...limited,
      message: expect.stringMatching(/GitHub limits requests until 2026-08-22T14:46:4\dZ$/),
    });
    await expect(forge.openPullRequest({ ...REQUEST, labels: [], reviewers: [] })).rejects.toMatchObject(limited);
    expect(sent()).toHaveLength(amount);
    clock.advance(3_602_000);
    expect(await forge.findPullRequest("a")).toBeUndefined();
  });
});

describe("writes", () => {
  it("are at least a second apart", async () => {
    const { github, forge } = await limitedWorld();
    await forge.openPullRequest({ ...REQUEST, labels: ["a", "b"], reviewers: ["mina"] });
    await Promise.all(["A", "B", "C"].map(async (title) => forge.updatePullRequest(1, { title, body: "" })));
    const times = github.control.requests().flatMap(({ method, atMs }) => (method === "GET" ? [] : [atMs]));
    expect(times.length).toBeGreaterThan(4);
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1000);
  });

  it("do not hold up reads", async () => {
    const { forge, clock } = await limitedWorld();
    await forge.findPullRequest("a");
    await forge.defaultBranch();
    expect(clock.sleeps).toEqual([]);
  });
});

describe("a poll", () => {
  it("costs nothing of the hour while its answer stays the same", async () => {
    const { github, forge, sent } = await limitedWorld();
    await forge.openPullRequest({ ...REQUEST, labels: [], reviewers: [] });
    const first = await forge.findPullRequest("lastgood/x");
    expect(first).toMatchObject({ number: 1, title: "Revert" });
    expect(await forge.findPullRequest("lastgood/x")).toEqual(first);
    expect(sent().at(-1)).toContain("GET /repos/acme/gitops/pulls 304");
    await forge.updatePullRequest(1, { title: "Another", body: "" });
    expect(await forge.findPullRequest("lastgood/x")).toMatchObject({ title: "Another" });
    expect(github.control.requests().at(-1)).toMatchObject({ status: 200 });
  });
});

describe("createRequestGate", () => {
  const answer = (waitMs?: number) => ({ limitOf: () => (waitMs === undefined ? {} : { waitMs }) });

  it("gives up after two more tries, and keeps closed for those who come after", async () => {
    const [clock, log] = [fixedClock(), silentLog()];
    const gate = createRequestGate({ clock, log, writeSpacingMs: 0, patienceMs: 10_000_000 });
    let sent = 0;
    const send = async (): Promise<number> => (sent += 1);
    expect(await gate.send({ write: true, send, ...answer() })).toBe(3);
    const atMs = clock.nowMs();
    await gate.send({ write: false, send, limitOf: () => undefined });
    expect(clock.nowMs() - atMs).toBe(240_000);
  });

  it("ends a wait when it is aborted", async () => {
    const controller = new AbortController();
    const clock = fixedClock();
    const gate = createRequestGate({ clock, log: silentLog(), writeSpacingMs: 0, signal: controller.signal });
    const limitOf = () => {
      controller.abort(new Error("stopped"));
      return { waitMs: 1000 };
    };
    await expect(gate.send({ write: false, send: async () => 1, limitOf })).rejects.toThrow("stopped");
  });

  it("goes on with the next write after one that failed", async () => {
    const gate = gateFor({ clock: fixedClock(), log: silentLog(), paced: true });
    const limitOf = () => undefined;
    const failing = gate.send({ write: true, send: async () => Promise.reject(new Error("no")), limitOf });
    await expect(failing).rejects.toThrow("no");
    expect(await gate.send({ write: true, send: async () => 2, limitOf })).toBe(2);
  });
});

describe("rateLimitOf", () => {
  const NOW = Date.parse("2026-08-22T13:46:40Z");
  const reset = String(NOW / 1000 + 100);
  const spent = { "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset };
  it.each([
    ["retry-after", { status: 429, headers: { "retry-after": "7", ...spent }, data: {} }, { waitMs: 7000 }],
    ["a spent hour", { status: 403, headers: spent, data: {} }, { waitMs: 101_000 }],
    [
      "a spent hour, by GitHub's clock",
      { status: 403, headers: { ...spent, date: "Sat, 22 Aug 2026 13:47:40 GMT" }, data: {} },
      { waitMs: 41_000 },
    ],
    ["the words alone", { status: 403, headers: {}, data: SECONDARY }, {}],
    ["a bare 429", { status: 429, headers: {}, data: "<html>" }, {}],
    [
      "GraphQL's own",
      { status: 200, headers: spent, data: { errors: [{ type: "RATE_LIMITED" }] } },
      { waitMs: 101_000 },
    ],
    ["a missing permission", { status: 403, headers: { "x-ratelimit-remaining": "10" }, data: {} }, undefined],
    ["an answer", { status: 200, headers: spent, data: [] }, undefined],
    ["no answer", { status: undefined, headers: {}, data: undefined }, undefined],
    ["nonsense", { status: 429, headers: { "retry-after": "soon" }, data: {} }, {}],
  ])("reads %s", (_, facts, limit) => {
    expect(rateLimitOf(facts, NOW)).toEqual(limit);
  });
});

describe("the next page", () => {
  const API = "https://ghe.example/api/v3";
  it.each([
    [
      `<${API}/repositories/1/pulls?page=2>; rel="next", <${API}/x?page=9>; rel="last"`,
      `${API}/repositories/1/pulls?page=2`,
    ],
    [`<${API}/x?page=1>; rel="prev"`, undefined],
    [`<https://evil.example/api/v3/x?page=2>; rel="next"`, undefined],
    [`<https://ghe.example.evil.example/api/v3/x>; rel="next"`, undefined],
    [`<https://ghe.example/login>; rel="next"`, undefined],
    [`<http://ghe.example/api/v3/x>; rel="next"`, undefined],
    ["", undefined],
  ])("of %s is followed at the API only", (link, url) => {
    expect(nextPage(link, API)).toBe(url);
  });
});
