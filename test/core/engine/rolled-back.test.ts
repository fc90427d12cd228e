import { describe, expect, it } from "vitest";
import { engineKey, type EngineState } from "../../../src/core/engine/engine-state.ts";
import { observeRolledBack, withRolledBack } from "../../../src/core/engine/rolled-back.ts";
import { statusOf } from "../../../src/core/kstatus/status.ts";
import { fluxStates, RUNS } from "../../support/flux-objects.ts";
import { appState } from "../../support/memory-engine.ts";

const well = statusOf("Current", "Healthy", "all is well", { revision: RUNS, unproven: true });
const aborted = statusOf("Failed", "RolloutAborted", "aborted", { sinceMs: 5, rolledBack: { from: "b", to: "a" } });

describe("a target with a workload that was rolled back", () => {
  it("is Failed and rolled back itself, of its own revision", () => {
    expect(withRolledBack(well, [statusOf("Failed", "CrashLoopBackOff", "x"), aborted])).toEqual({
      status: "Failed",
      reason: "RolloutAborted",
      message: "aborted",
      sinceMs: 5,
      revision: RUNS,
      rolledBack: { from: "b", to: "a" },
    });
  });

  it("is as it was when nothing was rolled back, however bad things are", () => {
    expect(withRolledBack(well, [statusOf("Failed", "CrashLoopBackOff", "x")])).toBe(well);
    expect(withRolledBack(well, [])).toBe(well);
  });

  it("keeps its own word when it was rolled back itself", () => {
    const own = statusOf("Failed", "RollbackSucceeded", "x", { rolledBack: { from: "1.4.2" } });
    expect(withRolledBack(own, [aborted])).toBe(own);
  });
});

function rollout(namespace: string, labels: Readonly<Record<string, string>>): EngineState {
  const state = appState({ kind: "Rollout", namespace, name: "worker", type: "workloads", labels });
  return { ...state, status: aborted };
}

function byKey(...states: readonly EngineState[]): ReadonlyMap<string, EngineState> {
  return new Map(states.map((state) => [engineKey(state.id), state]));
}

describe("what plain workloads say of an engine's target", () => {
  const labels = { "helm.toolkit.fluxcd.io/name": "api", "helm.toolkit.fluxcd.io/namespace": "payments" };

  it("counts where the target lists the workload", () => {
    const entries = [{ id: "payments_worker_argoproj.io_Rollout", v: "v1alpha1" }];
    const { state } = fluxStates("cluster", { "Kustomization/apps": { status: { inventory: { entries } } } });
    const seen = observeRolledBack(state("Kustomization/apps"), byKey(rollout("payments", {})));
    expect(seen).toMatchObject({ status: { status: "Failed", revision: RUNS, rolledBack: {} }, sync: "OutOfSync" });
  });

  it("does not count where it lists others", () => {
    const state = fluxStates("cluster").state("Kustomization/apps");
    expect(observeRolledBack(state, byKey(rollout("payments", {})))).toBe(state);
  });

  it("counts by the labels of a release that lists nothing, in its own namespace only", () => {
    const older = { "HelmRelease/api": { status: { inventory: undefined } } };
    const state = fluxStates("cluster", older).state("HelmRelease/api");
    expect(observeRolledBack(state, byKey(rollout("payments", labels))).status.rolledBack).toBeDefined();
    expect(observeRolledBack(state, byKey(rollout("other", labels)))).toBe(state);
    expect(observeRolledBack(state, byKey(rollout("payments", {})))).toBe(state);
  });

  it("does not count for a target whose workloads are elsewhere", () => {
    const state = appState();
    expect(observeRolledBack(state, byKey(rollout("payments", labels)))).toBe(state);
  });
});
