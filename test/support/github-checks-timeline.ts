/** Who did what beside the code: the timeline, permissions, assignees, and edits of texts. */
import { expect } from "vitest";

import { refusalOf } from "./github-tools.ts";
import type { Declare, Tools } from "./github-tools.ts";

interface Told {
  readonly event: string | undefined;
  readonly by: string | undefined;
  readonly label: string | undefined;
}

async function timeline({ octokit, at }: Tools, number: number): Promise<readonly Told[]> {
  const { data } = await octokit.issues.listEventsForTimeline({ ...at, issue_number: number, per_page: 100 });
  return data.map((entry) => ({
    event: entry.event,
    by: "actor" in entry ? entry.actor?.login : undefined,
    label: "label" in entry ? entry.label.name : undefined,
  }));
}

const kinds = (told: readonly Told[]): readonly (string | undefined)[] => told.map(({ event }) => event);

/** In time it tells of these kinds, in this order, each done by the reviewer. */
async function tells(
  tools: Tools,
  { number, kinds: expected }: { readonly number: number; readonly kinds: readonly string[] },
): Promise<void> {
  await tools.eventually(async () => {
    const told = (await timeline(tools, number)).filter(({ event }) => expected.includes(event ?? ""));
    expect(told.map(({ event, by }) => [event, by])).toEqual(expected.map((kind) => [kind, tools.world.reviewer]));
  });
}

export function timelineChecks(check: Declare): void {
  check("the timeline begins with the commits", async (tools) => {
    const { number } = await tools.pull();
    await tools.eventually(async () => expect(kinds(await timeline(tools, number))[0]).toBe("committed"));
  });

  check("the timeline tells who closed and reopened", async (tools) => {
    const { reviewer, at, pull } = tools;
    const { number } = await pull();
    await reviewer.pulls.update({ ...at, pull_number: number, state: "closed" });
    await reviewer.pulls.update({ ...at, pull_number: number, state: "open" });
    await tells(tools, { number, kinds: ["closed", "reopened"] });
  });

  check("the timeline tells who reviewed, as a user and with the time of submission", async (tools) => {
    const { octokit, reviewer, at, pull, eventually } = tools;
    const { number } = await pull();
    await reviewer.pulls.createReview({ ...at, pull_number: number, event: "COMMENT", body: "Looks right" });
    await eventually(async () => {
      const { data } = await octokit.issues.listEventsForTimeline({ ...at, issue_number: number, per_page: 100 });
      const review = data.find(({ event }) => event === "reviewed") as Record<string, unknown> | undefined;
      expect(review).toMatchObject({ user: { login: tools.world.reviewer }, state: "commented" });
      expect(review).not.toHaveProperty("actor");
      expect(Date.parse(String(review?.["submitted_at"]))).toBeGreaterThan(0);
    });
  });

  check("the timeline tells who set and took off a label", async (tools) => {
    const { reviewer, at, pull, fresh } = tools;
    const { number } = await pull();
    const label = fresh("hold");
    await reviewer.issues.addLabels({ ...at, issue_number: number, labels: [label] });
    await reviewer.issues.removeLabel({ ...at, issue_number: number, name: label });
    await tells(tools, { number, kinds: ["labeled", "unlabeled"] });
    expect((await timeline(tools, number)).filter((each) => each.label === label)).toHaveLength(2);
  });

  check("the timeline tells of a push, and of a forced one", async (tools) => {
    const { octokit, at, pull, commit, eventually } = tools;
    const { number, head, sha } = await pull();
    await commit(head, { "more.yaml": "m: 1\n" });
    await eventually(async () =>
      expect(kinds(await timeline(tools, number)).filter((kind) => kind === "committed")).toHaveLength(2),
    );
    const parent = (await octokit.git.getCommit({ ...at, commit_sha: sha })).data;
    const other = await octokit.git.createCommit({
      ...at,
      message: "Rewritten",
      tree: parent.tree.sha,
      parents: parent.parents.map((each) => each.sha),
    });
    await octokit.git.updateRef({ ...at, ref: `heads/${head}`, sha: other.data.sha, force: true });
    await eventually(async () => expect(kinds(await timeline(tools, number))).toContain("head_ref_force_pushed"));
  });

  check("deleting the branch closes the pull request, and its head is kept", async (tools) => {
    const { octokit, reviewer, at, pull, world, eventually } = tools;
    const { number, head, sha } = await pull();
    await reviewer.git.deleteRef({ ...at, ref: `heads/${head}` });
    await eventually(async () => {
      const { data } = await octokit.pulls.get({ ...at, pull_number: number });
      expect(data).toMatchObject({ state: "closed", merged: false, head: { sha } });
      const told = await timeline(tools, number);
      expect(told.find(({ event }) => event === "head_ref_deleted")?.by).toBe(world.reviewer);
      expect(kinds(told)).toContain("closed");
    });
    expect((await octokit.git.getRef({ ...at, ref: `pull/${number}/head` })).data.object.sha).toBe(sha);
  });

  check("the timeline tells who merged, as merged and as closed", async (tools) => {
    const { reviewer, at, pull, settled } = tools;
    const { number } = await pull();
    await settled(number);
    await reviewer.pulls.merge({ ...at, pull_number: number });
    await tells(tools, { number, kinds: ["merged", "closed"] });
  });

  check("a permission is told, and a stranger is a 404", async ({ octokit, at, world, fresh }) => {
    const { data } = await octokit.repos.getCollaboratorPermissionLevel({ ...at, username: world.reviewer });
    expect(["admin", "write"]).toContain(data.permission);
    const username = fresh("nobody-at-all");
    const refused = await refusalOf(octokit.repos.getCollaboratorPermissionLevel({ ...at, username }));
    expect(refused.status).toBe(404);
  });

  check("an assignee is set, one without access is passed over", async ({ octokit, at, pull, world, fresh }) => {
    const { number } = await pull();
    const assignees = [world.reviewer, fresh("nobody")];
    const { status, data } = await octokit.issues.addAssignees({ ...at, issue_number: number, assignees });
    expect(status).toBe(201);
    expect(data.assignees?.map((user) => user.login)).toEqual([world.reviewer]);
  });

  check("code owners are asked for a review, not on a draft", async (tools) => {
    const { octokit, at, branch, world, eventually } = tools;
    const base = await branch("owned", { files: { CODEOWNERS: `* @${world.reviewer}\n` } });
    const open = async (draft: boolean): Promise<number> => {
      const head = await branch("change", { from: base, files: { "owned.yaml": `draft: ${draft}\n` } });
      return (await octokit.pulls.create({ ...at, base, head, draft, title: "Owned" })).data.number;
    };
    const asked = async (pull_number: number): Promise<readonly string[] | undefined> =>
      (await octokit.pulls.get({ ...at, pull_number })).data.requested_reviewers?.map((user) => user.login);
    const draft = await open(true); // had it been asked, it would be by the time that the later one is
    const ready = await open(false);
    await eventually(async () => expect(await asked(ready)).toEqual([world.reviewer]));
    expect(await asked(draft)).toEqual([]);
  });

  check("an installation is no user", async ({ octokit }) => {
    expect((await refusalOf(octokit.users.getAuthenticated())).status).toBe(403);
  });

  check("a comment is deleted", async ({ octokit, at, pull, eventually }) => {
    const { number } = await pull();
    const made = await octokit.issues.createComment({ ...at, issue_number: number, body: "twice" });
    expect((await octokit.issues.deleteComment({ ...at, comment_id: made.data.id })).status).toBe(204);
    await eventually(async () =>
      expect((await octokit.issues.listComments({ ...at, issue_number: number })).data).toEqual([]),
    );
  });

  check(
    "GraphQL tells the name of an installation, and who edited a text",
    async ({ octokit, reviewer, at, pull, world, eventually }) => {
      const { viewer } = await octokit.graphql<{ viewer: { login: string } }>("{ viewer { login } }");
      expect(viewer.login).toMatch(/\[bot\]$/);
      const { number } = await pull();
      const query = `query ($owner: String!, $name: String!, $number: Int!) {
      repository(owner: $owner, name: $name) { pullRequest(number: $number) {
        lastEditedAt editor { __typename login } userContentEdits(first: 10) { nodes { editedAt editor { login } } }
      } } }`;
      const variables = { owner: at.owner, name: at.repo, number };
      type Answer = { repository: { pullRequest: { editor: { login: string } | null; lastEditedAt: string | null } } };
      const before = await octokit.graphql<Answer>(query, variables);
      expect(before.repository.pullRequest).toMatchObject({ editor: null, lastEditedAt: null });
      await reviewer.pulls.update({ ...at, pull_number: number, body: "edited" });
      await eventually(async () => {
        const after = await octokit.graphql<Answer>(query, variables);
        expect(after.repository.pullRequest.editor?.login).toBe(world.reviewer);
      });
    },
  );
}
