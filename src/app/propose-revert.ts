import { type CommitId, type FileChange, shortId } from "../core/model/git.ts";
import type { Hold } from "../core/model/hold.ts";
import { LastgoodError } from "../errors.ts";
import type { PullRequest } from "../ports/forge.ts";
import type { FileWrite } from "../core/model/git.ts";
import { OWN_LABEL, STATE_LABELS } from "../core/change/labels.ts";
import { textState } from "../core/change/text-mark.ts";
import { bodyJob } from "./body-job.ts";
import { compareBranch } from "./compare-branch.ts";
import { deliverCommit } from "./deliver-commit.ts";
import { changeOf, commitChange, type Delivery, type DeliveryJob, type DeliveryWorld } from "./delivery.ts";
import { type Attempt, findAttempt, type Hosting, vetoed } from "./find-attempt.ts";
import { handsOff } from "./hands-off.ts";
import { sha256 } from "./hash.ts";
import { reviewersOf } from "./suspect-people.ts";

const LABELS = [OWN_LABEL, STATE_LABELS.awaiting];

/**
 * Mode `propose`: one branch, one commit, one pull request; found again by their derived name. On a server without pull requests
 * the branch is what is proposed. Throws `RepositoryMoved` when somebody else was there at the same time: plan again.
 */
export async function proposeRevert(job: DeliveryJob, world: DeliveryWorld): Promise<Delivery | Hold> {
  const hosting = requireForge(world);
  const found = await findAttempt(job, hosting, world);
  if ("kind" in found) return found;
  const attempt = await openAgain(found, { job, world, hosting });
  if ("kind" in attempt) return attempt;
  const context: Context = { job, world, hosting, attempt };
  const held = await bringBranch(context);
  if ("kind" in held) {
    // What a person works on must not be merged by an order that we gave before.
    if (attempt.known?.armedBy !== undefined) await hosting.forge.cancelMerge?.(attempt.known.number);
    return held;
  }
  const pullRequest = await showPullRequest(held, context);
  return {
    kind: "delivered",
    mode: "propose",
    plan: job.plan,
    job: held.job,
    commit: held.head,
    branch: attempt.branch,
    ...(pullRequest === undefined ? {} : { pullRequest }),
    found: !held.pushed && pullRequest === attempt.known,
  };
}

/** What lastgood has closed itself. A branch that is not what it was is somebody's. */
async function openAgain(attempt: Attempt, { job, world, hosting }: Omit<Context, "attempt">): Promise<Attempt | Hold> {
  const { known, again } = attempt;
  if (known === undefined || again !== true) return attempt;
  if ((await hosting.forge.reopenPullRequest?.(known.number)) === true) {
    world.log.done(`opened #${known.number} again`);
    const { endedBy: _by, endedAtMs: _atMs, ...open } = known;
    return { ...attempt, known: { ...open, state: "open" } };
  }
  return vetoed(`${known.url} cannot be opened again: its branch is another one by now`, job);
}

interface Context {
  readonly job: DeliveryJob;
  readonly world: DeliveryWorld;
  readonly hosting: Hosting;
  readonly attempt: Attempt;
}

/** The branch, once it holds the plan. */
interface Held {
  readonly head: CommitId;
  /** The job that brought it there. */
  readonly job: string;
  readonly pushed: boolean;
}

/** Brings the branch to the plan: makes it, leaves it when it holds the plan, adds a commit when it is ours alone; else hands off. */
async function bringBranch(context: Context): Promise<Held | Hold> {
  const { job, world, attempt } = context;
  const id = job.id ?? world.clock.newId();
  const tip = await findTip(context);
  const commit = await commitChange(job, world, changeOf(job, id, attempt.number));
  if (tip === undefined) {
    if (attempt.known !== undefined) return vetoed(`somebody deleted the branch of ${attempt.known.url}`, job);
    return push(context, { commit, expected: undefined, id });
  }
  const state = await compareBranch({ tip, commit }, job, world);
  switch (state.kind) {
    case "foreign":
      return vetoed(`${state.by.author} ${state.did} ${shortId(state.by.id)} on ${attempt.branch}`, job);
    case "same":
      return { head: tip, job: state.job ?? id, pushed: false };
    case "other": {
      const why = await takenOver(context);
      if (why !== undefined) return vetoed(why, job);
      return push(context, {
        commit: await follow(context, { tip, commit, changes: state.changes }),
        expected: tip,
        id,
      });
    }
  }
}

/** Where the branch is. Git's word counts; the forge's only says that ours is old. */
async function findTip({ world, hosting, attempt: { branch, known } }: Context): Promise<CommitId | undefined> {
  const tip = await world.repository.resolve(`refs/heads/${branch}`);
  if (known === undefined || known.head === tip) return tip;
  await hosting.remote.fetch([]);
  return world.repository.resolve(`refs/heads/${branch}`);
}

/** What a person did to the pull request that means: leave it alone. */
async function takenOver({ job, world, hosting, attempt: { known } }: Context): Promise<string | undefined> {
  if (known === undefined) return undefined;
  if (known.draft && !job.request.draft) return `somebody made ${known.url} a draft`;
  if (textState(known, sha256) === "edited") return `somebody edited the text of ${known.url}`;
  return handsOff(known, hosting.forge, world.log);
}

interface FollowUp {
  readonly tip: CommitId;
  readonly commit: CommitId;
  readonly changes: readonly FileChange[];
}

/** A commit on top of the branch that turns what it holds into what `commit` holds: nothing is pushed by force. */
async function follow({ job, world }: Context, { tip, commit, changes }: FollowUp): Promise<CommitId> {
  const { repository, clock } = world;
  const writes = changes.map(({ path, after }): FileWrite =>
    after === undefined ? { path, remove: true } : { path, mode: after.mode, blob: after.id },
  );
  const { message } = await repository.refs.revision(commit);
  return repository.commit({ parent: tip, writes, message, author: job.request.author, atMs: clock.nowMs() });
}

interface Push {
  readonly commit: CommitId;
  readonly expected: CommitId | undefined;
  readonly id: string;
}

async function push(
  { job, world, hosting, attempt: { branch } }: Context,
  { commit, expected, id }: Push,
): Promise<Held> {
  const { plan, request } = job;
  const delivery = { branch, commit, expected, base: plan.branch, via: request.commitVia };
  const head = await deliverCommit(delivery, { ...world, ...hosting });
  world.log.done(`committed ${shortId(head)} to ${branch}`);
  return { head, job: id, pushed: true };
}

/** Makes sure that exactly one pull request shows the branch as it is. */
async function showPullRequest(held: Held, context: Context): Promise<PullRequest | undefined> {
  const { job, world, hosting, attempt } = context;
  const { known, number } = attempt;
  const { title, body } = changeOf(job, held.job, number);
  if (known === undefined) return openPullRequest({ title, body }, context);
  if (!held.pushed && !(await isOutdated(known, held, context))) {
    world.log.done(`#${known.number} shows it already`);
    return known;
  }
  if (textState(known, sha256) !== "ours") return known;
  const updated = await hosting.forge.updatePullRequest(known.number, { title, body });
  world.log.done(`updated ${updated.url}`);
  return updated;
}

/** An earlier run ended after its push: the text is that of the job before. A text without our mark is a person's. */
async function isOutdated(known: PullRequest, { job }: Held, context: Context): Promise<boolean> {
  const told = bodyJob(known.body);
  return told !== undefined && told !== job && (await takenOver(context)) === undefined;
}

async function openPullRequest(
  text: { readonly title: string; readonly body: string },
  { job, world, hosting, attempt: { branch } }: Context,
): Promise<PullRequest | undefined> {
  const { draft, assignees = [] } = job.request;
  const labels = [...LABELS, ...job.request.labels];
  try {
    const reviewers = await reviewersOf(job, world);
    const request = { ...text, branch, base: job.plan.branch, draft, labels, reviewers, assignees };
    const { pullRequest, warnings } = await hosting.forge.openPullRequest(request);
    for (const warning of warnings) world.log.warn(warning);
    world.log.done(`opened #${pullRequest.number}`);
    return pullRequest;
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code !== "ForgeUnsupported") throw error;
    world.log.warn(`${hosting.forge.name} has no pull requests that lastgood knows: merge ${branch} by hand`);
    return undefined;
  }
}

function requireForge({ forge, remote }: DeliveryWorld): Hosting {
  if (forge !== undefined && remote !== undefined) return { forge, remote };
  throw new LastgoodError("ForgeUnsupported", "this repository has no forge to open a pull request on", {
    hint: "Give its address (--repo OWNER/REPO), use --mode push, or keep it local with --mode branch.",
  });
}
