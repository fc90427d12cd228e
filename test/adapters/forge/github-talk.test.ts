import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createGitHubForge } from "../../../src/adapters/forge/github/github-forge.ts";
import type { LastgoodError } from "../../../src/errors.ts";
import type { ForgeTalk } from "../../../src/ports/forge-talk.ts";
import { startGitHub, type GitHub } from "../../../src/standins/github/start-github.ts";
import { fixedClock } from "../../support/fixed-clock.ts";
import { gitdir, temporaryFolder } from "../../support/gitdir.ts";
import { executeGraphQL } from "../../support/github-graphql.ts";
import { octokitFor } from "../../support/github-tools.ts";
import { memoryTalk } from "../../support/memory-talk.ts";
import type { PullRequest } from "../../../src/ports/forge.ts";
import { commitId } from "../../../src/core/model/git.ts";
import { silentLog } from "../../support/silent-log.ts";
import { talkContract, type TalkWorld } from "../../support/talk-contract.ts";

const BOT = "ghs_bot0000000000000000000000000000000000";
const PEOPLE: Readonly<Record<string, string>> = { mkim: "ghp_mkim", rita: "ghp_rita" };
const BRANCH = "lastgood/api/0c9e41d27ab3";

let github: GitHub;
let count = 0;

beforeAll(async () => {
  github = await startGitHub({ root: temporaryFolder("github"), graphql: executeGraphQL });
  const permissions = { metadata: "read", contents: "write", pull_requests: "write", issues: "write" } as const;
  github.control.addToken(BOT, { user: "lastgood[bot]", app: { id: 1, slug: "lastgood" }, permissions });
  for (const [user, token] of Object.entries(PEOPLE)) github.control.addToken(token, { user, permissions: "write" });
});

afterAll(async () => github.close());

interface Repo extends TalkWorld {
  readonly repo: string;
  readonly at: { readonly owner: string; readonly repo: string };
  readonly sent: (method: string, end: RegExp) => number;
}

async function makeWorld(): Promise<Repo> {
  const repo = `gitops-${(count += 1)}`;
  const at = { owner: "acme", repo };
  const source = gitdir([
    { files: { "app.yaml": "a: 1\n" } },
    { files: { "app.yaml": "a: 2\n" }, branch: BRANCH, from: "main" },
  ]);
  await github.control.createRepository("acme", repo, { from: source.path, private: true });
  github.control.setRole(`acme/${repo}`, "rita", "read");
  const [clock, log] = [fixedClock(), silentLog()];
  const options = { baseUrl: github.apiUrl, ...at, token: async () => BOT, clock, log, paced: false };
  const forge = await createGitHubForge(options);
  const text = { title: "Revert api", body: "why", draft: false, labels: [], reviewers: [] };
  const { pullRequest } = await forge.openPullRequest({ ...text, branch: BRANCH, base: "main" });
  const { number } = pullRequest;
  const as = (login: string): ReturnType<typeof octokitFor> => octokitFor(github.url, PEOPLE[login]);
  const issue = { ...at, issue_number: number };
  return {
    repo,
    at,
    talk: talkOf(forge),
    number,
    branch: BRANCH,
    self: "lastgood[bot]",
    comment: async (by, body) => void (await as(by).issues.createComment({ ...issue, body })),
    label: async (by, label) => void (await as(by).issues.addLabels({ ...issue, labels: [label] })),
    unlabel: async (by, name) => void (await as(by).issues.removeLabel({ ...issue, name })),
    close: async (by) => void (await as(by).pulls.update({ ...at, pull_number: number, state: "closed" })),
    editBody: async (by, body) => void (await as(by).pulls.update({ ...at, pull_number: number, body })),
    comments: async () => {
      const { data } = await as("mkim").issues.listComments({ ...issue, per_page: 100 });
      return data.map((each) => ({ by: each.user?.login ?? "", body: each.body ?? "" }));
    },
    labels: async () =>
      (await as("mkim").pulls.get({ ...at, pull_number: number })).data.labels.map(({ name }) => name),
    sent: (method, end) =>
      github.control
        .requests()
        .filter((each) => each.method === method && each.path.includes(`/${repo}/`) && end.test(each.path)).length,
  };
}

function talkOf({ talk }: { readonly talk?: ForgeTalk }): ForgeTalk {
  if (talk === undefined) throw new Error("GitHub can talk");
  return talk;
}

talkContract("GitHub", makeWorld);

talkContract("the memory forge", async () => {
  let pull: PullRequest = {
    number: 1,
    url: "https://memory/pull/1",
    state: "open",
    draft: false,
    title: "Revert api",
    body: "why",
    branch: BRANCH,
    head: commitId("1".repeat(40)),
    base: "main",
    author: "lastgood[bot]",
    labels: [],
  };
  const setLabels = (labels: readonly string[]): void => void (pull = { ...pull, labels });
  const talk = memoryTalk({
    self: "lastgood[bot]",
    find: (number) => (number === 1 ? pull : undefined),
    setLabels: (_, labels) => setLabels(labels),
  });
  talk.permit("mkim", "write");
  talk.permit("rita", "read");
  return {
    talk,
    number: 1,
    branch: BRANCH,
    self: "lastgood[bot]",
    comment: async (by, body) => void talk.comments.push({ number: 1, by, body }),
    label: async (by, label) => {
      setLabels([...pull.labels, label]);
      talk.note(1, { kind: "labelled", by, label });
    },
    unlabel: async (by, label) => {
      setLabels(pull.labels.filter((each) => each !== label));
      talk.note(1, { kind: "unlabelled", by, label });
    },
    close: async (by) => talk.note(1, { kind: "closed", by }),
    editBody: async (by) => talk.edited(1, by),
    comments: async () => talk.comments,
    labels: async () => pull.labels,
  };
});

describe("createGitHubTalk", () => {
  it.each(["after", "before"] as const)("makes one comment when a request is lost %s it took effect", async (when) => {
    const { talk, number, comments } = await makeWorld();
    github.control.addFault({ method: "POST", path: /\/comments$/, when, does: { kind: "drop" } });
    const failed = await talk.comment(number, "progress", "one").then(
      () => "",
      (error: LastgoodError) => error.code,
    );
    expect(failed).toBe(when === "after" ? "" : "ForgeUnavailable");
    await talk.comment(number, "progress", "two");
    expect((await comments()).map(({ body }) => body.split("\n")[0])).toEqual(["two"]);
    expect(github.control.unusedFaults()).toEqual([]);
  });

  it("edits once when the answer is lost", async () => {
    const { talk, number, comments, sent } = await makeWorld();
    await talk.comment(number, "progress", "one");
    github.control.addFault({ method: "PATCH", path: /\/comments\/\d+$/, when: "after", does: { kind: "drop" } });
    await talk.comment(number, "progress", "two");
    expect((await comments()).map(({ body }) => body.split("\n")[0])).toEqual(["two"]);
    expect(sent("PATCH", /\/comments\//)).toBe(1);
  });

  it("writes nothing when the text is the same", async () => {
    const { talk, number, sent } = await makeWorld();
    await talk.comment(number, "progress", "one");
    await talk.comment(number, "progress", "one\n");
    expect([sent("POST", /\/comments$/), sent("PATCH", /\/comments\//)]).toEqual([1, 0]);
  });

  it("leaves one of two that were made at once", async () => {
    const { talk, number, comments, at } = await makeWorld();
    const bot = octokitFor(github.url, BOT);
    const body = "twice\n\n<!--lastgood:comment progress-->";
    for (let i = 0; i < 2; i += 1) await bot.issues.createComment({ ...at, issue_number: number, body });
    await talk.comment(number, "progress", "once");
    expect((await comments()).map((each) => each.body.split("\n")[0])).toEqual(["once"]);
  });

  it("finds its comment behind a hundred others", async () => {
    const { talk, number, comment, sent } = await makeWorld();
    for (let i = 0; i < 101; i += 1) await comment("mkim", `${i}`);
    await talk.comment(number, "progress", "one");
    await talk.comment(number, "progress", "two");
    expect([sent("POST", /\/comments$/), sent("PATCH", /\/comments\//)]).toEqual([102, 1]);
  }, 20_000);

  it.each(["after", "before"] as const)("labels once when the answer is lost %s it took effect", async (when) => {
    const { talk, number, labels } = await makeWorld();
    github.control.addFault({ method: "POST", path: /\/labels$/, when, does: { kind: "drop" } });
    await talk.label(number, { add: ["lastgood"], remove: [] }).catch(() => undefined);
    await talk.label(number, { add: ["lastgood"], remove: [] });
    expect(await labels()).toEqual(["lastgood"]);
  });

  it("asks nothing twice about itself", async () => {
    const { talk, number } = await makeWorld();
    const asked = (): number => github.control.requests().filter(({ path }) => path.endsWith("/graphql")).length;
    const before = asked();
    await talk.comment(number, "a", "1");
    await talk.comment(number, "b", "2");
    expect(asked() - before).toBe(1);
  });

  it("says who merged, and the commit", async () => {
    const { talk, number, at } = await makeWorld();
    await octokitFor(github.url, PEOPLE["mkim"]).pulls.merge({ ...at, pull_number: number });
    expect(await talk.people(number)).toMatchObject({
      mergedBy: "mkim",
      mergeCommit: expect.stringMatching(/^[0-9a-f]{40}$/),
    });
  });

  it("says a bot's login as REST does", async () => {
    const { talk, number, at } = await makeWorld();
    await octokitFor(github.url, BOT).pulls.update({ ...at, pull_number: number, body: "ours" });
    expect(await talk.bodyEditor(number)).toMatchObject({ by: "lastgood[bot]" });
  });

  it("says that a token may not write", async () => {
    const { at, number } = await makeWorld();
    const token = "ghs_read0000000000000000000000000000000000";
    github.control.addToken(token, { user: "reader[bot]", app: { id: 2, slug: "reader" }, permissions: "read" });
    const [clock, log] = [fixedClock(), silentLog()];
    const forge = await createGitHubForge({
      baseUrl: github.apiUrl,
      ...at,
      token: async () => token,
      clock,
      log,
      paced: false,
    });
    await expect(talkOf(forge).comment(number, "progress", "x")).rejects.toMatchObject({ code: "ForgePermission" });
  });
});

describe("labels of lastgood", () => {
  it("are made with a colour and a description; those that are there stay as people painted them", async () => {
    const { at, number, talk } = await makeWorld();
    const mkim = octokitFor(github.url, PEOPLE["mkim"]);
    await mkim.issues.createLabel({ ...at, name: "lastgood: verified", color: "123456" });
    await talk.label(number, { add: ["lastgood", "lastgood: verified", "sev1"], remove: [] });
    const { data } = await mkim.issues.listLabelsForRepo(at);
    expect(Object.fromEntries(data.map(({ name, color }) => [name, color]))).toMatchObject({
      lastgood: "0e8a6e",
      "lastgood: verified": "123456",
      sev1: "ededed",
    });
    expect(data.find(({ name }) => name === "lastgood")?.description).toMatch(/^Opened by lastgood/);
  });

  it("that may not be made are set all the same", async () => {
    const { repo, number, talk, labels } = await makeWorld();
    const body = { message: "Resource not accessible by integration" };
    const path = new RegExp(`/${repo}/labels$`);
    github.control.addFault({ method: "POST", path, does: { kind: "answer", status: 403, body } });
    await talk.label(number, { add: ["lastgood"], remove: [] });
    expect(await labels()).toEqual(["lastgood"]);
  });
});
