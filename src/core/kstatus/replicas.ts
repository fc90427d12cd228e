import type { JsonObject } from "../model/json.ts";
import type { ObjectStatus } from "./status.ts";
import { countAt } from "./fields.ts";
import { statusOf } from "./status.ts";

/** A count that has to be reached: `[reason, word, is, needed]`. */
export type Step = readonly [reason: string, word: string, is: number, needed: number];

/** `spec.replicas`; the controllers take 1 when it is missing. */
export function wantedReplicas(object: JsonObject): number {
  return countAt(object, "spec", "replicas") ?? 1;
}

/** A count in `status`; controllers leave out zeros. */
export function statusCount(object: JsonObject, key: string): number {
  return countAt(object, "status", key) ?? 0;
}

/** The first count that is not reached, as `InProgress`; undefined when all are. */
export function findMissing(steps: readonly Step[]): ObjectStatus | undefined {
  const missing = steps.find(([, , is, needed]) => is < needed);
  if (missing === undefined) return undefined;
  const [reason, word, is, needed] = missing;
  return statusOf("InProgress", reason, `${word}: ${is}/${needed}`);
}

/** Pods of an older template, or too many, are still there. */
export function findExtra(there: number, needed: number): ObjectStatus | undefined {
  return there > needed ? statusOf("InProgress", "ExtraPods", `pending termination: ${there - needed}`) : undefined;
}

/** All counts are reached. With nothing to run, nothing is proven. */
export function allThere(wanted: number, sinceMs?: number): ObjectStatus {
  return wanted === 0
    ? statusOf("Current", "ScaledToZero", "0 replicas are asked for", { sinceMs, unproven: true })
    : statusOf("Current", "Available", `replicas: ${wanted}`, { sinceMs });
}
