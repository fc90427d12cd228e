/**
 * What Prometheus is told (interface.md §5). Labels are names from the configuration and closed lists of words: never a commit, a number
 * of a pull request or a message, so that the number of series is bounded.
 */
import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Status } from "../../core/kstatus/status.ts";

const STATUSES: readonly Status[] = ["Current", "InProgress", "Failed", "Terminating", "NotFound", "Unknown"];

/** Seconds that people wait for: from a blink to an hour. */
const WAITS = [1, 5, 15, 30, 60, 120, 300, 600, 1200, 3600];
/** Seconds that programs take. */
const TIMES = [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

export interface TargetFacts {
  readonly target: string;
  readonly environment: string;
  readonly engine: string;
  readonly mode: string;
  readonly status: Status;
  /** Epoch ms; undefined: none. */
  readonly checkpointAtMs: number | undefined;
  readonly failedSinceMs: number | undefined;
}

const TARGET = ["target", "environment"] as const;

/** All metrics of one daemon, in a registry of its own. */
export function createMetrics(version: string) {
  const registers = [new Registry()];
  const [registry] = registers as [Registry];

  function counter<L extends string>(name: string, help: string, labelNames: readonly L[]): Counter<L> {
    return new Counter({ name: `lastgood_${name}`, help, labelNames: [...labelNames], registers });
  }
  function gauge<L extends string>(name: string, help: string, labelNames: readonly L[]): Gauge<L> {
    return new Gauge({ name: `lastgood_${name}`, help, labelNames: [...labelNames], registers });
  }
  function histogram<L extends string>(
    name: string,
    help: string,
    { labelNames, buckets }: { readonly labelNames: readonly L[]; readonly buckets: readonly number[] },
  ): Histogram<L> {
    return new Histogram({
      name: `lastgood_${name}`,
      help,
      labelNames: [...labelNames],
      buckets: [...buckets],
      registers,
    });
  }

  gauge("build_info", "Always 1.", ["version"]).set({ version }, 1);
  const targetInfo = gauge("target_info", "Always 1: which engine deploys a target, and how far lastgood may go.", [
    ...TARGET,
    "engine",
    "mode",
  ]);
  const targetStatus = gauge("target_status", "1 for the status that a target has.", [...TARGET, "status"]);
  const checkpointAt = gauge(
    "target_checkpoint_timestamp_seconds",
    "When the last known good revision was recorded; 0: there is none.",
    TARGET,
  );
  const failedSince = gauge(
    "target_failed_since_timestamp_seconds",
    "Since when a target has been failing; 0: it is not.",
    TARGET,
  );

  let targets: () => readonly TargetFacts[] = () => [];
  let telling: Promise<unknown> = Promise.resolve();

  /** Nine series for each of thousands of targets: they are there only while they are told. */
  async function tell(): Promise<string> {
    try {
      for (const { target, environment, engine, mode, status, checkpointAtMs = 0, failedSinceMs = 0 } of targets()) {
        targetInfo.set({ target, environment, engine, mode }, 1);
        for (const word of STATUSES) targetStatus.set({ target, environment, status: word }, word === status ? 1 : 0);
        checkpointAt.set({ target, environment }, checkpointAtMs / 1000);
        failedSince.set({ target, environment }, failedSinceMs / 1000);
      }
      return await registry.metrics();
    } finally {
      for (const metric of [targetInfo, targetStatus, checkpointAt, failedSince]) metric.reset();
    }
  }

  return {
    contentType: registry.contentType,
    /** One after the other. */
    async text(): Promise<string> {
      const text = telling.then(tell);
      telling = text.catch(() => undefined);
      return text;
    },
    /** Asked for all targets that there are now, whenever it is to be told. */
    setTargets(facts: () => readonly TargetFacts[]): void {
      targets = facts;
    },
    checkpointsRecorded: counter("checkpoints_recorded_total", "Verdicts written into the ledger.", [
      ...TARGET,
      "verdict",
      "evidence",
    ]),
    leading: gauge("leading", "1 while this replica acts, 0 while it stands by for another one.", []),
    jobs: gauge("jobs", "Reverts on record, by status.", ["status"]),
    jobsEnded: counter("jobs_total", "Reverts that have ended.", [...TARGET, "trigger", "outcome"]),
    stationDuration: histogram("job_station_duration_seconds", "How long a revert stayed at a station.", {
      labelNames: ["station"],
      buckets: WAITS,
    }),
    revertsProposed: counter("reverts_proposed_total", "Pull requests opened.", TARGET),
    revertsMerged: counter("reverts_merged_total", "Reverts merged, by lastgood or a person.", [...TARGET, "by"]),
    revertsVerified: counter("reverts_verified_total", "Reverts after which the target was well.", TARGET),
    revertsRejected: counter("reverts_rejected_total", "Reverts that a person closed: mostly false alarms.", TARGET),
    holds: counter("holds_total", "Decisions not to act, told once each.", [...TARGET, "reason"]),
    webhookRequests: counter("webhook_requests_total", "Webhooks by sender and answer.", ["source", "code"]),
    timeToPropose: histogram("time_to_propose_seconds", "From the first symptom to the pull request.", {
      labelNames: TARGET,
      buckets: WAITS,
    }),
    timeToRestore: histogram("time_to_restore_seconds", "From the first symptom to a verified recovery.", {
      labelNames: TARGET,
      buckets: WAITS,
    }),
    quarantined: gauge("quarantined", "Artifacts that must not come back.", []),
    quarantineViolations: counter("quarantine_violations_total", "Times that one of them was live again.", TARGET),
    gitOperations: counter("git_operations_total", "Processes of git.", ["operation", "result"]),
    gitDuration: histogram("git_operation_duration_seconds", "How long git took.", {
      labelNames: ["operation"],
      buckets: TIMES,
    }),
    forgeRequests: counter("forge_requests_total", "Requests to the forge.", ["api", "code"]),
    forgeDuration: histogram("forge_request_duration_seconds", "How long the forge took.", {
      labelNames: ["api"],
      buckets: TIMES,
    }),
    rateLimitRemaining: gauge("forge_rate_limit_remaining", "Requests left until the reset.", ["resource"]),
    rateLimitReset: gauge("forge_rate_limit_reset_timestamp_seconds", "When the limit starts anew.", ["resource"]),
    reconcileDuration: histogram("reconcile_duration_seconds", "How long one look at a target took.", {
      labelNames: ["engine"],
      buckets: TIMES,
    }),
    reconcileErrors: counter("reconcile_errors_total", "Looks at a target that failed.", ["engine"]),
    ledgerPushes: counter("ledger_pushes_total", "Attempts to move the shared ledger.", ["result"]),
    notifications: counter("notifications_total", "Notifications sent.", ["type", "result"]),
  };
}

export type Metrics = ReturnType<typeof createMetrics>;
