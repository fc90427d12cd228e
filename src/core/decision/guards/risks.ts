import type { HoldReason } from "../../model/hold.ts";
import type { Check } from "../decision.ts";
import type { DecisionFacts, PlanSummary, RiskFact } from "../facts.ts";
import { fail, pass } from "./check.ts";

/** Risks that a person has to take, and what lastgood holds with. Every other one that blocks cannot be undone. */
const REASONS: { readonly [code: string]: HoldReason } = {
  MutableTag: "Environment",
  KnownBad: "Quarantined",
  Quarantined: "Quarantined",
  WeakEvidence: "WeakEvidence",
};

/** What cannot be undone, or not by git, is for a person to decide. */
export function checkRisks(_: DecisionFacts, { risks }: PlanSummary): Check {
  const [first, ...more] = risks.filter(({ blocks }) => blocks);
  if (first === undefined) {
    return pass("risks", risks.length === 0 ? "no risks" : `${risks.length} risks, none of them irreversible`);
  }
  const others = more.length === 0 ? "" : ` (and ${more.length} more)`;
  return fail("risks", reasonOf(first), { message: `${first.message}${others}` });
}

function reasonOf({ code }: RiskFact): HoldReason {
  return (Object.hasOwn(REASONS, code) ? REASONS[code] : undefined) ?? "Irreversible";
}
