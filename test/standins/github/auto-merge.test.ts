import { describe, expect, it } from "vitest";

import { graphqlFor } from "../../support/github-graphql-client.ts";
import { refusalOf } from "../../support/github-tools.ts";
import { AT, NAME, githubForTest } from "../../support/github-world.ts";
import type { World } from "../../support/github-world.ts";

const COMMITS = [
  { files: { "a.yaml": "a: 1\n", "z.yaml": "z: 1\n" } },
  { branch: "head", from: "main", files: { "a.yaml": "a: 2\n" }, message: "Bump a" },
  { branch: "two", from: "main", files: { "z.yaml": "z: 2\n" }, message: "Bump z" },
];

interface Opened {
  readonly number: number;
  readonly id: string;
  readonly sha: string;
}

async function open({ octokit }: World, head = "head", draft = false): Promise<Opened> {
  const { data } = await octokit("app").pulls.create({ ...AT, base: "main", head, draft, title: `Take ${head}` });
  return { number: data.number, id: data.node_id, sha: data.head.sha };
}

const ARM = `mutation($id: ID!, $head: GitObjectID) {
  enablePullRequestAutoMerge(input: { pullRequestId: $id, mergeMethod: SQUASH, expectedHeadOid: $head, commitHeadline: "Ours" }) {
    pullRequest { autoMergeRequest { mergeMethod } }
  }
}`;
const DISARM = `mutation($id: ID!) { disablePullRequestAutoMerge(input: { pullRequestId: $id }) { clientMutationId } }`;
const ENQUEUE = `mutation($id: ID!, $head: GitObjectID) {
  enqueuePullRequest(input: { pullRequestId: $id, expectedHeadOid: $head }) { clientMutationId }
}`;
const REVERT = `mutation($id: ID!) { revertPullRequest(input: { pullRequestId: $id }) { revertPullRequest { number title } } }`;
const STATE = `query($number: Int!) { repository(owner: "acme", name: "gitops") {
  mergeQueue(branch: "main") { id }
  pullRequest(number: $number) {
    state mergeStateStatus reviewDecision isInMergeQueue mergeQueueEntry { position state headCommit { oid } }
    commits(last: 1) { nodes { commit { statusCheckRollup { state contexts(first: 10) { nodes {
      ... on CheckRun { name isRequired(pullRequestNumber: $number) }
      ... on StatusContext { context isRequired(pullRequestNumber: $number) }
    } } } } } }
    timelineItems(last: 1, itemTypes: [REMOVED_FROM_MERGE_QUEUE_EVENT]) { nodes { ... on RemovedFromMergeQueueEvent { reason } } }
  }
} }`;

const words = (answer: unknown): string => JSON.stringify(answer);
const status = (world: World, sha: string, state: "success" | "failure" | "pending", context = "ci") =>
  world.octokit("app").repos.createCommitStatus({ ...AT, sha, context, state });
const stateOf = async (world: World, number: number): Promise<string> => {
  const { data } = await world.octokit("app").pulls.get({ ...AT, pull_number: number });
  return data.merged ? "merged" : data.state;
};

describe("auto-merge", () => {
  it("fires when the last check passes, with the words it was given", async () => {
    const world = await githubForTest(COMMITS, { allowAutoMerge: true });
    await world.control.protect(NAME, "main", { requiredChecks: { strict: false, checks: [{ context: "ci" }] } });
    const { number, id, sha } = await open(world);
    const ask = graphqlFor(world, "app");
    expect(words(await ask(ARM, { id, head: sha }))).toContain('"mergeMethod":"SQUASH"');
    expect((await world.octokit("app").pulls.get({ ...AT, pull_number: number })).data.auto_merge).toMatchObject({
      enabled_by: { login: "lastgood[bot]" },
      merge_method: "squash",
    });
    await status(world, sha, "pending");
    await world.control.settle();
    expect(await stateOf(world, number)).toBe("open");
    await status(world, sha, "success");
    await world.control.settle();
    expect(await stateOf(world, number)).toBe("merged");
    const [tip] = (await world.octokit("app").repos.listCommits(AT)).data;
    expect(tip?.commit.message.split("\n")[0]).toBe("Ours");
  });

  it("fires when the review comes", async () => {
    const world = await githubForTest(COMMITS, { allowAutoMerge: true });
    await world.control.protect(NAME, "main", { requiredApprovals: 1 });
    const { number, id } = await open(world);
    await graphqlFor(world, "app")(ARM, { id });
    await world.octokit("mina").pulls.createReview({ ...AT, pull_number: number, event: "APPROVE" });
    await world.control.settle();
    expect(await stateOf(world, number)).toBe("merged");
  });

  it("does not inherit the bypass of who armed it", async () => {
    const world = await githubForTest(COMMITS, { allowAutoMerge: true });
    await world.control.protect(NAME, "main", { requiredApprovals: 1, enforceAdmins: false });
    const { number, id } = await open(world);
    await graphqlFor(world, "admin")(ARM, { id });
    await world.control.settle();
    expect(await stateOf(world, number)).toBe("open");
  });

  it("is disarmed", async () => {
    const world = await githubForTest(COMMITS, { allowAutoMerge: true });
    await world.control.protect(NAME, "main", { requiredApprovals: 1 });
    const { number, id } = await open(world);
    const ask = graphqlFor(world, "app");
    await ask(ARM, { id });
    expect(words(await ask(DISARM, { id }))).not.toContain("errors");
    await world.octokit("mina").pulls.createReview({ ...AT, pull_number: number, event: "APPROVE" });
    await world.control.settle();
    expect(await stateOf(world, number)).toBe("open");
    expect(words(await ask(DISARM, { id }))).toContain("Can't disable auto-merge");
  });

  it.each<[string, { allowed?: boolean; rules?: boolean; draft?: boolean; head?: string; approve?: boolean }, string]>([
    ["a repository that does not allow it", { allowed: false }, "Auto merge is not allowed for this repository"],
    ["a branch without rules", { rules: false }, "Protected branch rules not configured for this branch"],
    ["a clean one", { approve: true }, "Pull request Pull request is in clean status"],
    ["a draft", { draft: true }, "draft"],
    ["another head", { head: "1".repeat(40) }, "Head sha didn't match"],
  ])("is refused for %s", async (_, { allowed = true, rules = true, draft = false, head, approve }, text) => {
    const world = await githubForTest(COMMITS, { allowAutoMerge: allowed });
    if (rules) await world.control.protect(NAME, "main", { requiredApprovals: 1 });
    const { id, number } = await open(world, "head", draft);
    if (approve === true)
      await world.octokit("mina").pulls.createReview({ ...AT, pull_number: number, event: "APPROVE" });
    const answer = words(await graphqlFor(world, "app")(ARM, { id, ...(head === undefined ? {} : { head }) }));
    expect(answer).toContain("UNPROCESSABLE");
    expect(answer).toContain(text);
  });
});

describe("the merge queue", () => {
  const withQueue = async (): Promise<World> => {
    const world = await githubForTest(COMMITS, { allowAutoMerge: true });
    const checks = [{ context: "ci" }];
    world.control.addRuleset(NAME, {
      rules: [
        { type: "merge_queue", method: "squash" },
        { type: "required_status_checks", strict: false, checks },
      ],
    });
    return world;
  };
  const groupOf = (answer: unknown): string => /"oid":"([0-9a-f]{40})"/.exec(words(answer))?.[1] ?? "none";

  it("merges exactly the commit that it tested, and ours stays as it was", async () => {
    const world = await withQueue();
    const { number, id, sha } = await open(world);
    const ask = graphqlFor(world, "app");
    expect(words(await ask(ENQUEUE, { id, head: sha }))).toContain("errors"); // blocked: its own check first
    await status(world, sha, "success");
    await ask(ENQUEUE, { id, head: sha });
    await world.control.settle();
    const queued = await ask(STATE, { number });
    expect(words(queued)).toContain('"position":1');
    expect(words(await ask(ENQUEUE, { id }))).toContain("already in the queue");
    const refused = await refusalOf(world.octokit("app").pulls.merge({ ...AT, pull_number: number }));
    expect(refused.text).toContain("Pull Request is in the merge queue.");
    await status(world, groupOf(queued), "success");
    await world.control.settle();
    expect(await stateOf(world, number)).toBe("merged");
    const [tip] = (await world.octokit("app").repos.listCommits(AT)).data;
    expect(tip?.sha).toBe(groupOf(queued));
    const branches = (await world.octokit("app").repos.listBranches(AT)).data.map(({ name }) => name);
    expect(branches.filter((name) => name.startsWith("gh-readonly-queue/"))).toEqual([]);
  });

  it("builds again when the base moves: it pins the base", async () => {
    const world = await withQueue();
    const { number, id, sha } = await open(world);
    const ask = graphqlFor(world, "app");
    await status(world, sha, "success");
    await ask(ENQUEUE, { id });
    await world.control.settle();
    const before = groupOf(await ask(STATE, { number }));
    const from = (await world.octokit("app").git.getRef({ ...AT, ref: "heads/two" })).data.object.sha;
    await world.octokit("app").git.createRef({ ...AT, ref: "refs/heads/other", sha: from });
    await moveMain(world, from);
    await status(world, before, "success");
    await world.control.settle();
    const after = groupOf(await ask(STATE, { number }));
    expect(after).not.toBe(before);
    expect(await stateOf(world, number)).toBe("open");
    await status(world, after, "success");
    await world.control.settle();
    expect(await stateOf(world, number)).toBe("merged");
  });

  it("throws out what fails, and says so in the timeline", async () => {
    const world = await withQueue();
    const { number, id, sha } = await open(world);
    const ask = graphqlFor(world, "app");
    await status(world, sha, "success");
    await ask(ENQUEUE, { id });
    await world.control.settle();
    await status(world, groupOf(await ask(STATE, { number })), "failure");
    await world.control.settle();
    const thrown = words(await ask(STATE, { number }));
    expect(thrown).toContain('"isInMergeQueue":false');
    expect(thrown).toContain('"reason":"failed checks"');
    expect(await stateOf(world, number)).toBe("open");
  });

  it("takes in what is armed once its own rules are met", async () => {
    const world = await withQueue();
    const { number, id, sha } = await open(world);
    const ask = graphqlFor(world, "app");
    expect(words(await ask(ARM, { id }))).not.toContain("errors");
    await status(world, sha, "success");
    await world.control.settle();
    expect(words(await ask(STATE, { number }))).toContain('"isInMergeQueue":true');
  });
});

/** A person with git on the server itself. */
async function moveMain(world: World, sha: string): Promise<void> {
  const { runGit } = await import("../../support/run-git.ts");
  expect(await runGit("/", `--git-dir=${world.dir}`, "update-ref", "refs/heads/main", sha)).toMatchObject({ code: 0 });
}

describe("what GraphQL tells of a pull request", () => {
  it("is its state, the decision of its reviews, and which checks are required", async () => {
    const world = await githubForTest(COMMITS);
    const checks = [{ context: "ci" }];
    world.control.addRuleset(NAME, { rules: [{ type: "required_status_checks", strict: false, checks }] });
    await world.control.protect(NAME, "main", { requiredApprovals: 1 });
    const { number, sha } = await open(world);
    await status(world, sha, "pending");
    await status(world, sha, "failure", "lint");
    const ask = graphqlFor(world, "app");
    await ask(STATE, { number });
    await world.control.settle();
    const told = words(await ask(STATE, { number }));
    expect(told).toContain('"mergeStateStatus":"BLOCKED"');
    expect(told).toContain('"reviewDecision":"REVIEW_REQUIRED"');
    expect(told).toContain('{"context":"ci","isRequired":true}');
    expect(told).toContain('{"context":"lint","isRequired":false}');
    expect(told).toContain('"mergeQueue":null');
  });

  it("includes how to revert it", async () => {
    const world = await githubForTest(COMMITS);
    const { number, id } = await open(world);
    await world.octokit("app").pulls.merge({ ...AT, pull_number: number });
    const answer = words(await graphqlFor(world, "app")(REVERT, { id }));
    expect(answer).toContain(String.raw`"title":"Revert \"Take head\""`);
    const { data } = await world.octokit("app").pulls.listFiles({ ...AT, pull_number: 2 });
    expect(data.map(({ filename }) => filename)).toEqual(["a.yaml"]);
  });
});

describe("update-branch", () => {
  const behind = async (): Promise<{ world: World; opened: Opened }> => {
    const world = await githubForTest(COMMITS);
    const opened = await open(world);
    await world.octokit("app").pulls.merge({ ...AT, pull_number: (await open(world, "two")).number });
    return { world, opened };
  };

  it("merges the base into the head after the answer", async () => {
    const { world, opened } = await behind();
    const { pulls, git } = world.octokit("app");
    const at = { ...AT, pull_number: opened.number };
    expect((await pulls.updateBranch({ ...at, expected_head_sha: opened.sha })).status).toBe(202);
    await world.control.settle();
    const { sha } = (await pulls.get(at)).data.head;
    const { data } = await git.getCommit({ ...AT, commit_sha: sha });
    expect(data.parents[0]?.sha).toBe(opened.sha);
    expect(data.message).toBe("Merge branch 'main' into head");
    expect((await refusalOf(pulls.updateBranch(at))).text).toContain("There are no new commits on the base branch.");
  });

  it("refuses another head, and a conflict", async () => {
    const { world, opened } = await behind();
    const { pulls } = world.octokit("app");
    const at = { ...AT, pull_number: opened.number };
    const refused = await refusalOf(pulls.updateBranch({ ...at, expected_head_sha: "1".repeat(40) }));
    expect(refused).toMatchObject({ status: 422, text: expect.stringContaining("expected head sha") });
  });
});

describe("merge-async", () => {
  const PATH = "PUT /repos/{owner}/{repo}/pulls/{pull_number}/merge-async";

  const uuidOf = (data: unknown): string => /"uuid":"([^"]+)"/.exec(words(data))?.[1] ?? "none";

  it("merges after the answer, and is polled", async () => {
    const world = await githubForTest(COMMITS);
    const { number, sha } = await open(world);
    const app = world.octokit("app");
    const at = { ...AT, pull_number: number };
    const asked = await app.request(PATH, { ...at, sha });
    expect(asked.status as number).toBe(202);
    const uuid = uuidOf(asked.data);
    await world.control.settle();
    const done = await app.request("GET /repos/{owner}/{repo}/pulls/{pull_number}/merge-async/{uuid}", { ...at, uuid });
    expect(done.data).toMatchObject({ status: "merged", details: { sha: expect.stringMatching(/^[0-9a-f]{40}$/) } });
    expect((await app.request(PATH, at)).data).toMatchObject({ status: "merged" });
  });

  it("judges the rules when it runs, and refuses drafts at once", async () => {
    const world = await githubForTest(COMMITS);
    await world.control.protect(NAME, "main", { requiredApprovals: 1 });
    const { number } = await open(world);
    const app = world.octokit("app");
    const uuid = uuidOf((await app.request(PATH, { ...AT, pull_number: number })).data);
    await world.control.settle();
    const path = `GET /repos/acme/gitops/pulls/${number}/merge-async/${uuid}`;
    expect((await app.request(path)).data).toMatchObject({
      status: "failed",
      details: { message: expect.stringMatching(/^At least 1/) },
    });
    const draft = await open(world, "two", true);
    expect((await refusalOf(app.request(PATH, { ...AT, pull_number: draft.number }))).status).toBe(400);
  });
});
