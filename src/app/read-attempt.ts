/** How far the revert of one suspect has come, read from git and the forge alone: the ledger may be lost (safety.md I1, I7). */
import { branchName, revertKey } from "../core/change/branch.ts";
import { STATE_LABELS } from "../core/change/labels.ts";
import { textState } from "../core/change/text-mark.ts";
import { contentIdOf } from "../core/content.ts";
import type { AttemptFacts, Proposal } from "../core/decision/facts.ts";
import { escapeText, shorten } from "../core/model/escape.ts";
import { type CommitId, type Revision, shortId } from "../core/model/git.ts";
import type { Scope } from "../core/model/target.ts";
import { unionScopes } from "../core/target/scope.ts";
import { LastgoodError } from "../errors.ts";
import type { MergeStanding, PullRequest } from "../ports/forge.ts";
import { bodyJob } from "./body-job.ts";
import { compareBranch, type InspectedBranch, inspectBranch, isRevertOf } from "./compare-branch.ts";
import { changeOf, commitChange, type DeliveryJob, type DeliveryWorld } from "./delivery.ts";
import { closerOf, MAX_NAMES } from "./find-attempt.ts";
import { handsOff } from "./hands-off.ts";
import { isSetAside } from "./set-aside.ts";
import { sha256 } from "./hash.ts";

/** So many revisions of a target are looked through for a revert that was pushed. */
const MAX_REVISIONS = 100;

export interface AttemptQuery {
  /** Name of the target. */
  readonly target: string;
  /** Of the suspect: see `revertKey`. */
  readonly key: string;
  /** The branch that the target is deployed from, and its files there. */
  readonly branch: string;
  readonly scope: Scope;
  /** Our pull requests are drafts: it says nothing then. */
  readonly draft?: boolean;
  /** The revert as it would be made now: tells whether the open one still holds the plan. Missing: nothing is planned. */
  readonly job?: DeliveryJob;
}

/** Never throws for what git or the forge say: `unknown` then, which is no reason to do anything. */
export async function readAttempt(query: AttemptQuery, world: DeliveryWorld): Promise<AttemptFacts> {
  try {
    return await read(query, world);
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    return { kind: "unknown", message: clean(error.message) };
  }
}

async function read(query: AttemptQuery, world: DeliveryWorld): Promise<AttemptFacts> {
  const newest = await findNewest(query, world);
  const { pull } = newest;
  if (pull === undefined) {
    const left = newest.tip === undefined ? undefined : await readBranch({ ...newest, tip: newest.tip }, query, world);
    return left ?? (await findPushed(query, world)) ?? { kind: "none" };
  }
  switch (pull.state) {
    case "open":
      return readOpen(pull, query, world);
    case "closed": {
      const by = pull.endedBy ?? (world.forge === undefined ? {} : await closerOf(pull, world.forge)).endedBy;
      const superseded = isSetAside({ ...pull, ...(by === undefined ? {} : { endedBy: by }) });
      return {
        kind: "closed",
        ...proposalOf(pull, world),
        ...(by === undefined ? {} : { by }),
        ...(superseded ? { superseded } : {}),
      };
    }
    case "merged":
      return readMerged(pull, query, world);
  }
}

interface Found {
  readonly branch: string;
  readonly pull?: PullRequest;
  readonly tip?: CommitId;
}

/** The newest of this suspect's attempts: after one that has ended, the next bears the next number. */
async function findNewest({ target, key }: AttemptQuery, { forge, repository }: DeliveryWorld): Promise<Found> {
  let newest: Found = { branch: branchName(target, key) };
  for (let number = 1; number <= MAX_NAMES; number += 1) {
    const branch = branchName(target, key, number);
    const pull = await forge?.findPullRequest(branch);
    const tip = await repository.resolve(`refs/heads/${branch}`);
    if (pull === undefined && tip === undefined) break;
    newest = { branch, ...(pull === undefined ? {} : { pull }), ...(tip === undefined ? {} : { tip }) };
    if (pull?.state === "open") break;
  }
  return newest;
}

/** A branch without a pull request: left by a run that ended too early, pushed for others, or merged by hand. */
async function readBranch(
  { branch, tip }: Found & { readonly tip: CommitId },
  query: AttemptQuery,
  world: DeliveryWorld,
): Promise<AttemptFacts | undefined> {
  const { repository } = world;
  const base = await baseOf(query, world);
  if ((await repository.refs.distance(tip, base)) !== undefined) {
    const revision = await repository.refs.revision(tip);
    return isRevertOf(query.target, revision) ? landedBy(revision) : undefined;
  }
  const { job } = await inspectBranch({ tip, base, target: query.target, paths: [] }, repository);
  return { kind: "branch", branch, head: tip, ...(job === undefined ? {} : { job }) };
}

async function baseOf({ branch, job }: AttemptQuery, { repository }: DeliveryWorld): Promise<CommitId> {
  const base = job?.plan.base ?? (await repository.resolve(`refs/heads/${branch}`));
  if (base !== undefined) return base;
  throw new LastgoodError("RepositoryRef", `"${branch}" does not exist in this repository`);
}

/**
 * A revert that was pushed to the target's branch: it says so of itself, and what the target held before it was the suspect. Whoever
 * can push could claim the same; it only ever keeps lastgood from doing it again.
 */
async function findPushed(query: AttemptQuery, world: DeliveryWorld): Promise<AttemptFacts | undefined> {
  const { target, key, scope } = query;
  const { repository } = world;
  const from = await baseOf(query, world);
  for await (const { revision } of repository.history({ from, scope, limit: MAX_REVISIONS })) {
    const [before] = revision.parents;
    if (before === undefined || !isRevertOf(target, revision)) continue;
    const content = contentIdOf(await repository.files(before, scope), sha256);
    if (revertKey(target, content, sha256) === key) return landedBy(revision);
  }
  return undefined;
}

/** It landed without a pull request, or with one that is not known: git's time is all there is. */
function landedBy({ id, committedAtMs }: Revision): AttemptFacts {
  return { kind: "landed", commit: id, atMs: committedAtMs };
}

async function readOpen(pull: PullRequest, query: AttemptQuery, world: DeliveryWorld): Promise<AttemptFacts> {
  const { ordered, waitingFor, refused } = await readStanding(pull, world);
  const proposal = { ...proposalOf(pull, world), ...(ordered ? { armed: true } : {}) };
  const tip = await findTip(pull, world);
  if (tip === undefined) return { kind: "taken-over", ...proposal, message: "somebody deleted its branch" };
  const why = await takenOver({ pull, tip }, query, world);
  if (why !== undefined) return { kind: "taken-over", ...proposal, message: clean(why) };
  const outdated = query.job === undefined ? undefined : await isOutdated({ pull, tip }, query.job, world);
  if (typeof outdated === "string") return { kind: "taken-over", ...proposal, message: clean(outdated) };
  return {
    kind: "open",
    ...proposal,
    head: tip,
    ...(outdated === true ? { outdated } : {}),
    ...(waitingFor === undefined ? {} : { waitingFor: clean(waitingFor) }),
    ...(refused === undefined ? {} : { refused: clean(refused) }),
  };
}

/** What it waits for only makes an answer better. An order to merge is seen on the pull request itself as well: what a person ordered is theirs. */
async function readStanding(pull: PullRequest, { forge }: DeliveryWorld): Promise<MergeStanding> {
  const { number, head, armedBy, author } = pull;
  const isArmed = armedBy !== undefined && armedBy.toLowerCase() === author.toLowerCase();
  try {
    const told = await forge?.mergeStanding?.(number, head);
    return { ...told, ordered: isArmed || told?.ordered === true };
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    return { ordered: isArmed };
  }
}

/** Where the branch is. Git's word counts; the forge's only says that ours is old. */
async function findTip({ branch, head }: PullRequest, { repository, remote }: DeliveryWorld) {
  const tip = await repository.resolve(`refs/heads/${branch}`);
  if (tip === head || remote === undefined) return tip;
  await remote.fetch([]);
  return repository.resolve(`refs/heads/${branch}`);
}

interface OpenPull {
  readonly pull: PullRequest;
  readonly tip: CommitId;
}

/** What a person did to it that means: leave it alone. */
async function takenOver(
  { pull, tip }: OpenPull,
  query: AttemptQuery,
  world: DeliveryWorld,
): Promise<string | undefined> {
  const { base, branch, draft, number } = pull;
  const { target, job } = query;
  if (base !== query.branch) return `somebody turned it to ${base}`;
  const planned = job?.plan.files.map(({ path }) => path) ?? [];
  const { foreign } = await inspectBranch(
    { tip, base: await baseOf(query, world), target, paths: planned },
    world.repository,
  );
  if (foreign !== undefined) return `${foreign.author} pushed ${shortId(foreign.id)} on ${branch}`;
  if (draft && query.draft !== true) return "somebody made it a draft";
  if (textState(pull, sha256) !== "ours") {
    return `${(await world.forge?.talk?.bodyEditor(number))?.by ?? "somebody"} edited its text`;
  }
  return world.forge === undefined ? undefined : handsOff(pull, world.forge, world.log);
}

/** Does its branch hold something else than the plan of now? A text: a person has rewritten it. */
async function isOutdated({ tip, pull }: OpenPull, job: DeliveryJob, world: DeliveryWorld): Promise<boolean | string> {
  // Dated alike at each look, it is one object, however often it is looked at.
  const still = { ...world, clock: { ...world.clock, nowMs: () => 0 } };
  const commit = await commitChange(job, still, changeOf(job, "look"));
  const state = await compareBranch({ tip, commit }, job, world);
  if (state.kind === "foreign") return `${state.by.author} ${state.did} ${shortId(state.by.id)} on ${pull.branch}`;
  return state.kind === "other";
}

/** After a merge: is what it made, in the target and wherever the revert changes anything, what its branch holds (I6, I11)? */
async function readMerged(pull: PullRequest, query: AttemptQuery, world: DeliveryWorld): Promise<AttemptFacts> {
  const { number, head, mergeCommit, endedAtMs, endedBy, labels } = pull;
  if (mergeCommit === undefined) {
    return { kind: "unknown", message: `#${number} was merged, but the forge does not say as what` };
  }
  await bring([mergeCommit, head], number, world);
  const { repository } = world;
  const { committedAtMs, parents } = await repository.refs.revision(mergeCommit);
  const own = await ownPaths({ head, parents }, query, world);
  const scope: Scope = [...own.paths].map((path) => ({ kind: "file", path }));
  const changes = await repository.refs.diff(head, mergeCommit, unionScopes(query.scope, scope));
  const told: readonly string[] = [STATE_LABELS.verified, STATE_LABELS.unhealthy];
  return {
    kind: "landed",
    ...proposalOf(pull, world),
    commit: mergeCommit,
    atMs: endedAtMs ?? committedAtMs,
    ...(endedBy === undefined ? {} : { by: isOurs(pull, endedBy) ? "lastgood" : endedBy }),
    ...(changes.length > 0 ? { altered: true } : {}),
    ...(labels.some((label) => told.includes(label.toLowerCase())) ? { told: true } : {}),
  };
}

/** GitHub's merge queue merges what was put there. */
function isOurs({ author }: PullRequest, login: string): boolean {
  return [author.toLowerCase(), "github-merge-queue[bot]"].includes(login.toLowerCase());
}

/** What the branch changed, seen from what it was merged onto. */
async function ownPaths(
  { head, parents }: { readonly head: CommitId; readonly parents: readonly CommitId[] },
  { target }: AttemptQuery,
  { repository }: DeliveryWorld,
): Promise<Pick<InspectedBranch, "paths">> {
  const [onto] = parents;
  return onto === undefined
    ? { paths: new Set() }
    : inspectBranch({ tip: head, base: onto, target, paths: [] }, repository);
}

/** What the forge tells of may not be here: the branch is gone after the merge, but GitHub keeps its head (`refs/pull/N/head`). */
async function bring(
  commits: readonly CommitId[],
  number: number,
  { repository, remote }: DeliveryWorld,
): Promise<void> {
  const missing = async (): Promise<CommitId | undefined> => {
    for (const commit of commits) if ((await repository.resolve(commit)) === undefined) return commit;
    return undefined;
  };
  if ((await missing()) === undefined) return;
  await remote?.fetch([`refs/pull/${number}/head`]);
  const commit = await missing();
  if (commit === undefined) return;
  throw new LastgoodError("RepositoryTransport", `${shortId(commit)} of #${number} cannot be fetched yet`);
}

/** Without a time of the forge's it was opened now: nothing is late then. */
function proposalOf({ number, url, body, createdAtMs }: PullRequest, { clock }: DeliveryWorld): Proposal {
  const job = bodyJob(body);
  return { number, url, openedAtMs: createdAtMs ?? clock.nowMs(), ...(job === undefined ? {} : { job }) };
}

function clean(text: string): string {
  return escapeText(shorten(text, 300));
}
