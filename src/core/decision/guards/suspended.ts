import { toIso } from "../../model/time.ts";
import type { Check } from "../decision.ts";
import type { DecisionFacts } from "../facts.ts";
import { fail, pass } from "./check.ts";

/** Was lastgood, or the engine, told to leave the target alone? */
export function checkSuspended({ restrictions: { suspended }, blockers }: DecisionFacts): Check {
  if (suspended !== undefined) {
    const { said, untilMs } = suspended;
    const until = untilMs === undefined ? {} : { limit: `until ${toIso(untilMs)}`, untilMs };
    return fail("suspended", "Suspended", { message: `suspended: ${said}`, ...until });
  }
  const frozen = blockers.find(({ reason }) => reason === "Suspended");
  if (frozen === undefined) return pass("suspended", "not suspended");
  const { message, untilMs } = frozen;
  return fail("suspended", "Suspended", { message, ...(untilMs === undefined ? {} : { untilMs }) });
}
