import { describe, expect, it } from "vitest";
import type { ArgoSurroundings } from "../../../src/core/engine/argocd-blockers.ts";
import { readSyncWindows } from "../../../src/core/engine/argocd-windows.ts";
import { argoState } from "../../../src/core/engine/argocd.ts";
import type { Blocker } from "../../../src/core/engine/engine-state.ts";
import { stringAt, type JsonObject } from "../../../src/core/model/json.ts";
import { argoFixture, ARGO_NOW, NEXT } from "../../support/argo-application.ts";

function blockersOf(value: JsonObject, around: Partial<ArgoSurroundings> = {}): readonly Blocker[] {
  const name = stringAt(value, "metadata", "name") ?? "";
  const namespace = stringAt(value, "metadata", "namespace") ?? "";
  const id = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace, name };
  return argoState({ id, uid: "uid-1", value }, { engine: "main", nowMs: ARGO_NOW, ...around }).blockers;
}

describe("the blockers of an Application", () => {
  it("are none when nothing is in the way", () => {
    expect(blockersOf(argoFixture("application"))).toEqual([]);
  });

  it("Suspended: the annotation skip-reconcile", () => {
    const value = argoFixture("application", {
      metadata: { annotations: { "argocd.argoproj.io/skip-reconcile": "true" } },
    });
    expect(blockersOf(value)).toEqual([
      {
        reason: "Suspended",
        message: "the annotation skip-reconcile tells Argo CD to leave it alone",
        command: "kubectl annotate application payments-api -n argocd argocd.argoproj.io/skip-reconcile-",
      },
    ]);
  });

  it.each<[string, JsonObject]>([
    ["is not written", { syncPolicy: null }],
    ["is not enabled", { syncPolicy: { automated: { enabled: false } } }],
  ])("AutoSyncOff: automated %s", (_, spec) => {
    expect(blockersOf(argoFixture("application", { spec }))).toEqual([
      {
        reason: "AutoSyncOff",
        message: "auto-sync is off: nothing is synced unless a person does",
        command: "argocd app sync payments-api",
      },
    ]);
  });

  it("names the namespace in commands where Argo CD lives in another one", () => {
    const value = argoFixture("application", { metadata: { namespace: "team-a" }, spec: { syncPolicy: null } });
    expect(blockersOf(value)[0]?.command).toBe("argocd app sync payments-api --app-namespace team-a");
  });

  it("PruneOff: auto-sync without prune", () => {
    const value = argoFixture("application", { spec: { syncPolicy: { automated: { prune: false } } } });
    expect(blockersOf(value).map(({ reason }) => reason)).toEqual(["PruneOff"]);
  });

  it("FixedRevision: a source at a tag", () => {
    const value = argoFixture("application", { spec: { source: { targetRevision: "v1.2.3" } } });
    expect(blockersOf(value)).toEqual([
      {
        reason: "FixedRevision",
        message:
          "https://git.example.com/acme/gitops.git is fixed to v1.2.3: it changes only with the Application payments-api itself",
      },
    ]);
  });

  it("FixedRevision: a chart, but only when no source is in git", () => {
    expect(blockersOf(argoFixture("application-multi-source"))).toEqual([]);
    const chart = { repoURL: "https://charts.example.com", chart: "search", targetRevision: "4.2.0" };
    const alone = argoFixture("application-multi-source", { spec: { sources: [chart] } });
    expect(blockersOf(alone)[0]).toMatchObject({
      reason: "FixedRevision",
      message: expect.stringContaining("chart search"),
    });
  });

  it("Source: it cannot be fetched; manifests that cannot be made are no blocker, a revert mends them", () => {
    const condition = (type: string, message: string): JsonObject => ({
      status: { conditions: [{ type, message, lastTransitionTime: "2026-08-22T13:40:00Z" }] },
    });
    const down = condition("ComparisonError", "rpc error: code = Unavailable desc = dial tcp: connection refused");
    expect(blockersOf(argoFixture("application", down))).toEqual([
      { reason: "Source", message: "rpc error: code = Unavailable desc = dial tcp: connection refused" },
    ]);
    const broken = condition("ComparisonError", "kustomize build failed: no such file");
    expect(blockersOf(argoFixture("application", broken))).toEqual([]);
    const invalid = condition("InvalidSpecError", "repository is not permitted in project");
    expect(blockersOf(argoFixture("application", invalid))[0]?.reason).toBe("Source");
  });

  it("Source: the hydrator cannot fetch", () => {
    const currentOperation = { phase: "Failed", message: "failed to list refs: authentication required" };
    const value = argoFixture("application-hydrated", { status: { sourceHydrator: { currentOperation } } });
    expect(blockersOf(value)[0]).toMatchObject({
      reason: "Source",
      message: expect.stringContaining("cannot hydrate"),
    });
  });
});

describe("OperationStuck", () => {
  const reasonsOf = (value: JsonObject, nowMs?: number): readonly string[] =>
    blockersOf(value, nowMs === undefined ? {} : { nowMs }).map(({ reason }) => reason);

  it("is an operation that is tried again: a new revision waits behind it", () => {
    expect(blockersOf(argoFixture("application-retrying"))).toEqual([
      {
        reason: "OperationStuck",
        message:
          "the sync of 2222222222222222222222222222222222222222 failed and is tried again (retries: 3): a newer revision waits behind it",
        command: "argocd app terminate-op payments-api",
      },
    ]);
  });

  it("is none when retries look at git again", () => {
    const retry = { refresh: true };
    expect(reasonsOf(argoFixture("application-retrying", { operation: { retry } }))).toEqual([]);
  });

  const running = { finishedAt: null, retryCount: null, startedAt: "2026-08-22T13:44:00Z" };
  const startedMs = Date.parse("2026-08-22T13:44:00Z");

  it("is an operation on an older revision for more than a poll", () => {
    const value = argoFixture("application-retrying", { status: { operationState: running } });
    expect(reasonsOf(value, startedMs + 180_000)).toEqual([]);
    expect(reasonsOf(value, startedMs + 180_001)).toEqual(["OperationStuck"]);
  });

  it("is none while the newest revision is synced, however long", () => {
    const value = argoFixture("application-retrying", {
      status: { operationState: { ...running, syncResult: { revision: NEXT } } },
    });
    expect(reasonsOf(value, startedMs + 3_600_000)).toEqual([]);
  });

  it("is none when the operation has ended", () => {
    expect(
      reasonsOf(
        argoFixture("application-retrying", { operation: null, status: { operationState: { phase: "Failed" } } }),
      ),
    ).toEqual([]);
  });
});

describe("SyncWindow", () => {
  const windows = readSyncWindows(argoFixture("appproject"));

  it("is a deny window, in its own time zone, with the time at which it opens", () => {
    // Friday 18:00 in Berlin is 16:00 UTC.
    const nowMs = Date.parse("2026-08-21T16:30:00Z");
    expect(blockersOf(argoFixture("application"), { windows, nowMs })).toEqual([
      {
        reason: "SyncWindow",
        message:
          "a deny window is open in AppProject payments (0 18 * * 1-5, 12h, Europe/Berlin): nothing is synced by itself",
        command: "argocd app sync payments-api",
        untilMs: Date.parse("2026-08-22T04:00:00Z"),
      },
    ]);
  });

  it("is none outside of it, and for others", () => {
    expect(blockersOf(argoFixture("application"), { windows, nowMs: Date.parse("2026-08-21T15:59:00Z") })).toEqual([]);
    const other = argoFixture("application", { metadata: { name: "search" } });
    expect(blockersOf(other, { windows, nowMs: Date.parse("2026-08-21T16:30:00Z") })).toEqual([]);
  });

  it("is an allow window that is not open, without a command where no person may sync either", () => {
    const value = argoFixture("application", {
      metadata: { name: "search" },
      spec: { destination: { server: "https://legacy.example.com/k8s/c-1" } },
    });
    expect(blockersOf(value, { windows, nowMs: Date.parse("2026-08-21T02:00:00Z") })).toEqual([
      {
        reason: "SyncWindow",
        message: "no allow window is open in AppProject payments (0 3 * * *, 1h, UTC): nothing is synced by itself",
        untilMs: Date.parse("2026-08-21T03:00:00Z"),
      },
    ]);
    expect(blockersOf(value, { windows, nowMs: Date.parse("2026-08-21T03:30:00Z") })).toEqual([]);
  });
});

describe("RollingSync", () => {
  const set = argoFixture("applicationset-rolling");
  const off = { spec: { syncPolicy: null } };

  it("names what goes before it, and does not call auto-sync off", () => {
    expect(blockersOf(argoFixture("application", off), { set })).toEqual([
      {
        reason: "RollingSync",
        message: "step 2 of ApplicationSet payments waits for payments-staging (Progressing)",
        command: "argocd app sync payments-api",
      },
    ]);
  });

  it("is none when it is its turn", () => {
    const value = argoFixture("application", { ...off, metadata: { name: "payments-staging" } });
    expect(blockersOf(value, { set })).toEqual([]);
  });

  it("is for ever when no step takes it", () => {
    const value = argoFixture("application", { ...off, metadata: { name: "payments-extra" } });
    expect(blockersOf(value, { set })[0]).toMatchObject({
      reason: "RollingSync",
      message: expect.stringContaining("no step"),
    });
  });

  it("is none of a set without that strategy: then auto-sync is what counts", () => {
    const plain = argoFixture("applicationset-rolling", { spec: { strategy: null } });
    expect(blockersOf(argoFixture("application", off), { set: plain })[0]?.reason).toBe("AutoSyncOff");
  });
});
