/** Why lastgood acts or holds, and what would make it act: what `status TARGET`, the dashboard and a pull request say of a decision. */
import type { HoldReason } from "../model/hold.ts";
import { formatDuration, toIso } from "../model/time.ts";
import type { Check, Decision, Guard } from "./decision.ts";

export interface Explanation {
  /** `holds, Suspended`, `acts: opens a pull request that …`. */
  readonly headline: string;
  readonly lines: readonly ExplainedCheck[];
  /** What has to happen before it acts, as sentences; empty when it acts. */
  readonly toAct: readonly string[];
  readonly wouldHave?: string;
}

export interface ExplainedCheck {
  readonly guard: Guard;
  /** `!`: it goes on all the same, with less, or by a person's command. `?`: not looked at. */
  readonly mark: "✔" | "✗" | "!" | "?";
  readonly text: string;
  readonly limit?: string;
  /** `policies.default.bad`: the place in the file is the caller's to find. */
  readonly configKey?: string;
}

/** Passed checks that are worth a line even when all is well. */
const TOLD: readonly Guard[] = [
  "health",
  "plan",
  "evidence",
  "checkpoint-age",
  "suspect-age",
  "cooldown",
  "budget-open",
];

/** Puts a decision into words. `all`: every check, also those that passed and say little. */
export function explainDecision(
  decision: Decision,
  { nowMs, all = false }: { readonly nowMs: number; readonly all?: boolean },
): Explanation {
  const told = decision.checks.filter((check) => all || isTold(check, decision));
  const lines = told.map(explain);
  if (decision.kind === "act") return { headline: `acts: ${decision.message}`, lines, toAct: [] };
  const { reason, wouldHave } = decision;
  return {
    headline: `holds, ${reason}`,
    lines,
    toAct: toActOn(decision, nowMs),
    ...(wouldHave === undefined ? {} : { wouldHave }),
  };
}

function isTold({ guard, passed, atMost, needs }: Check, decision: Decision): boolean {
  // What was not looked at is of no interest while something else stands in the way.
  if (needs !== undefined) return decision.kind === "hold" && decision.needs.includes(needs);
  return !passed || (atMost !== undefined && guard !== "mode") || TOLD.includes(guard);
}

function explain({ guard, passed, message, limit, configKey, warning, atMost, needs }: Check): ExplainedCheck {
  const isLess = warning === true || (passed && atMost !== undefined && guard !== "mode");
  return {
    guard,
    mark: needs !== undefined ? "?" : isLess ? "!" : passed ? "✔" : "✗",
    text: message,
    ...(limit === undefined ? {} : { limit }),
    ...(configKey === undefined ? {} : { configKey }),
  };
}

function toActOn({ checks, reason }: Extract<Decision, { readonly kind: "hold" }>, nowMs: number): readonly string[] {
  if (reason === "Healthy") return [];
  const standing = checks.filter(({ passed, warning, needs }) => !passed && warning !== true && needs === undefined);
  return [...new Set(standing.map((check) => wayOut(check, nowMs)))];
}

function wayOut({ reason = "Inconclusive", untilMs, configKey }: Check, nowMs: number): string {
  if (untilMs !== undefined && untilMs > nowMs) {
    return `it ends by itself in ${formatDuration(untilMs - nowMs)} (${toIso(untilMs)})`;
  }
  return (
    WAYS_OUT[reason] ?? (configKey === undefined ? "a person has to decide" : `${configKey} says how much is allowed`)
  );
}

const WAYS_OUT: { readonly [reason in HoldReason]?: string } = {
  InProgress: "it goes on by itself when that is over",
  Inconclusive: "it goes on by itself when that is known",
  ManyTargets: "look for what the targets have in common; it goes on when fewer fail",
  Disabled: "lastgood has to be switched on again, or its trouble to end",
  Suspended: "take the suspension away",
  ObserveOnly: "a higher mode in the configuration",
  Vetoed: "lastgood revert: a person may ask for it again",
  AlreadyReverted: "a person has to look: the same content is bad again",
  Superseded: "the newer commit has to arrive first",
  NoCheckpoint: "lastgood mark good: a person may say which revision was good",
  WeakEvidence: "lastgood revert, or mark good: a person may trust it",
  Environment: "a person has to look outside of git",
  Irreversible: "lastgood revert: a person may take the risk",
  OptedOut: "lastgood revert: a person may do it all the same",
  RevertOfRevert: "a person has to look: reverts do not help",
  Quarantined: "lastgood quarantine release, when it is fixed",
  Conflict: "lastgood revert: a person has to resolve it",
};
