import { parseBranch, slugOf } from "../core/change/branch.ts";
import { STATE_LABELS } from "../core/change/labels.ts";
import { readMark } from "../core/change/text-mark.ts";
import type { PastRevert } from "../core/decision/facts.ts";
import type { Job } from "../core/job/job.ts";
import { type CommitId, type Revision, trailersOf } from "../core/model/git.ts";
import type { Forge } from "../ports/forge.ts";
import type { ForgeRevert } from "../ports/forge-reverts.ts";
import type { Repository } from "../ports/repository.ts";
import { jobOf } from "./compare-branch.ts";

/** So many commits of a branch are looked through for reverts that were pushed. */
const MAX_COMMITS = 2000;

export interface RevertsQuery {
  /** As decisions call it. */
  readonly repository: string;
  /** Epoch ms. */
  readonly sinceMs: number;
  /** Names of targets there. */
  readonly targets: readonly string[];
  /** The branches that they are deployed from. */
  readonly branches: readonly string[];
  /** What the ledger knows; it only adds how reverts ended. */
  readonly jobs: readonly Job[];
}

export interface PastReverts {
  /** What time it is at the forge; missing where it does not say. */
  readonly clockMs?: number;
  /** Newest first. */
  readonly reverts: readonly PastRevert[];
}

/**
 * Every revert of lastgood's in one repository since then, from its pull requests and its branches alone: what budgets are counted
 * with survives the loss of the ledger (safety.md I13). Throws `Forge*` and `Repository*`: what cannot be counted is not guessed.
 */
export async function readReverts(
  query: RevertsQuery,
  { forge, repository }: { readonly forge?: Pick<Forge, "reverts">; readonly repository: Repository },
): Promise<PastReverts> {
  const told = await forge?.reverts?.(query.sinceMs);
  const proposed = (told?.reverts ?? []).flatMap((revert) => pastOf(revert, query) ?? []);
  const merged = new Set((told?.reverts ?? []).flatMap(({ mergeCommit }) => mergeCommit ?? []));
  const pushed = await readPushed(query, merged, repository);
  const reverts = [...proposed, ...pushed].toSorted((a, b) => b.openedAtMs - a.openedAtMs);
  return { ...(told === undefined ? {} : { clockMs: told.clockMs }), reverts };
}

/** Undefined for what bears no name of a revert: a rehearsal. */
function pastOf(revert: ForgeRevert, query: RevertsQuery): PastRevert | undefined {
  const parsed = parseBranch(revert.branch);
  if (parsed === undefined) return undefined;
  const { number, state, createdAtMs, endedAtMs } = revert;
  const target = targetOf(revert, parsed.slug, query.targets);
  const outcome = outcomeOf(revert) ?? jobOutcome(query.jobs.find((job) => isAbout(job, { target, number })));
  return {
    target,
    repository: query.repository,
    key: parsed.key,
    openedAtMs: createdAtMs,
    pullRequest: number,
    ...(state === "merged" && endedAtMs !== undefined ? { landed: { atMs: endedAtMs, by: landedBy(revert) } } : {}),
    ...(state === "closed" && endedAtMs !== undefined ? { closedAtMs: endedAtMs } : {}),
    ...(outcome === undefined ? {} : { outcome }),
  };
}

/** Its branch says it, up to what a branch cannot spell; whatever its text says must fit that. */
function targetOf({ body }: ForgeRevert, slug: string, targets: readonly string[]): string {
  const said = readMark(body)?.target;
  if (said !== undefined && slugOf(said) === slug) return said;
  return targets.find((name) => slugOf(name) === slug) ?? slug;
}

/** GitHub's merge queue merges what was put there; where nobody is named, it counts as ours: that restricts. */
function landedBy({ author, mergedBy }: ForgeRevert): "lastgood" | "person" {
  const ours = [author.toLowerCase(), "github-merge-queue[bot]"];
  return mergedBy === undefined || ours.includes(mergedBy.toLowerCase()) ? "lastgood" : "person";
}

function outcomeOf({ labels }: ForgeRevert): PastRevert["outcome"] {
  const names = labels.map((label) => label.toLowerCase());
  if (names.includes(STATE_LABELS.unhealthy)) return "still unhealthy";
  return names.includes(STATE_LABELS.verified) ? "verified" : undefined;
}

function jobOutcome(job: Job | undefined): PastRevert["outcome"] {
  const outcome = job?.outcome;
  return outcome === "verified" || outcome === "still unhealthy" ? outcome : undefined;
}

function isAbout(job: Job, { target, number }: { readonly target: string; readonly number: number }): boolean {
  return job.target === target && job.pullRequest === number;
}

/** Commits on the targets' own branches that say they are reverts of ours, and came without a pull request. */
async function readPushed(
  query: RevertsQuery,
  merged: ReadonlySet<CommitId>,
  repository: Repository,
): Promise<readonly PastRevert[]> {
  const found: PastRevert[] = [];
  for (const branch of new Set(query.branches)) {
    const from = await repository.resolve(`refs/heads/${branch}`);
    if (from === undefined) continue;
    for await (const { revision } of repository.history({ from, limit: MAX_COMMITS })) {
      if (revision.committedAtMs < query.sinceMs) break;
      const past = merged.has(revision.id) ? undefined : pushedOf(revision, query);
      if (past !== undefined) found.push(past);
    }
  }
  return found;
}

function pushedOf(revision: Revision, { repository, targets, jobs }: RevertsQuery): PastRevert | undefined {
  const trailers = trailersOf(revision.message);
  const valueOf = (name: string): string | undefined => trailers.find(({ key }) => key === name)?.value;
  const [target, suspect = ""] = [valueOf("lastgood-target"), valueOf("lastgood-suspect")];
  if (target === undefined || !targets.includes(target)) return undefined;
  const job = jobs.find(({ id }) => id === jobOf(revision));
  const outcome = jobOutcome(job);
  return {
    target,
    repository,
    key: job?.key ?? suspect.slice(0, 12),
    openedAtMs: revision.committedAtMs,
    landed: { atMs: revision.committedAtMs, by: "lastgood" },
    ...(outcome === undefined ? {} : { outcome }),
  };
}
