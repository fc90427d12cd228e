import { branchName } from "../core/change/branch.ts";
import type { Change } from "../core/change/change.ts";
import { type CommitId, shortId, trailersOf } from "../core/model/git.ts";
import { type Hold, hold } from "../core/model/hold.ts";
import type { Scope } from "../core/model/target.ts";
import { LastgoodError } from "../errors.ts";
import type { Forge, PullRequest } from "../ports/forge.ts";
import type { FileWrite, Remote } from "../ports/repository.ts";
import { changeOf, commitChange, type Delivery, type DeliveryJob, type DeliveryWorld } from "./delivery.ts";

/** How many closed or merged pull requests of one suspect are stepped over before lastgood asks for other means. */
const MAX_NAMES = 20;

const LABELS = ["lastgood", "lastgood: awaiting review"];

interface Place {
  readonly forge: Forge;
  readonly remote: Remote;
  readonly branch: string;
  readonly change: Change;
  readonly job: string;
}

/** Mode `propose`: one branch, one commit, one pull request; found again by their derived name. */
export async function proposeRevert(job: DeliveryJob, world: DeliveryWorld): Promise<Delivery | Hold> {
  const { forge, remote } = requireForge(world);
  const id = world.clock.newId();
  for (let attempt = 1; attempt <= MAX_NAMES; attempt += 1) {
    const branch = branchName(job.plan.target.name, job.key, attempt);
    const known = await forge.findPullRequest(branch);
    if (known?.state === "merged") continue;
    if (known?.state === "closed") {
      if (await job.request.confirmAgain(known.endedBy ?? "somebody", known.url)) continue;
      return vetoed(`${known.endedBy ?? "somebody"} closed ${known.url}`, job);
    }
    const change = changeOf(job, world, id, attempt);
    return publish({ forge, remote, branch, change, job: id }, known, { job, world });
  }
  throw new LastgoodError("ForgeConflict", `${MAX_NAMES} pull requests for this suspect were closed or merged`, {
    hint: "Use --mode push, or open one by hand from --mode branch.",
  });
}

interface Context {
  readonly job: DeliveryJob;
  readonly world: DeliveryWorld;
}

/** Brings the branch to the plan and makes sure that exactly one pull request shows it. */
async function publish(place: Place, known: PullRequest | undefined, context: Context): Promise<Delivery | Hold> {
  const { job, world } = context;
  const tip = known?.head ?? (await world.repository.resolve(`refs/heads/${place.branch}`));
  const commit = await commitChange(job, world, place.change);
  const head =
    tip === undefined ? await pushNew(place, commit, context) : await pushNext(place, { tip, commit }, context);
  if (typeof head !== "string") return head;
  const unchanged = known !== undefined && head === known.head;
  const pullRequest = unchanged ? known : await show(place, known, context);
  const delivery = { kind: "delivered", mode: "propose", plan: job.plan, job: place.job } as const;
  return { ...delivery, commit: head, branch: place.branch, pullRequest, found: unchanged };
}

async function pushNew({ remote, branch }: Place, commit: CommitId, { world }: Context): Promise<CommitId> {
  await remote.push({ branch, commit, expected: undefined });
  world.log.done(`committed ${shortId(commit)} to ${branch}`);
  return commit;
}

/** The branch is there: leave it when it holds the plan, add a commit when it is ours alone, hands off otherwise. */
async function pushNext(
  { remote, branch }: Place,
  { tip, commit }: { readonly tip: CommitId; readonly commit: CommitId },
  { job, world }: Context,
): Promise<CommitId | Hold> {
  const { repository, log } = world;
  const own = await commitsOf(tip, job, world);
  const foreign = own.find(({ ours }) => !ours);
  if (foreign !== undefined) return vetoed(`${foreign.author} pushed ${shortId(foreign.id)} to ${branch}`, job);
  const paths = new Set([...own.flatMap(({ paths }) => paths), ...job.plan.files.map(({ path }) => path)]);
  const scope: Scope = [...paths].map((path) => ({ kind: "file", path }));
  const changes = await repository.refs.diff(tip, commit, scope);
  if (changes.length === 0) return tip;
  const writes = changes.map(({ path, after }): FileWrite =>
    after === undefined ? { path, remove: true } : { path, mode: after.mode, blob: after.id },
  );
  const message = (await repository.refs.revision(commit)).message;
  const next = await repository.commit({
    parent: tip,
    writes,
    message,
    author: job.request.author,
    atMs: world.clock.nowMs(),
  });
  await remote.push({ branch, commit: next, expected: tip });
  log.done(`committed ${shortId(next)} to ${branch}`);
  return next;
}

async function commitsOf(
  tip: CommitId,
  { plan }: DeliveryJob,
  { repository }: DeliveryWorld,
): Promise<
  readonly {
    readonly id: CommitId;
    readonly author: string;
    readonly ours: boolean;
    readonly paths: readonly string[];
  }[]
> {
  const found = [];
  for await (const { revision, changes } of repository.history({ from: tip, until: plan.base, limit: 50 })) {
    const ours = trailersOf(revision.message).some(
      ({ key, value }) => key === "lastgood-target" && value === plan.target.name,
    );
    found.push({ id: revision.id, author: revision.author, ours, paths: changes.map(({ path }) => path) });
  }
  return found;
}

async function show(place: Place, known: PullRequest | undefined, { job, world }: Context): Promise<PullRequest> {
  const { forge, branch, change } = place;
  const { title, body } = change;
  if (known !== undefined) {
    const updated = await forge.updatePullRequest(known.number, { title, body });
    world.log.done(`updated ${updated.url}`);
    return updated;
  }
  const { draft, reviewers } = job.request;
  const labels = [...LABELS, ...job.request.labels];
  const { pullRequest, warnings } = await forge.openPullRequest({
    title,
    body,
    branch,
    base: job.plan.branch,
    draft,
    labels,
    reviewers,
  });
  for (const warning of warnings) world.log.warn(warning);
  world.log.done(`opened #${pullRequest.number}`);
  return pullRequest;
}

function vetoed(what: string, { plan }: DeliveryJob): Hold {
  return hold("Vetoed", `${what}: lastgood leaves this revert alone`, [
    `lastgood revert ${plan.target.name} --mode branch    puts it on a local branch of your own`,
  ]);
}

function requireForge({ forge, remote }: DeliveryWorld): { readonly forge: Forge; readonly remote: Remote } {
  if (forge !== undefined && remote !== undefined) return { forge, remote };
  throw new LastgoodError("ForgeUnsupported", "this repository has no forge to open a pull request on", {
    hint: "Give its address (--repo OWNER/REPO), use --mode push, or keep it local with --mode branch.",
  });
}
