import { describe, expect, it } from "vitest";

import { createObjectReader } from "../../../src/standins/github/git/object-reader.ts";
import { isValidRef } from "../../../src/standins/github/git/refs.ts";
import { gitdir } from "../../support/gitdir.ts";
import { refusalOf } from "../../support/github-tools.ts";
import { AT, githubForTest } from "../../support/github-world.ts";
import { runGit } from "../../support/run-git.ts";

const TEXT = Array.from({ length: 20 }, (_, line) => `line ${line}\n`).join("");
const COMMITS = [
  {
    files: {
      "run.sh": { mode: "100755", text: "#!/bin/sh\n" },
      "link.yaml": { mode: "120000", text: "deploy/api.yaml" },
      "deploy/api.yaml": TEXT,
      "deploy/prod/db.yaml": "d: 1\n",
    },
  },
  { branch: "moved", from: "main", remove: ["deploy/api.yaml"], files: { "deploy/web.yaml": TEXT } },
] as const;

describe("objects of the stand-in", () => {
  it("keep the mode of a file that is edited through contents", async () => {
    const { octokit, dir } = await githubForTest(COMMITS);
    const { repos } = octokit("app");
    const at = { ...AT, path: "run.sh" };
    const old = (await repos.getContent(at)).data as { sha: string };
    const content = Buffer.from("#!/bin/bash\n").toString("base64");
    await repos.createOrUpdateFileContents({ ...at, message: "Edit", content, sha: old.sha });
    expect((await runGit("/", `--git-dir=${dir}`, "ls-tree", "main", "run.sh")).stdout).toMatch(/^100755 /);
  });

  it("show directories, symbolic links and absent paths", async () => {
    const { repos } = (await githubForTest(COMMITS)).octokit("app");
    const { data } = await repos.getContent({ ...AT, path: "deploy" });
    expect((data as { path: string; type: string }[]).map(({ path, type }) => [path, type])).toEqual([
      ["deploy/api.yaml", "file"],
      ["deploy/prod", "dir"],
    ]);
    expect((await repos.getContent({ ...AT, path: "link.yaml" })).data).toMatchObject({
      type: "symlink",
      target: "deploy/api.yaml",
    });
    expect((await refusalOf(repos.getContent({ ...AT, path: "absent" }))).status).toBe(404);
    expect((await refusalOf(repos.getContent({ ...AT, path: "deploy", ref: "absent" }))).status).toBe(404);
  });

  it("lose a directory with its last file", async () => {
    const { octokit } = await githubForTest(COMMITS);
    const { git, repos } = octokit("app");
    const tree = [{ path: "deploy/prod/db.yaml", mode: "100644", type: "blob", sha: null }] as const;
    const base = (await repos.getCommit({ ...AT, ref: "main" })).data.commit.tree.sha;
    const { data } = await git.createTree({ ...AT, base_tree: base, tree: [...tree] });
    const all = (await git.getTree({ ...AT, tree_sha: data.sha, recursive: "1" })).data.tree;
    expect(all.map((entry) => entry.path)).not.toContain("deploy/prod");
  });

  it("put a whole directory back by its tree's id", async () => {
    const { git } = (await githubForTest(COMMITS)).octokit("app");
    const old = (await git.getTree({ ...AT, tree_sha: "main" })).data;
    const deploy = old.tree.find((entry) => entry.path === "deploy");
    const tree = [{ path: "deploy", mode: "040000" as const, type: "tree" as const, sha: deploy?.sha ?? "" }];
    const moved = (await git.getTree({ ...AT, tree_sha: "moved" })).data.sha;
    expect((await git.createTree({ ...AT, base_tree: moved, tree })).data.sha).toBe(old.sha);
  });

  it.each(["../x", "a//b", "/a", ".git/config", "a/.GIT/hooks", "."])("refuse the path %s", async (path) => {
    const { git } = (await githubForTest(COMMITS)).octokit("app");
    const tree = [{ path, mode: "100644" as const, type: "blob" as const, content: "x" }];
    expect((await refusalOf(git.createTree({ ...AT, tree }))).status).toBe(422);
  });

  it("are compared with renames", async () => {
    const { repos } = (await githubForTest(COMMITS)).octokit("app");
    const { data } = await repos.compareCommitsWithBasehead({ ...AT, basehead: "main...acme:moved" });
    expect(data.files).toMatchObject([
      { filename: "deploy/web.yaml", previous_filename: "deploy/api.yaml", status: "renamed", changes: 0 },
    ]);
  });

  it("keep names from being read as revisions", async () => {
    const { git } = (await githubForTest(COMMITS)).octokit("app");
    for (const ref of ["heads/moved~1", "heads/main^{tree}", "heads/main:deploy", "heads/@{u}"])
      expect((await refusalOf(git.getRef({ ...AT, ref }))).status).toBe(404);
  });
});

describe("isValidRef", () => {
  it.each([
    ["refs/heads/main", true],
    ["refs/heads/lastgood/api-1.2", true],
    ["refs/heads", false],
    ["heads/main", false],
    ["refs/heads/a..b", false],
    ["refs/heads/a b", false],
    ["refs/heads/a.lock", false],
    ["refs/heads/.a", false],
    ["refs/heads/a/", false],
    ["refs/heads/a\\b", false],
    ["refs/heads/a@{0}", false],
    ["refs/heads/a\n", false],
  ])("says of %j: %j", (name, valid) => {
    expect(isValidRef(name)).toBe(valid);
  });
});

describe("the object reader", () => {
  it("answers many questions at once, in order, and sees what others write", async () => {
    const repository = gitdir([{ files: { "a.yaml": "a: 1\n" } }]);
    const reader = createObjectReader(repository.gitDir, process.env["PATH"] ?? "");
    const answers = await Promise.all([
      reader.read("refs/heads/main:a.yaml"),
      reader.find("refs/heads/absent"),
      reader.find("refs/heads/main"),
      reader.find("refs/heads/main\nrefs/heads/main"),
    ]);
    expect(answers.map((each) => each?.bytes.toString())).toEqual(["a: 1\n", undefined, "", undefined]);
    expect(answers[2]).toMatchObject({ type: "commit", sha: repository.head });
    repository.commit({ branch: "absent", from: "main", files: { "a.yaml": "a: 2\n" } });
    expect((await reader.read("refs/heads/absent:a.yaml"))?.bytes.toString()).toBe("a: 2\n");
    reader.close();
    await expect(reader.find("refs/heads/main")).rejects.toThrow("closed");
  });
});
