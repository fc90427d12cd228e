import type { ToldMemory } from "../../app/notify-people.ts";
import { newObserverMemory, type ObserverMemory } from "../../app/observe-targets.ts";
import { type CountDaemon, countDaemon } from "./count-daemon.ts";
import { createMetrics, type Metrics } from "./metrics.ts";

/** What outlives a change of the configuration: nothing is counted anew, and nobody's health is waited for anew. */
export interface Lasting {
  readonly metrics: Metrics;
  readonly counts: CountDaemon;
  readonly memory: ObserverMemory;
  readonly told: ToldMemory;
}

export function createLasting(version: string): Lasting {
  const metrics = createMetrics(version);
  return { metrics, counts: countDaemon(metrics), memory: newObserverMemory(), told: new Map() };
}
