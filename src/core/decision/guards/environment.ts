import { escapeText } from "../../model/escape.ts";
import { shortId } from "../../model/git.ts";
import type { Check } from "../decision.ts";
import type { DecisionFacts, PlanSummary } from "../facts.ts";
import { fail, pass } from "./check.ts";

const GUARD = "environment";

/** Is git the cause at all (I9)? */
export function checkEnvironment({ verdict }: DecisionFacts, plan: PlanSummary): Check {
  if (plan.sameContent || plan.suspects.length === 0 || plan.paths.length === 0) {
    return fail(GUARD, "Environment", {
      message: `it holds the same now as at ${shortId(plan.checkpoint.revision)}: what is wrong is not in git`,
    });
  }
  const { inherits } = verdict;
  // What a later commit wrote over is no suspect any more, and goes back all the same.
  const undone = plan.undone ?? plan.suspects.map(({ revision }) => revision);
  if (inherits !== undefined && !undone.includes(inherits)) {
    const began = escapeText(shortId(inherits));
    return fail(GUARD, "Environment", {
      message: `it began to fail at ${began}, which is none of the ${plan.commits} revisions that would go back`,
    });
  }
  return pass(GUARD, "what runs differs from what was good");
}
