/**
 * The line, as a person's command enters it: checkpoint → plan → change → branch or pull request → merge.
 * Any station can stop it with a hold; nothing is written before the plan is confirmed.
 */
import { shortId } from "../core/model/git.ts";
import { type Hold, hold } from "../core/model/hold.ts";
import type { NothingToDo, Plan } from "../core/plan/types.ts";
import { LastgoodError } from "../errors.ts";
import { declaredHold } from "./declared-hold.ts";
import type { Delivery, DeliveryJob, DeliveryWorld, RevertRequest } from "./delivery.ts";
import { mergeRevert } from "./merge-revert.ts";
import { optedOut } from "./opt-out.ts";
import { planGoal } from "./plan-goal.ts";
import { planHash, type PlanQuery } from "./plan-target.ts";
import { proposeRevert } from "./propose-revert.ts";
import { recheckCheckpoint } from "./recheck-checkpoint.ts";
import { pushRevert } from "./push-revert.ts";
import { findOrigins } from "./suspect-people.ts";
import { tellOrigins, tellPeople } from "./tell-people.ts";
import { POLL_MS, waitMerged } from "./wait-merged.ts";
import { writeBranch } from "./write-branch.ts";
import { shellWord } from "../core/model/shell.ts";

export type RevertOutcome = Delivery | NothingToDo | Hold | { readonly kind: "declined" };

/** How often something may move away under a revert before lastgood gives up. */
const MAX_ATTEMPTS = 5;

/** Runs one revert to where its mode ends. Throws `Repository*`, `Forge*`, `Edit*`, `Usage*` errors. */
export async function runRevert(request: RevertRequest, world: DeliveryWorld): Promise<RevertOutcome> {
  const person = rememberAnswers(request);
  const endMs = world.clock.nowMs() + (request.waitMergedMs ?? 0);
  let isAgain = false;
  for (let attempt = 1; ; attempt += 1) {
    const startMs = world.clock.nowMs();
    try {
      if (isAgain) await world.remote?.fetch([]);
      return await tryRevert(person, world, endMs);
    } catch (error) {
      if (!(error instanceof LastgoodError) || error.code !== "RepositoryMoved") throw error;
      if (attempt === MAX_ATTEMPTS) throw movedTooOften(request, error);
      // While it waits to be merged, the base may well move: the time that was given bounds that.
      if (world.clock.nowMs() < endMs && world.clock.nowMs() - startMs >= POLL_MS) attempt = 0;
      isAgain = true;
      world.log.warn(`${request.branch}, or the branch of the revert, has moved: planning again`);
    }
  }
}

/** One way through the line, on the tips that are known here. Throws `RepositoryMoved` when they are the tips no more. */
async function tryRevert(request: AskedOnce, world: DeliveryWorld, endMs: number): Promise<RevertOutcome> {
  const base = await findBase(request, world);
  const { plan, key, scope } = await planGoal({ ...request, base }, world);
  if (plan.kind !== "plan") return plan;

  const hash = planHash(plan);
  const expected = request.confirmed();
  if (expected !== undefined && expected.hash !== hash) return stale(plan, expected.since);
  const forbidden = declaredHold(plan, request.mode, world.clock.nowMs());
  if (forbidden !== undefined) return forbidden;
  const guarded = await request.guard?.(plan, key);
  if (guarded !== undefined) return guarded;
  if (!(await request.confirm(plan))) return { kind: "declined" };
  const held = await recheckCheckpoint(plan, scope, world);
  if (held !== undefined) return held;
  const isUnattended = request.mode === "merge" || request.mode === "push";
  const out = isUnattended ? await optedOut(plan, world) : undefined;
  if (out !== undefined) return out;

  const opens = request.mode === "propose" || request.mode === "merge";
  const job: DeliveryJob = { request, plan, key, scope, ...(opens ? { origins: await findOrigins(plan, world) } : {}) };
  const delivery = await deliver(job, world);
  if (delivery.kind === "hold") return delivery;
  request.onDelivery?.(delivery, key);
  await tellPeople(delivery, world);
  await tellOrigins(delivery, world, job.origins);
  if (request.waitMergedMs === undefined) return delivery;
  const ended = await waitMerged(delivery, world, { endMs, job });
  if (ended.kind === "delivered" && ended !== delivery) {
    request.onDelivery?.(ended, key);
    await tellPeople(ended, world);
  }
  return ended;
}

interface AskedOnce extends RevertRequest {
  /** What was agreed to; nothing else is written. */
  readonly confirmed: () => { readonly hash: string; readonly since: string } | undefined;
}

/** A person is asked each question once, however often the plan is made again. */
function rememberAnswers(request: RevertRequest): AskedOnce {
  const { expectedHash } = request;
  let confirmed = expectedHash === undefined ? undefined : { hash: expectedHash, since: "since the plan was made" };
  let asked: Promise<boolean> | undefined;
  const again = new Map<string, Promise<boolean>>();
  return {
    ...request,
    confirmed: () => confirmed,
    confirm: async (plan) => {
      asked ??= request.confirm(plan);
      confirmed = { hash: planHash(plan), since: "while this command ran" };
      return asked;
    },
    confirmAgain: async (who, url) => {
      const answer = again.get(url) ?? request.confirmAgain(who, url);
      again.set(url, answer);
      return answer;
    },
  };
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

/** The commit that a request stands on. Throws `RepositoryRef` when there is no such branch. */
export async function findBase(request: RevertRequest, { repository }: DeliveryWorld): Promise<PlanQuery["base"]> {
  const wanted = request.onto ?? `refs/heads/${request.branch}`;
  const base = await repository.resolve(wanted);
  if (base !== undefined) return base;
  throw new LastgoodError(
    "RepositoryRef",
    `"${wanted.replace(/^refs\/heads\//, "")}" does not exist in this repository`,
    {
      hint: "Name the branch that the engine deploys from with --base.",
    },
  );
}

function movedTooOften({ branch }: RevertRequest, cause: LastgoodError): LastgoodError {
  const message = `${branch}, or the branch of the revert, moved ${MAX_ATTEMPTS} times while the revert was made`;
  return new LastgoodError("RepositoryMoved", message, { cause, hint: "Run the same command again." });
}

function stale(plan: Plan, since: string): Hold {
  const [newest] = plan.undone;
  return hold(
    "StalePlan",
    `${plan.target.name} changed ${since}: its newest revision is ${shortId(newest?.revision.id ?? plan.base)}`,
    [`lastgood plan ${shellWord(plan.target.name)}    makes a new plan on ${shortId(plan.base)}`],
  );
}
