import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createGitHubForge } from "../../../src/adapters/forge/github/github-forge.ts";
import type { CommitId } from "../../../src/core/model/git.ts";
import type { ForgeRecords } from "../../../src/ports/forge-records.ts";
import { startGitHub, type GitHub } from "../../../src/standins/github/start-github.ts";
import { fixedClock } from "../../support/fixed-clock.ts";
import { gitdir, temporaryFolder } from "../../support/gitdir.ts";
import { octokitFor } from "../../support/github-tools.ts";
import { silentLog } from "../../support/silent-log.ts";

const BOT = "ghs_bot0000000000000000000000000000000000";

let github: GitHub;
let repositories = 0;

beforeAll(async () => {
  github = await startGitHub({ root: temporaryFolder("github") });
  github.control.addToken(BOT, { user: "lastgood[bot]", app: { id: 1, slug: "lastgood" }, permissions: "write" });
});

afterAll(async () => github.close());

async function world() {
  repositories += 1;
  const at = { owner: "acme", repo: `gitops-${repositories}` };
  const files = (n: number) => ({ files: { "app.yaml": `a: ${n}\n` } });
  const { dir } = await github.control.createRepository(at.owner, at.repo, { from: gitdir([1, 2, 3].map(files)).path });
  const forge = await createGitHubForge({
    ...at,
    baseUrl: github.apiUrl,
    token: async () => BOT,
    clock: fixedClock(),
    log: silentLog(),
    paced: false,
  });
  const octokit = octokitFor(github.url, BOT);
  const commits = (await octokit.repos.listCommits(at)).data.map(({ sha }) => sha as CommitId);
  const deploy = async (commit: CommitId, environment: string, ...states: readonly State[]): Promise<void> => {
    const asked = { ...at, ref: commit, environment, auto_merge: false, required_contexts: [] };
    const { data } = await octokit.repos.createDeployment(asked);
    for (const state of states)
      await octokit.repos.createDeploymentStatus({ ...at, deployment_id: "id" in data ? data.id : 0, state });
  };
  const listed = async (environment: string) => (await octokit.repos.listDeployments({ ...at, environment })).data;
  return { at, dir, octokit, records: recordsOf(forge.records), commits, deploy, listed };
}

type State = "success" | "failure" | "error" | "in_progress" | "inactive";

function recordsOf(records: ForgeRecords | undefined): ForgeRecords {
  if (records === undefined) throw new Error("this forge has no records");
  return records;
}

describe("deployments", () => {
  it("are told with how they went, the newest first", async () => {
    const { records, commits, deploy } = await world();
    const [newest, middle, oldest] = commits as [CommitId, CommitId, CommitId];
    await deploy(oldest, "prod", "in_progress", "success");
    await deploy(middle, "prod", "in_progress", "failure");
    await deploy(newest, "prod", "in_progress");
    const found = await records.deployments("prod", 10);
    expect(found.map(({ commit, state, by }) => ({ commit, state, by }))).toEqual([
      { commit: newest, state: "pending", by: "lastgood[bot]" },
      { commit: middle, state: "failure", by: "lastgood[bot]" },
      { commit: oldest, state: "success", by: "lastgood[bot]" },
    ]);
    expect(await records.deployments("prod", 1)).toHaveLength(1);
    expect(await records.deployments("staging", 10)).toEqual([]);
  });

  it("that a later success made inactive were a success all the same; those that were dropped before are nothing", async () => {
    const { records, commits, deploy } = await world();
    const [newest, middle, oldest] = commits as [CommitId, CommitId, CommitId];
    await deploy(oldest, "eu", "success");
    await deploy(middle, "eu", "in_progress", "inactive");
    await deploy(newest, "eu", "success");
    expect((await records.deployments("eu", 10)).map(({ state }) => state)).toEqual([
      "success",
      "unknown",
      "superseded",
    ]);
  });
});

describe("checks", () => {
  it("are statuses and check runs, the newest of each name; neutral and skipped ones prove nothing", async () => {
    const { at, octokit, records, commits } = await world();
    const [sha = "" as CommitId] = commits;
    for (const state of ["failure", "success"] as const)
      await octokit.repos.createCommitStatus({ ...at, sha, state, context: "smoke" });
    await octokit.checks.create({ ...at, head_sha: sha, name: "e2e", conclusion: "failure" });
    await octokit.checks.create({ ...at, head_sha: sha, name: "lint", conclusion: "skipped" });
    await octokit.checks.create({ ...at, head_sha: sha, name: "load", status: "in_progress" });
    const found = await records.checks(sha);
    expect(Object.fromEntries(found.map(({ name, state, by }) => [name, `${state} ${by}`]))).toEqual({
      smoke: "passed lastgood[bot]",
      e2e: "failed lastgood",
      load: "running lastgood",
    });
  });
});

describe("a record", () => {
  const record = { environment: "prod", state: "success", description: "marked good by mina", key: "01J9" } as const;

  it("is one deployment with one status, however often it is asked for", async () => {
    const { at, octokit, records, commits, listed } = await world();
    const [commit = "" as CommitId] = commits;
    await records.recordDeployment({ ...record, commit });
    await records.recordDeployment({ ...record, commit });
    const [made, ...more] = await listed("prod");
    expect(more).toEqual([]);
    expect(made).toMatchObject({ sha: commit, task: "lastgood:record", payload: { lastgood: "01J9" } });
    const statuses = await octokit.repos.listDeploymentStatuses({ ...at, deployment_id: made?.id ?? 0 });
    expect(statuses.data.map(({ state }) => state)).toEqual(["success"]);
  });

  it.each(["POST", "POST statuses"])("is one, too, when the answer of %s is lost", async (which) => {
    const { at, records, commits, listed, octokit } = await world();
    const [commit = "" as CommitId] = commits;
    const path = which === "POST" ? /\/deployments$/ : /\/deployments\/\d+\/statuses$/;
    github.control.addFault({ method: "POST", path, when: "after", does: { kind: "drop" } });
    await records.recordDeployment({ ...record, commit });
    const [made, ...more] = await listed("prod");
    expect(more).toEqual([]);
    const statuses = await octokit.repos.listDeploymentStatuses({ ...at, deployment_id: made?.id ?? 0 });
    expect(statuses.data.map(({ state }) => state)).toEqual(["success"]);
  });

  it("leaves earlier deployments as they are, and takes a red commit", async () => {
    const { at, octokit, records, commits, deploy } = await world();
    const [newest, middle] = commits as [CommitId, CommitId];
    await deploy(middle, "prod", "success");
    await octokit.repos.createCommitStatus({ ...at, sha: newest, state: "failure", context: "ci" });
    await records.recordDeployment({ ...record, commit: newest, state: "failure", description: "x".repeat(200) });
    expect((await records.deployments("prod", 10)).map(({ commit, state }) => [commit, state])).toEqual([
      [newest, "failure"],
      [middle, "success"],
    ]);
  });

  it("of a commit that the forge has not is refused, and says so", async () => {
    const { records } = await world();
    const commit = "f".repeat(40) as CommitId;
    await expect(records.recordDeployment({ ...record, commit })).rejects.toMatchObject({ code: "ForgeValidation" });
  });
});
