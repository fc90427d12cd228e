import { onTestFinished } from "vitest";

import type { NewRepository } from "../../src/standins/github/control.ts";
import { startGitHub } from "../../src/standins/github/start-github.ts";
import type { GitHub } from "../../src/standins/github/start-github.ts";
import { gitdir, temporaryFolder } from "./gitdir.ts";
import type { CommitSpec } from "./gitdir.ts";
import { executeGraphQL } from "./github-graphql.ts";
import { octokitFor } from "./github-tools.ts";

/** Tokens that every world has: an App with administration, an App and a person with write, a person with read. */
export const TOKENS = {
  admin: "ghs_admin.token-of-an-app_with_administration",
  app: "ghs_app.token-of-an-app_with_write_permission",
  mina: "ghp_mina",
  reader: "github_pat_reader",
} as const;

export const AT = { owner: "acme", repo: "gitops" } as const;
export const NAME = `${AT.owner}/${AT.repo}`;

export interface World extends GitHub {
  readonly octokit: (token: keyof typeof TOKENS) => ReturnType<typeof octokitFor>;
  /** The git URL with a token in it. */
  readonly remote: (token: keyof typeof TOKENS) => string;
  /** The bare repository. */
  readonly dir: string;
}

/** A stand-in with `acme/gitops` made from `commits`, at a fixed time unless a clock is set. The caller closes it. */
export async function openGitHub(commits: readonly CommitSpec[], facts: NewRepository = {}): Promise<World> {
  const github = await startGitHub({
    root: temporaryFolder("github"),
    clock: () => Date.parse("2026-02-03T04:05:06Z"),
    searchPath: process.env["PATH"] ?? "",
    graphql: executeGraphQL,
  });
  const { control } = github;
  const app = { id: 7, slug: "lastgood" };
  control.addToken(TOKENS.admin, {
    user: "lastgood-admin[bot]",
    permissions: "admin",
    app: { id: 8, slug: "lastgood-admin" },
  });
  control.addToken(TOKENS.app, { user: "lastgood[bot]", permissions: "write", app });
  control.addToken(TOKENS.mina, { user: "mina", permissions: "write" });
  control.addToken(TOKENS.reader, { user: "rita", permissions: "read" });
  const { dir } = await control.createRepository(AT.owner, AT.repo, {
    from: gitdir(commits).path,
    private: true,
    ...facts,
  });
  return {
    ...github,
    dir,
    octokit: (token) => octokitFor(github.url, TOKENS[token]),
    remote: (token) => github.gitUrl(AT.owner, AT.repo).replace("//", `//x-access-token:${TOKENS[token]}@`),
  };
}

/** As `openGitHub`, closed when the test ends. */
export async function githubForTest(commits: readonly CommitSpec[], facts: NewRepository = {}): Promise<World> {
  const world = await openGitHub(commits, facts);
  onTestFinished(() => world.close());
  return world;
}
