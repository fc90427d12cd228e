import { describe, expect, it } from "vitest";

import { refusalOf } from "../../support/github-tools.ts";
import { AT, NAME, TOKENS, githubForTest } from "../../support/github-world.ts";
import type { World } from "../../support/github-world.ts";

const COMMITS = [
  { files: { "a.yaml": "a: 1\n" } },
  { branch: "head", from: "main", files: { "a.yaml": "a: 2\n" }, message: "Bump a" },
  { branch: "other", from: "main", files: { "b.yaml": "b: 1\n" } },
];

async function open({ octokit }: World, head = "head", title = "Revert a") {
  return (await octokit("app").pulls.create({ ...AT, base: "main", head, title })).data;
}

async function look({ octokit }: World, number: number) {
  return (await octokit("app").pulls.get({ ...AT, pull_number: number })).data;
}

/** Adds an empty commit to a branch through the API; answers its id. */
async function grow({ octokit }: World, branch: string): Promise<string> {
  const parent = (await octokit("mina").git.getRef({ ...AT, ref: `heads/${branch}` })).data.object.sha;
  const tree = (await octokit("mina").git.getCommit({ ...AT, commit_sha: parent })).data.tree.sha;
  const { data } = await octokit("mina").git.createCommit({ ...AT, message: "More", tree, parents: [parent] });
  await octokit("mina").git.updateRef({ ...AT, ref: `heads/${branch}`, sha: data.sha });
  return data.sha;
}

describe("pull requests", () => {
  it("are closed when their branch is deleted, and keep refs/pull/N/head", async () => {
    const world = await githubForTest(COMMITS);
    const { number, head } = await open(world);
    await world.octokit("mina").git.deleteRef({ ...AT, ref: "heads/head" });
    expect(await look(world, number)).toMatchObject({ state: "closed", merged: false, mergeable: null });
    const kept = await world.octokit("mina").git.getRef({ ...AT, ref: `pull/${number}/head` });
    expect(kept.data.object.sha).toBe(head.sha);
  });

  it("follow their branch", async () => {
    const world = await githubForTest(COMMITS);
    const { number } = await open(world);
    const sha = await grow(world, "head");
    expect(await look(world, number)).toMatchObject({ head: { sha }, commits: 2 });
  });

  it("start over with mergeable null when either end moves", async () => {
    const world = await githubForTest(COMMITS);
    const { number } = await open(world);
    for (const branch of ["head", "main"]) {
      await world.control.settle();
      expect(await look(world, number)).toMatchObject({ mergeable: true, mergeable_state: "clean" });
      await grow(world, branch);
      expect(await look(world, number)).toMatchObject({ mergeable: null, mergeable_state: "unknown" });
    }
  });

  it("are merged when their head arrives on the base by a push", async () => {
    const world = await githubForTest(COMMITS);
    const { number, head } = await open(world);
    await world.octokit("mina").git.updateRef({ ...AT, ref: "heads/main", sha: head.sha });
    expect(await look(world, number)).toMatchObject({ state: "closed", merged: true, merge_commit_sha: head.sha });
  });

  it("are not reopened after their branch was rewritten", async () => {
    const world = await githubForTest(COMMITS);
    const { number } = await open(world);
    const { pulls, git } = world.octokit("mina");
    await pulls.update({ ...AT, pull_number: number, state: "closed" });
    expect((await pulls.update({ ...AT, pull_number: number, state: "open" })).data.state).toBe("open");
    await pulls.update({ ...AT, pull_number: number, state: "closed" });
    const main = (await git.getRef({ ...AT, ref: "heads/other" })).data.object.sha;
    await git.updateRef({ ...AT, ref: "heads/head", sha: main, force: true });
    const refused = await refusalOf(pulls.update({ ...AT, pull_number: number, state: "open" }));
    expect(refused.status).toBe(422);
    expect(refused.text).toContain("was force-pushed or recreated");
  });

  it("have limits for title and body", async () => {
    const { octokit } = await githubForTest(COMMITS);
    const wanted = { ...AT, base: "main", head: "head" };
    const long = await refusalOf(octokit("app").pulls.create({ ...wanted, title: "t", body: "ä".repeat(65_537) }));
    expect(long.text).toContain("body is too long (maximum is 65536 characters)");
    const title = await refusalOf(octokit("app").pulls.create({ ...wanted, title: "😀".repeat(257) }));
    expect(title).toMatchObject({ status: 422 });
    expect(title.text).toContain("title is too long (maximum is 256 characters)");
    const fits = { ...wanted, title: "😀".repeat(256), body: "x".repeat(65_536) };
    expect((await octokit("app").pulls.create(fits)).status).toBe(201);
  });

  it("change title, body and base", async () => {
    const world = await githubForTest([...COMMITS, { branch: "release", from: "main" }]);
    const { number } = await open(world);
    const { data } = await world
      .octokit("app")
      .pulls.update({ ...AT, pull_number: number, title: "New", body: "text", base: "release" });
    expect(data).toMatchObject({ title: "New", body: "text", base: { ref: "release" } });
    const bad = world.octokit("app").pulls.update({ ...AT, pull_number: number, base: "absent" });
    expect((await refusalOf(bad)).status).toBe(422);
  });

  it("are listed by state, base and time; a head without owner is silently ignored", async () => {
    const world = await githubForTest(COMMITS);
    let now = Date.parse("2026-03-01T00:00:00Z");
    world.control.setClock(() => (now += 1000));
    const [first, second] = [await open(world), await open(world, "other")];
    await world.octokit("app").pulls.update({ ...AT, pull_number: first.number, title: "Touched" });
    const list = async (query: object): Promise<readonly number[]> =>
      (await world.octokit("app").pulls.list({ ...AT, ...query })).data.map((each) => each.number);
    expect(await list({})).toEqual([second.number, first.number]);
    expect(await list({ sort: "updated", direction: "desc" })).toEqual([first.number, second.number]);
    expect(await list({ head: "absent" })).toEqual([second.number, first.number]);
    expect(await list({ base: "release" })).toEqual([]);
    await world.octokit("app").pulls.update({ ...AT, pull_number: first.number, state: "closed" });
    expect(await list({ state: "closed" })).toEqual([first.number]);
  });

  it("share numbers and comments with issues", async () => {
    const world = await githubForTest(COMMITS);
    const issue = await world.octokit("app").issues.create({ ...AT, title: "Incident" });
    const pull = await open(world);
    expect(pull.number).toBe(issue.data.number + 1);
    const seen = await world.octokit("app").issues.get({ ...AT, issue_number: pull.number });
    expect(seen.data.pull_request?.html_url).toBe(pull.html_url);
  });

  it("lose approvals that are stale where the rules say so", async () => {
    const world = await githubForTest(COMMITS);
    await world.control.protect(NAME, "main", { requiredApprovals: 1, dismissStaleReviews: true });
    const { number } = await open(world);
    await world.octokit("mina").pulls.createReview({ ...AT, pull_number: number, event: "APPROVE" });
    await look(world, number);
    await world.control.settle();
    expect((await look(world, number)).mergeable_state).toBe("clean");
    await grow(world, "head");
    await look(world, number);
    await world.control.settle();
    expect((await look(world, number)).mergeable_state).toBe("blocked");
  });

  it("are opened once, however many ask at the same time", async () => {
    const world = await githubForTest(COMMITS);
    const answers = await Promise.allSettled([open(world), open(world), open(world)]);
    expect(answers.filter((each) => each.status === "fulfilled")).toHaveLength(1);
    expect((await world.octokit("app").pulls.list({ ...AT, state: "all" })).data).toHaveLength(1);
  });

  it("speak with the links of the way they were asked", async () => {
    const world = await githubForTest(COMMITS);
    const { number } = await open(world);
    const headers = { authorization: `token ${TOKENS.app}` };
    const answer = await fetch(`${world.apiUrl}/repos/${NAME}/pulls/${number}`, { headers });
    expect(await answer.json()).toMatchObject({
      url: `${world.apiUrl}/repos/${NAME}/pulls/${number}`,
      html_url: `${world.url}/${NAME}/pull/${number}`,
    });
  });
});
