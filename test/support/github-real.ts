/**
 * The conformance suite against a GitHub that is only reached over HTTP: api.github.com, or whatever speaks like it. Nothing here
 * knows the stand-in's control plane.
 */
import { setTimeout as wait } from "node:timers/promises";
import type { Octokit } from "@octokit/rest";
import { describe, it } from "vitest";

import { describeGitHub } from "./github-conformance.ts";
import { octokitFor } from "./github-tools.ts";
import type { GitHubWorld } from "./github-tools.ts";

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the suite runs, and as whom. */
export interface GitHubSettings {
  /** `https://api.github.com`, or `https://host/api/v3`. */
  readonly apiUrl: string;
  /** Of an App's installation with administration, checks, contents, deployments, issues, pull requests and statuses to write. */
  readonly token: string;
  /** Of a person who may write the repository. */
  readonly reviewerToken: string;
  readonly owner: string;
  readonly repo: string;
}

const NEEDED = [
  "LASTGOOD_TEST_GITHUB_TOKEN",
  "LASTGOOD_TEST_GITHUB_REPO",
  "LASTGOOD_TEST_GITHUB_REVIEWER_TOKEN",
] as const;

/** The settings in the environment, or what is missing there. Throws for a repository that is no `owner/name`. */
export function readSettings(env: Environment): GitHubSettings | { readonly missing: readonly string[] } {
  const [token = "", name = "", reviewerToken = ""] = NEEDED.map((variable) => env[variable]?.trim());
  const missing = NEEDED.filter((_, index) => [token, name, reviewerToken][index] === "");
  if (missing.length > 0) return { missing };
  const [, owner, repo] = /^([\w-]+)\/([\w.-]+)$/.exec(name) ?? [];
  if (owner === undefined || repo === undefined) throw new Error(`${NEEDED[1]} must be owner/name, not ${name}`);
  const apiUrl = (env["LASTGOOD_TEST_GITHUB_URL"] ?? "https://api.github.com").replace(/\/+$/, "");
  return { apiUrl, token, reviewerToken, owner, repo };
}

/** A server on this machine is in no hurry, and nobody else's. */
const isOurs = (apiUrl: string): boolean => ["127.0.0.1", "localhost", "[::1]"].includes(new URL(apiUrl).hostname);

/** Real time: the background work of a server that cannot be told to hurry. */
export async function reachGitHub({ apiUrl, owner, repo, token, reviewerToken }: GitHubSettings): Promise<GitHubWorld> {
  const reviewer = (await octokitFor(apiUrl, reviewerToken).users.getAuthenticated()).data.login;
  const at = { baseUrl: apiUrl, owner, repo, token, reviewerToken, reviewer, gitUrl: gitUrlOf(apiUrl) };
  if (isOurs(apiUrl)) return { ...at, pause: async () => await wait(20) };
  return { ...at, pause: async () => await wait(1000), prepare: heedLimits() };

  function gitUrlOf(api: string): string {
    const { protocol, host } = new URL(api);
    return `${protocol}//x-access-token:${token}@${host.replace(/^api\./, "")}/${owner}/${repo}.git`;
  }
}

/**
 * A second between two writes (docs.github.com, "Best practices for using the REST API"); what a limit refuses, and so has not been
 * done, is sent again when the limit allows it.
 */
function heedLimits(): (octokit: Octokit) => void {
  let last = Promise.resolve();
  return ({ hook }) => {
    hook.before("request", async ({ method }) => {
      if (method === "GET") return;
      const turn = last;
      last = turn.then(async () => await wait(1100));
      await turn;
    });
    hook.wrap("request", async (request, options) => {
      try {
        return await request(options);
      } catch (error) {
        const waitMs = limitOf(error);
        if (waitMs === undefined) throw error;
        await wait(waitMs);
        return await request(options);
      }
    });
  };
}

/** How long a limit wants us to wait; undefined: it is none. */
function limitOf(error: unknown): number | undefined {
  const { status, response } = error as {
    status?: number;
    response?: { headers?: Readonly<Record<string, string | undefined>>; data?: unknown };
  };
  if (status !== 403 && status !== 429) return undefined;
  const seconds = Number(response?.headers?.["retry-after"]);
  if (seconds > 0) return seconds * 1000;
  return JSON.stringify(response?.data ?? "").includes("secondary rate") ? 60_000 : undefined;
}

/** The suite where the environment says so; else one test that is skipped and says what to set, on stderr too. */
export function describeGitHubOf(name: string, env: Environment): void {
  const settings = readSettings(env);
  if ("missing" in settings) {
    const what = `${settings.missing.join(", ")} (a disposable repository)`;
    process.stderr.write(`SKIPPED: ${name} was not asked: set ${what}\n`);
    it.skipIf(true)(`${name} was not asked: set ${what}`, () => undefined);
    return;
  }
  describe(`${name} behaves as lastgood expects GitHub to`, () => {
    describeGitHub(async () => await reachGitHub(settings), isOurs(settings.apiUrl) ? 30_000 : 300_000);
  });
}
