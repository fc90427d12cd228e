/**
 * Station *decision*: facts → act or hold. Every guard is asked, so that people see all that stands in the way; the first one in the order of
 * `GUARDS` that does gives the reason. A good verdict comes before everything: there is nothing to decide. What was not looked at comes last:
 * it only matters when nothing else is in the way.
 *
 * The mode is the lowest that the policy and any guard allow. A restriction never makes it act more (I21), and nothing unknown counts as
 * clear (I8).
 */
import { shortId } from "../model/git.ts";
import { lowerMode, type Mode } from "../model/mode.ts";
import { type Act, type Check, type Decision, type Guard, GUARDS, type HeldDecision, type Needs } from "./decision.ts";
import type { AttemptFacts, DecisionFacts, PlanSummary } from "./facts.ts";
import { checkAttempt } from "./guards/attempt.ts";
import { checkBudgetLand, checkBudgetOpen } from "./guards/budget.ts";
import { checkCheckpointAge } from "./guards/checkpoint-age.ts";
import { checkCommits } from "./guards/commits.ts";
import { checkCooldown } from "./guards/cooldown.ts";
import { checkDelivery } from "./guards/delivery.ts";
import { checkEnvironment } from "./guards/environment.ts";
import { checkEvidence } from "./guards/evidence.ts";
import { checkFreeze } from "./guards/freeze.ts";
import { checkHealth } from "./guards/health.ts";
import { checkKillSwitch } from "./guards/kill-switch.ts";
import { checkLease } from "./guards/lease.ts";
import { checkLedger } from "./guards/ledger.ts";
import { checkMode } from "./guards/mode.ts";
import { checkOptOut } from "./guards/opt-out.ts";
import { checkPlan } from "./guards/plan.ts";
import { checkRepository } from "./guards/repository.ts";
import { checkRevertOfRevert } from "./guards/revert-of-revert.ts";
import { checkRisks } from "./guards/risks.ts";
import { checkSettled } from "./guards/settled.ts";
import { checkStorm } from "./guards/storm.ts";
import { checkSuspectAge } from "./guards/suspect-age.ts";
import { checkSuspended } from "./guards/suspended.ts";

/** `ofPlan` is asked only when there is a plan. `person`: does it hold a person's command, too, or is that told as a warning? */
type Rule = { readonly person: "holds" | "warns" } & (
  | { readonly check: (facts: DecisionFacts) => Check }
  | { readonly ofPlan: (facts: DecisionFacts, plan: PlanSummary) => Check }
);

const RULES: { readonly [guard in Guard]: Rule } = {
  suspended: { check: checkSuspended, person: "holds" },
  health: { check: checkHealth, person: "warns" },
  storm: { check: checkStorm, person: "warns" },
  "kill-switch": { check: checkKillSwitch, person: "holds" },
  ledger: { check: checkLedger, person: "warns" },
  lease: { check: checkLease, person: "warns" },
  settled: { check: checkSettled, person: "warns" },
  attempt: { check: checkAttempt, person: "holds" },
  plan: { check: checkPlan, person: "holds" },
  environment: { ofPlan: checkEnvironment, person: "warns" },
  "revert-of-revert": { ofPlan: checkRevertOfRevert, person: "warns" },
  "opt-out": { ofPlan: checkOptOut, person: "warns" },
  risks: { ofPlan: checkRisks, person: "warns" },
  evidence: { ofPlan: checkEvidence, person: "warns" },
  "checkpoint-age": { ofPlan: checkCheckpointAge, person: "warns" },
  "suspect-age": { check: checkSuspectAge, person: "warns" },
  commits: { ofPlan: checkCommits, person: "warns" },
  cooldown: { check: checkCooldown, person: "warns" },
  "budget-open": { check: checkBudgetOpen, person: "warns" },
  "budget-land": { check: checkBudgetLand, person: "warns" },
  repository: { check: checkRepository, person: "warns" },
  delivery: { check: checkDelivery, person: "warns" },
  freeze: { check: checkFreeze, person: "holds" },
  mode: { check: checkMode, person: "holds" },
};

/** Decides. The same facts give the same answer. */
export function decide(facts: DecisionFacts): Decision {
  const checks = checkAll(facts);
  const standing = checks.filter(({ passed, warning }) => !passed && warning !== true);
  const healthy = standing.find(({ guard, reason }) => guard === "health" && reason === "Healthy");
  const known = standing.filter(({ needs }) => needs === undefined);
  const first = healthy ?? known[0] ?? standing[0];
  if (first !== undefined) return heldBy(first, { facts, checks, standing: known });

  const { plan } = facts;
  const mode = checks.reduce<Mode>((lowest, { atMost = lowest }) => lowerMode(lowest, atMost), facts.policy.mode);
  // Both were checked: what is missing here is a guard that let it pass.
  if (plan?.kind !== "plan" || mode === "observe") {
    const message = mode === "observe" ? "mode observe: it only looks" : "no plan was made";
    return { kind: "hold", reason: "ObserveOnly", message, needs: [], checks };
  }
  const open = openAttempt(facts);
  if (open === undefined) return act(plan, { mode, message: sentence(facts, plan, { mode, tense: "will" }), checks });
  if (mode === "propose") {
    const message = `#${open.number} is open, and waits for a person to merge it`;
    return { kind: "hold", reason: "AlreadyOpen", message, key: plan.key, needs: [], checks };
  }
  return act(plan, { mode: "merge", message: sentence(facts, plan, { mode: "merge", tense: "will" }), checks });
}

/** What every guard says, in their order. */
function checkAll(facts: DecisionFacts): readonly Check[] {
  return GUARDS.flatMap((guard): readonly Check[] => {
    const rule = RULES[guard];
    const found = ask(rule, facts);
    if (found === undefined) return [];
    return [facts.personal === true && rule.person === "warns" ? warned(found) : found];
  });
}

/** What would hold or limit lastgood itself is told to a person. */
function warned({ atMost, ...check }: Check): Check {
  return check.passed && atMost === undefined ? check : { ...check, warning: true };
}

function ask(rule: Rule, facts: DecisionFacts): Check | undefined {
  if ("check" in rule) return rule.check(facts);
  return facts.plan?.kind === "plan" ? rule.ofPlan(facts, facts.plan) : undefined;
}

interface Found {
  readonly facts: DecisionFacts;
  readonly checks: readonly Check[];
  /** All that is known to stand in the way. */
  readonly standing: readonly Check[];
}

function heldBy(first: Check, { facts, checks, standing }: Found): HeldDecision {
  const { plan } = facts;
  const needs = standing.length > 0 ? [] : neededBy(checks);
  const ends = standing.map(({ untilMs }) => untilMs);
  const untilMs = ends.length > 0 && ends.every((end) => end !== undefined) ? Math.max(...ends) : undefined;
  return {
    kind: "hold",
    reason: first.reason ?? "Inconclusive",
    message: first.message,
    ...(plan?.key === undefined ? {} : { key: plan.key }),
    ...(untilMs === undefined ? {} : { untilMs }),
    needs,
    checks,
    ...(plan?.kind === "plan" ? { wouldHave: wouldHave(facts, plan) } : {}),
  };
}

function neededBy(checks: readonly Check[]): readonly Needs[] {
  return [...new Set(checks.flatMap(({ needs, warning }) => (needs === undefined || warning === true ? [] : [needs])))];
}

function act(plan: PlanSummary, { mode, message, checks }: Pick<Act, "mode" | "message" | "checks">): Act {
  return { kind: "act", mode, key: plan.key, message, checks };
}

function openAttempt({ forge }: DecisionFacts): Extract<AttemptFacts, { readonly kind: "open" }> | undefined {
  return forge.state === "read" && forge.attempt?.kind === "open" ? forge.attempt : undefined;
}

/** What it would do if nothing stood in the way; of a policy that only looks: the least. */
function wouldHave(facts: DecisionFacts, plan: PlanSummary): string {
  const { mode } = facts.policy;
  return sentence(facts, plan, { mode: mode === "observe" ? "propose" : mode, tense: "would have" });
}

function sentence(
  facts: DecisionFacts,
  plan: PlanSummary,
  { mode, tense }: { readonly mode: Exclude<Mode, "observe">; readonly tense: "will" | "would have" },
): string {
  const first = plan.first === undefined ? "" : `, traffic first (${plan.first})`;
  const back = `${facts.target.name} back to ${shortId(plan.checkpoint.revision)}${first}`;
  const past = tense === "would have";
  const open = openAttempt(facts);
  if (open !== undefined && mode !== "propose") {
    return `${past ? "merged" : "merges"} #${open.number}, which takes ${back}`;
  }
  switch (mode) {
    case "propose":
      return `${past ? "opened" : "opens"} a pull request that takes ${back}`;
    case "merge":
      return `${past ? "opened" : "opens"} a pull request that takes ${back}, and ${past ? "merged" : "merges"} it`;
    case "push":
      return `${past ? "pushed" : "pushes"} a commit that takes ${back}`;
  }
}
