/** Reading and writing what is in the repository. */
import { expect } from "vitest";

import { refusalOf, requiring } from "./github-tools.ts";
import type { Declare, Tools } from "./github-tools.ts";

export function repositoryChecks(check: Declare): void {
  check("the repository names its default branch", async ({ octokit, at }) => {
    const { data } = await octokit.repos.get(at);
    expect(data.full_name).toBe(`${at.owner}/${at.repo}`);
    expect(data.default_branch).toMatch(/./);
  });

  check("branches are listed with their tips", async ({ octokit, at, branch, tip, eventually }) => {
    const name = await branch("listed");
    const sha = await tip(name);
    await eventually(async () => {
      const all = await octokit.paginate(octokit.repos.listBranches, { ...at, per_page: 100 });
      expect(all.find((each) => each.name === name)?.commit.sha).toBe(sha);
    });
  });

  check("a branch gives its tip", async ({ octokit, at, branch, tip }) => {
    const name = await branch("one");
    const { data } = await octokit.repos.getBranch({ ...at, branch: name });
    expect(data).toMatchObject({ name, protected: false, commit: { sha: await tip(name) } });
  });

  check("a commit is found by branch name", async ({ octokit, at, branch, tip }) => {
    const name = await branch("by-name", { files: { "a.yaml": "a: 1\n" } });
    const { data } = await octokit.repos.getCommit({ ...at, ref: name });
    expect(data.sha).toBe(await tip(name));
    expect(data.files?.map((file) => [file.filename, file.status])).toEqual([["a.yaml", "added"]]);
  });

  check("a file is read in base64", async ({ octokit, at, branch }) => {
    const ref = await branch("file", { files: { "a.yaml": "ä: 1\n" } });
    const { data } = await octokit.repos.getContent({ ...at, path: "a.yaml", ref });
    const file = data as { type: string; encoding: string; content: string; size: number };
    expect(file).toMatchObject({ type: "file", encoding: "base64", size: 6 });
    expect(Buffer.from(file.content, "base64").toString()).toBe("ä: 1\n");
  });
}

export function objectChecks(check: Declare): void {
  check("a commit leads to its tree", async ({ octokit, at, branch, tip }) => {
    const name = await branch("tree", { files: { "deploy/api.yaml": "a: 1\n" } });
    const commit = (await octokit.git.getCommit({ ...at, commit_sha: await tip(name) })).data;
    const { data } = await octokit.git.getTree({ ...at, tree_sha: commit.tree.sha, recursive: "1" });
    expect(data.truncated).toBe(false);
    expect(data.tree).toContainEqual(
      expect.objectContaining({ path: "deploy/api.yaml", mode: "100644", type: "blob" }),
    );
  });

  check("a blob has git's own id", async ({ octokit, at }) => {
    const { data } = await octokit.git.createBlob({ ...at, content: "hello\n" });
    expect(data.sha).toBe("ce013625030ba8dba906f756967f9e9ca394464a"); // echo hello | git hash-object --stdin
    const read = await octokit.git.getBlob({ ...at, file_sha: data.sha });
    expect(Buffer.from(read.data.content, "base64").toString()).toBe("hello\n");
  });

  check("a tree is built on a base, with nested, inline and deleted entries", async ({ octokit, at, branch, tip }) => {
    const name = await branch("nested", { files: { "a/keep.yaml": "k\n", "a/b/old.yaml": "o\n" } });
    const base = (await octokit.git.getCommit({ ...at, commit_sha: await tip(name) })).data.tree.sha;
    const tree = [
      { path: "a/b/c/new.yaml", mode: "100644" as const, type: "blob" as const, content: "n\n" },
      { path: "a/b/old.yaml", mode: "100644" as const, type: "blob" as const, sha: null },
    ];
    const made = (await octokit.git.createTree({ ...at, base_tree: base, tree })).data.sha;
    const all = (await octokit.git.getTree({ ...at, tree_sha: made, recursive: "1" })).data.tree;
    const blobs = all.filter((entry) => entry.type === "blob").map((entry) => entry.path);
    expect(blobs).toEqual(expect.arrayContaining(["a/b/c/new.yaml", "a/keep.yaml"]));
    expect(blobs).not.toContain("a/b/old.yaml");
  });

  check("a commit keeps its parent, author and date", async ({ octokit, at, branch, tip }) => {
    const parent = await tip(await branch("parent"));
    const tree = (await octokit.git.getCommit({ ...at, commit_sha: parent })).data.tree.sha;
    const author = { name: "Mina Kim", email: "mina@example.com", date: "2026-01-02T03:04:05Z" };
    const message = "Revert api\n\nLastgood-Job: 1";
    const { data } = await octokit.git.createCommit({ ...at, message, tree, parents: [parent], author });
    expect(data).toMatchObject({ message, author, tree: { sha: tree } });
    expect(data.parents.map((each) => each.sha)).toEqual([parent]);
  });

  check("an App's commit without an author is Verified, one in somebody's name is not", async (tools) => {
    const { octokit, at, branch, tip } = tools;
    const parent = await tip(await branch("signed"));
    const tree = (await octokit.git.getCommit({ ...at, commit_sha: parent })).data.tree.sha;
    const commit = { ...at, message: tools.fresh("commit"), tree, parents: [parent] };
    const author = { name: "Mina Kim", email: "mina@example.com" };
    const verified = async (request: typeof commit & { author?: typeof author }): Promise<boolean> =>
      (await octokit.git.createCommit(request)).data.verification.verified;
    expect(await verified(commit)).toBe(true);
    expect(await verified({ ...commit, author })).toBe(false);
  });

  check("a nested file is read at a branch", async ({ branch, text }) => {
    const name = await branch("nested-file", { files: { "deploy/prod/api.yaml": "a: 3\n" } });
    expect(await text("deploy/prod/api.yaml", name)).toBe("a: 3\n");
  });
}

export function refChecks(check: Declare): void {
  check("a reference is created", async ({ octokit, at, branch, tip, fresh }) => {
    const sha = await tip(await branch("start"));
    const ref = `refs/heads/${fresh("lastgood/new")}`;
    const { status, data } = await octokit.git.createRef({ ...at, ref, sha });
    expect(status).toBe(201);
    expect(data).toMatchObject({ ref, object: { type: "commit", sha } });
  });

  check("a second one of that name is refused", async ({ octokit, at, branch, tip }) => {
    const name = await branch("twice");
    const refused = await refusalOf(octokit.git.createRef({ ...at, ref: `refs/heads/${name}`, sha: await tip(name) }));
    expect(refused.status).toBe(422);
    expect(refused.text).toContain("Reference already exists");
  });

  check("an unknown object is refused", async ({ octokit, at, fresh }) => {
    const ref = `refs/heads/${fresh("unknown")}`;
    const refused = await refusalOf(octokit.git.createRef({ ...at, ref, sha: "1".repeat(40) }));
    expect(refused.status).toBe(422);
    expect(refused.text).toContain("Object does not exist");
  });

  check("an absent reference is 404", async ({ octokit, at, fresh }) => {
    expect((await refusalOf(octokit.git.getRef({ ...at, ref: `heads/${fresh("absent")}` }))).status).toBe(404);
  });

  check("an update that is no fast-forward is refused", async ({ octokit, at, branch, tip, commit }) => {
    const name = await branch("rewind");
    const old = await tip(name);
    const now = await commit(name, { "a.yaml": "a: 1\n" });
    const refused = await refusalOf(octokit.git.updateRef({ ...at, ref: `heads/${name}`, sha: old, force: false }));
    expect(refused.status).toBe(422);
    expect(refused.text).toContain("Update is not a fast forward");
    expect(await tip(name)).toBe(now);
  });

  check("a reference is deleted", async ({ octokit, at, branch }) => {
    const ref = `heads/${await branch("gone")}`;
    expect((await octokit.git.deleteRef({ ...at, ref })).status).toBe(204);
    expect((await refusalOf(octokit.git.getRef({ ...at, ref }))).status).toBe(404);
  });
}

export function historyChecks(check: Declare): void {
  check("a comparison counts commits and files", async ({ octokit, at, branch }) => {
    const base = await branch("left");
    const head = await branch("right", { from: base, files: { "a.yaml": "a: 1\n", "b.yaml": "b: 1\n" } });
    const { data } = await octokit.repos.compareCommitsWithBasehead({ ...at, basehead: `${base}...${head}` });
    expect(data).toMatchObject({ status: "ahead", ahead_by: 1, behind_by: 0, total_commits: 1 });
    expect(data.files?.map((file) => file.filename)).toEqual(["a.yaml", "b.yaml"]);
  });

  check("the log is kept to a path", async ({ octokit, at, branch, commit }) => {
    const name = await branch("log");
    const path = `${name}.yaml`;
    const first = await commit(name, { [path]: "1\n" });
    await commit(name, { "other.yaml": `${name}\n` });
    const second = await commit(name, { [path]: "2\n" });
    const { data } = await octokit.repos.listCommits({ ...at, sha: name, path });
    expect(data.map((each) => each.sha)).toEqual([second, first]);
  });

  check("a merged commit leads to its pull request", async ({ octokit, at, pull, merge, eventually }) => {
    const { number } = await pull();
    const commit_sha = await merge(number, "squash");
    await eventually(async () => {
      const { data } = await octokit.repos.listPullRequestsAssociatedWithCommit({ ...at, commit_sha });
      expect(data.map((each) => each.number)).toEqual([number]);
    });
  });
}

export function contentChecks(check: Declare): void {
  const put = { path: "c.yaml", message: "Edit", content: Buffer.from("c: 2\n").toString("base64") };
  const shaOf = async ({ octokit, at }: Tools, ref: string): Promise<string> =>
    ((await octokit.repos.getContent({ ...at, path: "c.yaml", ref })).data as { sha: string }).sha;

  check("a file is updated by its blob id", async (tools) => {
    const { octokit, at, branch, text } = tools;
    const name = await branch("put", { files: { "c.yaml": "c: 1\n" } });
    const { status } = await octokit.repos.createOrUpdateFileContents({
      ...at,
      ...put,
      branch: name,
      sha: await shaOf(tools, name),
    });
    expect(status).toBe(200);
    expect(await text("c.yaml", name)).toBe("c: 2\n");
  });

  check("a stale blob id is 409", async (tools) => {
    const { octokit, at, branch, commit } = tools;
    const name = await branch("stale", { files: { "c.yaml": "c: 1\n" } });
    const sha = await shaOf(tools, name);
    await commit(name, { "c.yaml": "c: 9\n" });
    const refused = await refusalOf(octokit.repos.createOrUpdateFileContents({ ...at, ...put, branch: name, sha }));
    expect(refused.status).toBe(409);
  });

  check("a missing blob id is 422", async ({ octokit, at, branch }) => {
    const name = await branch("blind", { files: { "c.yaml": "c: 1\n" } });
    const refused = await refusalOf(octokit.repos.createOrUpdateFileContents({ ...at, ...put, branch: name }));
    expect(refused.status).toBe(422);
    expect(refused.text).toContain("wasn't supplied");
  });

  check("a protected branch is refused", async (tools) => {
    const { octokit, at, branch } = tools;
    const name = await branch("locked", { files: { "c.yaml": "c: 1\n" } });
    const sha = await shaOf(tools, name);
    await octokit.repos.updateBranchProtection({ ...at, branch: name, ...requiring({ approvals: 1 }) });
    const refused = await refusalOf(octokit.repos.createOrUpdateFileContents({ ...at, ...put, branch: name, sha }));
    expect([403, 409, 422]).toContain(refused.status);
    expect(await shaOf(tools, name)).toBe(sha);
  });
}
