/** Steps in which nothing is done. */
import type { HeldDecision } from "../decision/decision.ts";
import type { Step } from "./step.ts";

/** Where nothing is heard, it is looked again after so long. */
const POLL_MS = 30_000;
/** Until something is heard. */
export function idle(why: string): Step {
  return { kind: "idle", why };
}

/** And then look again. */
export function wait(why: string): Step {
  return { kind: "wait", why, requeueAfterMs: POLL_MS };
}

/** For the end of what holds it. */
export function waitFor({ reason, message, untilMs }: HeldDecision, nowMs: number): Step {
  const why = `${reason}: ${message}`;
  if (untilMs === undefined) return wait(why);
  const requeueAfterMs = Math.min(POLL_MS, Math.max(1000, untilMs - nowMs));
  return { kind: "wait", why, requeueAfterMs, untilMs };
}
