/** What the main thread and the one that plans say to each other. Only plain data travels; errors do not travel as what they are. */
import type { EngineEvidence } from "../core/engine/release-evidence.ts";
import type { GoalPlan, GoalQuery } from "../app/plan-goal.ts";
import { type ErrorCode, LastgoodError, type Place } from "../errors.ts";

/** How the thread is started. */
export interface PlanTask {
  readonly task: "plan";
  readonly query: GoalQuery;
  readonly nowMs: number;
  /** Does the forge have records that can be asked for? */
  readonly records: boolean;
  /** What engines have on record of the target. */
  readonly engine?: EngineEvidence;
}

/** The ports that it uses, all by way of the main thread: there is one repository, and one set of credentials. */
export type PortName = "repository" | "refs" | "ledger" | "records";

export interface Call {
  readonly kind: "call";
  readonly id: number;
  readonly port: PortName;
  readonly method: string;
  readonly args: readonly unknown[];
}

export type FromPlanner =
  | Call
  | { readonly kind: "log"; readonly method: "doing" | "waiting" | "done" | "warn"; readonly message: string }
  | { readonly kind: "progress"; readonly stage: string; readonly percent?: number }
  | { readonly kind: "plan"; readonly plan: GoalPlan }
  /** `call`: the one that failed so. */
  | { readonly kind: "failure"; readonly failure: Failure; readonly call?: number };

export type ToPlanner =
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly failure: Failure };

/** An error, as data. */
export interface Failure {
  readonly message: string;
  readonly code?: ErrorCode;
  readonly hint?: string;
  readonly place?: Place;
}

export function failureOf(error: unknown): Failure {
  if (!(error instanceof LastgoodError)) {
    return { message: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  const { code, message, hint, place } = error;
  return { code, message, ...(hint === undefined ? {} : { hint }), ...(place === undefined ? {} : { place }) };
}

export function errorOf({ code, message, ...details }: Failure): Error {
  return code === undefined ? new Error(message) : new LastgoodError(code, message, details);
}
