/** What the conformance checks are written with. */
import { Octokit } from "@octokit/rest";
import { expect } from "vitest";

/** Where the checks run. */
export interface GitHubWorld {
  readonly baseUrl: string;
  /** Of an App with administration: only Apps write check runs. */
  readonly token: string;
  /** Of somebody else who may review. */
  readonly reviewerToken: string;
  readonly reviewer: string;
  readonly owner: string;
  readonly repo: string;
  /** With the token in it. */
  readonly gitUrl: string;
  /** Waits a moment for what the server does in the background. */
  readonly pause: () => Promise<void>;
  /** What a client must heed there: GitHub's limits. */
  readonly prepare?: (octokit: Octokit) => void;
}

const QUIET = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

/** An octokit as bare as possible: no retries, no throttling, no talk. */
export function octokitFor(baseUrl: string, token?: string): Octokit {
  return new Octokit({ baseUrl, log: QUIET, ...(token === undefined ? {} : { auth: token }) });
}

/** The status and the text (message, then `errors`) of a refused request; fails when it was not refused. */
export async function refusalOf(
  request: Promise<unknown>,
): Promise<{ readonly status: number; readonly text: string }> {
  const error: unknown = await request.then(
    () => expect.fail("it was not refused"),
    (reason: unknown) => reason,
  );
  const { status, response } = error as { status: number; response?: { data?: unknown } };
  return { status, text: JSON.stringify(response?.data ?? String(error)) };
}

/** Names, clients and short ways to a branch or a pull request. */
export interface Tools {
  readonly world: GitHubWorld;
  readonly octokit: Octokit;
  readonly reviewer: Octokit;
  readonly at: { readonly owner: string; readonly repo: string };
  /** What all fresh names begin with: by it everything can be cleared away. */
  readonly prefix: string;
  /** A name nobody has used. */
  readonly fresh: (stem: string) => string;
  /** A new branch at the default branch, or at `from`, with one more commit for `files`. */
  readonly branch: (
    stem: string,
    options?: { from?: string; files?: Record<string, string | null> },
  ) => Promise<string>;
  /** Adds a commit to a branch; null deletes a file. */
  readonly commit: (branch: string, files: Record<string, string | null>) => Promise<string>;
  readonly tip: (branch: string) => Promise<string>;
  /** A pull request between two new branches. */
  readonly pull: (options?: { draft?: boolean; files?: Record<string, string> }) => Promise<Opened>;
  /** The pull request, once GitHub has found out whether it can be merged. */
  readonly settled: (number: number) => Promise<Awaited<ReturnType<Octokit["pulls"]["get"]>>["data"]>;
  /** Merges once that is known; answers the base's new tip. */
  readonly merge: (number: number, merge_method?: "merge" | "squash" | "rebase") => Promise<string>;
  /** Tries again what may follow late (lists, states, timelines), then fails as `assert` does. */
  readonly eventually: (assert: () => Promise<unknown>) => Promise<void>;
  readonly text: (path: string, ref: string) => Promise<string>;
}

export interface Opened {
  readonly number: number;
  readonly base: string;
  readonly head: string;
  readonly sha: string;
}

let counter = 0;
const MOST_TRIES = 40;

function clientOf(world: GitHubWorld, token: string): Octokit {
  const octokit = octokitFor(world.baseUrl, token);
  world.prepare?.(octokit);
  return octokit;
}

/** The tools for one run against one world. */
export function makeTools(world: GitHubWorld): Tools {
  const octokit = clientOf(world, world.token);
  const at = { owner: world.owner, repo: world.repo };
  const prefix = `check-${Date.now().toString(36)}-`;
  const fresh = (stem: string): string => `${prefix}${(counter += 1)}-${stem}`;

  const tip = async (branch: string): Promise<string> =>
    (await octokit.git.getRef({ ...at, ref: `heads/${branch}` })).data.object.sha;

  const commit: Tools["commit"] = async (branch, files) => {
    const parent = await tip(branch);
    const base = (await octokit.git.getCommit({ ...at, commit_sha: parent })).data.tree.sha;
    const entries = Object.entries(files).map(([path, content]) => ({
      path,
      mode: "100644" as const,
      type: "blob" as const,
      ...(content === null ? { sha: null } : { content }),
    }));
    const tree = (await octokit.git.createTree({ ...at, base_tree: base, tree: entries })).data.sha;
    // With its name: in one second the same change is the same commit, with the statuses that another check gave it.
    const message = `Change ${Object.keys(files).join(", ")} on ${branch}`;
    const made = await octokit.git.createCommit({ ...at, message, tree, parents: [parent] });
    await octokit.git.updateRef({ ...at, ref: `heads/${branch}`, sha: made.data.sha });
    return made.data.sha;
  };

  const branch: Tools["branch"] = async (stem, { from, files } = {}) => {
    const name = fresh(stem);
    const start = from ?? (await octokit.repos.get(at)).data.default_branch;
    await octokit.git.createRef({ ...at, ref: `refs/heads/${name}`, sha: await tip(start) });
    if (files !== undefined) await commit(name, files);
    return name;
  };

  const pull: Tools["pull"] = async ({ draft = false, files = { "deploy/api.yaml": "image: api:2\n" } } = {}) => {
    const base = await branch("base");
    const head = await branch("head", { from: base, files });
    const { data } = await octokit.pulls.create({ ...at, base, head, draft, title: `Change ${head}`, body: "why" });
    return { number: data.number, base, head, sha: data.head.sha };
  };

  const settled: Tools["settled"] = async (number) => {
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const { data } = await octokit.pulls.get({ ...at, pull_number: number });
      if (data.mergeable !== null) return data;
      await world.pause();
    }
    return expect.fail("mergeable stays null");
  };

  const merge: Tools["merge"] = async (number, merge_method = "merge") => {
    await settled(number);
    return (await octokit.pulls.merge({ ...at, pull_number: number, merge_method })).data.sha;
  };

  const eventually: Tools["eventually"] = async (assert) => {
    for (let tries = 1; tries < MOST_TRIES; tries += 1) {
      try {
        await assert();
        return;
      } catch {
        await world.pause();
      }
    }
    await assert();
  };

  const text: Tools["text"] = async (path, ref) => {
    const mediaType = { format: "raw" };
    const data: unknown = (await octokit.repos.getContent({ ...at, path, ref, mediaType })).data;
    return typeof data === "string" ? data : expect.fail(`${path} is no file`);
  };

  const reviewer = clientOf(world, world.reviewerToken);
  return { world, octokit, reviewer, at, prefix, fresh, branch, commit, tip, pull, settled, merge, eventually, text };
}

/** One check: a statement about GitHub, and the code that fails when it does not hold. */
export interface Check {
  readonly title: string;
  readonly run: (tools: Tools) => Promise<void>;
}

/** States one check. */
export type Declare = (title: string, run: Check["run"]) => void;

/** Gathers the checks that `declare` states. */
export function gatherChecks(declare: (check: Declare) => void): readonly Check[] {
  const checks: Check[] = [];
  declare((title, run) => checks.push({ title, run }));
  return checks;
}

/** A protection that also binds administrators. */
export function requiring({ approvals, checks }: { approvals?: number; checks?: readonly string[] }) {
  return {
    enforce_admins: true,
    restrictions: null,
    required_pull_request_reviews: approvals === undefined ? null : { required_approving_review_count: approvals },
    required_status_checks: checks === undefined ? null : { strict: false, contexts: [...checks] },
  };
}
