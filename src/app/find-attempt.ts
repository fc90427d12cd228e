import { branchName } from "../core/change/branch.ts";
import { type CommitId, trailersOf } from "../core/model/git.ts";
import { type Hold, hold } from "../core/model/hold.ts";
import type { Plan } from "../core/plan/types.ts";
import { LastgoodError } from "../errors.ts";
import type { Forge, PullRequest } from "../ports/forge.ts";
import type { Remote, Repository } from "../ports/repository.ts";
import type { DeliveryJob, DeliveryWorld } from "./delivery.ts";
import { isSetAside } from "./set-aside.ts";
import { shellWord } from "../core/model/shell.ts";

/** How many closed or merged pull requests of one suspect are stepped over before lastgood asks for other means. */
export const MAX_NAMES = 20;

/** The name under which a suspect is reverted this time. */
export interface Attempt {
  readonly number: number;
  readonly branch: string;
  /** Open already. */
  readonly known?: PullRequest;
  /** lastgood has closed it, and it is to be opened again. */
  readonly again?: true;
}

export interface Hosting {
  readonly forge: Forge;
  readonly remote: Remote;
}

/**
 * Finds the open pull request of the suspect, else the first name that is free. A merged one was followed by the same bad content
 * again; after a closed one, a person is asked. Throws `RepositoryMoved` when one was merged since the base was fetched.
 */
export async function findAttempt(
  job: DeliveryJob,
  { forge, remote }: Hosting,
  world: DeliveryWorld,
): Promise<Attempt | Hold> {
  const { pullRequest: only } = job.request;
  let ended: PullRequest | undefined;
  for (let number = 1; number <= MAX_NAMES; number += 1) {
    const branch = branchName(job.plan.target.name, job.key, number);
    const known = await forge.findPullRequest(branch);
    if (known?.state === "open") {
      return only === undefined || known.number === only
        ? { number, branch, known: requireBase(known, job) }
        : outdated(job);
    }
    if (known === undefined && only !== undefined) return outdated(job);
    const end = known?.state === "closed" ? { ...known, ...(await closerOf(known, forge)) } : undefined;
    if (end !== undefined && isSetAside(end) && forge.reopenPullRequest !== undefined) {
      return { number, branch, known: requireBase(end, job), again: true };
    }
    const isSpent = known !== undefined || (await isMerged(branch, job, world));
    if (job.unattended === true && isSpent) return spent(job, known);
    if (known === undefined) {
      if (isSpent) continue;
      if (ended?.state !== "closed") return { number, branch };
      return askAgain({ ...ended, ...(await closerOf(ended, forge)) }, { number, branch }, job);
    }
    if (known.state === "merged") await requireSeen(known, remote, { job, world });
    ended = known;
  }
  throw new LastgoodError("ForgeConflict", `${MAX_NAMES} pull requests for this suspect were closed or merged`, {
    hint: "Use --mode push, or open one by hand from --mode branch.",
  });
}

/** The pull request that was meant is not the one of what is live now. */
function outdated({ plan, request: { pullRequest = 0 } }: DeliveryJob): Hold {
  return hold("StalePlan", `#${pullRequest} is not for what ${plan.target.name} holds on ${plan.branch} now`, [
    `lastgood revert ${shellWord(plan.target.name)}    plans again`,
  ]);
}

/** It was proposed before: a person alone may ask for it again (safety.md I1, I2). */
function spent({ plan }: DeliveryJob, known: PullRequest | undefined): Hold {
  const what = known === undefined ? "its branch was merged" : `${known.url} was ${known.state}`;
  return hold(known?.state === "closed" ? "Vetoed" : "AlreadyReverted", `${what}: it is not proposed again`, [
    `lastgood revert ${shellWord(plan.target.name)}    asks for it again`,
  ]);
}

/** A person decided against this revert, or works on it. */
export function vetoed(what: string, { plan }: DeliveryJob): Hold {
  return hold("Vetoed", `${what}: lastgood leaves this revert alone`, [
    `lastgood revert ${shellWord(plan.target.name)} --mode branch    puts it on a local branch of your own`,
  ]);
}

/** Who closed it, or deleted its branch: a close without a name is looked up in what happened. */
export async function closerOf(
  { endedBy, number }: PullRequest,
  { talk }: Forge,
): Promise<Pick<PullRequest, "endedBy">> {
  if (endedBy !== undefined || talk === undefined) return {};
  try {
    const end = (await talk.events(number)).findLast(({ kind, by }) => by !== undefined && ENDS.has(kind));
    return end?.by === undefined ? {} : { endedBy: end.by };
  } catch (error) {
    if (error instanceof LastgoodError) return {};
    throw error;
  }
}

const ENDS: ReadonlySet<string> = new Set(["closed", "branch-deleted"]);

async function askAgain({ endedBy, url }: PullRequest, attempt: Attempt, job: DeliveryJob): Promise<Attempt | Hold> {
  const who = endedBy ?? "somebody";
  return (await job.request.confirmAgain(who, url)) ? attempt : vetoed(`${who} closed ${url}`, job);
}

/** The name does not tell which branch the revert is for. */
function requireBase(known: PullRequest, { plan }: DeliveryJob): PullRequest {
  if (known.base === plan.branch) return known;
  throw new LastgoodError("ForgeConflict", `${known.url} goes to ${known.base}, not to ${plan.branch}`, {
    hint: "Merge or close it first, or use --mode branch.",
  });
}

/** Was the branch merged without a pull request? One that stands where the base once was, was left empty by a run that ended too early. */
async function isMerged(branch: string, { plan }: DeliveryJob, { repository }: DeliveryWorld): Promise<boolean> {
  const tip = await repository.resolve(`refs/heads/${branch}`);
  if (tip === undefined || (await repository.refs.distance(tip, plan.base)) === undefined) return false;
  const { message } = await repository.refs.revision(tip);
  return trailersOf(message).some(({ key }) => key === "lastgood-target") || !(await wasBase(tip, plan, repository));
}

/** Did the base stand there itself, and go on? What is merged into it comes in from the side. */
async function wasBase(commit: CommitId, { base }: Plan, repository: Repository): Promise<boolean> {
  let first: CommitId | undefined = base;
  for await (const { revision } of repository.history({ from: base, until: commit })) [first] = revision.parents;
  return first === commit;
}

interface Context {
  readonly job: DeliveryJob;
  readonly world: DeliveryWorld;
}

/** The merge must be part of the history that was planned on; when that was rewritten since, a fresh look settles it. */
async function requireSeen(known: PullRequest, remote: Remote, { job, world }: Context): Promise<void> {
  const { plan } = job;
  const { repository } = world;
  const merge = known.mergeCommit === undefined ? undefined : await repository.resolve(known.mergeCommit);
  if (merge !== undefined && (await repository.refs.distance(merge, plan.base)) !== undefined) return;
  await remote.fetch([]);
  if ((await repository.resolve(`refs/heads/${plan.branch}`)) === plan.base) return;
  throw new LastgoodError("RepositoryMoved", `${known.url} was merged meanwhile`);
}
