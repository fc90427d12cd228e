import { countBetween, readLog } from "../git/history.ts";
import { findBranch, setRef } from "../git/refs.ts";
import { userOf } from "../call.ts";
import { created, invalid, ok } from "../reply.ts";
import type { RepositoryCall } from "../call.ts";
import { countCharacters } from "../input.ts";
import type { Input } from "../input.ts";
import { openIssue } from "../issues.ts";
import { listed } from "../paging.ts";
import { changedFiles, closePull, currentBase, getPull, listPulls, newPull, syncPulls } from "../pull-requests.ts";
import { inRepository } from "../router.ts";
import type { Route } from "../router.ts";
import { commitShape, fileShape } from "../shapes/commit-shape.ts";
import { fullPullShape, pullShape } from "../shapes/pull-shape.ts";
import type { PullIssue, Repository } from "../state.ts";

/** GitHub's limits, in characters. */
const LIMITS = { title: 256, body: 65_536 } as const;

function checkTexts(input: Input): void {
  for (const [field, limit] of Object.entries(LIMITS)) {
    const message = `${field} is too long (maximum is ${limit} characters)`;
    if (countCharacters(input.optionalText(field) ?? "") > limit)
      throw invalid("PullRequest", { code: "custom", field, message });
  }
}

/** Throws when an open pull request already goes from `branch` to `base`. */
function demandUnique(
  repository: Repository,
  { branch, base, except }: { branch: string; base: string; except?: PullIssue },
): void {
  const twin = listPulls(repository).some(
    (issue) => issue !== except && issue.state === "open" && issue.pull.branch === branch && issue.pull.base === base,
  );
  const message = `A pull request already exists for ${repository.owner.login}:${branch}.`;
  if (twin) throw invalid("PullRequest", { code: "custom", message });
}

async function createPull(call: RepositoryCall) {
  const { repository, input, world } = call;
  await syncPulls(world, repository);
  const title = input.text("title");
  const [head, base] = [input.text("head"), input.text("base")];
  checkTexts(input);
  const [owner, branch] = head.includes(":") ? splitHead(head) : [repository.owner.login, head];
  const own = owner.toLowerCase() === repository.owner.login.toLowerCase();
  const sha = own ? await findBranch(repository, branch) : undefined;
  const baseSha = await findBranch(repository, base);
  if (sha === undefined) throw invalid("PullRequest", { field: "head", code: "invalid" });
  if (baseSha === undefined) throw invalid("PullRequest", { field: "base", code: "invalid" });
  const { ahead } = await countBetween(repository, baseSha, sha);
  if (ahead === 0)
    throw invalid("PullRequest", { code: "custom", message: `No commits between ${base} and ${branch}` });
  demandUnique(repository, { branch, base }); // nothing is awaited between this and the opening
  const pull = newPull(world, { branch, base, head: sha, baseSha, draft: input.flag("draft") ?? false });
  const issue = Object.assign(openIssue(call, { title, body: input.optionalText("body") ?? null }), { pull });
  await setRef(repository, `refs/pull/${issue.number}/head`, sha);
  return created(await fullPullShape(call, issue));
}

function splitHead(head: string): readonly [string, string] {
  const colon = head.indexOf(":");
  return [head.slice(0, colon), head.slice(colon + 1)];
}

async function lookAtPull(call: RepositoryCall): Promise<PullIssue> {
  const issue = getPull(call.repository, call.params["number"] ?? "");
  await syncPulls(call.world, call.repository);
  return issue;
}

async function updatePull(call: RepositoryCall) {
  const { repository, input, world } = call;
  const issue = await lookAtPull(call);
  checkTexts(input);
  const base = input.optionalText("base");
  if (base !== undefined && base !== issue.pull.base) await changeBase(call, issue, base);
  const state = input.optionalText("state");
  if (state === "open" && issue.state === "closed") await reopen(call, issue);
  if (state === "closed" && issue.state === "open") {
    closePull(world, issue);
    issue.closedBy = userOf(call);
  }
  issue.title = input.optionalText("title") ?? issue.title;
  if ("body" in input.fields) issue.body = input.optionalText("body") ?? null;
  issue.updatedAtMs = world.now();
  await syncPulls(world, repository);
  return ok(await fullPullShape(call, issue));
}

async function changeBase({ repository }: RepositoryCall, issue: PullIssue, base: string): Promise<void> {
  const sha = await findBranch(repository, base);
  if (sha === undefined) throw invalid("PullRequest", { field: "base", code: "invalid" });
  if (issue.state === "closed")
    throw invalid("PullRequest", {
      field: "base",
      code: "invalid",
      message: "Cannot change the base branch of a closed pull request.",
    });
  demandUnique(repository, { branch: issue.pull.branch, base, except: issue });
  issue.pull.base = base;
  issue.pull.baseSha = sha;
  issue.pull.seenBase = undefined;
}

async function reopen({ repository }: RepositoryCall, issue: PullIssue): Promise<void> {
  const { branch, base, merged, head } = issue.pull;
  const stop = (message: string) => invalid("PullRequest", { field: "state", code: "invalid", message });
  if (merged !== undefined) throw stop("state cannot be changed. The pull request cannot be reopened.");
  const now = await findBranch(repository, branch);
  if (now !== head) throw stop(`state cannot be changed. The ${branch} branch was force-pushed or recreated.`);
  demandUnique(repository, { branch, base });
  issue.state = "open";
  issue.closedAtMs = undefined;
  issue.closedBy = undefined;
}

async function listAll(call: RepositoryCall) {
  const { repository, world, url } = call;
  await syncPulls(world, repository);
  const query = url.searchParams;
  const state = query.get("state") ?? "open";
  const head = query.get("head") ?? "";
  const base = query.get("base");
  const sort = query.get("sort") ?? "created";
  const direction = query.get("direction") ?? (sort === "created" ? "desc" : "asc");
  // Without `owner:` GitHub silently ignores the filter.
  const [owner, branch] = head.includes(":") ? splitHead(head) : [undefined, undefined];
  const matches = listPulls(repository).filter(
    (issue) =>
      (state === "all" || issue.state === state) &&
      (base === null || issue.pull.base === base) &&
      (branch === undefined ||
        (issue.pull.branch === branch && owner?.toLowerCase() === repository.owner.login.toLowerCase())),
  );
  const rank = (issue: PullIssue): number => {
    if (sort === "updated") return issue.updatedAtMs;
    return sort === "popularity" ? issue.comments.length : issue.createdAtMs;
  };
  const sign = direction === "asc" ? 1 : -1;
  const sorted = matches.toSorted((a, b) => sign * (rank(a) - rank(b) || a.number - b.number));
  return listed(call, sorted, (issue) => pullShape(call, issue));
}

export const PULL_ROUTES: readonly Route[] = [
  inRepository("GET /pulls", ["pull_requests", "read"], listAll),
  inRepository("POST /pulls", ["pull_requests", "write"], createPull),
  inRepository("GET /pulls/:number", ["pull_requests", "read"], async (call) =>
    ok(await fullPullShape(call, await lookAtPull(call))),
  ),
  inRepository("PATCH /pulls/:number", ["pull_requests", "write"], updatePull),
  inRepository("GET /pulls/:number/files", ["pull_requests", "read"], async (call) => {
    const issue = await lookAtPull(call);
    const files = await changedFiles(call.repository, issue);
    return listed(call, files.slice(0, 3000), (file) => fileShape(call, issue.pull.head, file));
  }),
  inRepository("GET /pulls/:number/commits", ["pull_requests", "read"], async (call) => {
    const issue = await lookAtPull(call);
    const range = `${await currentBase(call.repository, issue)}..${issue.pull.head}`;
    const commits = await readLog(call.repository, range, { reverse: true });
    return listed(call, commits.slice(0, 250), (commit) => commitShape(call, commit));
  }),
];
