/** Pull requests, issues and the people around them. */
import { expect } from "vitest";

import { refusalOf } from "./github-tools.ts";
import type { Declare } from "./github-tools.ts";

export function openingChecks(check: Declare): void {
  check("a pull request is opened", async ({ octokit, at, branch, tip }) => {
    const base = await branch("base");
    const head = await branch("head", { from: base, files: { "a.yaml": "a: 1\n" } });
    const { status, data } = await octokit.pulls.create({ ...at, base, head, title: "Revert api", body: "why" });
    expect(status).toBe(201);
    expect(data).toMatchObject({ state: "open", title: "Revert api", body: "why", draft: false, merged: false });
    expect(data.head).toMatchObject({ ref: head, sha: await tip(head) });
  });

  check("a second one for the branch is refused", async ({ octokit, at, pull }) => {
    const { base, head } = await pull();
    const refused = await refusalOf(octokit.pulls.create({ ...at, base, head, title: "Again" }));
    expect(refused.status).toBe(422);
    expect(refused.text).toContain(`A pull request already exists for ${at.owner}:${head}.`);
  });

  check("one without commits is refused", async ({ octokit, at, branch }) => {
    const base = await branch("base");
    const head = await branch("same", { from: base });
    const refused = await refusalOf(octokit.pulls.create({ ...at, base, head, title: "Nothing" }));
    expect(refused.status).toBe(422);
    expect(refused.text).toContain(`No commits between ${base} and ${head}`);
  });

  check("an unknown head is refused", async ({ octokit, at, branch, fresh }) => {
    const base = await branch("base");
    const refused = await refusalOf(octokit.pulls.create({ ...at, base, head: fresh("absent"), title: "Bad" }));
    expect(refused.status).toBe(422);
    expect(JSON.parse(refused.text)).toMatchObject({ errors: [{ field: "head", code: "invalid" }] });
  });

  check("it is found by owner:branch", async ({ octokit, at, pull, eventually }) => {
    const { number, head } = await pull();
    await eventually(async () => {
      const { data } = await octokit.pulls.list({ ...at, head: `${at.owner}:${head}`, state: "all" });
      expect(data.map((each) => each.number)).toEqual([number]);
    });
  });

  check("another head finds nothing", async ({ octokit, at, pull, fresh }) => {
    await pull();
    const { data } = await octokit.pulls.list({ ...at, head: `${at.owner}:${fresh("absent")}`, state: "all" });
    expect(data).toEqual([]);
  });

  check("mergeable becomes known", async ({ pull, settled }) => {
    const { number } = await pull();
    expect((await settled(number)).mergeable).toBe(true);
  });

  check("its files have a status", async ({ octokit, at, branch, pull }) => {
    const base = await branch("base", { files: { "old.yaml": "o\n", "change.yaml": "1\n" } });
    const files = { "old.yaml": null, "change.yaml": "2\n", "new.yaml": "a completely different text\n" };
    const head = await branch("head", { from: base, files });
    const { number } = (await octokit.pulls.create({ ...at, base, head, title: "Files" })).data;
    const { data } = await octokit.pulls.listFiles({ ...at, pull_number: number });
    expect(data.map((file) => [file.filename, file.status, file.additions, file.deletions])).toEqual([
      ["change.yaml", "modified", 1, 1],
      ["new.yaml", "added", 1, 0],
      ["old.yaml", "removed", 0, 1],
    ]);
    expect((await pull()).number).not.toBe(number);
  });

  check("its commits are listed, oldest first", async ({ octokit, at, pull, commit, eventually }) => {
    const { number, head, sha } = await pull();
    const second = await commit(head, { "b.yaml": "b\n" });
    await eventually(async () => {
      const { data } = await octokit.pulls.listCommits({ ...at, pull_number: number });
      expect(data.map((each) => each.sha)).toEqual([sha, second]);
    });
  });
}

export function peopleChecks(check: Declare): void {
  check("a label is created", async ({ octokit, at, fresh }) => {
    const name = fresh("label");
    const { status, data } = await octokit.issues.createLabel({ ...at, name, color: "b60205", description: "hold" });
    expect(status).toBe(201);
    expect(data).toMatchObject({ name, color: "b60205", description: "hold" });
  });

  check("a second label of that name is refused", async ({ octokit, at, fresh }) => {
    const name = fresh("label");
    await octokit.issues.createLabel({ ...at, name });
    const refused = await refusalOf(octokit.issues.createLabel({ ...at, name }));
    expect(refused.status).toBe(422);
    expect(JSON.parse(refused.text)).toMatchObject({ errors: [{ resource: "Label", code: "already_exists" }] });
  });

  check("labels are added, an unknown one is created", async ({ octokit, at, pull, fresh }) => {
    const { number } = await pull();
    const labels = [fresh("known"), fresh("unknown")];
    await octokit.issues.createLabel({ ...at, name: labels[0] ?? "" });
    await octokit.issues.addLabels({ ...at, issue_number: number, labels });
    const { data } = await octokit.pulls.get({ ...at, pull_number: number });
    expect(data.labels.map((label) => label.name).sort()).toEqual(labels.toSorted());
    expect((await octokit.issues.getLabel({ ...at, name: labels[1] ?? "" })).data.name).toBe(labels[1]);
  });

  check("a reviewer is asked, an unknown one fails the request", async ({ octokit, at, pull, world, fresh }) => {
    const { number } = await pull();
    const { data } = await octokit.pulls.requestReviewers({ ...at, pull_number: number, reviewers: [world.reviewer] });
    expect(data.requested_reviewers?.map((user) => user.login)).toEqual([world.reviewer]);
    const reviewers = [world.reviewer, fresh("nobody")];
    expect((await refusalOf(octokit.pulls.requestReviewers({ ...at, pull_number: number, reviewers }))).status).toBe(
      422,
    );
  });

  check("a comment is written and edited", async ({ octokit, at, pull, eventually }) => {
    const { number } = await pull();
    const made = await octokit.issues.createComment({ ...at, issue_number: number, body: "<!-- lastgood --> 1" });
    await octokit.issues.updateComment({ ...at, comment_id: made.data.id, body: "<!-- lastgood --> 2" });
    await eventually(async () => {
      const { data } = await octokit.issues.listComments({ ...at, issue_number: number });
      expect(data.map((each) => each.body)).toEqual(["<!-- lastgood --> 2"]);
    });
  });

  check("a review comments", async ({ reviewer, at, pull }) => {
    const { number } = await pull();
    const { data } = await reviewer.pulls.createReview({ ...at, pull_number: number, event: "COMMENT", body: "hm" });
    expect(data).toMatchObject({ state: "COMMENTED", body: "hm" });
  });

  check("nobody approves their own pull request", async ({ octokit, at, pull }) => {
    const { number } = await pull();
    const refused = await refusalOf(octokit.pulls.createReview({ ...at, pull_number: number, event: "APPROVE" }));
    expect(refused.status).toBe(422);
    expect(refused.text).toMatch(/can not approve your own pull request/i);
  });

  check("a line is commented on", async ({ reviewer, at, pull }) => {
    const { number, sha } = await pull();
    const where = { path: "deploy/api.yaml", line: 1, side: "RIGHT" as const, commit_id: sha };
    const { status, data } = await reviewer.pulls.createReviewComment({
      ...at,
      pull_number: number,
      body: "why?",
      ...where,
    });
    expect(status).toBe(201);
    expect(data).toMatchObject({ path: "deploy/api.yaml", body: "why?" });
  });
}

export function issueChecks(check: Declare): void {
  check("an issue is opened with a label, found by it and closed", async (tools) => {
    const { octokit, at, fresh, eventually } = tools;
    const label = fresh("incident");
    const open = async (): Promise<readonly number[]> =>
      (await octokit.issues.listForRepo({ ...at, labels: label })).data.map((issue) => issue.number);
    const { data } = await octokit.issues.create({ ...at, title: "api is down", body: "timeline", labels: [label] });
    await eventually(async () => expect(await open()).toEqual([data.number]));
    const closed = await octokit.issues.update({ ...at, issue_number: data.number, state: "closed" });
    expect(closed.data.state).toBe("closed");
    await eventually(async () => expect(await open()).toEqual([]));
  });
}
