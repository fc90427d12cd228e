/** GraphQL: GitHub's own schema, errors inside of HTTP 200, and the commits that GitHub makes. */
import { join } from "node:path";
import { expect } from "vitest";

import { temporaryFolder } from "./gitdir.ts";
import { octokitFor, refusalOf, requiring } from "./github-tools.ts";
import type { Declare, Tools } from "./github-tools.ts";
import { runGit } from "./run-git.ts";

type Octokit = Tools["octokit"];

export interface GraphQLResult {
  readonly data: Readonly<Record<string, unknown>> | null | undefined;
  readonly errors: readonly {
    readonly type?: string;
    readonly path?: readonly unknown[];
    readonly message: string;
    readonly extensions?: Readonly<Record<string, unknown>>;
  }[];
}

/** Asks; errors in the answer are an answer. Rejects for any status but 200. */
export async function askGraphQL(octokit: Octokit, query: string, variables: object = {}): Promise<GraphQLResult> {
  try {
    return { data: await octokit.graphql(query, { ...variables }), errors: [] };
  } catch (error) {
    const { name, data, errors } = error as { name: string } & GraphQLResult;
    if (name !== "GraphqlResponseError") throw error;
    return { data, errors };
  }
}

const ARM = `mutation ($input: EnablePullRequestAutoMergeInput!) {
  enablePullRequestAutoMerge(input: $input) { pullRequest { number } }
}`;

const COMMIT = `mutation ($input: CreateCommitOnBranchInput!) {
  createCommitOnBranch(input: $input) { commit { oid tree { oid } } ref { name } }
}`;

interface CommitOrder {
  readonly branch: string;
  readonly head: string;
  readonly additions?: readonly { readonly path: string; readonly contents: string }[];
  readonly deletions?: readonly { readonly path: string }[];
  readonly body?: string;
}

export const base64 = (text: string): string => Buffer.from(text, "utf8").toString("base64");

/** Asks GitHub for one commit on a branch. */
export async function createCommit(
  octokit: Octokit,
  repository: string,
  { branch, head, body, additions = [], deletions = [] }: CommitOrder,
): Promise<GraphQLResult & { readonly oid: string | undefined }> {
  const result = await askGraphQL(octokit, COMMIT, {
    input: {
      branch: { repositoryNameWithOwner: repository, branchName: branch },
      expectedHeadOid: head,
      message: { headline: "Set the image", ...(body === undefined ? {} : { body }) },
      fileChanges: { additions, deletions },
    },
  });
  const made = result.data?.["createCommitOnBranch"] as { commit: { oid: string } } | null | undefined;
  return { ...result, oid: made?.commit.oid };
}

const nameOf = ({ at }: Tools): string => `${at.owner}/${at.repo}`;

export function graphqlChecks(check: Declare): void {
  check("a pull request is read by its number", async ({ octokit, at, pull }) => {
    const { number, sha, base } = await pull();
    const query = `query ($owner: String!, $repo: String!, $number: Int!) {
      repository(owner: $owner, name: $repo) {
        pullRequest(number: $number) { id number state isDraft headRefOid baseRefName merged }
      }
    }`;
    const { data } = await askGraphQL(octokit, query, { ...at, number });
    const { node_id: id } = (await octokit.pulls.get({ ...at, pull_number: number })).data;
    const shown = { id, number, state: "OPEN", isDraft: false, headRefOid: sha, baseRefName: base, merged: false };
    expect(data).toMatchObject({ repository: { pullRequest: shown } });
  });

  check("a field that does not exist is an error with HTTP 200", async ({ octokit, at }) => {
    const query = `query ($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { nam } }`;
    const { data, errors } = await askGraphQL(octokit, query, at);
    expect(data).toBeUndefined();
    expect(errors[0]?.message).toBe("Field 'nam' doesn't exist on type 'Repository'");
    expect(errors[0]?.extensions).toMatchObject({ code: "undefinedField", fieldName: "nam" });
  });

  check("a wrong variable is an error with HTTP 200", async ({ octokit, at }) => {
    const query = `query ($owner: String!, $repo: String!, $number: Int!) {
      repository(owner: $owner, name: $repo) { pullRequest(number: $number) { id } }
    }`;
    const { errors } = await askGraphQL(octokit, query, { ...at, number: "one" });
    expect(errors[0]?.message).toMatch(/^Variable \W?\$number/);
  });

  check("an absent repository is NOT_FOUND beside null", async ({ octokit, at, fresh }) => {
    const query = `query ($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { id } }`;
    const name = fresh("absent");
    const { data, errors } = await askGraphQL(octokit, query, { owner: at.owner, repo: name });
    expect(data).toEqual({ repository: null });
    expect(errors).toEqual([
      expect.objectContaining({
        type: "NOT_FOUND",
        path: ["repository"],
        message: `Could not resolve to a Repository with the name '${at.owner}/${name}'.`,
      }),
    ]);
  });

  check("one field fails alone: the others are answered", async ({ octokit, at }) => {
    const query = `query ($owner: String!, $repo: String!) {
      repository(owner: $owner, name: $repo) { name pullRequest(number: 999999) { id } }
    }`;
    const { data, errors } = await askGraphQL(octokit, query, at);
    expect(data).toEqual({ repository: { name: at.repo, pullRequest: null } });
    expect(errors[0]?.type).toBe("NOT_FOUND");
  });

  check("auto-merge is armed with the head's id, and with no other", async (tools) => {
    const { octokit, at, pull } = tools;
    await octokit.repos.update({ ...at, allow_auto_merge: true });
    const { number, base, sha } = await pull();
    await octokit.repos.updateBranchProtection({ ...at, branch: base, ...requiring({ checks: ["ci"] }) });
    await tools.eventually(async () => expect((await tools.settled(number)).mergeable_state).toBe("blocked"));
    const pullRequestId = (await octokit.pulls.get({ ...at, pull_number: number })).data.node_id;
    const arm = (expectedHeadOid: string) => {
      const input = { pullRequestId, expectedHeadOid, mergeMethod: "SQUASH" };
      return askGraphQL(octokit, ARM, { input });
    };
    const [refused] = (await arm("1".repeat(40))).errors;
    expect(refused).toMatchObject({ type: "UNPROCESSABLE" });
    expect((await arm(sha)).errors).toEqual([]);
    const { data } = await octokit.pulls.get({ ...at, pull_number: number });
    expect(data).toMatchObject({ state: "open", auto_merge: { merge_method: "squash" } });
  });

  check("mergeStateStatus and reviewDecision tell what is missing", async (tools) => {
    const { octokit, at, pull, eventually } = tools;
    const { number, base } = await pull();
    const query = `query ($owner: String!, $repo: String!, $number: Int!) {
      repository(owner: $owner, name: $repo) { pullRequest(number: $number) { mergeStateStatus reviewDecision } }
    }`;
    const tells = async (shown: object): Promise<void> =>
      await eventually(async () => {
        const { data } = await askGraphQL(octokit, query, { ...at, number });
        expect(data).toMatchObject({ repository: { pullRequest: shown } });
      });
    await tells({ mergeStateStatus: "CLEAN", reviewDecision: null });
    await octokit.repos.updateBranchProtection({ ...at, branch: base, ...requiring({ approvals: 1 }) });
    await tells({ mergeStateStatus: "BLOCKED", reviewDecision: "REVIEW_REQUIRED" });
    await tools.reviewer.pulls.createReview({ ...at, pull_number: number, event: "APPROVE" });
    await tells({ mergeStateStatus: "CLEAN", reviewDecision: "APPROVED" });
  });

  check("revertPullRequest is in the schema", async ({ octokit }) => {
    const query = `{ __type(name: "Mutation") { fields { name } } }`;
    const { data } = await askGraphQL(octokit, query);
    expect(JSON.stringify(data)).toContain('{"name":"revertPullRequest"}');
  });

  check("strangers are turned away with 401", async ({ world }) => {
    const refused = await refusalOf(octokitFor(world.baseUrl).graphql("{ viewer { login } }"));
    expect(refused.status).toBe(401);
  });
}

export function createCommitChecks(check: Declare): void {
  check("createCommitOnBranch adds, changes and deletes files in one commit on the tip", async (tools) => {
    const { octokit, at } = tools;
    const files = { "deploy/a.yaml": "a: 1\n", "deploy/b.yaml": "b: 1\n", "keep.yaml": "k\n" };
    const branch = await tools.branch("made", { files });
    const head = await tools.tip(branch);
    const additions = [
      { path: "deploy/a.yaml", contents: base64("a: 2\n") },
      { path: "new/ü.yaml", contents: base64("neu\r\n") },
    ];
    const order = { branch, head, additions, deletions: [{ path: "deploy/b.yaml" }], body: "Why.\n\nA-Trailer: 1" };
    const { oid } = await createCommit(octokit, nameOf(tools), order);
    expect(await tools.tip(branch)).toBe(oid);
    const { data } = await octokit.git.getCommit({ ...at, commit_sha: oid ?? "" });
    expect(data.parents.map(({ sha }) => sha)).toEqual([head]);
    expect(data.message).toBe("Set the image\n\nWhy.\n\nA-Trailer: 1");
    const tree = (await octokit.git.getTree({ ...at, tree_sha: data.tree.sha, recursive: "1" })).data.tree;
    const paths = tree.filter(({ type }) => type === "blob").map(({ path, mode }) => `${mode} ${path}`);
    expect(paths).toEqual(expect.arrayContaining(["100644 deploy/a.yaml", "100644 new/ü.yaml", "100644 keep.yaml"]));
    expect(paths.join()).not.toContain("deploy/b.yaml");
    expect(await tools.text("new/ü.yaml", branch)).toBe("neu\r\n");
  });

  check("createCommitOnBranch makes Verified commits of the token's owner", async (tools) => {
    const { octokit, at } = tools;
    const branch = await tools.branch("signed");
    const order = { branch, head: await tools.tip(branch), additions: [{ path: "s.yaml", contents: base64("s\n") }] };
    const { oid } = await createCommit(octokit, nameOf(tools), order);
    const { data } = await octokit.repos.getCommit({ ...at, ref: oid ?? "" });
    expect(data.commit.verification).toMatchObject({ verified: true, reason: "valid" });
    expect(data.commit.committer).toMatchObject({ name: "GitHub", email: "noreply@github.com" });
    const { data: me } = await askGraphQL(octokit, "{ viewer { login } }");
    expect(me).toEqual({ viewer: { login: data.author?.login } });
  });

  check("createCommitOnBranch with an old head is STALE_DATA and changes nothing", async (tools) => {
    const branch = await tools.branch("stale");
    const head = await tools.tip(branch);
    const theirs = await tools.commit(branch, { "theirs.yaml": "t\n" });
    const additions = [{ path: "ours.yaml", contents: base64("o\n") }];
    const { data, errors } = await createCommit(tools.octokit, nameOf(tools), { branch, head, additions });
    expect(data).toEqual({ createCommitOnBranch: null });
    expect(errors).toEqual([
      expect.objectContaining({
        type: "STALE_DATA",
        path: ["createCommitOnBranch"],
        message: expect.stringMatching(
          `^Expected branch to point to "${head}" but it did not\\. +Pull and try again\\.$`,
        ),
      }),
    ]);
    expect(await tools.tip(branch)).toBe(theirs);
  });

  check("createCommitOnBranch needs the branch to be there", async (tools) => {
    const head = await tools.tip(await tools.branch("there"));
    const branch = tools.fresh("nowhere");
    const additions = [{ path: "a.yaml", contents: base64("a\n") }];
    const { oid, errors } = await createCommit(tools.octokit, nameOf(tools), { branch, head, additions });
    expect(oid).toBeUndefined();
    expect(errors).toHaveLength(1);
    const ref = `heads/${branch}`;
    expect((await refusalOf(tools.octokit.git.getRef({ ...tools.at, ref }))).status).toBe(404);
  });

  check("createCommitOnBranch refuses to delete what is not there", async (tools) => {
    const branch = await tools.branch("absent");
    const head = await tools.tip(branch);
    const order = { branch, head, deletions: [{ path: "no/such.yaml" }] };
    const { errors } = await createCommit(tools.octokit, nameOf(tools), order);
    expect(errors[0]?.message).toMatch(/^A path was requested for deletion which does not exist/);
    expect(await tools.tip(branch)).toBe(head);
  });

  check("createCommitOnBranch takes the branch by the id of its ref", async (tools) => {
    const { octokit, at } = tools;
    const branch = await tools.branch("by-id");
    const { node_id: id, object } = (await octokit.git.getRef({ ...at, ref: `heads/${branch}` })).data;
    const additions = [{ path: "i.yaml", contents: base64("i\n") }];
    const message = { headline: "By id" };
    const input = { branch: { id }, expectedHeadOid: object.sha, message, fileChanges: { additions } };
    const { errors } = await askGraphQL(octokit, COMMIT, { input });
    expect(errors).toEqual([]);
    expect(await tools.text("i.yaml", branch)).toBe("i\n");
  });

  check("updateRefs deletes a branch only while it is where it is expected", async (tools) => {
    const { octokit, at } = tools;
    const branch = await tools.branch("dropped");
    const head = await tools.tip(branch);
    const theirs = await tools.commit(branch, { "theirs.yaml": "t\n" });
    const repositoryId = (await octokit.repos.get(at)).data.node_id;
    const document = `mutation ($input: UpdateRefsInput!) { updateRefs(input: $input) { clientMutationId } }`;
    const drop = async (beforeOid: string) => {
      const refUpdates = [{ name: `refs/heads/${branch}`, beforeOid, afterOid: "0".repeat(40) }];
      return (await askGraphQL(octokit, document, { input: { repositoryId, refUpdates } })).errors.length;
    };
    expect(await drop(head)).toBe(1);
    expect(await tools.tip(branch)).toBe(theirs);
    expect(await drop(theirs)).toBe(0);
    const ref = `heads/${branch}`;
    expect((await refusalOf(octokit.git.getRef({ ...at, ref }))).status).toBe(404);
  });

  check("createCommitOnBranch meets a rule that wants signatures, which a push does not", async (tools) => {
    const { octokit, at, world } = tools;
    const branch = await tools.branch("sealed");
    await octokit.repos.createRepoRuleset({
      ...at,
      name: tools.fresh("signed"),
      enforcement: "active",
      conditions: { ref_name: { include: [`refs/heads/${branch}`], exclude: [] } },
      rules: [{ type: "required_signatures" }],
    });
    const rules = (await octokit.repos.getBranchRules({ ...at, branch })).data;
    expect(rules).toMatchObject([{ type: "required_signatures" }]);
    const dir = join(temporaryFolder("clone"), "work");
    await runGit("/", "clone", "--quiet", "--branch", branch, world.gitUrl, dir);
    await runGit(dir, "commit", "--quiet", "--allow-empty", "-m", "Unsigned");
    const pushed = await runGit(dir, "push", "origin", `HEAD:refs/heads/${branch}`);
    expect(pushed.stderr).toMatch(/GH013[^]*verified signatures/);
    const order = { branch, head: await tools.tip(branch), additions: [{ path: "s.yaml", contents: base64("s\n") }] };
    expect((await createCommit(octokit, nameOf(tools), order)).errors).toEqual([]);
  });

  check("createCommitOnBranch respects the branch's protection", async (tools) => {
    const { octokit, at } = tools;
    const branch = await tools.branch("guarded");
    await octokit.repos.updateBranchProtection({ ...at, branch, ...requiring({ approvals: 1 }) });
    const head = await tools.tip(branch);
    const additions = [{ path: "g.yaml", contents: base64("g\n") }];
    const { oid, errors } = await createCommit(octokit, nameOf(tools), { branch, head, additions });
    expect(oid).toBeUndefined();
    expect(errors[0]?.message).toMatch(/pull request/i);
    expect(await tools.tip(branch)).toBe(head);
  });
}
