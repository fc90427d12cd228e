/** One open revert on the look-alike GitHub, as lastgood's App sees it, and a person who works beside it. */
import { writeFile } from "node:fs/promises";

import { createGitHubForge } from "../../src/adapters/forge/github/github-forge.ts";
import { commitId, type CommitId } from "../../src/core/model/git.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Forge, MergeResult } from "../../src/ports/forge.ts";
import type { NewRepository } from "../../src/standins/github/control.ts";
import type { Rule } from "../../src/standins/github/rules/rule-types.ts";
import { startGitHub, type GitHub } from "../../src/standins/github/start-github.ts";
import { fixedClock } from "./fixed-clock.ts";
import { gitdir, temporaryFolder } from "./gitdir.ts";
import { executeGraphQL } from "./github-graphql.ts";
import { APP_PERMISSIONS } from "./github-rules.ts";
import { octokitFor } from "./github-tools.ts";
import { runGit } from "./run-git.ts";
import { silentLog } from "./silent-log.ts";

const BOT = "ghs_bot0000000000000000000000000000000000";
const MINA = "ghp_mina00000000000000000000000000000000";
export const BRANCH = "lastgood/payments/api-3f9c2ab";

let count = 0;

/** A server for all tests of a file: each has a repository of its own. The caller closes it. */
export async function startMergeServer(): Promise<GitHub> {
  const github = await startGitHub({ root: temporaryFolder("github"), graphql: executeGraphQL });
  const app = { id: 1, slug: "lastgood" };
  github.control.addToken(BOT, { user: "lastgood[bot]", app, permissions: APP_PERMISSIONS });
  github.control.addToken(MINA, { user: "mina", permissions: "write" });
  return github;
}

export interface MergeWorld {
  readonly github: GitHub;
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

export async function openPull(github: GitHub, facts: NewRepository = {}, draft = false): Promise<MergeWorld> {
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
    github,
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
export function justBefore({ name, github }: MergeWorld, run: () => Promise<unknown>): void {
  github.control.addFault({
    method: "PUT",
    path: new RegExp(`/${name}/pulls/1/merge$`),
    when: "before",
    does: { kind: "run", run: async () => void (await run()) },
  });
}

/** GitHub's words where no state of ours leads to them. */
export function says({ name, github }: MergeWorld, status: number, message: string, times = 1): void {
  const path = new RegExp(`/${name}/pulls/1/merge$`);
  github.control.addFault({
    method: "PUT",
    path,
    times,
    when: "before",
    does: { kind: "answer", status, body: { message } },
  });
}

export const CI = {
  type: "required_status_checks",
  strict: false,
  checks: [{ context: "ci" }],
} as const satisfies Rule;

export async function pushToMain({ dir }: MergeWorld, file: string, text: string): Promise<void> {
  const work = `${temporaryFolder("person")}/work`;
  await runGit("/", "clone", "--quiet", dir, work);
  await writeFile(`${work}/${file}`, text);
  await runGit(work, "add", ".");
  await runGit(work, "commit", "--quiet", "-m", "Theirs");
  const pushed = await runGit(work, "push", "--quiet", "origin", "HEAD:main");
  if (pushed.code !== 0) throw new Error(pushed.stderr);
}
