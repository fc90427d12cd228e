import { escapeText } from "../../model/escape.ts";
import { shortId } from "../../model/git.ts";
import { formatDuration } from "../../model/time.ts";
import { MAX_STALE_MS } from "../../signal/policy.ts";
import { holdReasonOf } from "../../signal/verdict.ts";
import type { Check } from "../decision.ts";
import type { DecisionFacts } from "../facts.ts";
import { fail, pass, unknown } from "./check.ts";

/** Is there a verdict of bad, fresh, and of what runs (I8)? */
export function checkHealth(facts: DecisionFacts): Check {
  const { nowMs, verdict, policy, live } = facts;
  const rule = {
    limit: `needs ${policy.bad.samples} ${policy.bad.samples === 1 ? "sample" : "samples"} over ${formatDuration(policy.bad.forMs)}`,
    configKey: `policies.${policy.name}.bad`,
  };
  if (Math.abs(nowMs - verdict.atMs) > MAX_STALE_MS) {
    return unknown("health", `what its health sources say is ${formatDuration(Math.abs(nowMs - verdict.atMs))} old`);
  }
  const held = holdReasonOf(verdict);
  if (held !== undefined) return fail("health", held, { message: messageOf(facts), ...rule, ...untilOf(facts) });
  if (live === undefined || verdict.revision === undefined) {
    return unknown("health", "no engine says which revision runs");
  }
  const isSame = live.revision === verdict.revision || live.revision === verdict.latest;
  const differs = live.content !== undefined && verdict.content !== undefined && live.content !== verdict.content;
  if (!isSame || differs) {
    const [seen, runs] = [shortId(verdict.revision), shortId(live.revision)];
    return unknown("health", `what is known is about ${escapeText(seen)}, and ${escapeText(runs)} runs`);
  }
  return pass("health", messageOf(facts), rule);
}

function messageOf({ nowMs, verdict }: DecisionFacts): string {
  const { reason, sinceMs, message } = verdict;
  if (sinceMs === undefined) return message;
  const word = WORDS[reason];
  return word === undefined ? message : `${word} for ${formatDuration(nowMs - sinceMs)}: ${message}`;
}

const WORDS: Partial<Record<DecisionFacts["verdict"]["reason"], string>> = {
  Failing: "failing",
  Suspicious: "failing",
  Flapping: "flapping",
  Baked: "healthy",
  Baking: "healthy",
};

/** When the dwell is over at the earliest. */
function untilOf({ nowMs, verdict }: DecisionFacts): { readonly untilMs?: number } {
  if (verdict.reason !== "Suspicious") return {};
  const left = verdict.sources.flatMap(({ opinion, leftMs }) =>
    opinion === "failing" && leftMs !== undefined && leftMs > 0 ? [leftMs] : [],
  );
  return left.length === 0 ? {} : { untilMs: nowMs + Math.min(...left) };
}
