import type { HoldReason } from "../model/hold.ts";
import type { Mode } from "../model/mode.ts";

/**
 * The guards, in the order in which their reasons win: who may keep lastgood off the target, whether there is anything to act on, who may stop
 * lastgood as a whole, what people said of this revert, what the revert would be, then how much, when and how far. Their names are kept in
 * records.
 */
export const GUARDS = [
  "suspended",
  "health",
  "storm",
  "kill-switch",
  "ledger",
  "lease",
  "settled",
  "attempt",
  "plan",
  "environment",
  "revert-of-revert",
  "opt-out",
  "risks",
  "evidence",
  "checkpoint-age",
  "suspect-age",
  "commits",
  "cooldown",
  "budget-open",
  "budget-land",
  "repository",
  "delivery",
  "freeze",
  "mode",
] as const;

export type Guard = (typeof GUARDS)[number];

/** What one guard found. */
export interface Check {
  readonly guard: Guard;
  readonly passed: boolean;
  /** A clause with figures: `last good b71e5d2, 5h old`. Untrusted parts are escaped. */
  readonly message: string;
  /** What it is held to: `at most 14d`. */
  readonly limit?: string;
  /** Of a check that did not pass: what lastgood holds with. */
  readonly reason?: HoldReason;
  /** It passes, with at most this mode. */
  readonly atMost?: Mode;
  /** It would hold or limit lastgood itself; a person's command goes on all the same. */
  readonly warning?: true;
  /** It did not pass because this was not looked at. */
  readonly needs?: Needs;
  /** Where its limit is written: `policies.default.bad`. */
  readonly configKey?: string;
  /** Epoch ms at which it passes by itself. */
  readonly untilMs?: number;
}

/** Facts that are asked for only when nothing else stands in the way. */
export type Needs = "kill-switch" | "plan" | "attempt" | "reverts";

/** The answer of station *decision*. Plain JSON. */
export type Decision = Act | HeldDecision;

export interface Act {
  readonly kind: "act";
  /** How far: never `observe`. `merge` of a pull request that is open already means: merge it. */
  readonly mode: Exclude<Mode, "observe">;
  readonly key: string;
  readonly message: string;
  readonly checks: readonly Check[];
}

export interface HeldDecision {
  readonly kind: "hold";
  readonly reason: HoldReason;
  readonly message: string;
  /** Of the suspect, where a plan is known. */
  readonly key?: string;
  /** Epoch ms at which nothing that is known stands in the way any more; missing: it does not end by itself. */
  readonly untilMs?: number;
  /** Nothing stands in the way but that these were not looked at: do, and decide again. Empty: something does. */
  readonly needs: readonly Needs[];
  readonly checks: readonly Check[];
  /** `opened a pull request that takes payments/web back to b71e5d2`; missing while no plan is known. */
  readonly wouldHave?: string;
}

/** Is it bad enough that a job begins, whatever becomes of it? */
export function isTriggered({ checks }: Decision): boolean {
  return checks.some(({ guard, passed }) => guard === "health" && passed);
}
