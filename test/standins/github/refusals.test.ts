import { join } from "node:path";
import { describe, expect, it } from "vitest";

import type { Rule } from "../../../src/standins/github/rules/rule-types.ts";
import { REVIEW_RULE } from "../../support/github-rules.ts";
import { temporaryFolder } from "../../support/gitdir.ts";
import { askGraphQL, base64, createCommit } from "../../support/github-checks-graphql.ts";
import { octokitFor, refusalOf } from "../../support/github-tools.ts";
import { AT, NAME, TOKENS, githubForTest } from "../../support/github-world.ts";
import type { World } from "../../support/github-world.ts";
import { runGit } from "../../support/run-git.ts";

const COMMITS = [
  { files: { "a.yaml": "a: 1\n", "owned/o.yaml": "o: 1\n", CODEOWNERS: "/owned/ @mina\n" } },
  { branch: "head", from: "main", files: { "a.yaml": "a: 2\n" }, message: "Bump a" },
  { branch: "owned", from: "main", files: { "owned/o.yaml": "o: 2\n" }, message: "Bump o" },
  { branch: "clash", from: "main", files: { "a.yaml": "a: 9\n" }, message: "Bump a too" },
  // Its history cannot be replayed in a line: it contains a merge.
  { branch: "knot", from: "main", files: { "k.yaml": "k: 1\n" } },
  { branch: "knot", merge: ["head"], message: "Merge head" },
];

/** What came back: an HTTP status (200 of GraphQL too), or nothing but words from git. */
interface Refused {
  readonly status: number | "push";
  readonly text: string;
}
type Provoke = (world: World) => Promise<Refused>;
type Row = readonly [words: string, status: Refused["status"], provoke: Provoke];

const ci = (strict = false, ...more: readonly string[]): Rule => ({
  type: "required_status_checks",
  strict,
  checks: ["ci", ...more].map((context) => ({ context })),
});

interface Opened {
  readonly number: number;
  readonly id: string;
  readonly sha: string;
}

async function open({ octokit }: World, head = "head", draft = false): Promise<Opened> {
  const { data } = await octokit("app").pulls.create({ ...AT, base: "main", head, draft, title: `Take ${head}` });
  return { number: data.number, id: data.node_id, sha: data.head.sha };
}

interface Order {
  readonly sha?: string;
  readonly merge_method?: "merge" | "squash" | "rebase";
}

const merge = async ({ octokit }: World, { number }: Opened, order: Order = {}): Promise<Refused> =>
  await refusalOf(octokit("app").pulls.merge({ ...AT, pull_number: number, ...order }));

const report = async ({ octokit }: World, { sha }: Opened, state: "success" | "failure" | "pending") =>
  await octokit("app").repos.createCommitStatus({ ...AT, sha, context: "ci", state });

/** Somebody else's work lands on main. */
async function elsewhere({ octokit }: World): Promise<void> {
  const content = base64("e: 1\n");
  await octokit("mina").repos.createOrUpdateFileContents({ ...AT, path: "e.yaml", message: "Else", content });
}

/** A merge under these rules. */
const under =
  (rules: readonly Rule[], order: Order = {}, head = "head"): Provoke =>
  async (world) => {
    world.control.addRuleset(NAME, { rules });
    return await merge(world, await open(world, head), order);
  };

async function during(world: World, run: () => Promise<unknown>): Promise<void> {
  const does = { kind: "run", run: async () => void (await run()) } as const;
  world.control.addFault({ method: "PUT", path: /\/merge$/, when: "during", does });
}

async function withReview(world: World, opened: Opened, event: "APPROVE" | "COMMENT"): Promise<void> {
  const review = { ...AT, pull_number: opened.number, event, body: "hm" };
  await world.octokit("mina").pulls.createReview(review);
}

/** Every refusal of a merge that reference knows. */
const MERGES: readonly Row[] = [
  [
    "Base branch was modified. Review and try the merge again.",
    405,
    async (world) => {
      const opened = await open(world);
      await during(world, async () => await elsewhere(world));
      return await merge(world, opened);
    },
  ],
  [
    "Merge already in progress",
    405,
    async (world) => {
      const opened = await open(world);
      let second: Refused = { status: 0, text: "" };
      await during(world, async () => {
        second = await merge(world, opened);
      });
      await world.octokit("app").pulls.merge({ ...AT, pull_number: opened.number });
      return second;
    },
  ],
  [
    "Pull Request is not mergeable",
    405,
    async (world) => {
      const opened = await open(world);
      await world.octokit("app").pulls.merge({ ...AT, pull_number: opened.number });
      return await merge(world, opened);
    },
  ],
  [
    "Pull Request has merge conflicts",
    405,
    async (world) => {
      const [first, second] = [await open(world), await open(world, "clash")];
      await world.octokit("app").pulls.merge({ ...AT, pull_number: first.number });
      return await merge(world, second);
    },
  ],
  ["Pull Request is still a draft", 405, async (world) => await merge(world, await open(world, "head", true))],
  [
    "Pull Request is in the merge queue.",
    405,
    async (world) => {
      world.control.addRuleset(NAME, { rules: [{ type: "merge_queue", method: "squash" }, ci()] });
      const opened = await open(world);
      await report(world, opened, "success");
      await graphql(ENQUEUE)(world, opened);
      return await merge(world, opened);
    },
  ],
  ['Required status check \\"ci\\" is expected.', 405, under([ci()])],
  ['Required status check \\"ci\\" is pending.', 405, async (world) => await withStatus(world, "pending")],
  ['Required status check \\"ci\\" is failing.', 405, async (world) => await withStatus(world, "failure")],
  [
    'Required status check \\"ci\\" is in progress.',
    405,
    async (world) => {
      world.control.addRuleset(NAME, { rules: [ci()] });
      const opened = await open(world);
      const run = { ...AT, head_sha: opened.sha, name: "ci", status: "in_progress" } as const;
      await world.octokit("app").checks.create(run);
      return await merge(world, opened);
    },
  ],
  [
    "2 of 2 required status checks have not succeeded: 1 failing and 1 expected.",
    405,
    async (world) => await withStatus(world, "failure", "lint"),
  ],
  [
    "At least 1 approving review is required by reviewers with write access.",
    405,
    under([{ ...REVIEW_RULE, approvals: 1 }]),
  ],
  ["Waiting on code owner review from mina.", 405, under([{ ...REVIEW_RULE, codeOwners: true }], {}, "owned")],
  [
    "Waiting on 1 more approval from someone other than the last pusher.",
    405,
    async (world) => {
      world.control.addRuleset(NAME, { rules: [{ ...REVIEW_RULE, approvals: 1, lastPush: true }] });
      const opened = await open(world);
      const dir = await clone(world, "mina");
      await runGit(dir, "push", "--quiet", "origin", "HEAD:head");
      await withReview(world, opened, "APPROVE");
      return await merge(world, opened);
    },
  ],
  [
    "A conversation must be resolved before",
    405,
    async (world) => {
      world.control.addRuleset(NAME, { rules: [{ ...REVIEW_RULE, conversations: true }] });
      const opened = await open(world);
      const line = { path: "a.yaml", line: 1, body: "why?", commit_id: opened.sha };
      await world.octokit("mina").pulls.createReviewComment({ ...AT, pull_number: opened.number, ...line });
      return await merge(world, opened);
    },
  ],
  ...(["merge", "squash", "rebase"] as const).map((merge_method): Row => {
    const name = { merge: "Merge commits", squash: "Squash merges", rebase: "Rebase merges" }[merge_method];
    return [
      `${name} are not allowed on this repository.`,
      405,
      async (world) => {
        const at = { owner: "acme", repo: "strict" };
        await world.control.createRepository(at.owner, at.repo, { from: world.dir, allow: { [merge_method]: false } });
        const { pulls } = world.octokit("app");
        const { number } = (await pulls.create({ ...at, base: "main", head: "head", title: "x" })).data;
        return await refusalOf(pulls.merge({ ...at, pull_number: number, merge_method }));
      },
    ];
  }),
  [
    "This branch can't be rebased",
    405,
    async (world) => await merge(world, await open(world, "knot"), { merge_method: "rebase" }),
  ],
  ["This branch must not contain merge commits.", 405, under([{ type: "required_linear_history" }])],
  ["Commits must have verified signatures.", 405, under([{ type: "required_signatures" }], { merge_method: "rebase" })],
  ["Changes must be made through the merge queue", 405, under([{ type: "merge_queue", method: "merge" }])],
  [
    "You're not authorized to push to this branch.",
    405,
    async (world) => {
      await world.control.protect(NAME, "main", { pushers: ["mina"] });
      return await merge(world, await open(world));
    },
  ],
  ["Cannot update this protected ref.", 405, under([{ type: "update" }])],
  ["Repository rule violations found\\n\\n", 405, under([ci(), { type: "update" }])],
  [
    "Head branch was modified. Review and try the merge again.",
    409,
    async (world) => await merge(world, await open(world), { sha: "1".repeat(40) }),
  ],
  [
    "Head branch is out of date. Review and try the merge again.",
    409,
    async (world) => {
      await world.control.protect(NAME, "main", { requiredChecks: { strict: true, checks: [] } });
      const opened = await open(world);
      await elsewhere(world);
      return await merge(world, opened);
    },
  ],
  [
    "Resource not accessible by integration",
    403,
    async (world) => {
      const permissions = { pull_requests: "write", contents: "read" } as const;
      world.control.addToken("ghs_narrow", { user: "narrow[bot]", permissions, app: { id: 9, slug: "narrow" } });
      const { number } = await open(world);
      return await refusalOf(octokitFor(world.url, "ghs_narrow").pulls.merge({ ...AT, pull_number: number }));
    },
  ],
];

async function withStatus(world: World, state: "pending" | "failure", ...more: readonly string[]): Promise<Refused> {
  world.control.addRuleset(NAME, { rules: [ci(false, ...more)] });
  const opened = await open(world);
  await report(world, opened, state);
  return await merge(world, opened);
}

const ARM = `mutation ($id: ID!) { enablePullRequestAutoMerge(input: { pullRequestId: $id }) { clientMutationId } }`;
const ENQUEUE = `mutation ($id: ID!) { enqueuePullRequest(input: { pullRequestId: $id }) { clientMutationId } }`;

const graphql =
  (mutation: string) =>
  async ({ octokit }: World, { id }: Opened): Promise<Refused> => {
    const { errors } = await askGraphQL(octokit("app"), mutation, { id });
    return { status: 200, text: JSON.stringify(errors) };
  };
const armed =
  (arrange: (world: World) => Promise<unknown>): Provoke =>
  async (world) => {
    await arrange(world);
    const opened = await open(world);
    await report(world, opened, "success");
    return await graphql(ARM)(world, opened);
  };

async function clone(world: World, token: keyof typeof TOKENS): Promise<string> {
  const dir = join(temporaryFolder("push"), "work");
  await runGit("/", "clone", "--quiet", "--branch", "head", world.remote(token), dir);
  await runGit(dir, "commit", "--quiet", "--allow-empty", "-m", "Ours");
  return dir;
}

const pushed =
  (arrange: (world: World) => unknown, refspec = "HEAD:main"): Provoke =>
  async (world) => {
    await arrange(world);
    const { code, stderr } = await runGit(await clone(world, "app"), "push", "origin", refspec);
    expect(code).not.toBe(0);
    return { status: "push", text: stderr };
  };

async function create(world: World, changes: object): Promise<Refused> {
  const { pulls } = world.octokit("app");
  return await refusalOf(pulls.create({ ...AT, base: "main", head: "head", title: "x", ...changes }));
}

const sha = "1".repeat(40);

/** The refusals of everything else. */
const OTHERS: readonly Row[] = [
  [
    "Update is not a fast forward",
    422,
    async ({ octokit }) => {
      const { git } = octokit("app");
      const main = (await git.getRef({ ...AT, ref: "heads/main" })).data.object.sha;
      return await refusalOf(git.updateRef({ ...AT, ref: "heads/head", sha: main, force: false }));
    },
  ],
  [
    "Reference already exists",
    422,
    async ({ octokit }) => {
      const { git } = octokit("app");
      const main = (await git.getRef({ ...AT, ref: "heads/main" })).data.object.sha;
      return await refusalOf(git.createRef({ ...AT, ref: "refs/heads/head", sha: main }));
    },
  ],
  [
    "Object does not exist",
    422,
    async ({ octokit }) => await refusalOf(octokit("app").git.createRef({ ...AT, ref: "refs/heads/x", sha })),
  ],
  [
    "STALE_DATA",
    200,
    async ({ octokit }) => {
      const additions = [{ path: "x.yaml", contents: base64("x\n") }];
      const { errors } = await createCommit(octokit("app"), NAME, { branch: "head", head: sha, additions });
      return { status: 200, text: JSON.stringify(errors) };
    },
  ],
  [
    "GH006: Protected branch update failed",
    "push",
    pushed(async ({ control }) => await control.protect(NAME, "main", { requiredApprovals: 1 })),
  ],
  [
    "GH013: Repository rule violations found",
    "push",
    pushed(({ control }) => control.addRuleset(NAME, { rules: [REVIEW_RULE] })),
  ],
  [
    "Cannot create ref due to creations being restricted.",
    "push",
    pushed(({ control }) => control.addRuleset(NAME, { rules: [{ type: "creation" }], include: ["~ALL"] }), "HEAD:new"),
  ],
  [
    "A pull request already exists for acme:head.",
    422,
    async (world) => {
      await open(world);
      return await create(world, {});
    },
  ],
  ["No commits between head and main", 422, async (world) => await create(world, { base: "head", head: "main" })],
  ['"field":"head","code":"invalid"', 422, async (world) => await create(world, { head: "nowhere" })],
  [
    "body is too long (maximum is 65536 characters)",
    422,
    async (world) => await create(world, { body: "x".repeat(65_537) }),
  ],
  [
    "title is too long (maximum is 256 characters)",
    422,
    async (world) => await create(world, { title: "x".repeat(257) }),
  ],
  [
    "was force-pushed or recreated",
    422,
    async (world) => {
      const { number } = await open(world);
      const { git, pulls } = world.octokit("app");
      await pulls.update({ ...AT, pull_number: number, state: "closed" });
      const other = (await git.getRef({ ...AT, ref: "heads/clash" })).data.object.sha;
      await git.updateRef({ ...AT, ref: "heads/head", sha: other, force: true });
      return await refusalOf(pulls.update({ ...AT, pull_number: number, state: "open" }));
    },
  ],
  [
    "Can not approve your own pull request",
    422,
    async (world) => {
      const { number } = await open(world);
      const review = { ...AT, pull_number: number, event: "APPROVE" } as const;
      return await refusalOf(world.octokit("app").pulls.createReview(review));
    },
  ],
  [
    "already_exists",
    422,
    async ({ octokit }) => {
      await octokit("app").issues.createLabel({ ...AT, name: "hold" });
      return await refusalOf(octokit("app").issues.createLabel({ ...AT, name: "Hold" }));
    },
  ],
  [
    "is in clean status",
    200,
    armed(async ({ control }) => {
      control.allowAutoMerge(NAME);
      control.addRuleset(NAME, { rules: [ci()] });
    }),
  ],
  [
    "Protected branch rules not configured for this branch",
    200,
    armed(async ({ control }) => control.allowAutoMerge(NAME)),
  ],
  [
    "Auto merge is not allowed for this repository",
    200,
    armed(async ({ control }) => control.addRuleset(NAME, { rules: [ci()] })),
  ],
  [
    "already in the queue",
    200,
    async (world) => {
      world.control.addRuleset(NAME, { rules: [{ type: "merge_queue", method: "squash" }, ci()] });
      const opened = await open(world);
      await report(world, opened, "success");
      await graphql(ENQUEUE)(world, opened);
      return await graphql(ENQUEUE)(world, opened);
    },
  ],
  [
    "Branch not protected",
    404,
    async ({ octokit }) => await refusalOf(octokit("admin").repos.getBranchProtection({ ...AT, branch: "main" })),
  ],
  ["Bad credentials", 401, async ({ url }) => await refusalOf(octokitFor(url, "ghs_nobody").repos.get(AT))],
  [
    "API rate limit exceeded",
    403,
    async ({ control, octokit }) => {
      control.setRemaining(TOKENS.app, 0);
      return await refusalOf(octokit("app").repos.get(AT));
    },
  ],
];

describe("a merge is refused", () => {
  it.each(MERGES)("with %s", async (words, status, provoke) => {
    const refused = await provoke(await githubForTest(COMMITS));
    expect(refused).toEqual({ status, text: expect.stringContaining(words) });
  });

  it("in 28 ways, none of them twice", () => {
    expect(new Set(MERGES.map(([words]) => words)).size).toBe(28);
    expect(MERGES).toHaveLength(28);
  });
});

describe("GitHub refuses", () => {
  it.each(OTHERS)("with %s", async (words, status, provoke) => {
    const refused = await provoke(await githubForTest(COMMITS));
    expect(refused).toEqual({ status, text: expect.stringContaining(words) });
  });
});
