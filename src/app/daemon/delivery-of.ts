import type { Job } from "../../core/job/job.ts";
import type { DeliveryJob } from "../delivery.ts";
import type { GoalPlan } from "../plan-goal.ts";
import type { DaemonLane, TargetLook } from "./daemon-lane.ts";
import { triggerOf } from "./trigger.ts";

export interface DeliveryOf {
  readonly look: TargetLook;
  readonly lane: DaemonLane;
  readonly goal: GoalPlan;
  /** On record; missing: it is only looked at. */
  readonly job?: Job;
}

/**
 * A person's way of delivering, answered beforehand: yes to the plan that was decided on, no to going on after somebody said no. Undefined
 * where nothing is planned.
 */
export function deliveryOf({ look, lane, goal, job }: DeliveryOf): DeliveryJob | undefined {
  const { plan, key, scope } = goal;
  if (plan.kind !== "plan") return undefined;
  return {
    ...(job === undefined ? {} : { id: job.id }),
    trigger: job?.trigger ?? triggerOf(look),
    unattended: true,
    plan,
    key,
    scope,
    request: {
      target: look.observed.watched.target,
      branch: lane.branch,
      goal: { kind: "last-good" },
      selection: plan.selection,
      patterns: look.patterns,
      mode: "propose",
      reason: reasonOf(look, job),
      ...(look.policy.runbook === undefined ? {} : { runbook: look.policy.runbook }),
      ...lane.delivery,
      confirm: async () => true,
      confirmAgain: async () => false,
    },
  };
}

/** `payments/api (prod) fails since 2026-08-22T13:46:40Z`: the same text as long as the job is the same. */
function reasonOf({ observed }: TargetLook, job: Job | undefined): string {
  const { name, environment } = observed.watched.target;
  const title = environment === undefined ? name : `${name} (${environment})`;
  return job?.since === undefined ? `${title} fails` : `${title} fails since ${job.since}`;
}
