import type { Check } from "../decision.ts";
import type { DecisionFacts } from "../facts.ts";
import { fail, pass } from "./check.ts";

/** Only the replica that holds the lease acts. It saves work; nothing rests on it (I10). */
export function checkLease({ leaseHeld }: DecisionFacts): Check {
  if (leaseHeld) return pass("lease", "no other replica acts");
  return fail("lease", "Disabled", { message: "another replica holds the lease" });
}
