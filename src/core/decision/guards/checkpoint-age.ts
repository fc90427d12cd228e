import { shortId } from "../../model/git.ts";
import { formatDuration } from "../../model/time.ts";
import { MAX_STALE_MS } from "../../signal/policy.ts";
import type { Check } from "../decision.ts";
import type { DecisionFacts, PlanSummary } from "../facts.ts";
import { fail, pass, unknown } from "./check.ts";

/** What was good long ago may not be any more: certificates end, images are deleted, holes were mended since. */
export function checkCheckpointAge({ nowMs, policy }: DecisionFacts, { checkpoint }: PlanSummary): Check {
  const { goodAtMs, revision } = checkpoint;
  const id = shortId(revision);
  if (goodAtMs === undefined || goodAtMs - nowMs > MAX_STALE_MS) {
    return unknown("checkpoint-age", `when ${id} was good cannot be told`);
  }
  const ageMs = Math.max(0, nowMs - goodAtMs);
  const rule = {
    limit: `at most ${formatDuration(policy.limits.checkpointAgeMs)}`,
    configKey: `policies.${policy.name}.limits.checkpointAge`,
  };
  const message = `last good ${id}, ${formatDuration(ageMs)} old`;
  return ageMs > policy.limits.checkpointAgeMs
    ? fail("checkpoint-age", "CheckpointTooOld", { message, ...rule })
    : pass("checkpoint-age", message, rule);
}
