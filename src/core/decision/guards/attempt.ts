import { escapeText, shorten } from "../../model/escape.ts";
import { shortId } from "../../model/git.ts";
import type { Check } from "../decision.ts";
import type { AttemptFacts, DecisionFacts } from "../facts.ts";
import { fail, pass, unknown, unseen } from "./check.ts";

const GUARD = "attempt";

/** What people and lastgood did about this suspect before, as the forge tells it (I1, I2, I7). */
export function checkAttempt({ forge }: DecisionFacts): Check {
  if (forge.state === "unreachable") return unknown(GUARD, `the forge cannot be asked: ${forge.message}`);
  return forge.attempt === undefined
    ? unseen(GUARD, "attempt", "earlier reverts of this suspect were not looked for yet")
    : judge(forge.attempt);
}

function judge(attempt: AttemptFacts): Check {
  switch (attempt.kind) {
    case "unknown":
      return unknown(GUARD, `whether this was tried before cannot be told: ${attempt.message}`);
    case "none":
      return pass(GUARD, "this suspect was not reverted before");
    case "branch":
      return pass(GUARD, `${escapeText(attempt.branch)} is there, without a pull request`);
    case "open":
      return pass(GUARD, `#${attempt.number} is open`);
    case "taken-over":
      return fail(GUARD, "Vetoed", { message: `#${attempt.number} is left to people: ${attempt.message}` });
    case "closed": {
      if (attempt.superseded === true)
        return pass(GUARD, `#${attempt.number} was closed for something newer: it is opened again`);
      const by = attempt.by === undefined ? "somebody" : escapeText(shorten(attempt.by, 100));
      return fail(GUARD, "Vetoed", { message: `${by} closed #${attempt.number}: it is not proposed again` });
    }
    case "landed":
      return fail(GUARD, "AlreadyReverted", {
        message: `this suspect was reverted before, by ${attempt.number === undefined ? shortId(attempt.commit) : `#${attempt.number}`}`,
      });
  }
}
