/** What `lastgood doctor` says: findings, each with what it means at night and what mends it. */
import { LastgoodError, type ErrorCode, type Place } from "../../errors.ts";

/** `warning`: it works, but worse than it could, or not for long. `failed`: a revert would not come about. */
export type FindingStatus = "ok" | "warning" | "failed" | "skipped";

export interface Finding {
  /** PascalCase, stable: `ShallowClone`. */
  readonly name: string;
  readonly status: FindingStatus;
  /** What was found, on one line. Untrusted texts in it are escaped by who shows it. */
  readonly message: string;
  /** What comes of it when something breaks and nobody looks. */
  readonly meaning?: string;
  /** Commands to be pasted, or what to set where; the first is the best. */
  readonly remedy?: readonly string[];
  /** Where it stands in the configuration. */
  readonly place?: Place;
  /** Of a failure that was thrown: its code. */
  readonly code?: ErrorCode;
}

/** What is told besides the message. */
export type Advice = Pick<Finding, "meaning" | "remedy" | "place">;

export function ok(name: string, message: string): Finding {
  return { name, status: "ok", message };
}

export function warning(name: string, message: string, advice: Advice): Finding {
  return { name, status: "warning", message, ...advice };
}

export function failed(name: string, message: string, advice: Advice): Finding {
  return { name, status: "failed", message, ...advice };
}

/** A check that could not be made; `why` is no fault by itself. */
export function skipped(name: string, why: string, advice: Advice = {}): Finding {
  return { name, status: "skipped", message: why, ...advice };
}

/** A failure that was thrown while looking. `name`: of the check. */
export function failedBy(name: string, error: unknown, meaning?: string): Finding {
  const say = meaning === undefined ? {} : { meaning };
  if (!(error instanceof LastgoodError)) {
    const text = error instanceof Error ? error.message : "something was thrown that is no error";
    return { name, status: "failed", message: `lastgood has a bug: ${text}`, code: "Internal", ...say };
  }
  const { message, hint, place, code } = error;
  return {
    name,
    status: "failed",
    message,
    code,
    ...say,
    ...(hint === undefined ? {} : { remedy: hint.split("\n").filter((line) => line.trim() !== "") }),
    ...(place === undefined ? {} : { place }),
  };
}

export interface Tally {
  readonly ok: number;
  readonly warning: number;
  readonly failed: number;
  readonly skipped: number;
}

/** How many there are of each. */
export function tallyOf(findings: readonly Pick<Finding, "status">[]): Tally {
  const count = (status: FindingStatus): number => findings.filter((finding) => finding.status === status).length;
  return { ok: count("ok"), warning: count("warning"), failed: count("failed"), skipped: count("skipped") };
}
