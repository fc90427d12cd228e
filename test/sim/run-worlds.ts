/** Runs worlds in a process of its own: is sent seeds, tells what came of each, and ends at a number below zero. */
import { scenarioOf } from "./scenario.ts";
import { runWorld, type Stats } from "./world.ts";

/** What a worker tells of one world. */
export interface Told {
  readonly seed: number;
  readonly stats: Stats;
  readonly violations: readonly string[];
}

process.on("message", (seed: number) => {
  if (seed < 0) {
    const { user, system } = process.cpuUsage();
    process.send?.({ cpuMs: (user + system) / 1000 }, () => process.exit(0));
    return;
  }
  void runWorld(scenarioOf(seed)).then(({ stats, violations }) => {
    process.send?.({
      seed,
      stats,
      violations: violations.map(({ invariant, message }) => `${invariant}: ${message}`),
    } satisfies Told);
  });
});
