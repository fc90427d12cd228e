import { shortId } from "../../model/git.ts";
import type { Check } from "../decision.ts";
import type { DecisionFacts } from "../facts.ts";
import { fail, pass, unseen } from "./check.ts";

/** Is there something to go back to, and a plan of the way? */
export function checkPlan({ plan }: DecisionFacts): Check {
  if (plan === undefined) return unseen("plan", "plan", "no plan was made yet");
  switch (plan.kind) {
    case "plan":
      return pass("plan", `can go back to ${shortId(plan.checkpoint.revision)}`);
    case "hold":
      return fail("plan", plan.reason, { message: plan.message });
    case "nothing":
      return fail("plan", "Environment", {
        message: plan.found ?? "it holds what it held when it was good: what is wrong is not in git",
      });
  }
}
