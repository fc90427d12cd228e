/** What people are told on the pull request and the incident when lastgood calls them. */
import type { Escalation } from "../job/job-record.ts";
import { inlineText } from "./body-quotes.ts";

const CALLS: { readonly [about in Escalation]: string } = {
  held: "lastgood holds, and needs a person.",
  "awaiting review": "The target still fails: please review this.",
  "not mergeable": "lastgood cannot merge this: please look.",
  "not delivered": "The revert is merged, and does not arrive in the cluster: please look.",
  "still unhealthy": "The revert did not help. lastgood reverts nothing else: please look.",
  failed: "lastgood could not go on: please look.",
};

/** One paragraph; `why` is a sentence of lastgood's with foreign parts. */
export function escalationText(about: Escalation, why: string): string {
  return `> [!WARNING]\n> **${CALLS[about]}** ${inlineText(why, 600)}`;
}
