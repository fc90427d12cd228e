import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createGitHubForge } from "../../../src/adapters/forge/github/github-forge.ts";
import type { LastgoodError } from "../../../src/errors.ts";
import type { OpenIssue } from "../../../src/ports/forge-issues.ts";
import type { NewRepository } from "../../../src/standins/github/control.ts";
import { startGitHub, type GitHub } from "../../../src/standins/github/start-github.ts";
import { fixedClock } from "../../support/fixed-clock.ts";
import { gitdir, temporaryFolder } from "../../support/gitdir.ts";
import { executeGraphQL } from "../../support/github-graphql.ts";
import { octokitFor } from "../../support/github-tools.ts";
import { issuesContract, type IssuesWorld } from "../../support/issues-contract.ts";
import { memoryForge } from "../../support/memory-forge.ts";
import { silentLog } from "../../support/silent-log.ts";

const BOT = "ghs_bot0000000000000000000000000000000000";
const WEAK = "ghs_weak000000000000000000000000000000000";
const PERSON = "ghp_mkim";
const BRANCH = "lastgood/api/0c9e41d27ab3";
const INCIDENT: OpenIssue = { key: "01J9", title: "Incident", body: "text", labels: [], assignees: [] };

let github: GitHub;
let count = 0;

beforeAll(async () => {
  github = await startGitHub({ root: temporaryFolder("github"), graphql: executeGraphQL });
  const permissions = { metadata: "read", contents: "write", pull_requests: "write", issues: "write" } as const;
  const app = { id: 1, slug: "lastgood" };
  github.control.addToken(BOT, { user: "lastgood[bot]", app, permissions });
  const { issues: _, ...less } = permissions;
  github.control.addToken(WEAK, { user: "lastgood[bot]", app, permissions: less });
  github.control.addToken(PERSON, { user: "mkim", permissions: "write" });
});

afterAll(async () => github.close());

interface Place extends IssuesWorld {
  readonly path: RegExp;
  readonly at: { readonly owner: string; readonly repo: string };
}

async function makeWorld(facts: NewRepository = {}, token = BOT): Promise<Place> {
  const at = { owner: "acme", repo: `gitops-${(count += 1)}` };
  const source = gitdir([
    { files: { "app.yaml": "a: 1\n" } },
    { files: { "app.yaml": "a: 2\n" }, branch: BRANCH, from: "main" },
  ]);
  await github.control.createRepository(at.owner, at.repo, { from: source.path, private: true, ...facts });
  const [clock, log] = [fixedClock(), silentLog()];
  const options = { baseUrl: github.apiUrl, ...at, token: async () => token, clock, log, paced: false };
  const { issues, talk } = await createGitHubForge(options);
  if (issues === undefined || talk === undefined) throw new Error("GitHub has issues");
  const mkim = octokitFor(github.url, PERSON).issues;
  return {
    at,
    path: new RegExp(`/${at.repo}/issues$`),
    issues,
    talk,
    self: "lastgood[bot]",
    open: async (_, issue) => (await mkim.create({ ...at, ...issue })).data.number,
    label: async (_, number, label) => void (await mkim.addLabels({ ...at, issue_number: number, labels: [label] })),
    close: async (_, number) => void (await mkim.update({ ...at, issue_number: number, state: "closed" })),
    assignees: async (number) =>
      (await mkim.get({ ...at, issue_number: number })).data.assignees?.map(({ login }) => login) ?? [],
    pullRequest: async (label) => {
      const opened = await octokitFor(github.url, PERSON).pulls.create({
        ...at,
        head: BRANCH,
        base: "main",
        title: "x",
      });
      await mkim.addLabels({ ...at, issue_number: opened.data.number, labels: [label] });
    },
    count: async () => {
      const { data } = await mkim.listForRepo({ ...at, state: "all", per_page: 100 });
      return data.filter((issue) => issue.pull_request === undefined).length;
    },
  };
}

issuesContract("GitHub", async () => makeWorld());

issuesContract("the memory forge", async () => {
  const forge = memoryForge({ findBranch: async () => undefined, merge: async () => Promise.reject(new Error("no")) });
  const { issues, talk } = forge;
  return {
    issues,
    talk,
    self: "lastgood[bot]",
    open: async (by, issue) => issues.write(by, issue),
    label: async (by, number, label) => {
      issues.label(number, label);
      talk.note(number, { kind: "labelled", by, label });
    },
    close: async (_, number) => issues.close(number),
    assignees: async (number) => issues.all.find((issue) => issue.number === number)?.assignees ?? [],
    pullRequest: async () => undefined,
    count: async () => issues.all.length,
  };
});

describe("createGitHubIssues", () => {
  it.each(["after", "before"] as const)("opens one when a request is lost %s it took effect", async (when) => {
    const { issues, path, count: countAll } = await makeWorld();
    github.control.addFault({ method: "POST", path, when, does: { kind: "drop" } });
    const failed = await issues.open(INCIDENT).then(
      () => "",
      (error: LastgoodError) => error.code,
    );
    expect(failed).toBe(when === "after" ? "" : "ForgeUnavailable");
    await issues.open(INCIDENT);
    expect(await countAll()).toBe(1);
    expect(github.control.unusedFaults()).toEqual([]);
  });

  it("waits for a list that lags behind a lost answer", async () => {
    const { issues, at, path, count: countAll } = await makeWorld();
    github.control.addFault({ method: "POST", path, when: "after", does: { kind: "drop" } });
    const list = new RegExp(`/${at.repo}/issues\\?`);
    github.control.addFault({ method: "GET", path: list, times: 3, does: { kind: "answer", status: 200, body: [] } });
    expect(await issues.open(INCIDENT)).toMatchObject({ title: "Incident" });
    expect(await countAll()).toBe(1);
  });

  it("takes GitHub's word for one that no list shows yet", async () => {
    const { issues, at } = await makeWorld();
    const list = new RegExp(`/${at.repo}/issues\\?`);
    github.control.addFault({ method: "GET", path: list, times: 2, does: { kind: "answer", status: 200, body: [] } });
    expect(await issues.open(INCIDENT)).toMatchObject({ number: 1, labels: ["lastgood"] });
  });

  it("closes the younger of two that were opened at once", async () => {
    const { issues, at } = await makeWorld();
    const bot = octokitFor(github.url, BOT).issues;
    const double = { ...at, title: "Incident", body: "text\n\n<!--lastgood:issue 01J9-->", labels: ["lastgood"] };
    for (let i = 0; i < 2; i += 1) await bot.create(double);
    expect((await issues.open(INCIDENT)).number).toBe(1);
    const { data } = await bot.listForRepo({ ...at, state: "all" });
    expect(data.map(({ number, state }) => [number, state])).toEqual([
      [2, "closed"],
      [1, "open"],
    ]);
  });

  it("finds its own behind a hundred others", async () => {
    const { issues, at } = await makeWorld();
    await issues.open(INCIDENT);
    const bot = octokitFor(github.url, BOT).issues;
    for (let i = 0; i < 101; i += 1) await bot.create({ ...at, title: `${i}`, labels: ["lastgood"] });
    expect(await issues.find("01J9")).toMatchObject({ number: 1 });
  }, 20_000);

  it("says that the right to open issues is missing", async () => {
    const { issues } = await makeWorld({}, WEAK);
    await expect(issues.open(INCIDENT)).rejects.toMatchObject({ code: "ForgePermission" });
    await expect(issues.labelled("x")).rejects.toMatchObject({ code: "ForgePermission" });
  });

  it("says that issues are switched off", async () => {
    const { issues } = await makeWorld({ hasIssues: false });
    await expect(issues.open(INCIDENT)).rejects.toMatchObject({ code: "ForgeUnsupported" });
  });

  it("does not take an answer that is no list for an empty one", async () => {
    const { issues, at } = await makeWorld();
    const list = new RegExp(`/${at.repo}/issues\\?`);
    github.control.addFault({ path: list, does: { kind: "answer", status: 200, body: { message: "hi" } } });
    await expect(issues.labelled("x")).rejects.toMatchObject({ code: "ForgeAnswer" });
  });
});
