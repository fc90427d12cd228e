import { escapeText, shorten } from "../../model/escape.ts";
import { shortId } from "../../model/git.ts";
import type { Check } from "../decision.ts";
import type { DecisionFacts } from "../facts.ts";
import { fail, pass, unknown } from "./check.ts";

/** Only what the engine has applied, or failed to apply, is judged; and nothing that a newer commit is about to replace (H84). */
export function checkSettled({ live }: DecisionFacts): Check {
  if (live === undefined) return unknown("settled", "no engine says what runs");
  const revision = escapeText(shortId(live.revision));
  if (live.newer !== undefined) {
    const { revision: newer, by } = live.newer;
    const message = `${shortId(newer)} by ${escapeText(shorten(by, 100))} is on the branch and not applied yet`;
    return fail("settled", "Superseded", { message });
  }
  switch (live.applied) {
    case "applied":
      return pass("settled", `settled: ${revision} is applied`);
    case "failed":
      return pass("settled", `settled: ${revision} could not be applied`);
    case "under way":
      return fail("settled", "InProgress", { message: `${revision} is still being applied` });
    case "unknown":
      return unknown("settled", `whether ${revision} is applied cannot be told`);
  }
}
