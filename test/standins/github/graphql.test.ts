import { describe, expect, it } from "vitest";

import { startGitHub } from "../../../src/standins/github/start-github.ts";
import { temporaryFolder } from "../../support/gitdir.ts";
import { askGraphQL, base64, createCommit } from "../../support/github-checks-graphql.ts";
import { octokitFor, refusalOf } from "../../support/github-tools.ts";
import { AT, NAME, TOKENS, githubForTest } from "../../support/github-world.ts";
import type { World } from "../../support/github-world.ts";
import { runGit } from "../../support/run-git.ts";

const FILES = { "a.yaml": "a: 1\n", "run.sh": { text: "#!/bin/sh\n", mode: "100755" } } as const;

async function tipOf(world: World, branch = "main"): Promise<string> {
  return (await runGit(world.dir, "rev-parse", `refs/heads/${branch}`)).stdout;
}

async function commitTo(world: World, token: keyof typeof TOKENS, path = "a.yaml") {
  const additions = [{ path, contents: base64("changed\n") }];
  return await createCommit(world.octokit(token), NAME, { branch: "main", head: await tipOf(world), additions });
}

describe("GraphQL", () => {
  it("is not there without an executor, as on an old Enterprise Server", async () => {
    const github = await startGitHub({ root: temporaryFolder("github"), searchPath: process.env["PATH"] ?? "" });
    try {
      github.control.addToken(TOKENS.mina, { user: "mina", permissions: "write" });
      const refused = await refusalOf(octokitFor(github.apiUrl, TOKENS.mina).graphql("{ viewer { login } }"));
      expect(refused.status).toBe(404);
    } finally {
      await github.close();
    }
  });

  it("says who asks", async () => {
    const world = await githubForTest([{ files: FILES }]);
    const login = async (token: keyof typeof TOKENS) =>
      (await askGraphQL(world.octokit(token), "{ viewer { login } }")).data?.["viewer"];
    expect(await login("app")).toEqual({ login: "lastgood[bot]" });
    expect(await login("mina")).toEqual({ login: "mina" });
  });

  it("forbids with HTTP 200 what the token may not do", async () => {
    const world = await githubForTest([{ files: FILES }]);
    const before = await tipOf(world);
    const read = await commitTo(world, "reader");
    expect(read.errors).toEqual([
      expect.objectContaining({ type: "FORBIDDEN", message: "Resource not accessible by personal access token" }),
    ]);
    const app = { id: 9, slug: "labels-only" };
    world.control.addToken("ghs_labels", { user: "labels-only[bot]", permissions: { issues: "write" }, app });
    const additions = [{ path: "a.yaml", contents: base64("x") }];
    const order = { branch: "main", head: before, additions };
    const { errors } = await createCommit(octokitFor(world.url, "ghs_labels"), NAME, order);
    expect(errors).toEqual([
      expect.objectContaining({ type: "FORBIDDEN", message: "Resource not accessible by integration" }),
    ]);
    expect(await tipOf(world)).toBe(before);
  });

  it("hides a repository from a token that is for others", async () => {
    const world = await githubForTest([{ files: FILES }]);
    world.control.addToken("ghp_else", { user: "else", permissions: "write", repositories: ["acme/other"] });
    const query = `query ($owner: String!, $repo: String!) { repository(owner: $owner, name: $repo) { id } }`;
    const { errors } = await askGraphQL(octokitFor(world.url, "ghp_else"), query, AT);
    expect(errors[0]?.type).toBe("NOT_FOUND");
  });

  it("tells an exhausted limit with HTTP 200 and RATE_LIMITED", async () => {
    const world = await githubForTest([{ files: FILES }]);
    world.control.setRemaining(TOKENS.mina, 0);
    const { errors } = await askGraphQL(world.octokit("mina"), "{ viewer { login } }");
    expect(errors).toEqual([expect.objectContaining({ type: "RATE_LIMITED" })]);
  });

  it("says which of GitHub's fields it does not know, instead of null", async () => {
    const world = await githubForTest([{ files: FILES }]);
    const { errors } = await askGraphQL(world.octokit("mina"), "{ viewer { isHireable } }");
    expect(errors[0]).toMatchObject({ type: "INTERNAL", message: "the stand-in has no User.isHireable" });
  });

  it("meets faults that are ordered for one mutation", async () => {
    const world = await githubForTest([{ files: FILES }]);
    const body = /createCommitOnBranch/;
    world.control.addFault({ path: /graphql/, body, does: { kind: "answer", status: 502, body: "bad gateway" } });
    expect((await askGraphQL(world.octokit("mina"), "{ viewer { login } }")).errors).toEqual([]);
    expect((await refusalOf(commitTo(world, "mina"))).status).toBe(502);
    expect((await commitTo(world, "mina")).errors).toEqual([]);
  });
});

describe("createCommitOnBranch", () => {
  it("tells a race that is lost while it works in other words than STALE_DATA", async () => {
    const world = await githubForTest([{ files: FILES }]);
    const head = await tipOf(world);
    world.control.addFault({
      path: /graphql/,
      when: "during",
      does: {
        kind: "run",
        run: async () => {
          const { stdout } = await runGit(world.dir, "commit-tree", `${head}^{tree}`, "-p", head, "-m", "Theirs");
          await runGit(world.dir, "update-ref", "refs/heads/main", stdout, head);
        },
      },
    });
    const { errors } = await commitTo(world, "mina");
    const theirs = await tipOf(world);
    expect(errors).toMatchObject([
      { type: "UNPROCESSABLE", message: `Ref refs/heads/main is at ${theirs} but expected ${head}` },
    ]);
  });

  it("makes every file it writes a plain one", async () => {
    const world = await githubForTest([{ files: FILES }]);
    expect((await commitTo(world, "app", "run.sh")).errors).toEqual([]);
    expect((await runGit(world.dir, "ls-tree", "main", "run.sh")).stdout).toMatch(/^100644 /);
  });

  it("takes workflows only of an App that may write them", async () => {
    const world = await githubForTest([{ files: FILES }]);
    const app = { id: 9, slug: "contents" };
    world.control.addToken("ghs_contents", { user: "contents[bot]", permissions: { contents: "write" }, app });
    const additions = [{ path: ".github/workflows/ci.yaml", contents: base64("on: push\n") }];
    const order = { branch: "main", head: await tipOf(world), additions };
    const { errors } = await createCommit(octokitFor(world.url, "ghs_contents"), NAME, order);
    expect(errors).toMatchObject([{ type: "FORBIDDEN" }]);
  });

  it("refuses paths that git cannot hold", async () => {
    const world = await githubForTest([{ files: FILES }]);
    for (const path of ["../a", "a//b", ".git/config", ""])
      expect(await commitTo(world, "mina", path)).toMatchObject({
        oid: undefined,
        errors: [{ type: "UNPROCESSABLE" }],
      });
  });
});
