/** What GitHub does with pull requests by itself: follow their branches, close them, and find out whether they can be merged. */
import { notFound } from "./reply.ts";
import { countBetween, findMergeBase, isAncestor, readDiff } from "./git/history.ts";
import type { ChangedFile } from "./git/history.ts";
import { mergeTrees } from "./git/merge.ts";
import { writeCommit } from "./git/objects.ts";
import { findBranch, readBranches, setRef } from "./git/refs.ts";
import { rulesOfType } from "./rules/rule.ts";
import { unmetRules } from "./rules/unmet.ts";
import type { Mergeability, Pull, PullIssue, Repository, World } from "./state.ts";

export function isPull(issue: { readonly pull: unknown }): issue is PullIssue {
  return issue.pull !== undefined;
}

/** A pull request as it is when it is opened. */
export function newPull(world: World, facts: Pick<Pull, "branch" | "base" | "head" | "baseSha" | "draft">): Pull {
  return {
    ...facts,
    id: world.nextId(),
    seenBase: facts.baseSha,
    merging: false,
    mergeability: undefined,
    merged: undefined,
    reviewers: [],
    teams: new Set(),
    pushedBy: undefined,
    autoMerge: undefined,
    queueEvents: [],
    asyncMerges: new Map(),
    reviews: [],
    lineComments: [],
  };
}

/** The pull request of that number. Throws 404 when there is none. */
export function getPull(repository: Repository, number: string): PullIssue {
  const issue = repository.issues.get(Number(number));
  if (issue === undefined || !isPull(issue)) throw notFound();
  return issue;
}

export function listPulls(repository: Repository): readonly PullIssue[] {
  return [...repository.issues.values()].filter(isPull);
}

/** Brings the open pull requests up to date with the branches. Called after every write and before every look. */
export async function syncPulls(world: World, repository: Repository): Promise<void> {
  const turn = repository.syncing.then(async () => await followBranches(world, repository));
  repository.syncing = turn.catch(() => undefined);
  await turn;
}

async function followBranches(world: World, repository: Repository): Promise<void> {
  const open = listPulls(repository).filter((issue) => issue.state === "open" && !issue.pull.merging);
  if (open.length === 0) return;
  const branches = await readBranches(repository);
  for (const issue of open) {
    const head = branches.get(issue.pull.branch);
    const base = branches.get(issue.pull.base);
    if (head === undefined || base === undefined) {
      closePull(world, issue);
      continue;
    }
    if (head !== issue.pull.head) await moveHead(world, repository, { issue, head, base });
    if (base !== issue.pull.seenBase) {
      issue.pull.seenBase = base;
      if (await isAncestor(repository, head, base)) markMerged(world, issue, { commit: base, by: issue.user });
    }
  }
}

async function moveHead(
  world: World,
  repository: Repository,
  { issue, head, base }: { readonly issue: PullIssue; readonly head: string; readonly base: string },
): Promise<void> {
  const { pull } = issue;
  await setRef(repository, `refs/pull/${issue.number}/head`, head);
  pull.head = head;
  pull.baseSha = base;
  pull.seenBase = undefined;
  issue.updatedAtMs = world.now();
  pull.pushedBy = undefined; // git-http knows better
  if (!rulesOfType(repository, pull.base, "pull_request").some(({ dismissStale }) => dismissStale)) return;
  for (const review of pull.reviews) if (review.state === "APPROVED") review.state = "DISMISSED";
}

export function closePull(world: World, issue: PullIssue): void {
  issue.state = "closed";
  issue.pull.autoMerge = undefined;
  issue.closedAtMs = world.now();
  issue.updatedAtMs = world.now();
}

export function markMerged(
  world: World,
  issue: PullIssue,
  { commit, by }: { readonly commit: string; readonly by: PullIssue["user"] },
): void {
  closePull(world, issue);
  issue.closedBy = by;
  issue.pull.merged = { commit, by, atMs: world.now() };
}

/** The base commit to compare with: the branch's tip while the pull request is open, where it was afterwards. */
export async function currentBase(repository: Repository, issue: PullIssue): Promise<string> {
  if (issue.state === "closed") return issue.pull.baseSha;
  return (await findBranch(repository, issue.pull.base)) ?? issue.pull.baseSha;
}

/** The mergeability of this pair of commits, if known; else starts finding out and answers undefined, as GitHub does. */
export async function findMergeability(
  world: World,
  repository: Repository,
  issue: PullIssue,
): Promise<Mergeability["result"]> {
  const { pull } = issue;
  const base = await currentBase(repository, issue);
  const known = pull.mergeability;
  if (known !== undefined && known.base === base && known.head === pull.head) return known.result;
  const started: Mergeability = { base, head: pull.head, result: undefined };
  pull.mergeability = started;
  const job = computeMergeability(world, repository, { issue, started }).catch(() => {
    if (pull.mergeability === started) pull.mergeability = undefined; // the next look starts it again
  });
  world.jobs.add(job);
  void job.finally(() => world.jobs.delete(job));
  return undefined;
}

async function computeMergeability(
  world: World,
  repository: Repository,
  { issue, started }: { readonly issue: PullIssue; readonly started: Mergeability },
): Promise<void> {
  const { base, head } = started;
  const tree = await mergeTrees(repository, base, head);
  let testMerge: string | undefined;
  if (tree !== undefined) {
    const github = { name: "GitHub", email: "noreply@github.com", atMs: world.now() };
    const message = `Merge ${head} into ${base}`;
    const commit = { tree, parents: [base, head], author: github, committer: github, message };
    testMerge = await writeCommit(repository, commit);
    await setRef(repository, `refs/pull/${issue.number}/merge`, testMerge);
  }
  started.result = { tree, testMerge };
}

export type MergeableState = "unknown" | "dirty" | "draft" | "blocked" | "behind" | "unstable" | "clean";

/** GitHub's `mergeable_state`, worst first. */
export async function mergeableState(
  repository: Repository,
  issue: PullIssue,
  mergeability: Mergeability["result"],
): Promise<MergeableState> {
  const { pull } = issue;
  if (issue.state === "closed" || mergeability === undefined) return "unknown";
  if (mergeability.tree === undefined) return "dirty";
  if (pull.draft) return "draft";
  if ((await unmetRules(repository, issue)).length > 0) return "blocked";
  if (await isBehind(repository, issue)) return "behind";
  return hasRedChecks(repository, pull.head) ? "unstable" : "clean";
}

/** As `mergeableState`, computed now, whatever has been computed before. */
export async function computedState(repository: Repository, issue: PullIssue): Promise<MergeableState> {
  const base = await currentBase(repository, issue);
  const tree = await mergeTrees(repository, base, issue.pull.head);
  return await mergeableState(repository, issue, { tree, testMerge: undefined });
}

/** The rules want the head up to date with its base, and it is not. */
export async function isBehind(repository: Repository, issue: PullIssue): Promise<boolean> {
  if (!rulesOfType(repository, issue.pull.base, "required_status_checks").some(({ strict }) => strict)) return false;
  return !(await isAncestor(repository, await currentBase(repository, issue), issue.pull.head));
}

function hasRedChecks(repository: Repository, sha: string): boolean {
  const latest = new Map<string, boolean>();
  for (const status of repository.statuses)
    if (status.sha === sha) latest.set(`status ${status.context}`, status.state !== "success");
  for (const run of repository.checkRuns) {
    const passed = ["success", "neutral", "skipped"].includes(run.conclusion ?? "");
    if (run.sha === sha) latest.set(`check ${run.name}`, !passed);
  }
  return [...latest.values()].includes(true);
}

/** The files a pull request changes: its head against the merge base, as on its "Files" page. */
export async function changedFiles(repository: Repository, issue: PullIssue): Promise<readonly ChangedFile[]> {
  const base = await findMergeBase(repository, await currentBase(repository, issue), issue.pull.head);
  return await readDiff(repository, base, issue.pull.head);
}

/** How many commits a pull request has. */
export async function countCommits(repository: Repository, issue: PullIssue): Promise<number> {
  return (await countBetween(repository, await currentBase(repository, issue), issue.pull.head)).ahead;
}
