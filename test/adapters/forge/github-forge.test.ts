import { describe, expect, it } from "vitest";

import { createGitHubForge, type GitHubForgeOptions } from "../../../src/adapters/forge/github/github-forge.ts";
import { commitId } from "../../../src/core/model/git.ts";
import type { Forge, OpenPullRequest } from "../../../src/ports/forge.ts";
import { fixedClock, type FixedClock } from "../../support/fixed-clock.ts";
import { HEAD, MERGE_COMMIT, mergedJson, pullJson, repositoryJson } from "../../support/github-json.ts";
import { httpStub, type HttpStub, type Stub } from "../../support/http-stub.ts";
import { silentLog, type SilentLog } from "../../support/silent-log.ts";

const TOKEN = "ghs_0123456789abcdefghijklmnopqrstuvwxyz";
const REPO = "/repos/acme/gitops";
const PULL = `${REPO}/pulls/491`;
const CREATE = `POST ${REPO}/pulls`;
const MERGE = `PUT ${PULL}/merge`;

interface Setup {
  readonly stub: HttpStub;
  readonly forge: Forge;
  readonly clock: FixedClock;
  readonly log: SilentLog;
}

/** A forge on a stub that answers these requests; the repository itself is known. */
async function setup(stubs: readonly Stub[], options: Partial<GitHubForgeOptions> = {}): Promise<Setup> {
  const stub = await httpStub();
  stub.expect({ request: `GET ${REPO}`, body: repositoryJson() }, ...stubs);
  const [clock, log] = [fixedClock(), silentLog()];
  const token = async (): Promise<string> => TOKEN;
  const forge = await createGitHubForge({
    baseUrl: stub.url,
    owner: "acme",
    repo: "gitops",
    token,
    clock,
    log,
    paced: false,
    ...options,
  });
  return { stub, forge, clock, log };
}

const request: OpenPullRequest = {
  branch: "lastgood/api",
  base: "main",
  title: "Revert payments/api",
  body: "why",
  draft: false,
  labels: [],
  reviewers: [],
};
const merge = { number: 491, expectedHead: commitId(HEAD), title: "Revert (#491)", message: "Lastgood-Job: 1" };

const created: Stub = { request: CREATE, status: 201, body: pullJson() };
const clean: Stub = { request: `GET ${PULL}`, body: pullJson() };
/** An old Enterprise Server, or a token that may not ask. */
const noGraphQL: Stub = { request: "POST /graphql", status: 404, body: { message: "Not Found" } };
const noQueue: Stub = {
  request: "POST /graphql",
  body: { data: { repository: { pullRequest: { isMergeQueueEnabled: false } } } },
};
const methods: readonly Stub[] = [
  { request: `GET ${REPO}`, body: repositoryJson() },
  { request: `GET ${REPO}/rules/branches/main`, body: [] },
  { request: `GET ${REPO}/branches/main`, body: { name: "main", protected: false } },
];

function exists(): Stub {
  const errors = [{ resource: "PullRequest", message: "A pull request already exists for acme:lastgood/api." }];
  return { request: CREATE, status: 422, body: { message: "Validation Failed", errors } };
}

describe("every request", () => {
  it("carries the token and the pinned API version", async () => {
    const { stub, forge } = await setup([]);
    expect(await forge.defaultBranch()).toBe("main");
    expect(stub.seen[0]?.headers).toMatchObject({
      authorization: `token ${TOKEN}`,
      "x-github-api-version": "2022-11-28",
      "user-agent": expect.stringMatching(/^lastgood /),
    });
  });

  it.each(["http://github.example", "ftp://x", "https://user@github.com", "https://github.com?x", "nonsense"])(
    "is refused to %s before the token could leave",
    async (baseUrl) => {
      const token = async (): Promise<string> => TOKEN;
      const options = { baseUrl, owner: "acme", repo: "gitops", token, clock: fixedClock(), log: silentLog() };
      await expect(createGitHubForge(options)).rejects.toMatchObject({ code: "ConfigUrl" });
    },
  );
});

describe("every attempt", () => {
  it("has a time limit of its own, and only reads follow a redirect", async () => {
    const inits: (RequestInit | undefined)[] = [];
    const spy: typeof fetch = async (url, init) => {
      inits.push(init);
      return fetch(url, init);
    };
    const { forge } = await setup([{ request: CREATE, status: 403 }], { fetch: spy });
    await expect(forge.openPullRequest(request)).rejects.toMatchObject({ code: "ForgePermission" });
    expect(inits.map((init) => [init?.method, init?.redirect])).toEqual([
      ["GET", undefined],
      ["POST", "manual"],
    ]);
    expect(inits[0]?.signal).toBeInstanceOf(AbortSignal);
    expect(inits[1]?.signal).not.toBe(inits[0]?.signal);
  });

  it("that runs out of time leaves a write unclear, and the state is read", async () => {
    const timeout = new DOMException("The operation was aborted due to timeout", "TimeoutError");
    const slow: typeof fetch = async (url, init) =>
      init?.method === "GET" ? fetch(url, init) : Promise.reject(timeout);
    const { forge } = await setup([{ request: `GET ${REPO}/pulls`, body: [pullJson()] }], { fetch: slow });
    expect((await forge.openPullRequest(request)).pullRequest.number).toBe(491);
  });
});

describe("a read", () => {
  it.each<[string, Partial<Stub>, string]>([
    ["401", { status: 401, body: { message: "Bad credentials" } }, "ForgeAuth"],
    ["403", { status: 403, body: { message: "Resource not accessible by integration" } }, "ForgePermission"],
    ["404", { status: 404, body: { message: "Not Found" } }, "ForgeNotFound"],
    ["a sign-in page", { headers: { "content-type": "text/html" }, body: "<html>sign in</html>" }, "ForgeAnswer"],
    ["JSON that ends early", { body: '{"number": 49' }, "ForgeAnswer"],
    ["an answer that is cut", { body: pullJson(), fault: "cut" }, "ForgeAnswer"],
    ["fields of the wrong type", { body: [{ number: "491" }] }, "ForgeAnswer"],
    ["a head that is no commit", { body: [pullJson({ head: { ref: "lastgood/api", sha: "--x" } })] }, "ForgeAnswer"],
    ["an object for a list", { body: { message: "?" } }, "ForgeAnswer"],
    ["null", { body: "null" }, "ForgeAnswer"],
  ])("that is answered by %s fails, never with 'there is none'", async (_, answer, code) => {
    const { forge } = await setup([{ request: `GET ${REPO}/pulls`, ...answer }]);
    await expect(forge.findPullRequest("lastgood/api")).rejects.toMatchObject({ code });
  });

  it("names the missing permission", async () => {
    const { forge } = await setup([
      {
        request: `GET ${REPO}/pulls`,
        status: 403,
        headers: { "x-accepted-github-permissions": "pull_requests=read" },
        body: { message: "Resource not accessible by integration" },
      },
    ]);
    await expect(forge.findPullRequest("x")).rejects.toMatchObject({
      hint: expect.stringMatching(/pull_requests=read/),
    });
  });

  it.each<[string, Partial<Stub>]>([
    ["a server error", { status: 502, body: "<html>" }],
    ["a reset", { fault: "reset" }],
  ])("is repeated after %s", async (_, answer) => {
    const { forge } = await setup([
      { request: `GET ${REPO}/pulls`, times: 2, ...answer },
      { request: `GET ${REPO}/pulls`, body: [pullJson()] },
    ]);
    expect(await forge.findPullRequest("lastgood/api")).toMatchObject({ number: 491 });
  });

  it.each<[string, Partial<Stub>]>([
    ["server errors", { status: 500, body: { message: "Server Error" } }],
    ["resets", { fault: "reset" }],
  ])("gives up after four %s", async (_, answer) => {
    const { forge } = await setup([{ request: `GET ${REPO}/pulls`, times: 4, ...answer }]);
    await expect(forge.findPullRequest("x")).rejects.toMatchObject({ code: "ForgeUnavailable", transient: true });
  });

  it("never shows a token, whoever sends it back", async () => {
    const { forge } = await setup([
      {
        request: `GET ${REPO}/pulls`,
        status: 404,
        body: { message: `no ${TOKEN}\u001b[31m\nfor github_pat_11ABCDEFG0123` },
      },
    ]);
    const error = await forge.findPullRequest("x").catch((e: unknown) => e);
    expect(error).toMatchObject({ message: expect.stringMatching(/no \*\*\* \[31m for \*\*\*/) });
  });

  it("follows a rename, and goes on under the new name", async () => {
    const stub = await httpStub();
    stub.expect(
      { request: `GET /repos/acme/old`, status: 301, headers: { location: `${stub.url}/repositories/7` } },
      { request: "GET /repositories/7", body: repositoryJson() },
      { request: `GET ${REPO}/pulls`, body: [] },
    );
    const forge = await createGitHubForge({
      baseUrl: stub.url,
      owner: "acme",
      repo: "old",
      token: async () => TOKEN,
      clock: fixedClock(),
      log: silentLog(),
      paced: false,
    });
    expect(await forge.findPullRequest("lastgood/api")).toBeUndefined();
    expect(stub.seen.at(-1)?.query).toContain("head=acme%3Alastgood%2Fapi");
  });
});

describe("limits", () => {
  const secondary: Stub = {
    request: `GET ${REPO}/pulls`,
    status: 403,
    body: { message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again." },
  };
  it("are waited out twice, longer each time, then reported", async () => {
    const { forge, clock, log } = await setup([{ ...secondary, times: 3 }]);
    await expect(forge.findPullRequest("x")).rejects.toMatchObject({ code: "ForgeRateLimit", transient: true });
    expect(clock.sleeps).toEqual([60_000, 120_000]);
    expect(log.lines).toEqual([
      "waiting: GitHub limits requests: trying again in 60s",
      "waiting: GitHub limits requests: trying again in 120s",
    ]);
  });

  it("obey retry-after", async () => {
    const { forge, clock } = await setup([
      { ...secondary, status: 429, headers: { "retry-after": "7" } },
      { request: `GET ${REPO}/pulls`, body: [] },
    ]);
    expect(await forge.findPullRequest("x")).toBeUndefined();
    expect(clock.sleeps).toEqual([7000]);
  });

  it("that are not worth waiting for are reported at once", async () => {
    const { forge, clock } = await setup([{ ...secondary, headers: { "retry-after": "3600" } }]);
    await expect(forge.findPullRequest("x")).rejects.toMatchObject({ code: "ForgeRateLimit" });
    expect(clock.sleeps).toEqual([]);
  });

  it("of the hour are a limit, not a missing permission", async () => {
    const { forge } = await setup([
      {
        request: `GET ${REPO}/pulls`,
        status: 403,
        headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(Math.floor(Date.now() / 1000) + 3000) },
        body: { message: "Forbidden" },
      },
    ]);
    await expect(forge.findPullRequest("x")).rejects.toMatchObject({ code: "ForgeRateLimit" });
  });

  it("hold for writes as well", async () => {
    const { forge, clock } = await setup([{ ...secondary, request: CREATE }, created]);
    expect((await forge.openPullRequest(request)).pullRequest.number).toBe(491);
    expect(clock.sleeps).toEqual([60_000]);
  });
});

describe("findPullRequest", () => {
  it("takes the newest of the branch, and none of a fork or of another branch", async () => {
    const fork = { ref: "lastgood/api", sha: HEAD, repo: { id: 8 } };
    const { forge, stub } = await setup([
      {
        request: `GET ${REPO}/pulls`,
        body: [
          pullJson({ number: 1, state: "open" }),
          pullJson({ number: 5 }),
          pullJson({ number: 7, head: fork }),
          pullJson({ number: 8, head: { ...fork, repo: null } }),
          pullJson({ number: 9, head: { ref: "other", sha: HEAD, repo: { id: 7 } } }),
        ],
      },
    ]);
    expect(await forge.findPullRequest("lastgood/api")).toMatchObject({ number: 5 });
    expect(new URLSearchParams(stub.seen.at(-1)?.query).get("head")).toBe("acme:lastgood/api");
    expect(new URLSearchParams(stub.seen.at(-1)?.query).get("state")).toBe("all");
  });

  it("says who closed it, when that can be read", async () => {
    const closed = pullJson({ state: "closed" });
    const { forge } = await setup([
      { request: `GET ${REPO}/pulls`, body: [closed], times: 2 },
      { request: `GET ${REPO}/issues/491`, body: { closed_by: { login: "mkim" } } },
      { request: `GET ${REPO}/issues/491`, status: 403, body: { message: "no" } },
    ]);
    expect(await forge.findPullRequest("lastgood/api")).toMatchObject({ state: "closed", endedBy: "mkim" });
    expect(await forge.findPullRequest("lastgood/api")).not.toHaveProperty("endedBy");
  });

  it("does not take the test merge of an open pull request for its merge", async () => {
    const { forge } = await setup([{ request: `GET ${REPO}/pulls`, body: [pullJson()] }]);
    expect(await forge.findPullRequest("lastgood/api")).not.toHaveProperty("mergeCommit");
  });

  it("reads a pull request without body, author and labels", async () => {
    const bare = pullJson({ body: null, user: null, labels: null, draft: undefined });
    const { forge } = await setup([{ request: `GET ${REPO}/pulls`, body: [bare] }]);
    expect(await forge.findPullRequest("lastgood/api")).toMatchObject({
      body: "",
      author: "ghost",
      labels: [],
      draft: false,
    });
  });
});

describe("openPullRequest", () => {
  it.each<[string, Partial<Stub>]>([
    ["a server error", { status: 502, body: "<html>" }],
    ["a reset", { fault: "reset" }],
    ["an answer that is cut", { status: 201, body: pullJson(), fault: "cut" }],
    ["a page instead of JSON", { status: 201, headers: { "content-type": "text/html" }, body: "<html>" }],
    ["200 instead of 201", { status: 200, body: [pullJson()] }],
  ])("adopts what it opened when GitHub answers with %s", async (_, answer) => {
    const { forge, stub } = await setup([
      { request: CREATE, ...answer },
      { request: `GET ${REPO}/pulls`, body: [] },
      { request: `GET ${REPO}/pulls`, body: [pullJson()] },
      { request: `GET ${REPO}/labels/lastgood`, status: 404, body: { message: "Not Found" } },
      { request: `POST ${REPO}/labels`, status: 403, body: { message: "no" } },
      { request: `POST ${REPO}/issues/491/labels`, body: [{ name: "lastgood" }] },
    ]);
    const opened = await forge.openPullRequest({ ...request, labels: ["lastgood"] });
    expect(opened).toMatchObject({ pullRequest: { number: 491, labels: ["lastgood"] } });
    expect(opened.warnings).toEqual(['the label "lastgood" gets no colour: GitHub: cannot make a label: no']);
    expect(stub.lines().filter((line) => line === CREATE)).toHaveLength(1);
  });

  it("reports an unclear failure when nothing was opened, after looking for a while", async () => {
    const { forge, clock } = await setup([
      { request: CREATE, fault: "reset" },
      { request: `GET ${REPO}/pulls`, body: [], times: 4 },
    ]);
    await expect(forge.openPullRequest(request)).rejects.toMatchObject({ code: "ForgeUnavailable" });
    expect(clock.sleeps).toEqual([1000, 2000, 4000]);
  });

  it("adopts the open one of the branch and leaves its labels and reviewers alone", async () => {
    const { forge } = await setup([exists(), { request: `GET ${REPO}/pulls`, body: [pullJson()] }]);
    const opened = await forge.openPullRequest({ ...request, labels: ["x"], reviewers: ["mkim"] });
    expect(opened).toMatchObject({ pullRequest: { number: 491 }, warnings: [] });
  });

  it("does not adopt one that goes to another base", async () => {
    const other = pullJson({ base: { ref: "release", repo: { id: 7 } } });
    const { forge } = await setup([exists(), { request: `GET ${REPO}/pulls`, body: [other] }]);
    await expect(forge.openPullRequest(request)).rejects.toMatchObject({
      code: "ForgeConflict",
      message: expect.stringMatching(/release/),
    });
  });

  it.each<[string, number, object, string]>([
    ["no commits", 422, { errors: [{ message: "No commits between main and lastgood/api" }] }, "ForgeConflict"],
    ["no such head", 422, { errors: [{ resource: "PullRequest", field: "head", code: "invalid" }] }, "ForgeNotFound"],
    ["anything else invalid", 422, { errors: [{ field: "title", code: "missing_field" }] }, "ForgeValidation"],
    ["not found", 404, {}, "ForgeNotFound"],
    ["forbidden", 403, {}, "ForgePermission"],
    ["unauthorized", 401, {}, "ForgeAuth"],
  ])("fails when GitHub answers %s, and does not try again", async (_, status, body, code) => {
    const { forge } = await setup([{ request: CREATE, status, body: { message: "Validation Failed", ...body } }]);
    await expect(forge.openPullRequest(request)).rejects.toMatchObject({ code });
  });

  it("does not follow a moved repository, where a POST would become a GET", async () => {
    const { forge, stub } = await setup([
      { request: CREATE, status: 301, headers: { location: `/repositories/7/pulls` }, body: { message: "Moved" } },
    ]);
    await expect(forge.openPullRequest(request)).rejects.toMatchObject({
      code: "ForgeNotFound",
      message: expect.stringMatching(/moved/),
    });
    expect(stub.lines().at(-1)).toBe(CREATE);
  });

  it.each([
    ["title", { title: "x".repeat(257) }],
    ["body", { body: "é".repeat(65_537) }],
  ])("refuses a %s that is too long before asking GitHub", async (name, text) => {
    const { forge, stub } = await setup([]);
    await expect(forge.openPullRequest({ ...request, ...text })).rejects.toMatchObject({
      code: "ForgeValidation",
      message: expect.stringContaining(name),
    });
    expect(stub.lines()).toEqual([]);
    await forge.defaultBranch();
  });

  it("warns when a label cannot be set, and goes on", async () => {
    const { forge } = await setup([
      created,
      { request: `POST ${REPO}/issues/491/labels`, status: 403, body: { message: "no" } },
      {
        request: `POST ${PULL}/requested_reviewers`,
        status: 201,
        body: pullJson({ requested_reviewers: [{ login: "MKim" }] }),
      },
    ]);
    const { warnings } = await forge.openPullRequest({ ...request, labels: ["x"], reviewers: ["mkim"] });
    expect(warnings).toEqual(["GitHub: cannot set the labels: no"]);
  });

  it("asks reviewers one by one when one of them is wrong", async () => {
    const reviewers = `POST ${PULL}/requested_reviewers`;
    const invalid: Stub = {
      request: reviewers,
      status: 422,
      body: { message: "Reviews may only be requested from collaborators." },
    };
    const { forge, stub } = await setup([
      created,
      invalid,
      { request: reviewers, status: 201, body: pullJson({ requested_reviewers: [{ login: "mkim" }] }) },
      invalid,
      { request: reviewers, status: 201, body: pullJson({ requested_teams: [{ slug: "sre" }] }) },
    ]);
    const { warnings } = await forge.openPullRequest({ ...request, reviewers: ["mkim", "ghost\n", "team:sre"] });
    expect(warnings).toEqual([
      "ghost cannot be asked for a review: GitHub: cannot ask for a review: Reviews may only be requested from collaborators.",
    ]);
    expect(stub.seen.at(-1)?.body).toEqual({ reviewers: [], team_reviewers: ["sre"] });
  });

  it("warns when GitHub passes over a reviewer in silence", async () => {
    const { forge } = await setup([
      created,
      { request: `POST ${PULL}/requested_reviewers`, status: 201, body: pullJson() },
    ]);
    const { warnings } = await forge.openPullRequest({ ...request, reviewers: ["mkim"] });
    expect(warnings).toEqual([expect.stringContaining("mkim")]);
  });
});

describe("updatePullRequest", () => {
  const update = `PATCH ${PULL}`;
  const text = { title: "New", body: "a\nb" };
  it("adopts an update that arrived although the answer did not", async () => {
    const { forge } = await setup([
      { request: update, fault: "reset" },
      { request: `GET ${PULL}`, body: pullJson({ title: "New", body: "a\r\nb" }) },
    ]);
    expect(await forge.updatePullRequest(491, text)).toMatchObject({ title: "New" });
  });

  it("reports one that did not", async () => {
    const { forge } = await setup([{ request: update, status: 500 }, clean]);
    await expect(forge.updatePullRequest(491, text)).rejects.toMatchObject({ code: "ForgeUnavailable" });
  });
});

describe("mergePullRequest", () => {
  const success: Stub = { request: MERGE, body: { merged: true, sha: MERGE_COMMIT, message: "ok" } };

  it("sends the head, the method that keeps our commit, and our words", async () => {
    const { forge, stub } = await setup([clean, ...methods, success]);
    expect(await forge.mergePullRequest(merge)).toEqual({ kind: "merged", commit: MERGE_COMMIT });
    expect(stub.seen.at(-1)?.body).toEqual({
      sha: HEAD,
      merge_method: "merge",
      commit_title: "Revert (#491)",
      commit_message: "Lastgood-Job: 1",
    });
  });

  it("takes a method that the repository and the rules permit", async () => {
    const { forge, stub } = await setup([
      clean,
      { request: `GET ${REPO}`, body: repositoryJson({ allow_merge_commit: true, allow_squash_merge: false }) },
      { request: `GET ${REPO}/rules/branches/main`, body: [{ type: "required_linear_history" }] },
      { request: `GET ${REPO}/branches/main`, status: 404, body: {} },
      noQueue,
      success,
    ]);
    await forge.mergePullRequest(merge);
    expect(stub.seen.at(-1)?.body).toEqual({ sha: HEAD, merge_method: "rebase" });
  });

  it("tries the next method when one is not permitted, each once", async () => {
    const not = (words: string): Stub => ({
      request: MERGE,
      status: 405,
      body: { message: `${words} are not allowed on this repository.` },
    });
    const { forge } = await setup([
      clean,
      ...methods,
      not("Merge commits"),
      not("Squash merges"),
      not("Rebase merges"),
    ]);
    expect(await forge.mergePullRequest(merge)).toEqual({
      kind: "refused",
      reason: "Rebase merges are not allowed on this repository.",
    });
  });

  it("says so when nothing is permitted", async () => {
    const none = { allow_merge_commit: false, allow_squash_merge: false, allow_rebase_merge: false };
    const { forge } = await setup([clean, { request: `GET ${REPO}`, body: repositoryJson(none) }, ...methods.slice(1)]);
    expect(await forge.mergePullRequest(merge)).toMatchObject({ kind: "refused" });
  });

  it.each<[string, object, object]>([
    ["merged", mergedJson(), { kind: "merged", commit: MERGE_COMMIT }],
    ["closed", pullJson({ state: "closed" }), { kind: "refused", reason: "pull request #491 was closed" }],
    ["a draft", pullJson({ draft: true }), { kind: "refused", reason: "pull request #491 is a draft" }],
    ["behind", pullJson({ mergeable_state: "behind" }), { kind: "base-moved" }],
    ["dirty", pullJson({ mergeable_state: "dirty", mergeable: false }), { kind: "base-moved" }],
    [
      "in a state that we do not know",
      pullJson({ mergeable_state: "lunar" }),
      { kind: "waiting", reason: expect.stringMatching(/lunar/) },
    ],
  ])("never calls merge for one that is %s", async (_, pull, result) => {
    const { forge } = await setup([{ request: `GET ${PULL}`, body: pull }]);
    expect(await forge.mergePullRequest(merge)).toMatchObject(result);
  });

  it("never calls merge for a blocked one, and says what is missing", async () => {
    const ruleset = [
      {
        type: "required_status_checks",
        parameters: { required_status_checks: [{ context: "e2e" }, { context: "ci" }] },
      },
      { type: "pull_request", parameters: { required_approving_review_count: 2 } },
    ];
    const asked = {
      requested_reviewers: [{ login: "cleo" }],
      requested_teams: [{ slug: "payments" }],
      base: { ref: "main", repo: { id: 7, owner: { login: "acme" } } },
    };
    const checks = { required_status_checks: { contexts: ["lint", "old"], checks: [{ context: "lint" }] } };
    const { forge } = await setup([
      { request: `GET ${PULL}`, body: pullJson({ mergeable_state: "blocked", ...asked }) },
      { request: `GET ${REPO}/rules/branches/main`, body: ruleset },
      { request: `GET ${REPO}/branches/main`, body: { protection: checks } },
      noGraphQL,
      { request: `GET ${REPO}`, body: repositoryJson() },
      {
        request: `GET ${REPO}/commits/${HEAD}/check-runs`,
        body: {
          check_runs: [
            { name: "ci", status: "completed", conclusion: "failure" },
            { name: "e2e", status: "in_progress", conclusion: null },
            { name: "optional", status: "completed", conclusion: "failure" },
          ],
        },
      },
      { request: `GET ${REPO}/commits/${HEAD}/status`, body: { statuses: [{ context: "lint", state: "success" }] } },
      {
        request: `GET ${PULL}/reviews`,
        body: [
          { user: { login: "ana" }, state: "CHANGES_REQUESTED" },
          { user: { login: "ana" }, state: "APPROVED" },
          { user: { login: "bo" }, state: "APPROVED" },
          { user: { login: "bo" }, state: "CHANGES_REQUESTED" },
          { user: { login: "bo" }, state: "COMMENTED" },
        ],
      },
    ]);
    expect(await forge.mergePullRequest(merge)).toEqual({
      kind: "waiting",
      reason:
        "1 check has failed: ci; bo requested changes; 1 check is running: e2e; 1 check has not reported: old; 1 approving review missing: ask @cleo, @acme/payments",
    });
  });

  it("waits with a blocked one even when it may read nothing about the rules", async () => {
    const no: Partial<Stub> = { status: 403, body: { message: "Resource not accessible by integration" } };
    const { forge } = await setup([
      { request: `GET ${PULL}`, body: pullJson({ mergeable_state: "blocked" }) },
      { request: `GET ${REPO}/rules/branches/main`, ...no },
      { request: `GET ${REPO}/branches/main`, ...no },
      { request: `GET ${REPO}/commits/${HEAD}/check-runs`, ...no },
      { request: `GET ${REPO}/commits/${HEAD}/status`, ...no },
      { request: `GET ${PULL}/reviews`, ...no },
      noGraphQL,
      { request: `GET ${REPO}`, body: repositoryJson() },
    ]);
    expect(await forge.mergePullRequest(merge)).toMatchObject({
      kind: "waiting",
      reason: expect.stringMatching(/a rule of main/),
    });
  });

  it("waits until GitHub has computed whether it can be merged", async () => {
    const unknown = pullJson({ mergeable: null, mergeable_state: "unknown" });
    const { forge, clock } = await setup([
      { request: `GET ${PULL}`, body: unknown, times: 2 },
      // Seen on GitHub: the state of before, with mergeable null.
      { request: `GET ${PULL}`, body: pullJson({ mergeable: null, mergeable_state: "clean" }) },
      clean,
      ...methods,
      success,
    ]);
    expect(await forge.mergePullRequest(merge)).toMatchObject({ kind: "merged" });
    expect(clock.sleeps).toEqual([1000, 2000, 4000]);
  });

  it("does so for a minute, then answers waiting", async () => {
    const unknown = pullJson({ mergeable: null, mergeable_state: "unknown" });
    const { forge, clock } = await setup([{ request: `GET ${PULL}`, body: unknown, times: 7 }]);
    // Nothing else asks for the repository.
    expect(await forge.mergePullRequest(merge)).toMatchObject({ kind: "waiting" });
    expect(clock.sleeps.reduce((sum, ms) => sum + ms, 0)).toBe(60_000);
  });

  it("keeps its hands off when somebody pushed to the branch", async () => {
    const moved = pullJson({ head: { ref: "lastgood/api", sha: "4".repeat(40), repo: { id: 7 } } });
    const { forge, clock } = await setup([{ request: `GET ${PULL}`, body: moved, times: 4 }]);
    expect(await forge.mergePullRequest(merge)).toMatchObject({
      kind: "refused",
      reason: expect.stringMatching(/4444444, not at 1111111/),
    });
    expect(clock.sleeps).toEqual([1000, 2000, 4000]);
  });

  it("sees its own push that the API shows late", async () => {
    const before = pullJson({ head: { ref: "lastgood/api", sha: "4".repeat(40), repo: { id: 7 } } });
    const { forge } = await setup([{ request: `GET ${PULL}`, body: before }, clean, ...methods, success]);
    expect(await forge.mergePullRequest(merge)).toMatchObject({ kind: "merged" });
  });

  it.each<[string, Partial<Stub>]>([
    ["a server error", { status: 502, body: "<html>" }],
    ["a reset", { fault: "reset" }],
    ["an answer that is cut", { body: { merged: true, sha: MERGE_COMMIT }, fault: "cut" }],
    ["a page instead of JSON", { headers: { "content-type": "text/html" }, body: "<html>" }],
    ["an answer without a commit", { body: { merged: true } }],
    ["'not mergeable', after the merge", { status: 405, body: { message: "Pull Request is not mergeable" } }],
    ["'already in progress'", { status: 405, body: { message: "Merge already in progress" } }],
  ])("finds its merge when GitHub answers with %s, and merges once", async (_, answer) => {
    const { forge, stub } = await setup([
      clean,
      ...methods,
      { request: MERGE, ...answer },
      { request: `GET ${PULL}`, body: mergedJson() },
    ]);
    expect(await forge.mergePullRequest(merge)).toEqual({ kind: "merged", commit: MERGE_COMMIT });
    expect(stub.lines().filter((line) => line === MERGE)).toHaveLength(1);
  });

  it("reports an unclear failure when nothing was merged", async () => {
    const { forge } = await setup([clean, ...methods, { request: MERGE, fault: "reset" }, { ...clean, times: 4 }]);
    await expect(forge.mergePullRequest(merge)).rejects.toMatchObject({ code: "ForgeUnavailable" });
  });

  it.each<[number, string, string]>([
    [405, "Base branch was modified. Review and try the merge again.", "base-moved"],
    [405, "Pull Request has merge conflicts", "base-moved"],
    [405, 'Required status check "ci" is expected.', "waiting"],
    [405, "You're not authorized to push to this branch.", "refused"],
    [405, "Repository rule violations found\n\nAt least 1 approving review is required.\n", "waiting"],
    [422, "something new", "waiting"],
  ])("answers %i %s with %s", async (status, message, kind) => {
    const { forge } = await setup([clean, ...methods, { request: MERGE, status, body: { message } }]);
    expect(await forge.mergePullRequest(merge)).toMatchObject({ kind });
  });

  it("looks again when the head was modified", async () => {
    const moved = pullJson({ head: { ref: "lastgood/api", sha: "4".repeat(40), repo: { id: 7 } } });
    const conflict: Stub = {
      request: MERGE,
      status: 409,
      body: { message: "Head branch was modified. Review and try the merge again." },
    };
    const { forge } = await setup([clean, ...methods, conflict, { request: `GET ${PULL}`, body: moved, times: 4 }]);
    expect(await forge.mergePullRequest(merge)).toMatchObject({
      kind: "refused",
      reason: expect.stringMatching(/somebody pushed/),
    });
  });

  it("waits when nothing explains the refusal, after five tries, each with a fresh look and a longer wait", async () => {
    const again = [...methods, clean].map((stub) => ({ ...stub, times: 5 }));
    const { forge, clock } = await setup([
      ...again,
      { request: MERGE, status: 405, body: { message: "Pull Request is not mergeable" }, times: 5 },
    ]);
    expect(await forge.mergePullRequest(merge)).toEqual({ kind: "waiting", reason: "Pull Request is not mergeable" });
    expect(clock.sleeps).toEqual([1000, 2000, 4000, 8000]);
  });

  it("fails when it may not", async () => {
    const { forge } = await setup([
      clean,
      ...methods,
      { request: MERGE, status: 403, body: { message: "Resource not accessible by integration" } },
    ]);
    await expect(forge.mergePullRequest(merge)).rejects.toMatchObject({ code: "ForgePermission" });
  });
});
