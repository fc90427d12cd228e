import { describe, expect, it } from "vitest";

import { createGitHubForge } from "../../../src/adapters/forge/github/github-forge.ts";
import { commitId } from "../../../src/core/model/git.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import type { Forge } from "../../../src/ports/forge.ts";
import type { Rule } from "../../../src/standins/github/rules/rule-types.ts";
import { fixedClock } from "../../support/fixed-clock.ts";
import { AT, NAME, TOKENS, githubForTest } from "../../support/github-world.ts";
import type { World } from "../../support/github-world.ts";
import { silentLog } from "../../support/silent-log.ts";

const BRANCH = "lastgood/api";
const COMMITS = [
  { files: { "api.yaml": "image: api:1\n" } },
  { branch: BRANCH, from: "main", files: { "api.yaml": "image: api:0\n" }, message: "Revert api" },
  { branch: "other", from: "main", files: { "web.yaml": "image: web:1\n" }, message: "Add web" },
];
const OPEN = { branch: BRANCH, base: "main", title: "Revert api", body: "why", draft: false } as const;
const CI: Rule = { type: "required_status_checks", strict: true, checks: [{ context: "ci" }] };
const QUEUE: Rule = { type: "merge_queue", method: "squash" };

interface Place {
  readonly world: World;
  readonly forge: Forge;
}

async function place(): Promise<Place> {
  const world = await githubForTest(COMMITS, { allowAutoMerge: true });
  const clock = fixedClock();
  const sleep: Clock["sleep"] = async (ms, signal) => {
    await world.control.settle();
    await clock.sleep(ms, signal);
  };
  const options = { baseUrl: world.apiUrl, ...AT, clock: { ...clock, sleep }, log: silentLog(), paced: false };
  return { world, forge: await createGitHubForge({ ...options, token: async () => TOKENS.app }) };
}

const opened = async ({ forge }: Place): Promise<unknown> =>
  await forge.openPullRequest({ ...OPEN, labels: [], reviewers: [] });

async function tip({ world }: Place, branch: string): Promise<ReturnType<typeof commitId>> {
  const { data } = await world.octokit("app").git.getRef({ ...AT, ref: `heads/${branch}` });
  return commitId(data.object.sha);
}

async function merge(at: Place): Promise<unknown> {
  const texts = { title: "Revert api (#1)", message: "Lastgood-Job: 1" };
  return await at.forge.mergePullRequest({ number: 1, expectedHead: await tip(at, BRANCH), ...texts, watched: true });
}

const withRules =
  (...rules: readonly Rule[]) =>
  async (at: Place): Promise<void> => {
    await opened(at);
    at.world.control.addRuleset(NAME, { rules });
  };

/** The pull request's own check is green: the queue would take it. */
async function ready(at: Place): Promise<void> {
  await withRules(QUEUE, CI)(at);
  const sha = await tip(at, BRANCH);
  await at.world.octokit("app").repos.createCommitStatus({ ...AT, sha, context: "ci", state: "success" });
  await at.world.control.settle();
}

async function commit(at: Place): Promise<unknown> {
  const parent = await tip(at, "main");
  const bytes = new TextEncoder().encode("image: api:9\n");
  const writes = [{ path: "api.yaml", mode: "100644", bytes }] as const;
  const order = { branch: "lastgood/made", expected: undefined, parent, message: "Made", writes };
  return await at.forge.commits?.commit(order);
}

const record = async (at: Place): Promise<unknown> => {
  const said = { environment: "prod", state: "success", description: "good", key: "01J9" } as const;
  return await at.forge.records?.recordDeployment({ ...said, commit: await tip(at, "main") });
};

const INCIDENT = { key: "01J9", title: "Incident", body: "why", labels: [], assignees: [] } as const;

const incident = async ({ forge }: Place): Promise<unknown> => await forge.issues?.open(INCIDENT);

interface Write {
  readonly name: string;
  readonly method: "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: RegExp;
  /** Of the body: GraphQL has one path for everything. */
  readonly body?: RegExp;
  readonly before?: (at: Place) => Promise<unknown>;
  readonly act: (at: Place) => Promise<unknown>;
}

const GRAPHQL = { method: "POST", path: /\/graphql$/ } as const;

/** Every write that lastgood sends to GitHub. */
const WRITES: readonly Write[] = [
  { name: "a pull request that is opened", method: "POST", path: /\/pulls$/, act: opened },
  {
    name: "the labels of a new one",
    method: "POST",
    path: /\/issues\/1\/labels$/,
    act: async ({ forge }) => await forge.openPullRequest({ ...OPEN, labels: ["lastgood"], reviewers: [] }),
  },
  {
    name: "a label that is made",
    method: "POST",
    path: /gitops\/labels$/,
    act: async ({ forge }) => await forge.openPullRequest({ ...OPEN, labels: ["lastgood"], reviewers: [] }),
  },
  {
    name: "its reviewers",
    method: "POST",
    path: /\/requested_reviewers$/,
    act: async ({ forge }) => await forge.openPullRequest({ ...OPEN, labels: [], reviewers: ["mina"] }),
  },
  {
    name: "its new words",
    method: "PATCH",
    path: /\/pulls\/1$/,
    before: opened,
    act: async ({ forge }) => await forge.updatePullRequest(1, { title: "Revert api again", body: "because" }),
  },
  { name: "its merge", method: "PUT", path: /\/merge$/, before: opened, act: merge },
  {
    name: "its branch that is brought up to date",
    method: "PUT",
    path: /\/update-branch$/,
    before: async (at) => {
      await opened(at);
      const { pulls } = at.world.octokit("mina");
      const { number } = (await pulls.create({ ...AT, base: "main", head: "other", title: "Web" })).data;
      await pulls.merge({ ...AT, pull_number: number });
    },
    act: async (at) => await at.forge.updateBranch?.(1, await tip(at, BRANCH)),
  },
  {
    name: "the arming of auto-merge",
    ...GRAPHQL,
    body: /enablePullRequestAutoMerge/,
    before: withRules(CI),
    act: merge,
  },
  {
    name: "its disarming",
    ...GRAPHQL,
    body: /disablePullRequestAutoMerge/,
    before: async (at) => {
      await withRules(CI)(at);
      await merge(at);
    },
    act: async ({ forge }) => await forge.cancelMerge?.(1),
  },
  { name: "a place in the merge queue", ...GRAPHQL, body: /enqueuePullRequest/, before: ready, act: merge },
  {
    name: "the leaving of the queue",
    ...GRAPHQL,
    body: /dequeuePullRequest/,
    before: async (at) => {
      await ready(at);
      await merge(at);
    },
    act: async ({ forge }) => await forge.cancelMerge?.(1),
  },
  {
    name: "a comment",
    method: "POST",
    path: /\/comments$/,
    before: opened,
    act: async ({ forge }) => await forge.talk?.comment(1, "status", "it is back"),
  },
  {
    name: "a comment that changes",
    method: "PATCH",
    path: /\/comments\/\d+$/,
    before: async (at) => {
      await opened(at);
      await at.forge.talk?.comment(1, "status", "wait");
    },
    act: async ({ forge }) => await forge.talk?.comment(1, "status", "it is back"),
  },
  {
    name: "a label",
    method: "POST",
    path: /\/labels$/,
    before: opened,
    act: async ({ forge }) => await forge.talk?.label(1, { add: ["hold"], remove: [] }),
  },
  {
    name: "a label that goes",
    method: "DELETE",
    path: /\/labels\/hold$/,
    before: async (at) => {
      await opened(at);
      await at.forge.talk?.label(1, { add: ["hold"], remove: [] });
    },
    act: async ({ forge }) => await forge.talk?.label(1, { add: [], remove: ["hold"] }),
  },
  { name: "an issue", method: "POST", path: /\/issues$/, act: incident },
  {
    name: "its assignees",
    method: "POST",
    path: /\/assignees$/,
    act: async ({ forge }) => await forge.issues?.open({ ...INCIDENT, assignees: ["mina", "nobody-at-all"] }),
  },
  {
    name: "the end of its double",
    method: "PATCH",
    path: /\/issues\/2$/,
    before: async ({ world }) => {
      const issue = { title: "Incident", body: "why\n\n<!--lastgood:issue 01J9-->", labels: ["lastgood"] };
      for (let i = 0; i < 2; i += 1) await world.octokit("app").issues.create({ ...AT, ...issue });
    },
    act: incident,
  },
  { name: "a deployment", method: "POST", path: /\/deployments$/, act: record },
  { name: "its status", method: "POST", path: /\/deployments\/\d+\/statuses$/, act: record },
  { name: "a branch", method: "POST", path: /\/git\/refs$/, act: commit },
  { name: "a commit that GitHub makes", ...GRAPHQL, body: /createCommitOnBranch/, act: commit },
];

/** Everything that people would see, without ids and times. */
async function stateOf({ world }: Place): Promise<object> {
  await world.control.settle();
  const { git, issues, pulls, repos } = world.octokit("admin");
  const refs = (await git.listMatchingRefs({ ...AT, ref: "heads/" })).data.map(({ ref }) => ref);
  const branches = refs.map(async (ref) => {
    const { data } = await repos.listCommits({ ...AT, sha: ref });
    return [ref, ...data.map((each) => each.commit.message)];
  });
  const shown = (await pulls.list({ ...AT, state: "all" })).data.map(async (pull) => ({
    ...(({ title, body, state, draft }) => ({ title, body, state, draft }))(pull),
    merged: pull.merged_at !== null,
    armed: pull.auto_merge?.merge_method,
    labels: pull.labels.map(({ name }) => name),
    reviewers: pull.requested_reviewers?.map(({ login }) => login),
    comments: (await issues.listComments({ ...AT, issue_number: pull.number })).data.map(({ body }) => body),
  }));
  const opened = (await issues.listForRepo({ ...AT, state: "all" })).data.map(
    ({ number, title, state, assignees }) => ({
      number,
      title,
      state,
      assignees: assignees?.map(({ login }) => login),
    }),
  );
  const deployments = (await repos.listDeployments(AT)).data.map(async ({ id, environment, payload }) => {
    const { data } = await repos.listDeploymentStatuses({ ...AT, deployment_id: id });
    return { environment, payload, states: data.map(({ state, description }) => [state, description]) };
  });
  return {
    branches: await Promise.all(branches),
    pulls: await Promise.all(shown),
    issues: opened,
    deployments: await Promise.all(deployments),
  };
}

describe("an answer that is lost after the write took effect", () => {
  it.each(WRITES)("of $name: the same comes of it, and it is sent once", async ({ before, act, ...write }) => {
    const [smooth, lossy] = [await place(), await place()];
    for (const at of [smooth, lossy]) await before?.(at);
    await act(smooth);
    lossy.world.control.addFault({ ...write, when: "after", does: { kind: "drop" } });
    const first = lossy.world.control.requests().length;
    await act(lossy);
    expect(lossy.world.control.unusedFaults()).toEqual([]);
    const same = lossy.world.control
      .requests()
      .slice(first)
      .filter(
        ({ method, path, body }) =>
          method === write.method && write.path.test(path) && (write.body?.test(JSON.stringify(body)) ?? true),
      );
    expect(same.map(({ status }) => status)).toEqual([0]);
    expect(await stateOf(lossy)).toEqual(await stateOf(smooth));
  });
});
