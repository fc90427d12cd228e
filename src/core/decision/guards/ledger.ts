import type { Check } from "../decision.ts";
import type { DecisionFacts } from "../facts.ts";
import { fail, pass } from "./check.ts";

/** Safe mode: nothing by itself while its memory does not agree with git and the forge (I16). */
export function checkLedger({ ledger }: DecisionFacts): Check {
  if (ledger.state === "sound") return pass("ledger", "the ledger is sound");
  return fail("ledger", "Disabled", { message: `safe mode: ${STATES[ledger.state]}: ${ledger.message}` });
}

const STATES: { readonly [state in Exclude<DecisionFacts["ledger"]["state"], "sound">]: string } = {
  damaged: "the ledger is damaged",
  rewound: "the ledger has lost records",
  newer: "the ledger is of a newer lastgood",
  unreadable: "the ledger cannot be read",
};
