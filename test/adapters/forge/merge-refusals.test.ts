import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { createGitHubForge } from "../../../src/adapters/forge/github/github-forge.ts";
import { commitId, type CommitId } from "../../../src/core/model/git.ts";
import type { Clock } from "../../../src/ports/clock.ts";
import type { Forge, MergeResult } from "../../../src/ports/forge.ts";
import type { NewRepository } from "../../../src/standins/github/control.ts";
import type { Rule } from "../../../src/standins/github/rules/rule-types.ts";
import { startGitHub, type GitHub } from "../../../src/standins/github/start-github.ts";
import { fixedClock } from "../../support/fixed-clock.ts";
import { gitdir, temporaryFolder } from "../../support/gitdir.ts";
import { executeGraphQL } from "../../support/github-graphql.ts";
import { octokitFor } from "../../support/github-tools.ts";
import { runGit } from "../../support/run-git.ts";
import { silentLog } from "../../support/silent-log.ts";

const BOT = "ghs_bot0000000000000000000000000000000000";
const MINA = "ghp_mina00000000000000000000000000000000";
const BRANCH = "lastgood/payments/api-3f9c2ab";

let github: GitHub;
let count = 0;

beforeAll(async () => {
  github = await startGitHub({ root: temporaryFolder("github"), graphql: executeGraphQL });
  const permissions = {
    metadata: "read",
    contents: "write",
    pull_requests: "write",
    issues: "write",
    checks: "read",
    statuses: "read",
  } as const;
  github.control.addToken(BOT, { user: "lastgood[bot]", app: { id: 1, slug: "lastgood" }, permissions });
  github.control.addToken(MINA, { user: "mina", permissions: "write" });
});

afterAll(async () => github.close());

interface World {
  readonly name: string;
  readonly dir: string;
  readonly forge: Forge;
  readonly head: CommitId;
  /** As the bot, as the person. */
  readonly bot: ReturnType<typeof octokitFor>;
  readonly mina: ReturnType<typeof octokitFor>;
  readonly at: { readonly owner: string; readonly repo: string };
  merge(watched?: boolean): Promise<MergeResult>;
  rules(...rules: readonly Rule[]): number;
  check(state: "success" | "failure" | "pending", context?: string, sha?: string): Promise<void>;
  /** How often `PUT merge` was asked for. */
  merges(): number;
}

async function open(facts: NewRepository = {}, draft = false): Promise<World> {
  count += 1;
  const at = { owner: "acme", repo: `refusals-${count}` };
  const name = `${at.owner}/${at.repo}`;
  const source = gitdir([
    { files: { "app.yaml": "a: 1\n", "z.yaml": "z: 1\n", CODEOWNERS: "* @acme/payments\n" } },
    { branch: BRANCH, from: "main", files: { "app.yaml": "a: 0\n" }, message: "Revert" },
  ]);
  const { dir } = await github.control.createRepository(at.owner, at.repo, { from: source.path, ...facts });
  const clock: Clock = fixedClock();
  const forge = await createGitHubForge({
    baseUrl: github.apiUrl,
    ...at,
    token: async () => BOT,
    clock: {
      ...clock,
      async sleep(ms, signal) {
        await github.control.settle();
        await clock.sleep(ms, signal);
      },
    },
    log: silentLog(),
    paced: false,
  });
  const bot = octokitFor(github.apiUrl, BOT);
  const request = { branch: BRANCH, base: "main", title: "Revert", body: "why", draft, labels: [], reviewers: [] };
  await forge.openPullRequest(request);
  const head = commitId(source.id(BRANCH));
  await bot.pulls.get({ ...at, pull_number: 1 });
  await github.control.settle();
  return {
    name,
    dir,
    forge,
    head,
    bot,
    at,
    mina: octokitFor(github.apiUrl, MINA),
    merge: async (watched) =>
      forge.mergePullRequest({
        number: 1,
        expectedHead: head,
        title: "Revert (#1)",
        message: "Lastgood-Job: 1",
        ...(watched === undefined ? {} : { watched }),
      }),
    rules: (...rules) => github.control.addRuleset(name, { rules }),
    check: async (state, context = "ci", sha = head) => {
      await bot.repos.createCommitStatus({ ...at, sha, state, context }).catch(async () => {
        await octokitFor(github.apiUrl, MINA).repos.createCommitStatus({ ...at, sha, state, context });
      });
      await github.control.settle();
    },
    merges: () =>
      github.control
        .requests()
        .filter(({ method, path }) => method === "PUT" && path === `/repos/${name}/pulls/1/merge`).length,
  };
}

/** Happens between our last look and GitHub's merge: only so a pull request that looked clean is refused. */
function justBefore({ name }: World, run: () => Promise<unknown>): void {
  github.control.addFault({
    method: "PUT",
    path: new RegExp(`/${name}/pulls/1/merge$`),
    when: "before",
    does: { kind: "run", run: async () => void (await run()) },
  });
}

/** GitHub's words where no state of ours leads to them. */
function says({ name }: World, status: number, message: string, times = 1): void {
  const path = new RegExp(`/${name}/pulls/1/merge$`);
  github.control.addFault({
    method: "PUT",
    path,
    times,
    when: "before",
    does: { kind: "answer", status, body: { message } },
  });
}

const REVIEW = {
  type: "pull_request",
  approvals: 0,
  dismissStale: false,
  codeOwners: false,
  conversations: false,
  lastPush: false,
  methods: ["merge", "squash", "rebase"],
} as const satisfies Rule;
const CI: Rule = { type: "required_status_checks", strict: false, checks: [{ context: "ci" }] };

async function pushToMain({ dir }: World, file: string, text: string): Promise<void> {
  const work = `${temporaryFolder("person")}/work`;
  await runGit("/", "clone", "--quiet", dir, work);
  const { writeFile } = await import("node:fs/promises");
  await writeFile(`${work}/${file}`, text);
  await runGit(work, "add", ".");
  await runGit(work, "commit", "--quiet", "-m", "Theirs");
  const pushed = await runGit(work, "push", "--quiet", "origin", "HEAD:main");
  if (pushed.code !== 0) throw new Error(pushed.stderr);
}

describe("a merge that GitHub refuses although it looked ready", () => {
  it.each<[string, (world: World) => Promise<unknown>, Partial<MergeResult>]>([
    ["for a check that is expected", async (w) => w.rules(CI), { kind: "waiting" }],
    ["for a review", async (w) => w.rules({ ...REVIEW, approvals: 1 }), { kind: "waiting" }],
    ["for a code owner", async (w) => w.rules({ ...REVIEW, codeOwners: true }), { kind: "waiting" }],
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
    const world = await open();
    justBefore(world, async () => happen(world));
    expect(await world.merge()).toMatchObject(expected);
    expect(world.merges()).toBe(1);
  });

  it("for a base that moved is planned again, never merged blindly", async () => {
    const world = await open();
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
    const world = await open();
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
    const world = await open();
    justBefore(world, async () => world.mina.pulls.merge({ ...world.at, pull_number: 1 }));
    expect(await world.merge()).toMatchObject({ kind: "merged" });
  });

  it("for one that was closed says so", async () => {
    const world = await open();
    justBefore(world, async () => world.mina.pulls.update({ ...world.at, pull_number: 1, state: "closed" }));
    expect(await world.merge()).toMatchObject({ kind: "refused", reason: expect.stringContaining("was closed") });
  });

  it("for a branch that must be up to date tells that it is behind", async () => {
    const world = await open();
    justBefore(world, async () => {
      world.rules({ ...CI, strict: true, checks: [] });
      await pushToMain(world, "z.yaml", "z: 2\n");
    });
    expect(await world.merge()).toMatchObject({ kind: "base-moved", how: "behind" });
  });

  it.each<[string, Rule, number]>([
    ["a merge commit, in a line", { type: "required_linear_history" }, 2],
    ["commits that are not signed", { type: "required_signatures" }, 1],
    ["a method", { ...REVIEW, methods: ["rebase"] }, 1],
  ])("for %s uses a way of merging that is permitted", async (_, rule, parents) => {
    const world = await open();
    justBefore(world, async () => world.rules(rule));
    expect(await world.merge()).toMatchObject({ kind: "merged" });
    const { data } = await world.bot.repos.getCommit({ ...world.at, ref: "main" });
    expect(data.parents.length).toBeLessThanOrEqual(parents);
  });

  it("for its only way of merging is refused", async () => {
    const world = await open({ allow: { merge: true, squash: false, rebase: false } });
    justBefore(world, async () => world.rules({ type: "required_linear_history" }));
    expect(await world.merge()).toEqual({ kind: "refused", reason: "This branch must not contain merge commits." });
  });

  it("for the merge queue is queued", async () => {
    const world = await open();
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
    const world = await open();
    says(world, 405, words, 3);
    const result = await world.merge();
    expect(result.kind).toBe(kind);
    expect(result).toMatchObject({
      reason: expect.stringMatching(kind === "queued" ? /queue of main/ : new RegExp(words.slice(0, 20))),
    });
    github.control.clearFaults();
  });

  it("for a permission fails as one", async () => {
    const world = await open();
    says(world, 403, "Resource not accessible by integration");
    await expect(world.merge()).rejects.toMatchObject({ code: "ForgePermission" });
  });
});

describe("a pull request with something missing", () => {
  it("is told what, and whom to ask; merge is never called, though the token could pass the rules by", async () => {
    const world = await open();
    github.control.addTeam(world.name, "payments", ["mina"]);
    const checks = [{ context: "build" }, { context: "e2e" }];
    const rules: readonly Rule[] = [
      { type: "required_status_checks", strict: false, checks },
      { ...REVIEW, approvals: 1, codeOwners: true },
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
    const world = await open({ allowAutoMerge: true });
    world.rules(CI, { ...REVIEW, approvals: 1, conversations: true });
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
    const world = await open();
    world.rules({ type: "update" });
    expect(await world.merge()).toMatchObject({ kind: "refused", reason: expect.stringContaining("update it") });
  });

  it("waits where auto-merge is not allowed", async () => {
    const world = await open();
    world.rules(CI);
    expect(await world.merge(true)).toEqual({ kind: "waiting", reason: "1 check has not reported: ci" });
  });

  it("is armed without a watcher where the base is pinned: strict rules", async () => {
    const world = await open({ allowAutoMerge: true });
    world.rules({ ...CI, strict: true });
    expect(await world.merge()).toMatchObject({ kind: "armed" });
  });

  it("is merged with our words when it was armed", async () => {
    const world = await open({ allowAutoMerge: true });
    world.rules(CI);
    expect(await world.merge(true)).toMatchObject({ kind: "armed" });
    await world.check("success");
    const { data } = await world.bot.repos.getCommit({ ...world.at, ref: "main" });
    expect(data.commit.message).toBe("Revert (#1)\n\nLastgood-Job: 1");
  });

  it("is armed once although the answer is lost", async () => {
    const world = await open({ allowAutoMerge: true });
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
  const queue = async (): Promise<World> => {
    const world = await open({ allowAutoMerge: true });
    world.rules({ type: "merge_queue", method: "squash" }, CI);
    return world;
  };
  const group = async (world: World): Promise<string> => {
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
    const world = await open({ allowAutoMerge: true });
    world.rules(CI);
    await world.merge(true);
    const body = { data: null, errors: [{ type: "FORBIDDEN", message: "no" }] };
    github.control.addFault({
      method: "POST",
      path: /graphql$/,
      when: "before",
      does: { kind: "answer", status: 200, body },
    });
    await expect(world.forge.cancelMerge?.(1)).rejects.toMatchObject({ code: "ForgeUnavailable" });
    await world.forge.cancelMerge?.(1);
    expect(await world.forge.findPullRequest(BRANCH)).not.toHaveProperty("armedBy");
  });

  it("leaves alone what a person has ordered", async () => {
    const world = await open({ allowAutoMerge: true });
    world.rules(CI);
    const { data } = await world.bot.pulls.get({ ...world.at, pull_number: 1 });
    const query = `mutation { enablePullRequestAutoMerge(input: { pullRequestId: "${data.node_id}" }) { clientMutationId } }`;
    await world.mina.request(`POST ${github.url}/api/graphql`, { query });
    await world.forge.cancelMerge?.(1);
    expect(await world.forge.findPullRequest(BRANCH)).toMatchObject({ armedBy: "mina" });
  });
});
