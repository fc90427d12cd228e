import { isWeak } from "../../model/evidence.ts";
import { shortId } from "../../model/git.ts";
import type { Check } from "../decision.ts";
import type { DecisionFacts, PlanSummary } from "../facts.ts";
import { fail, pass } from "./check.ts";

/** Weak evidence is for people (I4b). */
export function checkEvidence(_: DecisionFacts, { checkpoint }: PlanSummary): Check {
  const { evidence } = checkpoint;
  const id = shortId(checkpoint.revision);
  if (evidence === undefined) {
    return fail("evidence", "WeakEvidence", { message: `nothing proves that ${id} was good` });
  }
  if (isWeak(evidence)) {
    return fail("evidence", "WeakEvidence", {
      message: `that ${id} was good rests on weak evidence only (${evidence})`,
    });
  }
  return pass("evidence", `${id} was good (${evidence})`);
}
