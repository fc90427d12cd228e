/**
 * From the ledger to metrics. Every record is counted by who wrote it, once it is where others read it: so neither a restart nor another
 * replica counts it again. How many there are now is told from what was read last.
 */
import type { JobRecord } from "../../core/job/job-record.ts";
import { foldJob, foldJobs, isEnded, type Job } from "../../core/job/job.ts";
import { fromIso } from "../../core/model/time.ts";
import { quarantineAt } from "../../core/quarantine/state.ts";
import { type LedgerRecord, orderRecords } from "../../core/record.ts";
import type { Ledger } from "../../ports/ledger.ts";
import type { Metrics } from "./metrics.ts";

export interface CountLedger {
  /** The same ledger, counted from now on. */
  readonly watch: (ledger: Ledger) => Ledger;
  /** Brings up to date how many there are of what. */
  readonly refresh: (nowMs: number) => void;
  /** When a target was last recorded to be good, epoch ms; undefined: never, or what was good is known to be bad by now. */
  readonly lastGoodMs: (target: string) => number | undefined;
}

/** `environmentOf`: of a target's name; "" where it has none. */
export function countLedger(metrics: Metrics, environmentOf: (target: string) => string): CountLedger {
  const known: (readonly LedgerRecord[])[] = [];
  let newest: ReadonlyMap<string, number> | undefined;

  function count(record: LedgerRecord, before: readonly LedgerRecord[]): void {
    if (record.type === "job") countJob(record, before, metrics);
    if (record.type !== "checkpoint") return;
    const { target, verdict, evidence } = record;
    metrics.checkpointsRecorded.inc({ target, environment: environmentOf(target), verdict, evidence });
  }

  return {
    watch(ledger) {
      const place = known.push([]) - 1;
      return {
        ...ledger,
        async read() {
          const reading = await ledger.read();
          if (known[place] !== reading.records) newest = undefined;
          known[place] = reading.records;
          return reading;
        },
        async append(records, unless) {
          if (!(await ledger.append(records, unless))) return false;
          const before = known[place] ?? [];
          for (const record of records) count(record, before);
          known[place] = [...before, ...records.filter(({ type }) => type !== "decision")];
          newest = undefined;
          return true;
        },
      };
    },
    refresh(nowMs) {
      // Repositories may share a ledger.
      const records = orderRecords(known.flat());
      metrics.jobs.reset();
      for (const { status } of foldJobs(records)) metrics.jobs.inc({ status });
      const held = records.filter((record) => record.type === "quarantine");
      metrics.quarantined.set(quarantineAt(held, nowMs).length);
    },
    lastGoodMs(target) {
      newest ??= newestGood(orderRecords(known.flat()));
      return newest.get(target);
    },
  };
}

/** The newest word on a revision counts. */
function newestGood(records: readonly LedgerRecord[]): ReadonlyMap<string, number> {
  const checkpoints = records.filter((record) => record.type === "checkpoint");
  const last = new Map(checkpoints.map((record) => [`${record.target} ${record.revision}`, record]));
  const newest = new Map<string, number>();
  for (const { target, verdict, at } of last.values()) {
    if (verdict === "good") newest.set(target, Math.max(newest.get(target) ?? 0, fromIso(at) ?? 0));
  }
  return newest;
}

/** A line says what is new only beside those before it. */
function countJob(line: JobRecord, records: readonly LedgerRecord[], metrics: Metrics): void {
  const before = foldJob(records.filter((record) => record.type === "job" && record.job === line.job) as JobRecord[]);
  if (before !== undefined && isEnded(before)) return;
  const atMs = fromIso(line.at) ?? 0;
  const labels = { target: line.target, environment: line.environment ?? "" };
  const sinceMs = line.since === undefined ? undefined : fromIso(line.since);
  const seconds = sinceMs === undefined ? undefined : Math.max(0, atMs - sinceMs) / 1000;
  if (before !== undefined) countProgress({ line, before, atMs, labels, seconds }, metrics);
  const { outcome, trigger } = line;
  if (outcome === undefined) return;
  metrics.jobsEnded.inc({ ...labels, trigger: triggerKind(trigger), outcome });
  if (outcome === "rejected") metrics.revertsRejected.inc(labels);
  if (outcome !== "verified") return;
  metrics.revertsVerified.inc(labels);
  if (seconds !== undefined) metrics.timeToRestore.observe(labels, seconds);
}

interface Progress {
  readonly line: JobRecord;
  readonly before: Job;
  readonly atMs: number;
  readonly labels: { readonly target: string; readonly environment: string };
  /** From the first symptom. */
  readonly seconds: number | undefined;
}

/** What was found where a job begins was there before: another process has counted it. */
function countProgress({ line, before, atMs, labels, seconds }: Progress, metrics: Metrics): void {
  if (line.pullRequest !== undefined && before.pullRequest === undefined) {
    metrics.revertsProposed.inc(labels);
    if (seconds !== undefined) metrics.timeToPropose.observe(labels, seconds);
  }
  if (line.landed !== undefined && before.landed === undefined && line.reason !== "AlreadyReverted") {
    metrics.revertsMerged.inc({ ...labels, by: mergedBy(line) });
  }
  const isLeft = line.station !== before.station || line.outcome !== undefined;
  if (isLeft) {
    metrics.stationDuration.observe({ station: before.station }, Math.max(0, atMs - enteredMs(before)) / 1000);
  }
}

/** What was pushed names nobody. */
function mergedBy({ landedBy = SELF }: JobRecord): "person" | "lastgood" {
  return landedBy === SELF ? "lastgood" : "person";
}

const SELF = "lastgood";

/** Since when it is where it is. */
function enteredMs({ station, timeline, createdAtMs }: Job): number {
  const last = timeline.findLastIndex((entry) => entry.station !== station);
  return timeline[last + 1]?.atMs ?? createdAtMs;
}

/** A job of a person is triggered by a login: there are any number of those. */
function triggerKind(trigger: string): string {
  const [word = ""] = trigger.split(" ");
  return ["health", "alert", "signal"].includes(word) ? word : "person";
}
