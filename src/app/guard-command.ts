/**
 * What holds a person's own command, by the rules of station *decision* (`personal`): time and number are told as a warning, what people and
 * the policy have stopped stays stopped. Nobody's health is looked at: a person has decided.
 */
import { LIFT_LABEL } from "../core/change/labels.ts";
import { decide } from "../core/decision/decide.ts";
import type { Check } from "../core/decision/decision.ts";
import type { DecisionFacts, DecisionPolicy, ForgeFacts, FreezeFact, PlanSummary } from "../core/decision/facts.ts";
import { type FreezeWindow, openFreezes } from "../core/decision/freezes.ts";
import type { EngineState } from "../core/engine/engine-state.ts";
import { type Hold, hold } from "../core/model/hold.ts";
import type { Restrictions } from "../core/model/restriction.ts";
import { shellWord } from "../core/model/shell.ts";
import type { HealthVerdict } from "../core/signal/verdict.ts";
import type { Plan } from "../core/plan/types.ts";
import { LastgoodError } from "../errors.ts";
import { restrictionFacts } from "./daemon/read-live.ts";
import type { DeliveryWorld, Mode } from "./delivery.ts";
import { readBreakGlass } from "./read-break-glass.ts";
import { readKillSwitch } from "./read-kill-switch.ts";
import { readReverts } from "./read-reverts.ts";

export interface GuardCommand {
  readonly plan: Plan;
  readonly key: string;
  readonly mode: Exclude<Mode, "branch">;
  /** `Policy` of src/config fits as it is. Missing: nothing is configured, so nothing limits. */
  readonly policy?: DecisionPolicy & { readonly freeze: readonly FreezeWindow[] };
  /** What engines say of the target; missing: none was asked. */
  readonly engine?: { readonly restrictions: Restrictions; readonly states: readonly EngineState[] };
}

/** The hold that stands in the way, if one does; what a person may pass is warned of. Never throws for what the forge says. */
export async function guardCommand(request: GuardCommand, world: DeliveryWorld): Promise<Hold | undefined> {
  const { mode } = request;
  const { checks } = decide(await factsOf(request, world));
  for (const { guard, reason, message, warning, needs } of checks) {
    const isKnown = warning === true && needs === undefined && reason !== "Inconclusive";
    if (isKnown && PASSED.includes(guard)) world.log.warn(`${reason ?? guard}: ${message}`);
  }
  const standing = checks.filter(({ passed, warning }) => !passed && warning !== true);
  for (const check of standing) {
    if (!isPassed(check, mode)) return holdOf(check, request);
    world.log.warn(check.message);
  }
  const [lowest] = checks.flatMap((check) => (RANK[check.atMost ?? mode] < RANK[mode] ? [check] : []));
  return lowest === undefined ? undefined : holdOf(lowest, request);
}

const RANK = { observe: 0, propose: 1, merge: 2, push: 3 } as const;

/** What is about time and number: interface.md, section "Holds". */
const PASSED: readonly Check["guard"][] = ["cooldown", "budget-open", "suspect-age"];

/**
 * A pull request for people to merge may be opened of what is suspended, as with what manifests say. Where it cannot be told whether lastgood
 * is switched off, only what nobody asked for stays undone (I12).
 */
function isPassed({ guard, reason }: Check, mode: Mode): boolean {
  return (guard === "suspended" && mode === "propose") || (guard === "kill-switch" && reason === "Inconclusive");
}

function holdOf(check: Check, { plan, mode }: GuardCommand): Hold {
  const { guard, message, limit, configKey } = check;
  const reason = check.reason ?? (guard === "freeze" ? "Frozen" : "ObserveOnly");
  const revert = `lastgood revert ${shellWord(plan.target.name)} --mode`;
  const less = check.atMost === "propose" || guard === "suspended";
  return hold(reason, limit === undefined ? message : `${message}, ${limit}`, [
    ...(less && mode !== "propose" ? [`${revert} propose    opens a pull request for a person to merge`] : []),
    ...(guard === "freeze"
      ? [`an issue with the label "${LIFT_LABEL}" lifts it, set by somebody with write access`]
      : []),
    ...(guard === "kill-switch" ? ["close that issue, or take its label away"] : []),
    ...(configKey === undefined ? [] : [`see ${configKey}`]),
    `${revert} branch    prepares a local branch`,
  ]);
}

async function factsOf(request: GuardCommand, world: DeliveryWorld): Promise<DecisionFacts> {
  const { plan, policy = UNLIMITED, engine } = request;
  const nowMs = world.clock.nowMs();
  const { name, environment } = plan.target;
  const [forge, freezes] = await Promise.all([readForge(request, world), readFreezes(policy.freeze, world)]);
  const [suspect] = plan.suspects;
  return {
    nowMs,
    personal: true,
    target: { name, repository: REPOSITORY, ...(environment === undefined ? {} : { environment }) },
    verdict: unseen(name, nowMs),
    policy,
    restrictions:
      engine === undefined ? {} : restrictionFacts({ observed: { watched: engine, states: engine.states } }),
    ...(suspect === undefined
      ? {}
      : { live: { revision: suspect.id, applied: "unknown", sinceMs: suspect.committedAtMs } as const }),
    plan: summaryOf(request),
    forge,
    freezes,
    blockers: engine?.states.flatMap(({ blockers }) => blockers) ?? [],
    ledger: { state: "sound" },
    leaseHeld: true,
  };
}

/** There is one here. */
const REPOSITORY = "this repository";

function unseen(target: string, atMs: number): HealthVerdict {
  return { target, verdict: "undecided", reason: "NoData", message: "not looked at", atMs, rule: "", sources: [] };
}

/** The plan has passed its own guards, which show a person what is risky about it. */
function summaryOf({ plan, key }: GuardCommand): PlanSummary {
  const { goal } = plan;
  const revision = goal.kind === "undo" ? (goal.commits[0]?.id ?? plan.base) : goal.checkpoint.revision.revision.id;
  const checkpoint = { revision };
  const paths = plan.files.map(({ path }) => path);
  return {
    kind: "plan",
    key,
    checkpoint,
    suspects: [],
    commits: plan.undone.length,
    paths,
    sameContent: false,
    risks: [],
  };
}

async function readForge({ plan, key, policy }: GuardCommand, world: DeliveryWorld): Promise<ForgeFacts> {
  const { forge } = world;
  const query = { repository: REPOSITORY, targets: [plan.target.name], branches: [plan.branch], jobs: [] };
  const [killSwitch, past] = await Promise.all([
    forge === undefined ? ({ state: "clear" } as const) : readKillSwitch(forge),
    policy === undefined ? undefined : readPast({ ...query, sinceMs: world.clock.nowMs() - PAST_MS }, world),
  ]);
  // This one, asked for before, is no other.
  const reverts = past?.reverts.filter((revert) => revert.key !== key);
  const counted = past === undefined || reverts === undefined ? {} : { ...past, reverts };
  return { state: "read", killSwitch, attempt: { kind: "none" }, ...counted };
}

/** Budgets and cooldowns reach back so far, at most. */
const PAST_MS = 3 * 86_400_000;

/** They only warn: what cannot be counted is not counted. */
async function readPast(
  query: Parameters<typeof readReverts>[0],
  world: DeliveryWorld,
): Promise<Awaited<ReturnType<typeof readReverts>> | undefined> {
  try {
    return await readReverts(query, world);
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    return undefined;
  }
}

async function readFreezes(
  windows: readonly FreezeWindow[],
  { forge, clock }: DeliveryWorld,
): Promise<readonly FreezeFact[]> {
  const open = openFreezes(windows, clock.nowMs());
  if (open.length === 0 || forge === undefined) return open;
  const liftedBy = await readBreakGlass(forge, clock.nowMs());
  return liftedBy === undefined ? open : open.map((freeze) => ({ ...freeze, liftedBy }));
}

const UNLIMITED: NonNullable<GuardCommand["policy"]> = {
  name: "default",
  mode: "push",
  bad: { forMs: 0, samples: 1 },
  limits: {
    suspectAgeMs: Number.POSITIVE_INFINITY,
    checkpointAgeMs: Number.POSITIVE_INFINITY,
    commits: Number.POSITIVE_INFINITY,
    cooldownMs: 0,
    perTarget: Number.POSITIVE_INFINITY,
    perRepository: Number.POSITIVE_INFINITY,
    total: Number.POSITIVE_INFINITY,
  },
  never: { authors: [], paths: [] },
  freeze: [],
};
