import { formatDuration } from "../../model/time.ts";
import type { Check } from "../decision.ts";
import type { DecisionFacts } from "../facts.ts";
import { fail, pass, unknown } from "./check.ts";

/** What has run for long is seldom the cause. A time in the future says nothing, and makes nothing younger than it is. */
export function checkSuspectAge({ nowMs, policy, live }: DecisionFacts): Check {
  if (live?.sinceMs === undefined) return unknown("suspect-age", "since when it runs cannot be told");
  const ageMs = Math.max(0, nowMs - live.sinceMs);
  const rule = {
    limit: `at most ${formatDuration(policy.limits.suspectAgeMs)}`,
    configKey: `policies.${policy.name}.limits.suspectAge`,
  };
  const message = `the suspect is ${formatDuration(ageMs)} old`;
  return ageMs > policy.limits.suspectAgeMs
    ? fail("suspect-age", "SuspectTooOld", { message, ...rule })
    : pass("suspect-age", message, rule);
}
