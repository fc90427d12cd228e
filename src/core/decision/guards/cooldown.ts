import { formatDuration } from "../../model/time.ts";
import type { Check } from "../decision.ts";
import type { DecisionFacts } from "../facts.ts";
import { fail, pass, unseen } from "./check.ts";
import { pastOf } from "./past.ts";

/** After a revert of the target, whatever became of it, people are given time (I3). */
export function checkCooldown(facts: DecisionFacts): Check {
  const { nowMs, policy, target } = facts;
  const past = pastOf(facts);
  if (past === undefined) return unseen("cooldown", "reverts", "earlier reverts were not counted yet");
  const { cooldownMs } = policy.limits;
  const rule = {
    limit: `none in ${formatDuration(cooldownMs)}`,
    configKey: `policies.${policy.name}.limits.cooldown`,
  };
  const times = past.others
    .filter((revert) => revert.target === target.name)
    .map(({ openedAtMs, landed }) => Math.max(openedAtMs, landed?.atMs ?? openedAtMs));
  if (times.length === 0) return pass("cooldown", "no revert of it in the last days", rule);
  const agoMs = past.clockMs - Math.max(...times);
  const message = `the last revert of it was ${formatDuration(Math.max(0, agoMs))} ago`;
  return agoMs < cooldownMs
    ? fail("cooldown", "Cooldown", { message, ...rule, untilMs: nowMs + cooldownMs - agoMs })
    : pass("cooldown", message, rule);
}
