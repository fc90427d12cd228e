import type { Blocker, BlockerReason } from "../../engine/engine-state.ts";
import { toIso } from "../../model/time.ts";
import type { Check } from "../decision.ts";
import type { DecisionFacts } from "../facts.ts";
import { pass } from "./check.ts";

/** These do not keep a revert in git from arriving: one is freed by it or by a command that is shown, one only keeps leftovers. */
const HARMLESS: readonly BlockerReason[] = ["OperationStuck", "PruneOff", "Suspended"];

/** What is merged while it cannot arrive mends nothing, and arrives when nobody looks: then a person merges. */
export function checkDelivery({ blockers }: DecisionFacts): Check {
  const blocker = blockers.find(({ reason }) => !HARMLESS.includes(reason));
  if (blocker !== undefined) {
    const { untilMs } = blocker;
    return pass("delivery", `would not be delivered${untilText(blocker)}: ${blocker.message}`, {
      atMost: "propose",
      ...(untilMs === undefined ? {} : { untilMs }),
    });
  }
  const [noted] = blockers.filter(({ reason }) => reason !== "Suspended");
  return pass("delivery", noted === undefined ? "nothing keeps it from being delivered" : noted.message);
}

function untilText({ untilMs }: Blocker): string {
  return untilMs === undefined ? "" : ` until ${toIso(untilMs)}`;
}
