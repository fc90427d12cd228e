/** Does exactly one step of a job. Whatever it does is safe to be done twice: who is killed in between begins the step again. */
import { branchName } from "../../core/change/branch.ts";
import type { Progress } from "../../core/change/progress.ts";
import { isFreeJobId } from "../../core/job/job-record.ts";
import { isEnded, type Job } from "../../core/job/job.ts";
import { nextStep } from "../../core/job/next-step.ts";
import type { Step } from "../../core/job/step.ts";
import { type Transition, transitionRecord } from "../../core/job/transition.ts";
import type { Hold } from "../../core/model/hold.ts";
import { fromIso } from "../../core/model/time.ts";
import type { LedgerRecord } from "../../core/record.ts";
import type { PullRequest } from "../../ports/forge.ts";
import { isSetAside, setAside } from "../set-aside.ts";
import { type AskToLook, askToLook } from "../ask-to-look.ts";
import type { Delivery, DeliveryJob, DeliveryWorld } from "../delivery.ts";
import { askImages, doubtImages } from "../doubt-images.ts";
import { mergeRevert } from "../merge-revert.ts";
import { nameIncident } from "../open-incident.ts";
import type { GoalPlan } from "../plan-goal.ts";
import { proposeRevert } from "../propose-revert.ts";
import { pushRevert } from "../push-revert.ts";
import { recheckCheckpoint } from "../recheck-checkpoint.ts";
import { findOrigins } from "../suspect-people.ts";
import { tellOrigins, tellPeople } from "../tell-people.ts";
import { verifiedAt } from "../tell-verification.ts";
import { askKillSwitch } from "./ask-forge.ts";
import { type Confirmed, confirmLanded } from "./confirm-landed.ts";
import { type DaemonWorld, SELF, type TargetLook } from "./daemon-lane.ts";
import { deliveryOf } from "./delivery-of.ts";
import { findPlan } from "./find-plan.ts";
import { callPeople, openIncidentOf, tellIncident } from "./incident.ts";
import { Stopped } from "./guarded-world.ts";
import { newsOf } from "./news.ts";
import { isOvertaken, putsUnderWay } from "./overtaken.ts";
import { quarantineBad } from "./quarantine-bad.ts";
import { decisionOf, isNewDecision, keepDecision } from "./record-decision.ts";
import { toldRecords } from "./tell-untold.ts";
import type { Performing } from "./tick.ts";

/** `world`: of the repository, guarded. */
export type StepWorld = Pick<DaemonWorld, "engines" | "notify" | "toldOf" | "decided"> & {
  readonly world: DeliveryWorld;
};

export interface Performed {
  readonly againAfterMs: number;
  /** Of a revert that has just been verified: each component on its own. */
  readonly confirmed?: Confirmed;
}

/** The effects of a write are looked for after a moment: mutations are a second apart anyway (I14). */
const WRITTEN_MS = 1000;
const HELD_MS = 15_000;

/** Performs it. Throws `Stopped` when something came in its way, and what its parts throw. */
export async function performStep(performing: Performing, daemon: StepWorld): Promise<Performed> {
  const { step, request, facts } = performing;
  const { lane } = request;
  switch (step.kind) {
    case "idle":
      return { againAfterMs: HELD_MS };
    case "wait":
      return { againAfterMs: step.requeueAfterMs };
    case "record-job":
      await record(step.transition, performing, daemon, step.adopt);
      return { againAfterMs: 0 };
    case "propose":
    case "update":
    case "merge":
    case "push":
      return deliver(step, performing, daemon);
    case "disarm":
      await lane.world.forge?.cancelMerge?.(step.number);
      lane.world.log.warn(`#${step.number} is not merged by order of lastgood any more: ${step.why}`);
      return { againAfterMs: WRITTEN_MS };
    case "ask-to-look":
      // Who was started just now has not heard of the engine yet: there is nobody to ask.
      if (isUnheard(performing)) return { againAfterMs: UNHEARD_MS };
      await askToLook(lookOf(performing, daemon), lane.world.log);
      await record(step.transition, performing, daemon);
      return { againAfterMs: 0 };
    case "quarantine":
      await quarantineBad(performing, lane);
      return { againAfterMs: 0 };
    case "open-incident":
      if (await openIncidentOf(step, performing)) return { againAfterMs: 0 };
      return performStep(withoutIncident(performing), daemon);
    case "escalate":
      lane.world.log.warn(`${facts.target.name}: ${step.why}`);
      await callPeople(step, performing);
      await record(step.transition, performing, daemon);
      return { againAfterMs: 0 };
    case "end":
      await tellEnd(step, performing);
      await tellIncident(performing);
      await record(step.transition, performing, daemon);
      return { againAfterMs: 0, ...(step.outcome === "verified" ? await confirm(performing, daemon) : {}) };
  }
}

async function confirm(performing: Performing, daemon: StepWorld): Promise<Pick<Performed, "confirmed">> {
  const confirmed = await confirmLanded(performing, daemon);
  return confirmed === undefined ? {} : { confirmed };
}

/** Whether one may be opened is known only once that was tried: it goes on without. */
function withoutIncident(performing: Performing): Performing {
  const { facts } = performing;
  const now = { ...facts, effects: { ...facts.effects, incident: "unavailable" } } as const;
  return { ...performing, facts: now, step: nextStep(now) };
}

const UNHEARD_MS = 5000;
/** Then it goes on without: engines look by themselves now and then. */
const LONGEST_UNHEARD_MS = 120_000;

function isUnheard({ look, facts: { job, nowMs } }: Performing): boolean {
  return look.observed.states.length === 0 && nowMs - (job?.updatedAtMs ?? 0) < LONGEST_UNHEARD_MS;
}

/** Durable before anything else is done (I15); then people are told. */
async function record(
  transition: Transition,
  { request, look, memory, facts, gathered }: Performing,
  daemon: StepWorld,
  adopt?: string,
): Promise<void> {
  const { world } = request.lane;
  const { clock, ledger, log } = world;
  const before = facts.job === undefined || isEnded(facts.job) ? undefined : facts.job;
  const id = clock.newId();
  const jobId = before?.id ?? (isFreeJobId(adopt, memory.records) ? adopt : clock.newId());
  const decided = decisionOf(gathered, request.lane);
  const { key } = facts.decision;
  const ofTarget = memory.jobs.filter(({ target }) => target === facts.target.name);
  const line = transitionRecord(transition, {
    ...(before === undefined ? {} : { job: before }),
    id,
    jobId,
    nowMs: facts.nowMs,
    lastMs: Math.max(0, ...ofTarget.map(({ updatedAtMs }) => updatedAtMs)),
    by: SELF,
    subject: {
      target: facts.target.name,
      repository: facts.target.repository,
      trigger: facts.trigger,
      ...(facts.target.environment === undefined ? {} : { environment: facts.target.environment }),
      ...(key === undefined ? {} : { key }),
    },
    decision: decided.hash,
  });
  const isNew = await isNewDecision(gathered, request.lane, daemon);
  const told = toldRecords({ look, memory, nowMs: facts.nowMs }, daemon);
  const records: readonly LedgerRecord[] = [...told, ...(isNew ? [decided] : []), line];
  const { name: target, repository } = facts.target;
  const turn = { target, repository, seen: memory.records, begins: putsUnderWay(transition, before) };
  if (!(await ledger.append(records, (now) => isOvertaken(turn, now))))
    throw new Stopped("it was gone on with by others");
  if (isNew) keepDecision(gathered, daemon);
  log.doing(`${facts.target.name}: ${transition.detail}`);
  const news = { look, job: jobId, transition, nowMs: facts.nowMs };
  for (const one of newsOf(before === undefined ? news : { ...news, before })) daemon.notify(one);
}

type DeliveryStep = Extract<Step, { readonly kind: "propose" | "update" | "merge" | "push" }>;

/** The way of a person's command, answered beforehand: yes to the plan, no to going on after somebody said no. */
async function deliver(step: DeliveryStep, performing: Performing, daemon: StepWorld): Promise<Performed> {
  const { world } = daemon;
  const job = await deliveryJob(performing, daemon, step.kind === "propose" || step.kind === "update");
  if (job === undefined) return { againAfterMs: HELD_MS };
  const held = await recheckCheckpoint(job.plan, job.scope, world);
  const outcome = held ?? (await write(step, job, world));
  if (outcome.kind === "hold") {
    world.log.warn(`${performing.facts.target.name}: ${outcome.reason}: ${outcome.message}`);
    return { againAfterMs: HELD_MS };
  }
  await tellPeople(outcome, world);
  if (step.kind === "propose") await tellOrigins(outcome, world, job.origins);
  const waits = step.kind === "merge" && outcome.landed === undefined;
  return { againAfterMs: waits ? HELD_MS : WRITTEN_MS };
}

async function write(step: DeliveryStep, job: DeliveryJob, world: DeliveryWorld): Promise<Delivery | Hold> {
  switch (step.kind) {
    case "propose":
    case "update":
      return proposeRevert(job, world);
    case "merge":
      return mergeRevert(job, world);
    case "push":
      return pushRevert(job, world);
  }
}

/** The plan that was decided on, as a delivery; undefined when there is none (any more). `isRead`: people are about to read it. */
async function deliveryJob(
  { request, look, facts, gathered }: Performing,
  daemon: StepWorld,
  isRead: boolean,
): Promise<DeliveryJob | undefined> {
  const { lane } = request;
  const { job, decision } = facts;
  const base = gathered.tip?.base;
  if (job === undefined || base === undefined) return undefined;
  const goal = gathered.found?.goal ?? (await findPlan({ look, base, lane }, daemon)).goal;
  if (goal === undefined || goal.key !== (decision.key ?? job.key)) return undefined;
  const told = isRead ? await withDoubts(goal, look, daemon) : goal;
  const delivery = deliveryOf({ look, lane, goal: told, job });
  return delivery === undefined ? undefined : { ...delivery, origins: await findOrigins(delivery.plan, lane.world) };
}

/** The clusters are asked once for what is proposed, not at every look. */
async function withDoubts(goal: GoalPlan, { observed }: TargetLook, { engines, world }: StepWorld): Promise<GoalPlan> {
  const { clock, ledger } = world;
  const seenImages = async (): ReturnType<typeof askImages> => askImages({ states: observed.states, engines, clock });
  return doubtImages(goal, { seenImages, ledger, clock });
}

function lookOf({ look, facts }: Performing, { engines }: StepWorld): AskToLook {
  return { target: facts.target.name, states: look.observed.states, engines, token: facts.job?.id ?? "" };
}

/** On the pull request, where people look. */
async function tellEnd(
  step: Extract<Step, { readonly kind: "end" }>,
  { request, look, facts }: Performing,
): Promise<void> {
  const { world } = request.lane;
  const { job, effects } = facts;
  if (job?.pullRequest === undefined) return;
  // Who opened it may have been killed before that was said.
  if (typeof effects.incident === "number") await nameIncident(job, effects.incident, world);
  const pullRequest = await pullRequestOf(job, world);
  if (pullRequest === undefined) return;
  const { detail } = step.transition;
  if (step.outcome === "superseded" && job.landed === undefined) {
    // Who closed it may have been killed before that was on record: the label stays, that tells whose close it was.
    if (isSetAside(pullRequest)) return tellPeople({ pullRequest }, world, { needless: detail });
    if (pullRequest.state === "open" && (await mayClose({ request, look }))) {
      return setAside(pullRequest, detail, world);
    }
  }
  // Asked for once more before that was known, it was opened when the first had landed.
  const isDouble = job.landed !== undefined && pullRequest.state === "open" && pullRequest.number !== job.pullRequest;
  if (isDouble && (await mayClose({ request, look }))) {
    return setAside(pullRequest, `#${job.pullRequest} has landed`, world);
  }
  const landed = job.landed === undefined ? {} : { landed: job.landed as Delivery["commit"] };
  await tellPeople({ pullRequest, ...landed, pending: detail }, world, progressOf(step, facts));
}

/** A write of its own: not while it only looks, nor while somebody has switched it off (I12). */
async function mayClose({ request: { lane }, look }: Pick<Performing, "request" | "look">): Promise<boolean> {
  return look.policy.mode !== "observe" && (await askKillSwitch(lane)).state === "clear";
}

function progressOf(
  { outcome, transition }: Extract<Step, { readonly kind: "end" }>,
  { job, nowMs, verification }: Performing["facts"],
): Progress {
  const syncedAtMs = job?.reachedAt === undefined ? undefined : fromIso(job.reachedAt);
  const synced = syncedAtMs === undefined ? {} : { syncedAtMs };
  if (outcome === "verified") {
    const seen = verification?.kind === "verified" ? verification : undefined;
    const current = seen === undefined ? {} : { currentForMs: seen.currentForMs };
    return { ...synced, ...current, verified: verifiedAt(nowMs, seen) };
  }
  const isBad = outcome === "still unhealthy" || outcome === "timeout" || outcome === "not delivered";
  return isBad ? { ...synced, stillUnhealthy: transition.detail } : synced;
}

async function pullRequestOf(job: Job, { forge }: DeliveryWorld): Promise<PullRequest | undefined> {
  if (forge === undefined || job.key === undefined) return undefined;
  return forge.findPullRequest(job.branch ?? branchName(job.target, job.key));
}
