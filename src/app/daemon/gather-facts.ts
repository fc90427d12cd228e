/**
 * What station *decision* looks at, for one target: first what is known anyway, then what it asks for, so that a target that is well costs
 * nothing.
 */
import { revertKey } from "../../core/change/branch.ts";
import { decide } from "../../core/decision/decide.ts";
import type { Decision, Needs } from "../../core/decision/decision.ts";
import type { DecisionFacts, ForgeFacts, LedgerFacts, PastRevert } from "../../core/decision/facts.ts";
import { openFreezes } from "../../core/decision/freezes.ts";
import type { Job } from "../../core/job/job.ts";
import type { Revision } from "../../core/model/git.ts";
import { LastgoodError } from "../../errors.ts";
import { sha256 } from "../hash.ts";
import { askAttempt, askFreezes, askKillSwitch, askReverts } from "./ask-forge.ts";
import type { DaemonLane, DaemonWorld, TargetLook } from "./daemon-lane.ts";
import { deliveryOf } from "./delivery-of.ts";
import { findStorm } from "./find-storm.ts";
import { findPlan, type FoundPlan } from "./find-plan.ts";
import { findOtherJob, findUnrecorded } from "./overtaken.ts";
import { liveFacts, newestOf, readTip, restrictionFacts, type Tip } from "./read-live.ts";

export interface GatherFacts {
  readonly look: TargetLook;
  readonly lane: DaemonLane;
  /** All jobs on record in this repository's ledger. */
  readonly jobs: readonly Job[];
  readonly ledger: LedgerFacts;
  /** Nothing is to be decided any more: nobody is asked. */
  readonly presentOnly?: boolean;
}

export interface Gathered {
  readonly facts: DecisionFacts;
  readonly decision: Decision;
  readonly tip?: Tip;
  /** What the branch holds instead of what runs. */
  readonly newer?: Revision;
  readonly found?: FoundPlan;
}

/** More than there are kinds of needs: each look answers at least one. */
const MOST_LOOKS = 6;

/** Reads as much as the decision needs. Throws what trying again may mend. */
export async function gatherFacts(request: GatherFacts, daemon: DaemonWorld): Promise<Gathered> {
  const { look, lane } = request;
  const tip = await readTip(look, lane);
  const isOther = tip?.content !== undefined && tip.content !== look.observed.content;
  const newer = isOther && look.observed.content !== undefined ? await newestOf(look, lane, tip) : undefined;
  let facts: DecisionFacts = { ...presentFacts(request, daemon, newer), forge: { state: "read" } };
  if (request.presentOnly !== true && facts.verdict.verdict === "bad") {
    facts = { ...facts, freezes: await askFreezes(lane, facts.freezes) };
  }
  let decision = decide(facts);
  let found: FoundPlan | undefined;
  const most = request.presentOnly === true ? 0 : MOST_LOOKS;
  for (let count = 0; count < most && decision.kind === "hold" && decision.needs.length > 0; count += 1) {
    if (decision.needs.includes("plan") && tip !== undefined) {
      found = await findPlan({ look, lane, base: tip.base }, daemon);
      facts = { ...facts, plan: found.facts };
    }
    facts = withUnrecorded(
      { ...facts, forge: await askForge(decision.needs, facts, { request, daemon, tip, found }) },
      request,
    );
    decision = decide(facts);
  }
  return {
    facts,
    decision,
    ...(tip === undefined ? {} : { tip }),
    ...(newer === undefined ? {} : { newer }),
    ...(found === undefined ? {} : { found }),
  };
}

/** What is known without asking anybody: read again right before each write. */
export function presentFacts(
  { look, lane, jobs, ledger }: GatherFacts,
  daemon: Pick<DaemonWorld, "leaseHeld">,
  newer?: Revision,
): Omit<DecisionFacts, "forge" | "plan"> {
  const { observed, policy } = look;
  const { name, environment } = observed.watched.target;
  const nowMs = lane.world.clock.nowMs();
  const live = liveFacts(look, newer);
  const otherJob = findOtherJob(jobs, { target: name, repository: lane.name });
  const storm = findStorm(jobs, { target: name, nowMs });
  return {
    nowMs,
    target: { name, repository: lane.name, ...(environment === undefined ? {} : { environment }) },
    verdict: observed.verdict,
    policy: { name: policy.name, mode: policy.mode, bad: policy.bad, limits: policy.limits, never: policy.never },
    restrictions: restrictionFacts(look),
    ...(live === undefined ? {} : { live }),
    freezes: openFreezes(policy.freeze, nowMs),
    ...(storm === undefined ? {} : { storm }),
    blockers: observed.states.flatMap(({ blockers }) => blockers),
    ledger,
    leaseHeld: daemon.leaseHeld(),
    ...(otherJob === undefined ? {} : { otherJob: { job: otherJob.id, target: otherJob.target } }),
  };
}

/** One revert at a time in a repository, also while the ledger does not know of it. */
function withUnrecorded(facts: DecisionFacts, { jobs }: GatherFacts): DecisionFacts {
  const { forge, target, nowMs, otherJob } = facts;
  if (otherJob !== undefined || forge.state !== "read" || forge.attempt?.kind === "open") return facts;
  const { reverts = [], clockMs = nowMs } = forge;
  const open = findUnrecorded({ reverts, jobs, clockMs }, { target: target.name, repository: target.repository });
  return open === undefined ? facts : { ...facts, otherJob: { job: `#${open.pullRequest ?? 0}`, target: open.target } };
}

interface Asking {
  readonly request: GatherFacts;
  readonly daemon: DaemonWorld;
  readonly tip: Tip | undefined;
  readonly found: FoundPlan | undefined;
}

/** A forge that cannot be reached is a fact: nothing is done on it. */
async function askForge(
  needs: readonly Needs[],
  { forge, plan }: DecisionFacts,
  { request, daemon, tip, found }: Asking,
): Promise<ForgeFacts> {
  if (forge.state !== "read") return forge;
  const { look, lane, jobs } = request;
  const key = plan?.key;
  const delivery = found?.goal === undefined ? undefined : deliveryOf({ look, lane, goal: found.goal });
  try {
    const [killSwitch, attempt, past] = await Promise.all([
      needs.includes("kill-switch") ? askKillSwitch(lane) : forge.killSwitch,
      needs.includes("attempt") && key !== undefined && tip !== undefined
        ? askAttempt({ look, lane, key, base: tip.base, ...(delivery === undefined ? {} : { delivery }) })
        : forge.attempt,
      needs.includes("reverts") ? readPast(lane, jobs, daemon) : undefined,
    ]);
    return {
      ...forge,
      ...(killSwitch === undefined ? {} : { killSwitch }),
      ...(attempt === undefined ? {} : { attempt }),
      ...past,
    };
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    return { state: "unreachable", message: error.message };
  }
}

/** Budgets hold for all repositories together; the clock is that of the forge at hand. */
async function readPast(
  lane: DaemonLane,
  jobs: readonly Job[],
  { lanes }: DaemonWorld,
): Promise<{ readonly clockMs?: number; readonly reverts: readonly PastRevert[] }> {
  const others = lanes().filter((other) => other.name !== lane.name);
  const [own, ...rest] = await Promise.all([askReverts(lane, jobs), ...others.map((other) => askReverts(other, []))]);
  return { ...own, reverts: [...own.reverts, ...rest.flatMap(({ reverts }) => reverts)] };
}

/** The identity of what the branch holds of a target now. */
export function tipKey({ observed }: TargetLook, { content }: Tip): string | undefined {
  return content === undefined ? undefined : revertKey(observed.watched.target.name, content, sha256);
}
