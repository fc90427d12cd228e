import { describe, expect, it } from "vitest";
import { faultsOf, readTraces, replayTrace } from "../../support/health-trace.ts";
import { MUTANTS, plant } from "./mutants.ts";

const TRACES = new Map(readTraces().map((trace) => [trace.file, trace]));

describe("the health traces", () => {
  it.each(MUTANTS.map((mutant) => [mutant.mistake, mutant] as const))("catch it when %s", async (_, mutant) => {
    const trace = TRACES.get(mutant.caughtBy);
    if (trace === undefined) throw new Error(`there is no trace ${mutant.caughtBy}`);
    expect(faultsOf(trace, replayTrace(trace))).toEqual([]);
    expect(faultsOf(trace, replayTrace(trace, 0, await plant(mutant)))).not.toEqual([]);
  });
});
