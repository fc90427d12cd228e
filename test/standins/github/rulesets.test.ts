import { join } from "node:path";
import { describe, expect, it } from "vitest";

import type { Rule } from "../../../src/standins/github/rules/rule-types.ts";
import { REVIEW_RULE } from "../../support/github-rules.ts";
import { temporaryFolder } from "../../support/gitdir.ts";
import { refusalOf } from "../../support/github-tools.ts";
import { AT, NAME, githubForTest } from "../../support/github-world.ts";
import type { TOKENS, World } from "../../support/github-world.ts";
import { runGit } from "../../support/run-git.ts";

const COMMITS = [
  { files: { "a.yaml": "a: 1\n", "payments/p.yaml": "p: 1\n", CODEOWNERS: "/payments/ @acme/payments\n*.md @mina\n" } },
  { branch: "head", from: "main", files: { "a.yaml": "a: 2\n" }, message: "Bump a" },
  { branch: "paid", from: "main", files: { "payments/p.yaml": "p: 2\n" }, message: "Bump p" },
];

const ci = (strict = false): Rule => ({ type: "required_status_checks", strict, checks: [{ context: "ci" }] });

async function open({ octokit }: World, head = "head"): Promise<number> {
  return (await octokit("app").pulls.create({ ...AT, base: "main", head, title: `Take ${head}` })).data.number;
}

type Method = "merge" | "squash" | "rebase";

async function why({ octokit }: World, pull_number: number, merge_method: Method = "merge") {
  return await refusalOf(octokit("app").pulls.merge({ ...AT, pull_number, merge_method }));
}

async function clone(world: World, token: keyof typeof TOKENS): Promise<string> {
  const dir = join(temporaryFolder("push"), "work");
  expect(await runGit("/", "clone", "--quiet", world.remote(token), dir)).toMatchObject({ code: 0 });
  await runGit(dir, "commit", "--quiet", "--allow-empty", "-m", "Ours");
  return dir;
}

describe("rulesets", () => {
  it("are made, listed, read and deleted over REST, and told for a branch", async () => {
    const world = await githubForTest(COMMITS);
    const admin = world.octokit("admin");
    const rule = {
      type: "pull_request" as const,
      parameters: {
        required_approving_review_count: 1,
        dismiss_stale_reviews_on_push: true,
        require_code_owner_review: false,
        require_last_push_approval: false,
        required_review_thread_resolution: true,
        allowed_merge_methods: ["squash" as const],
      },
    };
    const conditions = {
      ref_name: { include: ["refs/heads/rel*/**", "~DEFAULT_BRANCH"], exclude: ["refs/heads/rel/x"] },
    };
    const { data } = await admin.repos.createRepoRuleset({
      ...AT,
      name: "main",
      enforcement: "active",
      conditions,
      rules: [rule, { type: "required_linear_history" }],
    });
    expect((await admin.repos.getRepoRulesets(AT)).data).toMatchObject([{ id: data.id, name: "main" }]);
    const told = async (branch: string): Promise<readonly string[]> =>
      (await world.octokit("reader").repos.getBranchRules({ ...AT, branch })).data.map(({ type }) => type);
    expect(await told("main")).toEqual(["pull_request", "required_linear_history"]);
    expect(await told("release/1/2")).toHaveLength(2);
    expect(await told("rel/x")).toEqual([]);
    const [first] = (await admin.repos.getBranchRules({ ...AT, branch: "main" })).data;
    expect(first).toMatchObject({ ...rule, ruleset_id: data.id, ruleset_source: NAME });
    expect((await world.octokit("app").repos.getBranch({ ...AT, branch: "main" })).data.protected).toBe(true);
    await admin.repos.deleteRepoRuleset({ ...AT, ruleset_id: data.id });
    expect(await told("main")).toEqual([]);
  });

  it("need administration to be made, and known kinds of rules", async () => {
    const world = await githubForTest(COMMITS);
    const make = { ...AT, name: "x", enforcement: "active" as const };
    expect((await refusalOf(world.octokit("app").repos.createRepoRuleset(make))).status).toBe(403);
    const rules = [{ type: "tea_break" as "creation" }];
    expect((await refusalOf(world.octokit("admin").repos.createRepoRuleset({ ...make, rules }))).status).toBe(422);
  });

  it("refuse merges in their own words, all at once", async () => {
    const world = await githubForTest(COMMITS);
    world.control.addRuleset(NAME, { rules: [{ ...REVIEW_RULE, approvals: 1 }, ci()] });
    const refused = await why(world, await open(world));
    expect(refused.status).toBe(405);
    expect(refused.text).toContain(
      String.raw`Repository rule violations found\n\nAt least 1 approving review is required by reviewers with write access.\n\nRequired status check \"ci\" is expected.\n\n`,
    );
  });

  it.each<[string, Rule, Method, string]>([
    ["signatures", { type: "required_signatures" }, "merge", "Commits must have verified signatures."],
    ["signatures, for a rebase", { type: "required_signatures" }, "rebase", "Commits must have verified signatures."],
    ["a line", { type: "required_linear_history" }, "merge", "This branch must not contain merge commits."],
    ["no updates", { type: "update" }, "squash", "Cannot update this protected ref."],
    ["a method", { ...REVIEW_RULE, methods: ["merge"] }, "squash", "Squash merges are not allowed on this repository."],
    ["the queue", { type: "merge_queue", method: "merge" }, "merge", "Changes must be made through the merge queue"],
    [
      "words",
      { type: "commit_message_pattern", operator: "starts_with", pattern: "feat:", negate: false },
      "merge",
      "Commit message must start with a given pattern: feat:",
    ],
  ])("refuse a merge for %s", async (_, rule, method, words) => {
    const world = await githubForTest(COMMITS);
    world.control.addRuleset(NAME, { rules: [rule] });
    expect((await why(world, await open(world), method)).text).toContain(words);
  });

  it("let a squash pass where commits must be signed: GitHub signs it", async () => {
    const world = await githubForTest(COMMITS);
    world.control.addRuleset(NAME, { rules: [{ type: "required_signatures" }] });
    const pull_number = await open(world);
    const merged = await world.octokit("app").pulls.merge({ ...AT, pull_number, merge_method: "squash" });
    expect(merged.data.merged).toBe(true);
  });

  it("wait for the code owners of what changes, whom GitHub asks", async () => {
    const world = await githubForTest(COMMITS);
    world.control.addTeam(NAME, "payments", ["mina"]);
    world.control.addRuleset(NAME, { rules: [{ ...REVIEW_RULE, codeOwners: true }] });
    const other = await open(world);
    const number = await open(world, "paid");
    expect((await why(world, number)).text).toContain("Waiting on code owner review from acme/payments.");
    await world.control.settle();
    const app = world.octokit("app");
    const { data } = await app.pulls.get({ ...AT, pull_number: number });
    expect(data.requested_teams?.map(({ slug }) => slug)).toEqual(["payments"]);
    await world.octokit("mina").pulls.createReview({ ...AT, pull_number: number, event: "APPROVE" });
    expect((await app.pulls.merge({ ...AT, pull_number: number })).data.merged).toBe(true);
    expect((await app.pulls.merge({ ...AT, pull_number: other })).data.merged).toBe(true);
  });

  it("wait for conversations to be resolved, and for an approval after the last push", async () => {
    const world = await githubForTest(COMMITS);
    world.control.addRuleset(NAME, {
      rules: [{ ...REVIEW_RULE, approvals: 1, conversations: true, lastPush: true, dismissStale: true }],
    });
    const number = await open(world);
    const mina = world.octokit("mina");
    const at = { ...AT, pull_number: number };
    const { sha } = (await mina.pulls.get(at)).data.head;
    await mina.pulls.createReviewComment({ ...at, commit_id: sha, path: "a.yaml", line: 1, body: "why?" });
    await mina.pulls.createReview({ ...at, event: "APPROVE" });
    expect((await why(world, number)).text).toContain("A conversation must be resolved before");
    world.control.resolveConversations(NAME, number);
    const dir = await clone(world, "mina");
    await runGit(dir, "checkout", "--quiet", "head");
    await runGit(dir, "commit", "--quiet", "--allow-empty", "-m", "Mine");
    await runGit(dir, "push", "--quiet", "origin", "head");
    expect((await why(world, number)).text).toContain("At least 1 approving review is required");
    await mina.pulls.createReview({ ...at, event: "APPROVE" });
    expect((await why(world, number)).text).toContain(
      "Waiting on 1 more approval from someone other than the last pusher.",
    );
  });

  it("bind nobody while they are only evaluated", async () => {
    const world = await githubForTest(COMMITS);
    world.control.addRuleset(NAME, { rules: [{ type: "update" }], enforcement: "evaluate" });
    const merged = await world.octokit("app").pulls.merge({ ...AT, pull_number: await open(world) });
    expect(merged.data.merged).toBe(true);
  });

  it("are passed by whom they name, silently in the API: the state stays blocked", async () => {
    const world = await githubForTest(COMMITS);
    const bypass = [{ actorId: 7, actorType: "Integration", mode: "always" }] as const;
    world.control.addRuleset(NAME, { rules: [{ ...REVIEW_RULE, approvals: 2 }, ci(true)], bypass });
    const pull_number = await open(world);
    const app = world.octokit("app");
    await app.pulls.get({ ...AT, pull_number });
    await world.control.settle();
    expect((await app.pulls.get({ ...AT, pull_number })).data.mergeable_state).toBe("blocked");
    expect((await refusalOf(world.octokit("mina").pulls.merge({ ...AT, pull_number }))).status).toBe(405);
    expect((await app.pulls.merge({ ...AT, pull_number })).data.merged).toBe(true);
  });
});

describe("classic protection", () => {
  it("lists who may write the branch", async () => {
    const world = await githubForTest(COMMITS);
    await world.control.protect(NAME, "main", { pushers: ["mina"] });
    const number = await open(world);
    expect((await why(world, number)).text).toContain("You're not authorized to push to this branch.");
    const merged = await world.octokit("mina").pulls.merge({ ...AT, pull_number: number });
    expect(merged.data.merged).toBe(true);
  });
});

describe("a push to a branch with rules", () => {
  it.each<[string, Rule, readonly string[], string]>([
    ["that wants pull requests", REVIEW_RULE, ["HEAD:main"], "Changes must be made through a pull request."],
    ["that wants checks", ci(), ["HEAD:main"], 'Required status check "ci" is expected.'],
    ["that is closed", { type: "update" }, ["HEAD:main"], "Cannot update this protected ref."],
    ["that must not be rewritten", { type: "non_fast_forward" }, ["+HEAD~1^{commit}:head"], ""],
    ["that must not be deleted", { type: "deletion" }, [":main"], "Cannot delete this branch"],
    ["that wants signatures", { type: "required_signatures" }, ["HEAD:main"], "Commits must have verified signatures."],
    [
      "that wants other words",
      { type: "commit_message_pattern", operator: "regex", pattern: "^(feat|fix): ", negate: false },
      ["HEAD:main"],
      "Commit message must match a given regex pattern: ^(feat|fix): ",
    ],
    [
      "that forbids words",
      { type: "commit_message_pattern", operator: "contains", pattern: "Ours", negate: true },
      ["HEAD:main"],
      "Commit message must not contain a given pattern: Ours",
    ],
  ])("%s is refused with GH013", async (_, rule, refspecs, words) => {
    const world = await githubForTest(COMMITS);
    world.control.addRuleset(NAME, { rules: [rule], include: ["~ALL"] });
    const dir = await clone(world, "app");
    if (rule.type === "non_fast_forward") await runGit(dir, "commit", "--quiet", "--allow-empty", "-m", "More");
    const pushed = await runGit(dir, "push", "origin", ...refspecs);
    expect(pushed.code).not.toBe(0);
    expect(pushed.stderr).toMatch(
      /remote: error: GH013: Repository rule violations found for refs\/heads\/(?:main|head)\./,
    );
    expect(pushed.stderr).toContain(words);
  });

  it("may not be created, by git or through the API, where creations are restricted", async () => {
    const world = await githubForTest(COMMITS);
    world.control.addRuleset(NAME, { rules: [{ type: "creation" }], include: ["refs/heads/lastgood/**"] });
    const words = "Cannot create ref due to creations being restricted.";
    const dir = await clone(world, "app");
    const pushed = await runGit(dir, "push", "origin", "HEAD:refs/heads/lastgood/a/b");
    expect(pushed.stderr).toContain("GH013");
    expect(pushed.stderr).toContain(words);
    expect((await runGit(dir, "push", "origin", "HEAD:refs/heads/other")).code).toBe(0);
    const sha = (await runGit(dir, "rev-parse", "HEAD")).stdout;
    const { git } = world.octokit("app");
    const refused = await refusalOf(git.createRef({ ...AT, ref: "refs/heads/lastgood/c", sha }));
    expect(refused).toMatchObject({ status: 422, text: expect.stringContaining(words) });
  });

  it("passes for whom the ruleset names, who is told", async () => {
    const world = await githubForTest(COMMITS);
    const bypass = [{ actorId: 7, actorType: "Integration", mode: "always" }] as const;
    world.control.addRuleset(NAME, { rules: [REVIEW_RULE], bypass });
    const pushed = await runGit(await clone(world, "app"), "push", "origin", "HEAD:main");
    expect(pushed.code).toBe(0);
    expect(pushed.stderr).toContain("remote: Bypassed rule violations for refs/heads/main");
    expect((await runGit(await clone(world, "mina"), "push", "origin", "HEAD:main")).stderr).toContain("GH013");
  });

  it("hears both kinds of rules", async () => {
    const world = await githubForTest(COMMITS);
    world.control.addRuleset(NAME, { rules: [ci()] });
    await world.control.protect(NAME, "main", { requiredApprovals: 1 });
    const { stderr } = await runGit(await clone(world, "app"), "push", "origin", "HEAD:main");
    expect(stderr).toMatch(/GH006[^]*pull request[^]*GH013[^]*ci/);
  });
});
