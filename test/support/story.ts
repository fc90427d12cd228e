import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { CommitSpec } from "./gitdir.ts";
import { temporaryFolder } from "./gitdir.ts";
import { AT, githubForTest, TOKENS, type World } from "./github-world.ts";
import { type CliRun, runCli } from "./run-cli.ts";
import { runGit } from "./run-git.ts";

/** Where a story plays: `acme/gitops` on a GitHub of its own. Git talks to this process, so nothing here may block it. */
export interface Story {
  readonly github: World;
  readonly url: string;
  /** Somebody at a shell of their own; `token` null: not logged in. */
  person(token?: keyof typeof TOKENS | null): Person;
  /** The text at a path of a branch; default `main`. */
  text(path: string, branch?: string): Promise<string>;
  /** Branch → tip. */
  branches(): Promise<Readonly<Record<string, string>>>;
  /** The commit that `main` is at. */
  tip(): Promise<string>;
  /** A colleague commits to a branch (default `main`); null removes a file. Answers the id. */
  push(files: Readonly<Record<string, string | null>>, message?: string, branch?: string): Promise<string>;
  pullRequests(): Promise<readonly PullRequestFacts[]>;
}

export interface PullRequestFacts {
  readonly number: number;
  readonly state: string;
  readonly merged: boolean;
  readonly title: string;
  readonly body: string;
  readonly branch: string;
  readonly labels: readonly string[];
}

export interface Person {
  /** `lastgood revert ./apps/api -y`: words between spaces, `'…'` for one with spaces. */
  run(line: string): Promise<CliRun>;
  /** Goes to another folder. */
  cd(folder: string): void;
  /** Writes a file in the present folder; answers its whole path. */
  save(name: string, text: string): string;
}

/** Begins a story whose `main` holds these commits. */
export async function begin(commits: readonly CommitSpec[]): Promise<Story> {
  const github = await githubForTest(commits);
  const url = github.gitUrl(AT.owner, AT.repo);
  const git = async (...args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await runGit(github.dir, ...args);
    if (code !== 0) throw new Error(`git ${args.join(" ")}: ${stderr}`);
    return stdout;
  };
  return {
    github,
    url,
    person: (token = "mina") => personOf(token === null ? {} : { GH_TOKEN: TOKENS[token] }),
    text: async (path, branch = "main") => `${await git("cat-file", "blob", `refs/heads/${branch}:${path}`)}\n`,
    branches: async () => {
      const lines = (await git("for-each-ref", "--format=%(refname:lstrip=2) %(objectname)", "refs/heads")).split("\n");
      return Object.fromEntries(lines.map((line) => line.split(" ") as [string, string]));
    },
    tip: async () => git("rev-parse", "refs/heads/main"),
    push: async (files, message = "Change something", branch = "main") => commitOn(github, branch, { files, message }),
    pullRequests: async () => listPulls(github),
  };
}

/** Somebody at a shell with a cache of their own; `env` besides. */
export function personOf(env: Readonly<Record<string, string>>): Person {
  let cwd = temporaryFolder("home");
  const own = { ...env, XDG_CACHE_HOME: temporaryFolder("cache") };
  return {
    run: async (line) => {
      const [program, ...args] = wordsOf(line);
      if (program !== "lastgood") throw new Error(`a story runs lastgood, not ${program}`);
      return runCli(args, { cwd, env: own });
    },
    cd: (folder) => {
      cwd = folder;
    },
    save: (name, text) => {
      writeFileSync(join(cwd, name), text);
      return join(cwd, name);
    },
  };
}

/** A clone of `url` with its work tree. */
export async function clone(url: string, token?: keyof typeof TOKENS): Promise<string> {
  const folder = temporaryFolder("clone");
  const from = token === undefined ? url : url.replace("//", `//x-access-token:${TOKENS[token]}@`);
  const { code, stderr } = await runGit(folder, "clone", "--quiet", from, "gitops");
  if (code !== 0) throw new Error(stderr);
  return join(folder, "gitops");
}

/** Names of everything below a folder but git's own. */
export function filesIn(folder: string): readonly string[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1));
  return paths.filter((path) => !path.startsWith(".git/")).toSorted();
}

function wordsOf(line: string): readonly string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
}

interface CommitFacts {
  readonly files: Readonly<Record<string, string | null>>;
  readonly message: string;
}

async function commitOn(github: World, branch: string, { files, message }: CommitFacts): Promise<string> {
  const { git } = github.octokit("mina");
  const parent = (await git.getRef({ ...AT, ref: `heads/${branch}` })).data.object.sha;
  const entries = Object.entries(files).map(([path, content]) => ({
    path,
    mode: "100644" as const,
    type: "blob" as const,
    ...(content === null ? { sha: null } : { content }),
  }));
  const { tree } = (await git.getCommit({ ...AT, commit_sha: parent })).data;
  const made = await git.createTree({ ...AT, base_tree: tree.sha, tree: entries });
  const commit = await git.createCommit({ ...AT, message, tree: made.data.sha, parents: [parent] });
  await git.updateRef({ ...AT, ref: `heads/${branch}`, sha: commit.data.sha });
  return commit.data.sha;
}

async function listPulls(github: World): Promise<readonly PullRequestFacts[]> {
  const { data } = await github.octokit("mina").pulls.list({ ...AT, state: "all", sort: "created", direction: "asc" });
  return data.map(({ number, state, merged_at, title, body, head, labels }) => ({
    number,
    state,
    merged: merged_at !== null,
    title,
    body: body ?? "",
    branch: head.ref,
    labels: labels.map((label) => label.name),
  }));
}
