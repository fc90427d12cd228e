/** From what the daemon sees and decides to what it counts. */
import type { Reconciled } from "../../app/daemon/reconcile-target.ts";
import type { ObservedTarget } from "../../app/observe-targets.ts";
import type { Mode } from "../../core/model/mode.ts";
import type { Notification } from "../../core/notification/notification.ts";
import type { Metrics, TargetFacts } from "./metrics.ts";

/** One for a process: what it remembers outlives a change of the configuration. */
export interface CountDaemon {
  round(observed: readonly ObservedTarget[], known: KnownOf): void;
  /** `ms`: how long it took. */
  reconciled(observed: ObservedTarget | undefined, reconciled: Reconciled, ms: number): void;
  told(notification: Notification): void;
}

/** What is known of a target beside what was observed. */
export interface KnownOf {
  readonly modeOf: (observed: ObservedTarget) => Mode;
  /** As in `CountLedger`. */
  readonly lastGoodMs: (target: string) => number | undefined;
}

export function countDaemon(metrics: Metrics): CountDaemon {
  const held = new Map<string, string>();

  function factsOf(observed: ObservedTarget, { modeOf, lastGoodMs }: KnownOf): TargetFacts {
    const { target, objects } = observed.watched;
    const { verdict, present } = observed;
    const isFailing = present.status === "Failed";
    return {
      target: target.name,
      environment: target.environment ?? "",
      engine: objects[0]?.engine ?? "",
      mode: modeOf(observed),
      status: present.status,
      checkpointAtMs: lastGoodMs(target.name),
      failedSinceMs: isFailing ? verdict.sinceMs : undefined,
    };
  }

  return {
    round(observed, known) {
      metrics.setTargets(() => observed.map((one) => factsOf(one, known)));
      const names = new Set(observed.map(({ watched }) => watched.target.name));
      for (const name of held.keys()) if (!names.has(name)) held.delete(name);
    },
    reconciled(observed, { decision, failure }, ms) {
      if (observed === undefined) return;
      const { target, objects } = observed.watched;
      const labels = { engine: objects[0]?.engine ?? "" };
      metrics.reconcileDuration.observe(labels, ms / 1000);
      if (failure !== undefined) metrics.reconcileErrors.inc(labels);
      if (decision === undefined) return;
      // A hold counts when it begins, not at every look.
      const reason = decision.kind === "hold" ? decision.reason : "";
      if (held.get(target.name) === reason) return;
      held.set(target.name, reason);
      if (reason !== "" && reason !== "Healthy") {
        metrics.holds.inc({ target: target.name, environment: target.environment ?? "", reason });
      }
    },
    told({ event, target, environment = "" }) {
      if (event === "QuarantineViolated") metrics.quarantineViolations.inc({ target, environment });
    },
  };
}
