import { LastgoodError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Forge, PullRequest } from "../../../ports/forge.ts";
import type { Log } from "../../../ports/log.ts";
import type { Meter } from "../../../ports/meter.ts";
import type { GitHubPull } from "./convert.ts";
import { closePull, reopenPull } from "./close-and-reopen.ts";
import { createGitHubApi, type GitHubApi } from "./github-api.ts";
import { createGitHubClient, type TokenSource } from "./github-client.ts";
import { createGitHubCommits } from "./github-commits.ts";
import { createGitHubIssues } from "./github-issues.ts";
import { createGitHubScratch } from "./github-scratch.ts";
import { createGitHubRecords } from "./github-records.ts";
import { createGitHubTalk } from "./github-talk.ts";
import { isLoopback } from "./github-url.ts";
import { cancelMerge } from "./forge-merges-later.ts";
import { mergePullRequest } from "./merge-pull-request.ts";
import { openPullRequest, updatePullRequest } from "./open-pull-request.ts";
import type { Fetch } from "./proxy-fetch.ts";
import { createMergeStandings } from "./read-merge-standing.ts";
import { readReverts } from "./read-reverts.ts";
import { rememberSelf } from "./read-self.ts";
import { updateBranch } from "./update-branch.ts";
import type { RequestGate } from "./request-gate.ts";

export interface GitHubForgeOptions {
  /** Default `https://api.github.com`; GitHub Enterprise: `https://host/api/v3`. https, or http on this machine. */
  readonly baseUrl?: string;
  readonly owner: string;
  readonly repo: string;
  /** Asked before every request; renewing it is the giver's. With a refused one: for another. */
  readonly token: TokenSource;
  /** Default: Node's own, which knows no proxy (see `createProxyFetch`). */
  readonly fetch?: Fetch;
  readonly clock: Clock;
  readonly log: Log;
  /** False: no pauses between writes and before retries, for a server of our own. Default true. */
  readonly paced?: boolean;
  /** What else is sent with the same token passes it, too. Default: a gate of its own. */
  readonly gate?: RequestGate;
  readonly signal?: AbortSignal;
  /** Told of every request that was sent. */
  readonly onRequest?: Meter["forge"] | undefined;
}

/** GitHub as the forge of one repository. Loads the client; sends nothing yet. Throws `ConfigUrl` for an address that would show the token. */
export async function createGitHubForge(options: GitHubForgeOptions): Promise<Forge> {
  const { owner, repo, clock, fetch = globalThis.fetch, paced = true } = options;
  const apiUrl = checkedUrl(options.baseUrl ?? "https://api.github.com");
  const client = await createGitHubClient({ ...options, apiUrl, fetch, paced });
  const api = createGitHubApi(client, clock, { owner, repo });
  const self = rememberSelf(api);
  const standings = createMergeStandings(api);
  return {
    name: `${hostOf(apiUrl)}/${owner}/${repo}`,
    defaultBranch: async () => (await api.repository()).defaultBranch,
    mergeCommitOf: async (number) => (await api.pull(number)).pullRequest.mergeCommit,
    findPullRequest: async (branch) => {
      const found = await api.findPull(branch);
      return found === undefined ? undefined : withEnd(api, found);
    },
    openPullRequest: async (request) => openPullRequest(api, request),
    updatePullRequest: async (number, text) => updatePullRequest(api, number, text),
    mergePullRequest: async (request) => {
      standings.forget(request.number);
      return mergePullRequest(api, request);
    },
    mergeStanding: async (number, head) => standings.read(number, head),
    updateBranch: async (number, expectedHead) => updateBranch(api, number, expectedHead),
    cancelMerge: async (number) => {
      standings.forget(number);
      await cancelMerge(api, number);
    },
    closePullRequest: async (number) => closePull(api, number),
    reopenPullRequest: async (number) => reopenPull(api, number),
    commits: createGitHubCommits(api, async () => options.token()),
    records: createGitHubRecords(api),
    talk: createGitHubTalk(api, self),
    issues: createGitHubIssues(api, self),
    scratch: createGitHubScratch(api),
    reverts: readReverts(api),
  };
}

async function withEnd(api: GitHubApi, { pullRequest }: GitHubPull): Promise<PullRequest> {
  if (pullRequest.state === "open" || pullRequest.endedBy !== undefined) return pullRequest;
  const endedBy = await api.endedBy(pullRequest.number);
  return endedBy === undefined ? pullRequest : { ...pullRequest, endedBy };
}

function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const safe = url?.protocol === "https:" || (url?.protocol === "http:" && isLoopback(url.host));
  if (url === undefined || !safe || url.username !== "" || url.search !== "" || url.hash !== "") {
    throw new LastgoodError("ConfigUrl", "the address of GitHub's API must be https://, without credentials", {
      hint: "GitHub Enterprise Server answers at https://HOST/api/v3.",
    });
  }
  return `${url.origin}${url.pathname.replace(/\/+$/, "")}`;
}

function hostOf(apiUrl: string): string {
  return new URL(apiUrl).host.replace(/^api\./, "");
}
