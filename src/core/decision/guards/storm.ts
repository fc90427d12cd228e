import { formatDuration } from "../../model/time.ts";
import type { Check } from "../decision.ts";
import type { DecisionFacts } from "../facts.ts";
import { fail, pass } from "./check.ts";

/** The breaker: when many targets go red at once, it is not what was deployed (I13). */
export function checkStorm({ nowMs, storm }: DecisionFacts): Check {
  if (storm === undefined) return pass("storm", "fails by itself, not with others");
  const since = formatDuration(nowMs - storm.sinceMs);
  return fail("storm", "ManyTargets", {
    message: `${storm.targets} targets with unrelated revisions have been failing together for ${since}`,
  });
}
