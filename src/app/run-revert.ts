/**
 * The line, as a person's command enters it: checkpoint → plan → change → branch or pull request → merge.
 * Any station can stop it with a hold; nothing is written before the plan is confirmed.
 */
import { revertKey } from "../core/change/branch.ts";
import { shortId } from "../core/model/git.ts";
import { type Hold, hold } from "../core/model/hold.ts";
import type { NothingToDo, Plan } from "../core/plan/types.ts";
import { LastgoodError } from "../errors.ts";
import type { Delivery, DeliveryJob, DeliveryWorld, RevertRequest } from "./delivery.ts";
import { sha256 } from "./hash.ts";
import { mergeRevert } from "./merge-revert.ts";
import { planHash, type PlanQuery, planTarget } from "./plan-target.ts";
import { proposeRevert } from "./propose-revert.ts";
import { pushRevert } from "./push-revert.ts";
import { writeBranch } from "./write-branch.ts";

export type RevertOutcome = Delivery | NothingToDo | Hold | { readonly kind: "declined" };

/** How often the branch may move away under a revert before lastgood gives up. */
const MAX_ATTEMPTS = 5;

/** Runs one revert to where its mode ends. Throws `Repository*`, `Forge*`, `Edit*`, `Usage*` errors. */
export async function runRevert(request: RevertRequest, world: DeliveryWorld): Promise<RevertOutcome> {
  let confirmed: string | undefined = request.expectedHash;
  let asked = false;
  for (let attempt = 1; attempt <= MAX_ATTEMPTS; attempt += 1) {
    const base = await findBase(request, world, attempt > 1);
    const { history, plan } = await planTarget({ ...request, base }, world);
    if (plan.kind !== "plan") return plan;

    const hash = planHash(plan);
    if (confirmed !== undefined && confirmed !== hash) return stale(plan, asked);
    if (!asked && !(await request.confirm(plan))) return { kind: "declined" };
    asked = true;
    confirmed = hash;

    const key = revertKey(plan.target.name, history.content, sha256);
    try {
      return await deliver({ request, plan, key }, world);
    } catch (error) {
      if (!(error instanceof LastgoodError) || error.code !== "RepositoryMoved" || attempt === MAX_ATTEMPTS)
        throw error;
      world.log.warn(`${request.branch} has moved; planning again on its new tip`);
    }
  }
  throw new LastgoodError(
    "RepositoryMoved",
    `${request.branch} moved ${MAX_ATTEMPTS} times while the revert was made`,
    {
      hint: "Run the same command again.",
    },
  );
}

async function deliver(job: DeliveryJob, world: DeliveryWorld): Promise<Delivery | Hold> {
  switch (job.request.mode) {
    case "branch":
      return writeBranch(job, world);
    case "push":
      return pushRevert(job, world);
    case "propose":
      return proposeRevert(job, world);
    case "merge":
      return mergeRevert(job, world);
  }
}

async function findBase(request: RevertRequest, world: DeliveryWorld, refresh: boolean): Promise<PlanQuery["base"]> {
  if (refresh) await world.remote?.fetch([]);
  const wanted = request.onto ?? `refs/heads/${request.branch}`;
  const base = await world.repository.resolve(wanted);
  if (base !== undefined) return base;
  throw new LastgoodError(
    "RepositoryRef",
    `"${wanted.replace(/^refs\/heads\//, "")}" does not exist in this repository`,
    {
      hint: "Name the branch that the engine deploys from with --base.",
    },
  );
}

function stale(plan: Plan, asked: boolean): Hold {
  const moved = plan.undone.slice(0, 3).map(({ revision }) => shortId(revision.id));
  const since = asked ? "while this command ran" : "since the plan was made";
  return hold(
    "StalePlan",
    `${plan.target.name} changed ${since}: its newest revision is ${moved[0] ?? shortId(plan.base)}`,
    [`lastgood plan ${plan.target.name}    makes a new plan on ${shortId(plan.base)}`],
  );
}
