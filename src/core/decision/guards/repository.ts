import { escapeText, shorten } from "../../model/escape.ts";
import type { Check } from "../decision.ts";
import type { DecisionFacts } from "../facts.ts";
import { fail, pass } from "./check.ts";

/** One revert at a time in a repository (I13). */
export function checkRepository({ otherJob }: DecisionFacts): Check {
  if (otherJob === undefined) return pass("repository", "no other revert is under way in the repository");
  const target = escapeText(shorten(otherJob.target, 100));
  return fail("repository", "InProgress", {
    message: `another revert is under way in the repository: job ${otherJob.job} of ${target}`,
  });
}
