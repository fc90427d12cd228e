import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { MergeResult } from "../../../src/ports/forge.ts";
import type { NewRepository } from "../../../src/standins/github/control.ts";
import type { Rule } from "../../../src/standins/github/rules/rule-types.ts";
import type { GitHub } from "../../../src/standins/github/start-github.ts";
import { REVIEW_RULE } from "../../support/github-rules.ts";
import {
  BRANCH,
  CI,
  justBefore,
  type MergeWorld,
  openPull,
  pushToMain,
  says,
  startMergeServer,
} from "../../support/merge-world.ts";
import { runGit } from "../../support/run-git.ts";

let github: GitHub;

beforeAll(async () => {
  github = await startMergeServer();
});

afterAll(async () => github.close());

const openOne = async (facts?: NewRepository): Promise<MergeWorld> => openPull(github, facts);

describe("a merge that GitHub refuses although it looked ready", () => {
  it.each<[string, (world: MergeWorld) => Promise<unknown>, Partial<MergeResult>]>([
    ["for a check that is expected", async (w) => w.rules(CI), { kind: "waiting" }],
    ["for a review", async (w) => w.rules({ ...REVIEW_RULE, approvals: 1 }), { kind: "waiting" }],
    ["for a code owner", async (w) => w.rules({ ...REVIEW_RULE, codeOwners: true }), { kind: "waiting" }],
    ["for a closed branch", async (w) => w.rules({ type: "update" }), { kind: "refused" }],
    [
      "for who may push",
      async (w) => github.control.protect(w.name, "main", { pushers: ["mina"] }),
      { kind: "refused" },
    ],
    ["for several rules at once", async (w) => w.rules(CI, { type: "update" }), { kind: "refused" }],
    ["for a draft", async (w) => github.control.setDraft(w.name, 1, true), { kind: "refused" }],
    ["for a conflict", async (w) => pushToMain(w, "app.yaml", "a: 7\n"), { kind: "base-moved", how: "conflict" }],
  ])("%s is told apart", async (_, happen, expected) => {
    const world = await openOne();
    justBefore(world, async () => happen(world));
    expect(await world.merge()).toMatchObject(expected);
    expect(world.merges()).toBe(1);
  });

  it("for a base that moved is planned again, never merged blindly", async () => {
    const world = await openOne();
    github.control.addFault({
      method: "PUT",
      path: new RegExp(`/${world.name}/pulls/1/merge$`),
      when: "during",
      does: { kind: "run", run: async () => pushToMain(world, "z.yaml", "z: 2\n") },
    });
    expect(await world.merge()).toMatchObject({ kind: "base-moved", how: "raced" });
    expect(world.merges()).toBe(1);
  });

  it("for another head leaves it to the person who pushed", async () => {
    const world = await openOne();
    justBefore(world, async () => {
      const { data } = await world.mina.git.getCommit({ ...world.at, commit_sha: world.head });
      const message = "Theirs";
      const tree = data.tree.sha;
      const made = await world.mina.git.createCommit({ ...world.at, message, tree, parents: [world.head] });
      await runGit("/", `--git-dir=${world.dir}`, "update-ref", `refs/heads/${BRANCH}`, made.data.sha);
    });
    expect(await world.merge()).toMatchObject({ kind: "refused", reason: expect.stringContaining("somebody pushed") });
  });

  it("for one that was merged by the call before answers that merge", async () => {
    const world = await openOne();
    justBefore(world, async () => world.mina.pulls.merge({ ...world.at, pull_number: 1 }));
    expect(await world.merge()).toMatchObject({ kind: "merged" });
  });

  it("for one that was closed says so", async () => {
    const world = await openOne();
    justBefore(world, async () => world.mina.pulls.update({ ...world.at, pull_number: 1, state: "closed" }));
    expect(await world.merge()).toMatchObject({ kind: "refused", reason: expect.stringContaining("was closed") });
  });

  it("for a branch that must be up to date tells that it is behind", async () => {
    const world = await openOne();
    justBefore(world, async () => {
      world.rules({ ...CI, strict: true, checks: [] });
      await pushToMain(world, "z.yaml", "z: 2\n");
    });
    expect(await world.merge()).toMatchObject({ kind: "base-moved", how: "behind" });
  });

  it.each<[string, Rule, number]>([
    ["a merge commit, in a line", { type: "required_linear_history" }, 2],
    ["commits that are not signed", { type: "required_signatures" }, 1],
    ["a method", { ...REVIEW_RULE, methods: ["rebase"] }, 1],
  ])("for %s uses a way of merging that is permitted", async (_, rule, parents) => {
    const world = await openOne();
    justBefore(world, async () => world.rules(rule));
    expect(await world.merge()).toMatchObject({ kind: "merged" });
    const { data } = await world.bot.repos.getCommit({ ...world.at, ref: "main" });
    expect(data.parents.length).toBeLessThanOrEqual(parents);
  });

  it("for its only way of merging is refused", async () => {
    const world = await openOne({ allow: { merge: true, squash: false, rebase: false } });
    justBefore(world, async () => world.rules({ type: "required_linear_history" }));
    expect(await world.merge()).toEqual({ kind: "refused", reason: "This branch must not contain merge commits." });
  });

  it("for the merge queue is queued", async () => {
    const world = await openOne();
    justBefore(world, async () => world.rules({ type: "merge_queue", method: "merge" }, CI));
    // Its own check is missing then: the queue does not take it yet.
    expect(await world.merge()).toMatchObject({ kind: "waiting", reason: expect.stringContaining("merge queue") });
  });

  it.each([
    ["Merge already in progress", "waiting"],
    ["Waiting on 1 more approval from someone.", "waiting"],
    ["A conversation must be resolved before this pull request can be merged.", "waiting"],
    ["This branch can't be rebased", "refused"],
    ["Pull Request is in the merge queue.", "queued"],
    ["Mercury is in retrograde", "waiting"],
  ])("with %j is %s, with the words", async (words, kind) => {
    const world = await openOne();
    says(world, 405, words, 3);
    const result = await world.merge();
    expect(result.kind).toBe(kind);
    expect(result).toMatchObject({
      reason: expect.stringMatching(kind === "queued" ? /queue of main/ : new RegExp(words.slice(0, 20))),
    });
    github.control.clearFaults();
  });

  it("for a permission fails as one", async () => {
    const world = await openOne();
    says(world, 403, "Resource not accessible by integration");
    await expect(world.merge()).rejects.toMatchObject({ code: "ForgePermission" });
  });
});

describe("a pull request with something missing", () => {
  it("is told what, and whom to ask; merge is never called, though the token could pass the rules by", async () => {
    const world = await openOne();
    github.control.addTeam(world.name, "payments", ["mina"]);
    const checks = [{ context: "build" }, { context: "e2e" }];
    const rules: readonly Rule[] = [
      { type: "required_status_checks", strict: false, checks },
      { ...REVIEW_RULE, approvals: 1, codeOwners: true },
    ];
    github.control.addRuleset(world.name, {
      rules,
      bypass: [{ actorId: 1, actorType: "Integration", mode: "always" }],
    });
    await world.check("pending", "build");
    await world.check("pending", "e2e");
    expect(await world.merge()).toEqual({
      kind: "waiting",
      reason: "2 checks are running: build, e2e; 1 approving review missing: ask @acme/payments",
    });
    expect(world.merges()).toBe(0);
  });

  it("is told of failures, of reviewers who object, and of open conversations", async () => {
    const world = await openOne({ allowAutoMerge: true });
    world.rules(CI, { ...REVIEW_RULE, approvals: 1, conversations: true });
    await world.check("failure");
    const at = { ...world.at, pull_number: 1 };
    await world.mina.pulls.createReviewComment({ ...at, commit_id: world.head, path: "app.yaml", line: 1, body: "?" });
    await world.mina.pulls.createReview({ ...at, event: "REQUEST_CHANGES", body: "no" });
    expect(await world.merge(true)).toEqual({
      kind: "waiting",
      reason:
        "1 check has failed: ci; mina requested changes; 1 approving review missing: ask @acme/payments; 1 conversation is not resolved",
    });
  });

  it("stops where nobody may update the branch", async () => {
    const world = await openOne();
    world.rules({ type: "update" });
    expect(await world.merge()).toMatchObject({ kind: "refused", reason: expect.stringContaining("update it") });
  });

  it("waits where auto-merge is not allowed", async () => {
    const world = await openOne();
    world.rules(CI);
    expect(await world.merge(true)).toEqual({ kind: "waiting", reason: "1 check has not reported: ci" });
  });

  it("is armed without a watcher where the base is pinned: strict rules", async () => {
    const world = await openOne({ allowAutoMerge: true });
    world.rules({ ...CI, strict: true });
    expect(await world.merge()).toMatchObject({ kind: "armed" });
  });

  it("is merged with our words when it was armed", async () => {
    const world = await openOne({ allowAutoMerge: true });
    world.rules(CI);
    expect(await world.merge(true)).toMatchObject({ kind: "armed" });
    await world.check("success");
    const { data } = await world.bot.repos.getCommit({ ...world.at, ref: "main" });
    expect(data.commit.message).toBe("Revert (#1)\n\nLastgood-Job: 1");
  });

  it("is armed once although the answer is lost", async () => {
    const world = await openOne({ allowAutoMerge: true });
    world.rules(CI);
    let asked = 0;
    github.control.addFault({
      method: "POST",
      path: /graphql$/,
      when: "before",
      does: { kind: "run", run: async () => void (asked += 1) },
    });
    github.control.addFault({
      method: "POST",
      path: /graphql$/,
      when: "after",
      does: { kind: "run", run: async () => undefined },
    });
    github.control.addFault({ method: "POST", path: /graphql$/, when: "after", does: { kind: "drop" } });
    expect(await world.merge(true)).toMatchObject({ kind: "armed" });
    expect(asked).toBe(1);
    github.control.clearFaults();
  });
});

describe("a base with a merge queue", () => {
  const queue = async (): Promise<MergeWorld> => {
    const world = await openOne({ allowAutoMerge: true });
    world.rules({ type: "merge_queue", method: "squash" }, CI);
    return world;
  };
  const group = async (world: MergeWorld): Promise<string> => {
    await github.control.settle();
    const { data } = await world.bot.git.listMatchingRefs({ ...world.at, ref: "heads/gh-readonly-queue/" });
    return data[0]?.object.sha ?? "none";
  };

  it("takes it in, and it is never merged beside the queue", async () => {
    const world = await queue();
    await world.check("success");
    expect(await world.merge()).toMatchObject({ kind: "queued" });
    await github.control.settle();
    expect(await world.merge()).toMatchObject({ kind: "queued", reason: expect.stringContaining("at place 1") });
    expect(world.merges()).toBe(0);
    await world.check("success", "ci", await group(world));
    expect(await world.merge()).toMatchObject({ kind: "merged" });
  });

  it("is armed for it while its own check is missing", async () => {
    const world = await queue();
    expect(await world.merge()).toMatchObject({ kind: "armed" });
    await world.check("success");
    expect(await world.merge()).toMatchObject({ kind: "queued" });
  });

  it("is not asked again after it threw it out", async () => {
    const world = await queue();
    await world.check("success");
    await world.merge();
    await world.check("failure", "ci", await group(world));
    expect(await world.merge()).toMatchObject({ kind: "refused", reason: expect.stringContaining("failed checks") });
  });

  it("lets it out again when it is taken back", async () => {
    const world = await queue();
    await world.check("success");
    await world.merge();
    await github.control.settle();
    await world.forge.cancelMerge?.(1);
    expect(await group(world)).toBe("none");
    expect(await world.forge.findPullRequest(BRANCH)).toMatchObject({ state: "open" });
  });
});

describe("taking a merge back", () => {
  it("fails loudly when an order stands and GraphQL does not answer", async () => {
    const world = await openOne({ allowAutoMerge: true });
    world.rules(CI);
    await world.merge(true);
    const body = { data: null, errors: [{ type: "FORBIDDEN", message: "no" }] };
    const does = { kind: "answer", status: 200, body } as const;
    github.control.addFault({ method: "POST", path: /graphql$/, times: 9, when: "before", does });
    await expect(world.forge.cancelMerge?.(1)).rejects.toMatchObject({
      code: "ForgePermission",
      hint: expect.stringContaining("/pull/1"),
    });
    github.control.clearFaults();
    await world.forge.cancelMerge?.(1);
    expect(await world.forge.findPullRequest(BRANCH)).not.toHaveProperty("armedBy");
  });

  it("leaves alone what a person has ordered", async () => {
    const world = await openOne({ allowAutoMerge: true });
    world.rules(CI);
    const { data } = await world.bot.pulls.get({ ...world.at, pull_number: 1 });
    const query = `mutation { enablePullRequestAutoMerge(input: { pullRequestId: "${data.node_id}" }) { clientMutationId } }`;
    await world.mina.request(`POST ${github.url}/api/graphql`, { query });
    await world.forge.cancelMerge?.(1);
    expect(await world.forge.findPullRequest(BRANCH)).toMatchObject({ armedBy: "mina" });
  });
});
