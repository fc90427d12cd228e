import { shortId } from "../../model/git.ts";
import type { Check } from "../decision.ts";
import type { DecisionFacts, PlanSummary } from "../facts.ts";
import { fail, pass } from "./check.ts";

/** A revert is never reverted by lastgood itself (I3): whoever made it, it would bring back what was taken back. */
export function checkRevertOfRevert(_: DecisionFacts, plan: PlanSummary): Check {
  const revert = plan.suspects.find(({ reverts }) => reverts !== undefined);
  if (revert?.reverts === undefined) return pass("revert-of-revert", "not a revert of a revert");
  const by = revert.reverts.by === "lastgood" ? "lastgood's own revert" : "a revert";
  return fail("revert-of-revert", "RevertOfRevert", { message: `${shortId(revert.revision)} is ${by}` });
}
