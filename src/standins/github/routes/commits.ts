import { countBetween, findMergeBase, isAncestor, readCommit, readDiff, readLog } from "../git/history.ts";
import { findCommit } from "../git/refs.ts";
import { notFound, ok, refusal } from "../reply.ts";
import type { RepositoryCall } from "../call.ts";
import { listed } from "../paging.ts";
import { listPulls, syncPulls } from "../pull-requests.ts";
import { inRepository } from "../router.ts";
import type { Route } from "../router.ts";
import { commitShape, fileShape } from "../shapes/commit-shape.ts";
import { pullShape } from "../shapes/pull-shape.ts";
import { apiOf, webOf } from "../shapes/repository-shape.ts";
import type { Schemas } from "../shapes/user-shape.ts";

/** The commit that the path parameter `ref` means. Throws 422 as GitHub does for an unknown one. */
export async function commitOf(call: RepositoryCall): Promise<string> {
  const ref = call.params["ref"] ?? "";
  const sha = await findCommit(call.repository, ref);
  if (sha === undefined) throw refusal(422, `No commit found for SHA: ${ref}`);
  return sha;
}

async function listCommits(call: RepositoryCall) {
  const { repository, url } = call;
  const start = url.searchParams.get("sha") ?? repository.defaultBranch;
  const sha = await findCommit(repository, start);
  if (sha === undefined) throw notFound();
  const path = url.searchParams.get("path");
  const commits = await readLog(repository, sha, path === null ? {} : { path });
  return listed(call, commits, (commit) => commitShape(call, commit));
}

async function getCommit(call: RepositoryCall) {
  const { repository } = call;
  const commit = await readCommit(repository, await commitOf(call));
  const files = await readDiff(repository, commit.parents[0], commit.sha);
  const additions = files.reduce((sum, file) => sum + file.additions, 0);
  const deletions = files.reduce((sum, file) => sum + file.deletions, 0);
  const shape: Schemas["commit"] = {
    ...commitShape(call, commit),
    stats: { additions, deletions, total: additions + deletions },
    files: files.map((file) => fileShape(call, commit.sha, file)),
  };
  return ok(shape);
}

/** `base...head`; an `owner:` in front of either is this repository's own. */
async function compare(call: RepositoryCall) {
  const { repository, site, params } = call;
  const [left = "", right = ""] = (params["basehead"] ?? "").split("...");
  const plainName = (name: string): string => name.slice(name.indexOf(":") + 1);
  const base = await findCommit(repository, plainName(left));
  const head = await findCommit(repository, plainName(right));
  if (base === undefined || head === undefined) throw notFound();
  const mergeBase = await findMergeBase(repository, base, head);
  if (mergeBase === undefined) throw notFound(`No common ancestor between ${left} and ${right}.`);
  const { ahead, behind } = await countBetween(repository, base, head);
  const commits = await readLog(repository, `${base}..${head}`, { reverse: true });
  const files = await readDiff(repository, mergeBase, head);
  const web = `${webOf(site, repository)}/compare/${left}...${right}`;
  const shape: Schemas["commit-comparison"] = {
    url: `${apiOf(site, repository)}/compare/${left}...${right}`,
    html_url: web,
    permalink_url: `${webOf(site, repository)}/compare/${base}...${head}`,
    diff_url: `${web}.diff`,
    patch_url: `${web}.patch`,
    base_commit: commitShape(call, await readCommit(repository, base)),
    merge_base_commit: commitShape(call, await readCommit(repository, mergeBase)),
    status: ahead > 0 ? (behind > 0 ? "diverged" : "ahead") : behind > 0 ? "behind" : "identical",
    ahead_by: ahead,
    behind_by: behind,
    total_commits: ahead,
    commits: commits.slice(0, 250).map((commit) => commitShape(call, commit)),
    files: files.slice(0, 300).map((file) => fileShape(call, head, file)),
  };
  return ok(shape);
}

/** The pull request that merged a commit, or the ones that carry it. */
async function listPullsOfCommit(call: RepositoryCall) {
  const { repository, world } = call;
  const sha = await commitOf(call);
  await syncPulls(world, repository);
  const found = [];
  for (const issue of listPulls(repository)) {
    const { merged, head, baseSha } = issue.pull;
    const carries =
      merged?.commit === sha ||
      ((await isAncestor(repository, sha, head)) && !(await isAncestor(repository, sha, baseSha)));
    if (carries) found.push(issue);
  }
  return listed(call, found, (issue) => pullShape(call, issue));
}

export const COMMIT_ROUTES: readonly Route[] = [
  inRepository("GET /commits", ["contents", "read"], listCommits),
  inRepository("GET /commits/:ref", ["contents", "read"], getCommit),
  inRepository("GET /commits/:ref/pulls", ["pull_requests", "read"], listPullsOfCommit),
  inRepository("GET /compare/*basehead", ["contents", "read"], compare),
];
