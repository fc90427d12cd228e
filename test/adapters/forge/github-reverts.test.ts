import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createGitHubForge } from "../../../src/adapters/forge/github/github-forge.ts";
import { type CommitId, commitId } from "../../../src/core/model/git.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import { startGitHub, type GitHub } from "../../../src/standins/github/start-github.ts";
import { fixedClock } from "../../support/fixed-clock.ts";
import { gitdir, temporaryFolder } from "../../support/gitdir.ts";
import { executeGraphQL } from "../../support/github-graphql.ts";
import { pullJson, repositoryJson } from "../../support/github-json.ts";
import { APP_PERMISSIONS } from "../../support/github-rules.ts";
import { octokitFor } from "../../support/github-tools.ts";
import { httpStub, type Stub } from "../../support/http-stub.ts";
import { memoryForge } from "../../support/memory-forge.ts";
import { revertsContract, type RevertsWorld } from "../../support/reverts-contract.ts";
import { silentLog } from "../../support/silent-log.ts";

const BOT = "ghs_bot0000000000000000000000000000000000";
const PERSON = "ghp_mkim";
const START_MS = Date.parse("2026-08-22T13:46:40Z");

let github: GitHub;
let nowMs = START_MS;
let count = 0;

beforeAll(async () => {
  const clock = (): number => nowMs;
  github = await startGitHub({ root: temporaryFolder("github"), graphql: executeGraphQL, clock });
  const app = { id: 1, slug: "lastgood" };
  github.control.addToken(BOT, { user: "lastgood[bot]", app, permissions: APP_PERMISSIONS });
  github.control.addToken(PERSON, { user: "mkim", permissions: "write" });
});

afterAll(async () => github.close());

async function makeWorld(): Promise<RevertsWorld & { readonly repo: string }> {
  const at = { owner: "acme", repo: `gitops-${(count += 1)}` };
  const source = gitdir([{ files: { "app.yaml": "a: 1\n" } }]);
  const { dir } = await github.control.createRepository(at.owner, at.repo, { from: source.path });
  const clock: Clock = fixedClock();
  const sleep: Clock["sleep"] = async (ms, signal) => {
    await github.control.settle();
    await clock.sleep(ms, signal);
  };
  const options = { baseUrl: github.apiUrl, ...at, token: async () => BOT, log: silentLog(), paced: false };
  const mkim = octokitFor(github.url, PERSON);
  return {
    repo: at.repo,
    forge: await createGitHubForge({ ...options, clock: { ...clock, sleep } }),
    addBranch: async (name) => {
      source.git(["branch", name, "main"]);
      const [commit] = source.commit({ branch: name, from: "main", files: { [`${name}.yaml`]: "a: 2\n" } });
      source.git(["push", "--quiet", dir, `refs/heads/${name}`]);
      return commitId(commit ?? "");
    },
    openTheirs: async (head) => void (await mkim.pulls.create({ ...at, head, base: "main", title: "Theirs" })),
    close: async (number) => void (await mkim.pulls.update({ ...at, pull_number: number, state: "closed" })),
    advance: (ms) => (nowMs += ms),
    nowMs: () => nowMs,
  };
}

revertsContract("GitHub", makeWorld);

revertsContract("the memory forge", async () => {
  let ms = START_MS;
  let made = 0;
  const next = (): CommitId => commitId((made += 1).toString().padStart(40, "0"));
  const branches = new Map([["main", next()]]);
  const forge = memoryForge({
    nowMs: () => ms,
    findBranch: async (branch) => branches.get(branch),
    merge: async () => next(),
  });
  return {
    forge,
    addBranch: async (name) => {
      const commit = next();
      branches.set(name, commit);
      return commit;
    },
    openTheirs: async (branch) => {
      const texts = { title: "Theirs", body: "", draft: false, labels: [], reviewers: [] };
      await forge.openPullRequest({ ...texts, branch, base: "main" });
    },
    close: async (number) => forge.close(number, "mkim"),
    advance: (by) => (ms += by),
    nowMs: () => ms,
  };
});

/** A page of a list; the newest was touched at `lastAt`, each one a second before. */
function page(size: number, lastAt: string, changes: object = {}): readonly object[] {
  const times = (i: number) => new Date(Date.parse(lastAt) - i * 1000).toISOString().replace(".000Z", "Z");
  return Array.from({ length: size }, (_, i) =>
    pullJson({ number: 1000 - i, created_at: times(i), updated_at: times(i), ...changes }),
  );
}

const LIST = "GET /repos/acme/gitops/pulls";
const repository: Stub = { request: "GET /repos/acme/gitops", body: repositoryJson() };
const headers = { date: "Sat, 22 Aug 2026 13:46:40 GMT" };

async function readWith(stubs: readonly Stub[], sinceMs = START_MS - 86_400_000) {
  const stub = await httpStub();
  stub.expect(repository, ...stubs);
  const options = { baseUrl: stub.url, owner: "acme", repo: "gitops", token: async () => "ghs_x", paced: false };
  const forge = await createGitHubForge({ ...options, clock: fixedClock(0), log: silentLog() });
  return { stub, answer: forge.reverts?.(sinceMs) };
}

describe("createGitHubForge, asked for reverts", () => {
  it("reads page after page until what was touched before", async () => {
    const { stub, answer } = await readWith([
      { request: LIST, headers, body: page(100, "2026-08-22T13:00:00Z") },
      { request: LIST, headers, body: page(100, "2026-08-21T13:47:20Z") },
    ]);
    expect((await answer)?.clockMs).toBe(START_MS);
    expect(stub.seen.map(({ query }) => /(?:^|&)page=(\d)/.exec(query)?.[1])).toEqual([undefined, "1", "2"]);
  });

  it("gives up where too many were touched: a budget that is counted short is none", async () => {
    const full: Stub = { request: LIST, headers, body: page(100, "2026-08-22T13:00:00Z") };
    const { answer } = await readWith(Array.from({ length: 20 }, () => full));
    await expect(answer).rejects.toMatchObject({ code: "ForgeAnswer" });
  });

  it("leaves out a branch of that name in a fork", async () => {
    const head = { ref: "lastgood/api/0c9e41d27ab3", sha: "1".repeat(40), repo: { id: 8 } };
    const gone = { ...head, repo: null };
    const at = "2026-08-22T13:00:00Z";
    const body = [...page(1, at, { head }), ...page(1, at, { number: 2, head: gone })];
    const { answer } = await readWith([{ request: LIST, headers, body }]);
    expect((await answer)?.reverts).toEqual([]);
  });

  it("asks once who merged one", async () => {
    const merged = { state: "closed", merged_at: "2026-08-22T13:10:00Z", closed_at: "2026-08-22T13:10:00Z" };
    const [listed] = page(1, "2026-08-22T13:10:00Z", merged);
    const one = { ...listed, merged_by: { login: "mkim" } };
    const { stub, answer } = await readWith([
      { request: LIST, headers, body: [listed] },
      { request: "GET /repos/acme/gitops/pulls/1000", body: one },
    ]);
    expect((await answer)?.reverts).toMatchObject([{ mergedBy: "mkim", state: "merged" }]);
    expect(stub.seen).toHaveLength(3);
  });

  it.each<[string, Stub]>([
    ["is no list", { request: LIST, headers, body: { message: "hi" } }],
    [
      "has no time that can be read",
      { request: LIST, headers, body: page(1, "2026-08-22T13:00:00Z", { created_at: 5 }) },
    ],
  ])("does not take an answer that %s for no reverts", async (_, stub) => {
    const { answer } = await readWith([stub]);
    await expect(answer).rejects.toMatchObject({ code: "ForgeAnswer" });
  });
});
