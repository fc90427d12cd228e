/** From what the daemon sees, does and tells to what it counts. */
import type { Reconciled } from "../../app/daemon/reconcile-target.ts";
import type { ObservedTarget } from "../../app/observe-targets.ts";
import type { Job } from "../../core/job/job.ts";
import type { Notification } from "../../core/notification/notification.ts";
import type { Metrics, TargetFacts } from "./metrics.ts";

export interface CountDaemon {
  round(observed: readonly ObservedTarget[]): void;
  reconciled(observed: ObservedTarget | undefined, reconciled: Reconciled): void;
  told(notification: Notification): void;
  jobs(jobs: readonly Job[]): void;
}

export function countDaemon(metrics: Metrics, modeOf: (observed: ObservedTarget) => string): CountDaemon {
  const held = new Map<string, string>();
  const checkpoints = new Map<string, number>();

  function factsOf(observed: ObservedTarget): TargetFacts {
    const { target, objects } = observed.watched;
    const { verdict, present } = observed;
    if (verdict.verdict === "good") checkpoints.set(target.name, verdict.atMs);
    const isFailing = present.status === "Failed";
    return {
      target: target.name,
      environment: target.environment ?? "",
      engine: objects[0]?.engine ?? "",
      mode: modeOf(observed),
      status: present.status,
      checkpointAtMs: checkpoints.get(target.name),
      failedSinceMs: isFailing ? verdict.sinceMs : undefined,
    };
  }

  return {
    round: (observed) => metrics.setTargets(observed.map(factsOf)),
    reconciled(observed, { decision, failure }) {
      if (observed === undefined) return;
      const { target, objects } = observed.watched;
      if (failure !== undefined) metrics.reconcileErrors.inc({ engine: objects[0]?.engine ?? "" });
      if (decision === undefined) return;
      // A hold counts when it begins, not at every look.
      const reason = decision.kind === "hold" ? decision.reason : "";
      if (held.get(target.name) === reason) return;
      held.set(target.name, reason);
      if (reason !== "") {
        metrics.holds.inc({ target: target.name, environment: target.environment ?? "", reason });
      }
    },
    told({ event, target, environment = "" }) {
      const labels = { target, environment };
      if (event === "RevertProposed") metrics.revertsProposed.inc(labels);
      if (event === "RevertVerified") metrics.revertsVerified.inc(labels);
      if (event === "RevertRejected") metrics.revertsRejected.inc(labels);
    },
    jobs(jobs) {
      metrics.jobs.reset();
      for (const { status } of jobs) metrics.jobs.inc({ status });
    },
  };
}
