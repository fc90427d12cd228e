import type { HealthReading } from "../core/health/reading.ts";

/** What a source may need to know about the target. */
export interface HealthContext {
  /** Since when the revision runs, epoch ms: what lies before is the baseline. Missing when nobody knows. */
  readonly liveSinceMs?: number;
}

/** Something beside the engine that can say whether a target is well. */
export interface HealthSource {
  /** Unique among the sources of a target, the same in every run, without secrets: `http https://shop.example/healthz`. */
  readonly name: string;
  /** How often it wants to be asked, in ms: more often than a sample gets stale. */
  readonly intervalMs: number;
  /**
   * Looks once. Never throws for what the world does: trouble of the source itself is `Unknown`. Takes no longer than a few seconds.
   * Rejects only with the reason of an aborted `signal`.
   */
  read(context: HealthContext, signal?: AbortSignal): Promise<HealthReading>;
}
