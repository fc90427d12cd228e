import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createGitHubForge } from "../../../src/adapters/forge/github/github-forge.ts";
import type { CommitId } from "../../../src/core/model/git.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import type { OpenPullRequest } from "../../../src/ports/forge.ts";
import { startGitHub, type GitHub } from "../../../src/standins/github/start-github.ts";
import { fixedClock } from "../../support/fixed-clock.ts";
import { forgeContract, type ForgeWorld } from "../../support/forge-contract.ts";
import { APP_PERMISSIONS } from "../../support/github-rules.ts";
import { executeGraphQL } from "../../support/github-graphql.ts";
import { gitdir, temporaryFolder, type GitDir } from "../../support/gitdir.ts";
import { silentLog } from "../../support/silent-log.ts";

const BOT = "ghs_bot0000000000000000000000000000000000";
const PERSON = "ghp_mkim000000000000000000000000000000000";

let github: GitHub;
let repositories = 0;

beforeAll(async () => {
  github = await startGitHub({ root: temporaryFolder("github"), graphql: executeGraphQL });
  const app = { id: 1, slug: "lastgood" };
  github.control.addToken(BOT, { user: "lastgood[bot]", app, permissions: APP_PERMISSIONS });
  github.control.addToken(PERSON, { user: "mkim", permissions: "write" });
});

afterAll(async () => github.close());

interface GitHubWorld extends ForgeWorld {
  readonly name: string;
  /** A person changes on `main` what nobody else changes. */
  commitElsewhere(): void;
  /** The server's repository. */
  git(...args: readonly string[]): string;
}

async function makeWorld(): Promise<GitHubWorld> {
  repositories += 1;
  const name = `gitops-${repositories}`;
  const source = gitdir([{ files: { "app.yaml": "a: 1\n" } }]);
  const { dir } = await github.control.createRepository("acme", name, { from: source.path });
  const forge = await createGitHubForge({
    baseUrl: github.apiUrl,
    owner: "acme",
    repo: name,
    token: async () => BOT,
    clock: settlingClock(),
    log: silentLog(),
    paced: false,
  });
  const work = workOn(source, dir);
  return {
    name,
    forge,
    ...work,
    close: async (number) => asPerson("PATCH", `/repos/acme/${name}/pulls/${number}`, { state: "closed" }),
    draft: async (number) => github.control.setDraft(`acme/${name}`, number, true),
    requireCheck: async ({ strict }) => {
      if (strict) work.commitElsewhere();
      await github.control.protect(`acme/${name}`, "main", { requiredChecks: { strict, checks: [{ context: "ci" }] } });
    },
    passCheck: async (head) => {
      await asPerson("POST", `/repos/acme/${name}/statuses/${head}`, { state: "success", context: "ci" });
      await github.control.settle();
    },
    allowAutoMerge: async () => github.control.allowAutoMerge(`acme/${name}`),
  };
}

/** What people do with git. */
function workOn(
  source: GitDir,
  dir: string,
): Omit<GitHubWorld, "forge" | "name" | "close" | "draft" | "requireCheck" | "passCheck" | "allowAutoMerge"> {
  const git = (...args: readonly string[]): string => source.git([`--git-dir=${dir}`, ...args]);
  const commitTo = (branch: string, text: string, file = "app.yaml"): CommitId => {
    const [commit] = source.commit({ branch, from: source.id(branch), files: { [file]: text } });
    if (commit === undefined) throw new Error("no commit");
    source.git(["push", "--quiet", dir, `refs/heads/${branch}`]);
    return commit;
  };
  return {
    git,
    addBranch: async (name) => {
      source.git(["branch", name, "main"]);
      return commitTo(name, `a: ${name}\n`);
    },
    addEmptyBranch: async (name) => {
      source.git(["push", "--quiet", dir, `refs/heads/main:refs/heads/${name}`]);
    },
    commitElsewhere: () => void commitTo("main", "b: 1\n", "other.yaml"),
    push: async (branch) => commitTo(branch, "a: theirs\n"),
    conflict: async () => void commitTo("main", "a: other\n"),
    deleteBranch: async (name) => void git("update-ref", "-d", `refs/heads/${name}`),
    mainHas: async (commit) => git("rev-list", "refs/heads/main").split("\n").includes(commit),
  };
}

/** Takes no time, but lets GitHub's background jobs end first, as a real wait would. */
function settlingClock(): Clock {
  const clock = fixedClock();
  return {
    ...clock,
    async sleep(ms, signal) {
      await github.control.settle();
      await clock.sleep(ms, signal);
    },
  };
}

async function asPerson(method: string, path: string, body: object): Promise<void> {
  const headers = { authorization: `token ${PERSON}`, "content-type": "application/json" };
  const answer = await fetch(`${github.apiUrl}${path}`, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
}

forgeContract("GitHub", makeWorld);

describe("createGitHubForge, over a repository", () => {
  const request: OpenPullRequest = {
    branch: "lastgood/api",
    base: "main",
    title: "Revert payments/api",
    body: "why",
    draft: false,
    labels: ["lastgood"],
    reviewers: ["mkim"],
  };
  const texts = { title: "Revert payments/api (#1)", message: "Lastgood-Job: 01J9" };

  it("opens one pull request when the answer is lost", async () => {
    const world = await makeWorld();
    await world.addBranch("lastgood/api");
    github.control.addFault({ method: "POST", path: /\/pulls$/, when: "after", does: { kind: "drop" } });
    const { pullRequest, warnings } = await world.forge.openPullRequest(request);
    expect(pullRequest).toMatchObject({ number: 1, labels: ["lastgood"] });
    expect(warnings).toEqual([]);
    expect(sent(world, "POST", "/pulls")).toBe(1);
    expect(github.control.unusedFaults()).toEqual([]);
  });

  it("merges once when the answer is lost", async () => {
    const world = await makeWorld();
    const expectedHead = await world.addBranch("lastgood/api");
    const { number } = (await world.forge.openPullRequest(request)).pullRequest;
    github.control.addFault({ method: "PUT", path: /\/merge$/, when: "after", does: { kind: "drop" } });
    const result = await world.forge.mergePullRequest({ number, expectedHead, ...texts });
    expect(result).toEqual({ kind: "merged", commit: world.git("rev-parse", "refs/heads/main") });
    expect(sent(world, "PUT", "/pulls/1/merge")).toBe(1);
  });

  it("fails, and has opened nothing, when the request is lost", async () => {
    const world = await makeWorld();
    await world.addBranch("lastgood/api");
    github.control.addFault({ method: "POST", path: /\/pulls$/, when: "before", does: { kind: "drop" } });
    await expect(world.forge.openPullRequest(request)).rejects.toMatchObject({ code: "ForgeUnavailable" });
    expect(await world.forge.findPullRequest("lastgood/api")).toBeUndefined();
  });

  it("is told to plan again when the base moves under the merge", async () => {
    const world = await makeWorld();
    const expectedHead = await world.addBranch("lastgood/api");
    const { number } = (await world.forge.openPullRequest(request)).pullRequest;
    github.control.addFault({
      method: "PUT",
      path: /\/merge$/,
      when: "during",
      does: { kind: "run", run: async () => world.conflict("lastgood/api") },
    });
    const result = await world.forge.mergePullRequest({ number, expectedHead, ...texts });
    expect(result).toMatchObject({ kind: "base-moved" });
  });

  it("keeps the trailers through a squash", async () => {
    const world = await makeWorld();
    const expectedHead = await world.addBranch("lastgood/api");
    const { number } = (await world.forge.openPullRequest(request)).pullRequest;
    await github.control.protect(`acme/${world.name}`, "main", { requireLinearHistory: true });
    expect(await world.forge.mergePullRequest({ number, expectedHead, ...texts })).toMatchObject({ kind: "merged" });
    expect(world.git("log", "-1", "--format=%B %P", "refs/heads/main")).toMatch(
      /^Revert payments\/api \(#1\)\n\nLastgood-Job: 01J9\n* [0-9a-f]{40}$/,
    );
  });

  it("waits for the review that the rules ask for, and does not ask GitHub to merge", async () => {
    const world = await makeWorld();
    const expectedHead = await world.addBranch("lastgood/api");
    const { number } = (await world.forge.openPullRequest(request)).pullRequest;
    await github.control.protect(`acme/${world.name}`, "main", { requiredApprovals: 1 });
    const merge = { number, expectedHead, ...texts };
    expect(await world.forge.mergePullRequest(merge)).toMatchObject({ kind: "waiting" });
    expect(sent(world, "PUT", "/pulls/1/merge")).toBe(0);
    await asPerson("POST", `/repos/acme/${world.name}/pulls/1/reviews`, { event: "APPROVE" });
    expect(await world.forge.mergePullRequest(merge)).toMatchObject({ kind: "merged" });
  });

  it("goes on under the new name after a rename", async () => {
    const world = await makeWorld();
    const expectedHead = await world.addBranch("lastgood/api");
    github.control.renameRepository(`acme/${world.name}`, `acme/${world.name}-renamed`);
    const { pullRequest } = await world.forge.openPullRequest(request);
    expect(pullRequest).toMatchObject({ state: "open", head: expectedHead });
    expect(await world.forge.findPullRequest("lastgood/api")).toEqual(pullRequest);
  });

  it("says that a token may only read", async () => {
    const world = await makeWorld();
    await world.addBranch("lastgood/api");
    const token = "ghs_readonly00000000000000000000000000000";
    github.control.addToken(token, { user: "reader", permissions: "read" });
    const clock = fixedClock();
    const options = { baseUrl: github.apiUrl, owner: "acme", repo: world.name, clock, log: silentLog(), paced: false };
    const reader = await createGitHubForge({ ...options, token: async () => token });
    await expect(reader.openPullRequest(request)).rejects.toMatchObject({ code: "ForgePermission" });
    const stranger = await createGitHubForge({ ...options, token: async () => "ghp_wrong0000000000000000" });
    await expect(stranger.findPullRequest("lastgood/api")).rejects.toMatchObject({ code: "ForgeAuth" });
  });

  it("does not take an unknown repository for one without pull requests", async () => {
    const options = { baseUrl: github.apiUrl, owner: "acme", repo: "nowhere", clock: fixedClock(), log: silentLog() };
    const forge = await createGitHubForge({ ...options, token: async () => BOT, paced: false });
    await expect(forge.findPullRequest("lastgood/api")).rejects.toMatchObject({ code: "ForgeNotFound" });
  });

  function sent(world: GitHubWorld, method: string, end: string): number {
    const path = `/repos/acme/${world.name}${end}`;
    return github.control.requests().filter((each) => each.method === method && each.path === path).length;
  }
});
