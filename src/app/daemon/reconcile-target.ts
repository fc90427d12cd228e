/**
 * One level-triggered tick of a target: facts → decision → next step → exactly that step. Nothing is remembered from the tick before: the
 * engine, the forge, git and the ledger say where it stands, so whoever is killed in between is followed by anybody.
 */
import type { Decision } from "../../core/decision/decision.ts";
import type { LedgerFacts, PastRevert } from "../../core/decision/facts.ts";
import { failStep } from "../../core/job/end-steps.ts";
import { findJob, isEnded, type Job } from "../../core/job/job.ts";
import { nextStep } from "../../core/job/next-step.ts";
import type { ToldRecord } from "../../core/job/told-record.ts";
import type { EffectFacts, Step, StepFacts } from "../../core/job/step.ts";
import { isFullId } from "../../core/model/git.ts";
import type { LedgerRecord } from "../../core/record.ts";
import type { Verification } from "../../core/verification.ts";
import { LastgoodError } from "../../errors.ts";
import { findIncident } from "../open-incident.ts";
import { attemptOf, isLanding, LAG_MS, type Looked } from "./attempt-of.ts";
import type { Confirmed } from "./confirm-landed.ts";
import type { DaemonLane, DaemonWorld, TargetLook } from "./daemon-lane.ts";
import { findLeft } from "./find-left.ts";
import { gatherFacts, type Gathered, tipKey } from "./gather-facts.ts";
import { guardWorld, Stopped } from "./guarded-world.ts";
import { jobsOf } from "./jobs-of.ts";
import { putsUnderWay } from "./overtaken.ts";
import { performStep } from "./perform-step.ts";
import { newestOf } from "./read-live.ts";
import { createRecheck } from "./recheck.ts";
import { readVerification } from "./read-verification.ts";
import { readReconciled } from "./reconcile-ledger.ts";
import { findNewDecision, keepDecision } from "./record-decision.ts";
import { findWaiting, tellUntold } from "./tell-untold.ts";
import type { Memory, Performing, ReconcileTarget } from "./tick.ts";
import { triggerOf } from "./trigger.ts";
import { watchQuarantine } from "./watch-quarantine.ts";

/** What a tick came to. */
export interface Reconciled {
  readonly requeueAfterMs: number;
  /** Nothing is to be done before something is heard, or that time is over. */
  readonly settled: boolean;
  readonly step?: Step;
  readonly decision?: Decision;
  /** Of a job that was verified at this tick. */
  readonly confirmed?: Confirmed;
  /** How it ended in failure; then it is tried again. */
  readonly failure?: LastgoodError;
}

/** A target that nothing is wrong with is looked at so often, whatever is heard. */
const IDLE_MS = 600_000;
/** After a failure that passes. */
const RETRY_MS = 15_000;
/** After one that only a person can mend: a token, a right. */
const DENIED_MS = 300_000;
/** A wait that is no longer asked for in core. */
const STOPPED_MS = 5000;

/** One tick. Rejects with bugs only. */
export async function reconcileTarget(request: ReconcileTarget, daemon: DaemonWorld): Promise<Reconciled> {
  try {
    return await tick(request, daemon);
  } catch (error) {
    if (error instanceof Stopped) return { requeueAfterMs: STOPPED_MS, settled: false };
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    request.lane.world.log.warn(`${nameOf(request)}: ${error.code}: ${error.message}`);
    return { requeueAfterMs: isDenied(error) ? DENIED_MS : RETRY_MS, settled: false, failure: error };
  }
}

function nameOf({ look, lane }: ReconcileTarget): string {
  return look()?.observed.watched.target.name ?? lane.name;
}

async function tick(request: ReconcileTarget, daemon: DaemonWorld): Promise<Reconciled> {
  const look = request.look();
  if (look === undefined) return { requeueAfterMs: IDLE_MS, settled: true };
  const memory = await readMemory(request.lane, daemon);
  const untold = { look, memory, nowMs: request.lane.world.clock.nowMs() };
  tellUntold(untold, daemon);
  const { gathered, reconciled } = await lookAndAct({ request, look, memory }, daemon);
  if (!reconciled.settled) return reconciled;
  const { due, againAfterMs = Infinity, isSoon } = findWaiting(untold, daemon);
  await recordWaiting(due, { request, memory, gathered }, daemon);
  const requeueAfterMs = Math.min(againAfterMs, reconciled.requeueAfterMs);
  return { ...reconciled, requeueAfterMs, settled: !isSoon };
}

/** Nothing else is written at such a look: what is new is one write. */
async function recordWaiting(
  told: readonly ToldRecord[],
  { request: { lane }, memory, gathered }: Pick<Performing, "request" | "memory" | "gathered">,
  daemon: DaemonWorld,
): Promise<void> {
  const decided = await findNewDecision({ gathered, memory, lane }, daemon);
  if (told.length === 0 && decided === undefined) return;
  const isOnRecord = (records: readonly LedgerRecord[]): boolean =>
    decided === undefined && told.every(({ id }) => records.some((one) => one.type === "told" && one.id === id));
  await lane.world.ledger.append([...told, ...(decided === undefined ? [] : [decided])], isOnRecord);
  if (decided !== undefined) keepDecision(gathered, daemon);
}

async function lookAndAct(
  { request, look, memory }: Pick<Performing, "request" | "look" | "memory">,
  daemon: DaemonWorld,
): Promise<{ readonly gathered: Gathered; readonly reconciled: Reconciled }> {
  const { lane } = request;
  const { name } = look.observed.watched.target;
  const active = memory.jobs.find((job) => job.target === name && !isEnded(job));
  const isBad = look.observed.verdict.verdict === "bad";
  if (isBad || active !== undefined) await lane.world.remote?.fetch([]);
  // What has landed is seen through, whatever would be decided now.
  const presentOnly = active?.landed !== undefined && active.reason !== "AlreadyReverted";
  const gathered = await gatherFacts({ look, lane: asRead(lane, memory), ...memory, presentOnly }, daemon);
  const told = active === undefined && isBad ? await calledFor(look, lane, memory.jobs) : undefined;
  if (told !== undefined) {
    const step = { kind: "idle", why: told } as const;
    return { gathered, reconciled: { requeueAfterMs: IDLE_MS, settled: true, step } };
  }
  const left = active === undefined && !isBad ? await findLeft(look, lane, memory.jobs) : undefined;
  const { tip } = gathered;
  if (active === undefined && tip !== undefined) await watchQuarantine({ look, lane, memory, tip }, daemon);
  const facts = await stepFacts({ look, lane, memory, gathered, left }, daemon);
  const step = unlessUnknown(unlessTaken(unlessReplaced(nextStep(facts), facts), gathered, facts), memory);
  return { gathered, reconciled: await perform({ request, look, memory, gathered, facts, step }, daemon) };
}

async function readMemory(lane: DaemonLane, daemon: DaemonWorld): Promise<Memory> {
  const { log } = lane.world;
  try {
    const reading = await readReconciled(lane, daemon);
    const { records, doubt } = reading;
    const ledger: LedgerFacts =
      doubt === undefined ? { state: "sound" } : { state: doubt.state, message: doubt.message };
    return { reading, records, jobs: jobsOf(records), ledger };
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    log.warn(`the ledger cannot be read: ${error.code}: ${error.message}`);
    return { records: [], jobs: [], ledger: { state: "unreadable", message: error.message } };
  }
}

/** A decision goes by one reading of the ledger; what is written in the end is written by what it says then. */
function asRead(lane: DaemonLane, { reading }: Memory): DaemonLane {
  if (reading === undefined) return lane;
  const { world } = lane;
  return { ...lane, world: { ...world, ledger: { ...world.ledger, read: async () => reading } } };
}

/**
 * Nothing is begun for what is about to go: somebody has pushed something else already. Right after that was seen, a server that lags behind
 * may show the branch as it was before.
 */
function unlessReplaced(step: Step, { job, decision, nowMs }: StepFacts): Step {
  const begins = step.kind === "record-job" && step.adopt === undefined && (job === undefined || isEnded(job));
  if (!begins) return step;
  const isSuperseded = decision.kind === "hold" && decision.reason === "Superseded";
  if (isSuperseded) return { kind: "wait", why: decision.message, requeueAfterMs: RETRY_MS };
  const isFresh = job?.outcome === "superseded" && nowMs - (job.endedAtMs ?? 0) < LAG_MS;
  if (!isFresh || decision.key !== job.key) return step;
  return { kind: "wait", why: `job ${job.id} has ended just now: ${job.detail}`, requeueAfterMs: RETRY_MS };
}

/** What was found open is taken up again when it is its turn. */
function unlessTaken(step: Step, { facts: { otherJob } }: Gathered, { job }: StepFacts): Step {
  const before = job === undefined || isEnded(job) ? undefined : job;
  if (otherJob === undefined || step.kind !== "record-job" || !putsUnderWay(step.transition, before)) return step;
  return { kind: "wait", why: `job ${otherJob.job} of ${otherJob.target} comes first`, requeueAfterMs: RETRY_MS };
}

/**
 * Nothing is begun or ended while nobody can read what is there, or what is missing: a job that goes on already would begin a second time. A
 * newer version's ledger stays as it is: that nothing is done unattended is put on record.
 */
function unlessUnknown(step: Step, { ledger }: Memory): Step {
  if (ledger.state === "sound" || ledger.state === "newer") return step;
  if (step.kind !== "record-job" && step.kind !== "end") return step;
  return { kind: "wait", why: `the ledger is ${ledger.state}: ${ledger.message}`, requeueAfterMs: RETRY_MS };
}

/** It runs what a revert has brought, and people were called because that did not help: nothing is begun for it again (I3). */
async function calledFor(
  { observed }: TargetLook,
  lane: DaemonLane,
  jobs: readonly Job[],
): Promise<string | undefined> {
  const { target } = observed.watched;
  const last = jobs.find((job) => job.target === target.name && isEnded(job) && job.landed !== undefined);
  if (last?.landed === undefined || last.status !== "Exception") return undefined;
  const content = await lane.readContent(target, last.landed);
  const isIt = observed.revision === last.landed || (content !== undefined && content === observed.content);
  return isIt ? `job ${last.id} has ended (${last.outcome ?? last.status}), and people were called` : undefined;
}

interface Collected extends Looked {
  readonly memory: Memory;
  readonly left: PastRevert | undefined;
}

async function stepFacts(collected: Collected, daemon: DaemonWorld): Promise<StepFacts> {
  const { look, lane, memory, gathered, left } = collected;
  const { facts, newer, tip, found } = gathered;
  const decision = left === undefined ? gathered.decision : { ...gathered.decision, key: left.key };
  const { target } = facts;
  const suspect = facts.live?.revision;
  const job = findJob(memory.jobs, {
    target: target.name,
    ...(decision.key === undefined ? {} : { key: decision.key }),
    ...(suspect === undefined ? {} : { suspect }),
  });
  const attempt = await attemptOf({ ...collected, decision, job });
  const landed = attempt?.kind === "landed" ? attempt : undefined;
  const active = job !== undefined && !isEnded(job) ? job : undefined;
  const verification =
    landed === undefined
      ? undefined
      : await readVerification(
          {
            look,
            lane,
            attempt: landed,
            records: memory.records,
            ...(active === undefined ? {} : { job: active }),
            ...(tip === undefined ? {} : { tip }),
          },
          daemon,
        );
  const { verdict } = look.observed;
  const goal = found?.goal?.plan.kind === "plan" ? found.goal.plan.goal : undefined;
  const present = tip === undefined ? undefined : tipKey(look, tip);
  const isReplaced =
    active?.key !== undefined && present !== undefined && present !== active.key && landed === undefined;
  // It may have been applied by the time that anybody looks.
  const newest = isReplaced && tip !== undefined ? (newer ?? (await newestOf(look, lane, tip))) : undefined;
  const other = newest !== undefined && (await isLanding(newest, attempt, collected)) ? undefined : newest;
  return {
    nowMs: facts.nowMs,
    target,
    trigger: triggerOf(look),
    ...(job === undefined ? {} : { job }),
    decision,
    ...(attempt === undefined ? {} : { attempt }),
    ...(verification === undefined ? {} : { verification }),
    effects: await readEffects({ lane, memory, job: active, verification }),
    ...(verdict.verdict === "bad" && verdict.sinceMs !== undefined ? { failingSinceMs: verdict.sinceMs } : {}),
    ...(suspect === undefined || !isFullId(suspect) ? {} : { suspect }),
    ...(goal?.kind === "checkpoint" ? { checkpoint: goal.checkpoint.revision.revision.id } : {}),
    ...(other === undefined ? {} : { replacedBy: { revision: other.id, by: other.author } }),
    policy: look.policy,
  };
}

interface EffectsQuery {
  readonly lane: DaemonLane;
  readonly memory: Memory;
  readonly job: Job | undefined;
  readonly verification: Verification | undefined;
}

/** Looked for only when they are the next thing to be done. */
async function readEffects({ lane, memory, job, verification }: EffectsQuery): Promise<EffectFacts> {
  if (job === undefined || verification === undefined) return { quarantined: false };
  const quarantined = memory.records.some((record) => record.type === "quarantine" && record.job === job.id);
  const isOver = ENDS.includes(verification.kind) && (quarantined || verification.kind !== "verified");
  const incident = isOver ? await findIncident(job, lane.world) : undefined;
  return { quarantined, ...(incident === undefined ? {} : { incident }) };
}

const ENDS: readonly Verification["kind"][] = ["verified", "still unhealthy", "not delivered", "timeout"];

async function perform(performing: Performing, daemon: DaemonWorld): Promise<Reconciled> {
  const { request, gathered, facts, step } = performing;
  const { decision } = gathered;
  if (step.kind === "idle") return { requeueAfterMs: IDLE_MS, settled: true, step, decision };
  if (step.kind === "wait") return { requeueAfterMs: step.requeueAfterMs, settled: true, step, decision };
  const recheck = createRecheck(performing, daemon);
  const world = guardWorld(request.lane.world, recheck);
  try {
    const { againAfterMs, ...done } = await performStep(performing, { ...daemon, world });
    return { requeueAfterMs: againAfterMs, settled: false, step, decision, ...done };
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.transient || isDenied(error) || error.code === "Internal")
      throw error;
    const { job } = facts;
    if (job === undefined || isEnded(job)) throw error;
    const failed = failStep(job, { code: error.code, message: error.message });
    await performStep({ ...performing, step: failed }, { ...daemon, world });
    return { requeueAfterMs: 0, settled: false, step: failed, decision };
  }
}

/** A person has to give a right, or a new token, first: then it goes on. */
function isDenied({ code }: LastgoodError): boolean {
  return code === "ForgeAuth" || code === "ForgePermission" || code === "EngineAuth" || code === "EngineForbidden";
}
