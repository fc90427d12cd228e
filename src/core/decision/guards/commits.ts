import type { Check } from "../decision.ts";
import type { DecisionFacts, PlanSummary } from "../facts.ts";
import { fail, pass } from "./check.ts";

/** The more goes, the less is it one cause. */
export function checkCommits({ policy }: DecisionFacts, { commits }: PlanSummary): Check {
  const rule = { limit: `at most ${policy.limits.commits}`, configKey: `policies.${policy.name}.limits.commits` };
  const message = `drops ${commits} ${commits === 1 ? "commit" : "commits"}`;
  return commits > policy.limits.commits
    ? fail("commits", "TooManyCommits", { message, ...rule })
    : pass("commits", message, rule);
}
