import { describe, expect, it } from "vitest";

import { refusalOf } from "../../support/github-tools.ts";
import { AT, NAME, githubForTest } from "../../support/github-world.ts";
import type { World } from "../../support/github-world.ts";

const COMMITS = [
  { files: { "a.yaml": "a: 1\n", "z.yaml": "z: 1\n" } },
  { branch: "head", from: "main", files: { "a.yaml": "a: 2\n" }, message: "Bump a\n\nBecause." },
  { branch: "two", from: "main", files: { "b.yaml": "b: 1\n" }, message: "Add b" },
  { branch: "two", files: { "b.yaml": "b: 2\n" }, message: "Bump b" },
];

async function open({ octokit }: World, head = "head", draft = false): Promise<number> {
  return (await octokit("app").pulls.create({ ...AT, base: "main", head, draft, title: `Take ${head}` })).data.number;
}

type Method = "merge" | "squash" | "rebase";

async function merge({ octokit }: World, pull_number: number, merge_method: Method = "merge"): Promise<string> {
  return (await octokit("app").pulls.merge({ ...AT, pull_number, merge_method })).data.sha;
}

async function stateOf(world: World, pull_number: number): Promise<string> {
  await world.octokit("app").pulls.get({ ...AT, pull_number });
  await world.control.settle();
  return (await world.octokit("app").pulls.get({ ...AT, pull_number })).data.mergeable_state;
}

async function headOf({ octokit }: World, pull_number: number): Promise<string> {
  return (await octokit("app").pulls.get({ ...AT, pull_number })).data.head.sha;
}

async function logOf({ octokit }: World): Promise<readonly string[]> {
  return (await octokit("app").repos.listCommits(AT)).data.map((each) => each.commit.message);
}

describe("merging", () => {
  it("makes GitHub's messages", async () => {
    const world = await githubForTest(COMMITS);
    const numbers = [await open(world), await open(world, "two")];
    await merge(world, numbers[0] ?? 0, "squash");
    await merge(world, numbers[1] ?? 0, "squash");
    expect(await logOf(world)).toEqual(["Take two (#2)\n\n* Add b\n\n* Bump b", "Bump a (#1)\n\nBecause.", "commit 1"]);
  });

  it("makes a merge commit of base and head", async () => {
    const world = await githubForTest(COMMITS);
    const number = await open(world);
    const head = await headOf(world, number);
    const sha = await merge(world, number);
    const { data } = await world.octokit("app").git.getCommit({ ...AT, commit_sha: sha });
    expect(data.message).toBe("Merge pull request #1 from acme/head\n\nTake head");
    expect(data.parents[1]?.sha).toBe(head);
    expect(data.verification.verified).toBe(true);
  });

  it("rebases commit by commit, in a line, keeping authors", async () => {
    const world = await githubForTest(COMMITS);
    await merge(world, await open(world), "squash");
    const sha = await merge(world, await open(world, "two"), "rebase");
    expect((await logOf(world)).slice(0, 3)).toEqual(["Bump b", "Add b", "Bump a (#1)\n\nBecause."]);
    const { data } = await world.octokit("app").git.getCommit({ ...AT, commit_sha: sha });
    expect(data.parents).toHaveLength(1);
    expect(data.verification.verified).toBe(false);
    expect(data.committer.name).toBe("lastgood[bot]");
    expect(data.author.name).not.toBe(data.committer.name);
  });

  it("refuses the methods that the repository does not allow", async () => {
    const world = await githubForTest(COMMITS);
    const at = { owner: "acme", repo: "strict" };
    await world.control.createRepository(at.owner, at.repo, { from: world.dir, allow: { squash: false } });
    const { pulls } = world.octokit("app");
    const { number } = (await pulls.create({ ...at, base: "main", head: "head", title: "x" })).data;
    const refused = await refusalOf(pulls.merge({ ...at, pull_number: number, merge_method: "squash" }));
    expect(refused.status).toBe(405);
    expect(refused.text).toContain("Squash merges are not allowed on this repository.");
  });

  it("never loses either of two merges at once", async () => {
    const world = await githubForTest(COMMITS);
    const numbers = [await open(world), await open(world, "two")];
    const answers = await Promise.allSettled(numbers.map((number) => merge(world, number)));
    const reasons = answers.flatMap((answer) => (answer.status === "rejected" ? [String(answer.reason)] : []));
    expect(reasons.filter((reason) => !reason.includes("Base branch was modified"))).toEqual([]);
    const log = await logOf(world);
    for (const [index, subject] of ["Bump a", "Bump b"].entries())
      expect(log.some((message) => message.startsWith(subject))).toBe(answers[index]?.status === "fulfilled");
    expect(answers.some((answer) => answer.status === "fulfilled")).toBe(true);
  });

  it("says which required checks are missing, pending and failing", async () => {
    const world = await githubForTest(COMMITS);
    const checks = ["build", "lint", "scan"].map((context) => ({ context }));
    await world.control.protect(NAME, "main", { requiredChecks: { strict: false, checks } });
    const number = await open(world);
    const sha = await headOf(world, number);
    const { repos, checks: runs } = world.octokit("app");
    const why = async (): Promise<string> => (await refusalOf(merge(world, number))).text;
    expect(await why()).toContain("3 of 3 required status checks have not succeeded: 3 expected.");
    await repos.createCommitStatus({ ...AT, sha, context: "build", state: "pending" });
    await runs.create({ ...AT, head_sha: sha, name: "lint", conclusion: "failure" });
    expect(await why()).toContain("1 pending, 1 failing and 1 expected.");
    await repos.createCommitStatus({ ...AT, sha, context: "build", state: "success" });
    await runs.create({ ...AT, head_sha: sha, name: "lint", conclusion: "skipped" });
    expect(await why()).toContain('Required status check \\"scan\\" is expected.');
    await runs.create({ ...AT, head_sha: sha, name: "scan", status: "in_progress" });
    expect(await why()).toContain('Required status check \\"scan\\" is in progress.');
    await runs.create({ ...AT, head_sha: sha, name: "scan", conclusion: "success" });
    expect(await merge(world, number)).toMatch(/^[0-9a-f]{40}$/);
  });

  it("binds a check to its App", async () => {
    const world = await githubForTest(COMMITS);
    const checks = [{ context: "build", appId: 8 }];
    await world.control.protect(NAME, "main", { requiredChecks: { strict: false, checks } });
    const number = await open(world);
    const run = { ...AT, head_sha: await headOf(world, number), name: "build", conclusion: "success" } as const;
    await world.octokit("app").checks.create(run);
    expect(await stateOf(world, number)).toBe("blocked");
    await world.octokit("admin").checks.create(run);
    expect(await stateOf(world, number)).toBe("clean");
  });

  it("waits for approvals of others, and for changes to be made", async () => {
    const world = await githubForTest(COMMITS);
    await world.control.protect(NAME, "main", { requiredApprovals: 1 });
    world.control.addToken("ghp_olga", { user: "olga", permissions: "write" });
    const number = await open(world);
    const review = async (event: "APPROVE" | "REQUEST_CHANGES"): Promise<void> => {
      await world.octokit("mina").pulls.createReview({ ...AT, pull_number: number, event, body: "b" });
    };
    const needed = "At least 1 approving review is required by reviewers with write access.";
    expect((await refusalOf(merge(world, number))).text).toContain(needed);
    await review("REQUEST_CHANGES");
    expect((await refusalOf(merge(world, number))).text).toContain("Changes have been requested");
    await review("APPROVE");
    expect(await merge(world, number)).toMatch(/^[0-9a-f]{40}$/);
  });

  it("is behind when the rules are strict and the base moved", async () => {
    const world = await githubForTest(COMMITS);
    await world.control.protect(NAME, "main", { requiredChecks: { strict: true, checks: [] } });
    const first = await open(world);
    const second = await open(world, "two");
    expect(await stateOf(world, second)).toBe("clean");
    await merge(world, first);
    expect(await stateOf(world, second)).toBe("behind");
    expect((await refusalOf(merge(world, second))).status).toBe(409);
  });

  it("is unstable when a check that nobody requires is red", async () => {
    const world = await githubForTest(COMMITS);
    const number = await open(world);
    const sha = await headOf(world, number);
    await world.octokit("app").repos.createCommitStatus({ ...AT, sha, context: "x", state: "failure" });
    expect(await stateOf(world, number)).toBe("unstable");
    expect(await merge(world, number)).toMatch(/^[0-9a-f]{40}$/);
  });

  it("knows drafts", async () => {
    const world = await githubForTest(COMMITS);
    const number = await open(world, "head", true);
    expect(await stateOf(world, number)).toBe("draft");
    world.control.setDraft(NAME, number, false);
    expect(await stateOf(world, number)).toBe("clean");
  });

  it("lets an administrator pass rules that do not include administrators", async () => {
    const world = await githubForTest(COMMITS);
    await world.control.protect(NAME, "main", { requiredApprovals: 1, enforceAdmins: false });
    const number = await open(world);
    expect(await stateOf(world, number)).toBe("blocked");
    expect((await world.octokit("admin").pulls.merge({ ...AT, pull_number: number })).data.merged).toBe(true);
  });

  it("deletes the branch where the repository wants it", async () => {
    const world = await githubForTest(COMMITS);
    const at = { owner: "acme", repo: "tidy" };
    await world.control.createRepository(at.owner, at.repo, { from: world.dir, deleteBranchOnMerge: true });
    const { pulls, repos } = world.octokit("app");
    const { number } = (await pulls.create({ ...at, base: "main", head: "head", title: "x" })).data;
    await pulls.merge({ ...at, pull_number: number });
    expect((await refusalOf(repos.getBranch({ ...at, branch: "head" }))).status).toBe(404);
    expect((await pulls.get({ ...at, pull_number: number })).data.merged).toBe(true);
    expect((await pulls.checkIfMerged({ ...at, pull_number: number })).status).toBe(204);
  });
});
