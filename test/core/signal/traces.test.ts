import { describe, expect, it } from "vitest";
import { faultsOf, policyOf, readTraces, replayTrace } from "../../support/health-trace.ts";
import { observeAll } from "../../../src/core/signal/observe.ts";
import { newSignal } from "../../../src/core/signal/state.ts";

const TRACES = readTraces();

describe("the health traces", () => {
  it("are at least a hundred, of every kind, most of them without a signal", () => {
    expect(TRACES.length).toBeGreaterThanOrEqual(100);
    expect(new Set(TRACES.map(({ kind }) => kind))).toEqual(new Set(["noise", "environment", "incident", "good"]));
    for (const { kind, targets, file } of TRACES) {
      const bad = targets.some((target) => target.expect.some(({ verdict }) => verdict === "bad"));
      expect({ file, bad }).toEqual({ file, bad: kind === "incident" });
    }
  });

  it.each(TRACES.map((trace) => [trace.file, trace] as const))("%s ends as it says", (_, trace) => {
    for (const phaseMs of [0, 1000, 3000, trace.pollMs / 2, trace.pollMs - 1000]) {
      expect({ phaseMs, faults: faultsOf(trace, replayTrace(trace, phaseMs)) }).toEqual({ phaseMs, faults: [] });
    }
  });

  it.each(TRACES.map((trace) => [trace.file, trace] as const))(
    "%s is the same when replayed from its facts",
    (_, trace) => {
      const { facts, signals } = replayTrace(trace);
      for (const [index, target] of trace.targets.entries()) {
        const policy = policyOf(trace, target);
        const half = Math.floor(facts.length / 2);
        const first = observeAll(newSignal(target.name), facts.slice(0, half), policy);
        const readBack = JSON.parse(JSON.stringify(first)) as typeof first;
        expect(observeAll(readBack, facts.slice(half), policy)).toEqual(signals[index]);
      }
    },
  );
});
