import { describe, expect, it } from "vitest";
import { argoResourceFaults } from "../../../src/core/engine/argocd-place.ts";
import { trimApplication } from "../../../src/core/engine/argocd-trim.ts";
import { argoState, projectOf } from "../../../src/core/engine/argocd.ts";
import type { EngineState } from "../../../src/core/engine/engine-state.ts";
import type { ObjectId } from "../../../src/core/model/component.ts";
import { stringAt, type JsonObject } from "../../../src/core/model/json.ts";
import { argoFixture, ARGO_NOW, BEFORE, NEXT, NOW_LIVE } from "../../support/argo-application.ts";
import { FIXTURE_NOW, listLiveObjects, readLiveObject } from "../../support/live-objects.ts";

function idOf(value: JsonObject): ObjectId {
  const name = stringAt(value, "metadata", "name") ?? "";
  return { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd", name };
}

function stateOf(value: JsonObject, nowMs: number = ARGO_NOW): EngineState {
  return argoState({ id: idOf(value), uid: "uid-1", value }, { engine: "main", nowMs });
}

const URL = "https://git.example.com/acme/gitops.git";

describe("argoState", () => {
  it("says of a healthy Application all that lastgood needs", () => {
    expect(stateOf(argoFixture("application"))).toEqual({
      engine: "main",
      type: "argocd",
      id: { apiVersion: "argoproj.io/v1alpha1", kind: "Application", namespace: "argocd", name: "payments-api" },
      uid: "uid-1",
      status: {
        status: "Current",
        reason: "Healthy",
        message: "Argo CD calls it Healthy",
        sinceMs: Date.parse("2026-08-22T13:31:00Z"),
        revision: NOW_LIVE,
      },
      sync: "Synced",
      sources: [
        { url: URL, path: "apps/payments/api", follows: "main", fixed: false, live: NOW_LIVE, desired: NOW_LIVE },
      ],
      history: [
        { revisions: [NOW_LIVE], atMs: Date.parse("2026-08-22T13:30:20Z"), proves: "health" },
        { revisions: [BEFORE], atMs: Date.parse("2026-08-21T09:00:00Z"), proves: "sync" },
      ],
      blockers: [],
      dependsOn: [],
      annotations: { mode: "propose" },
      labels: { team: "payments" },
      workloads: {
        namespace: "payments",
        objects: [
          { apiVersion: "v1", kind: "ConfigMap", namespace: "payments", name: "api" },
          { apiVersion: "apps/v1", kind: "Deployment", namespace: "payments", name: "api" },
          { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", name: "api" },
        ],
      },
      lookedAtMs: Date.parse("2026-08-22T13:45:00Z"),
      pollMs: 180_000,
    });
  });

  const applications = listLiveObjects().filter((name) => name.startsWith("application-"));

  it.each(applications)("says the same of a trimmed %s", (name) => {
    const value = readLiveObject(name);
    expect(
      stateOf(
        trimApplication(value, () => true),
        FIXTURE_NOW,
      ),
    ).toEqual(stateOf(value, FIXTURE_NOW));
  });

  it.each(["application", "application-multi-source", "application-hydrated", "application-retrying"])(
    "says the same of the trimmed fixture %s, which is smaller",
    (name) => {
      const value = argoFixture(name);
      const trimmed = trimApplication(value, () => true);
      expect(stateOf(trimmed)).toEqual(stateOf(value));
      expect(JSON.stringify(trimmed).length).toBeLessThan(JSON.stringify(value).length);
    },
  );

  it.each<[string, JsonObject]>([
    ["nothing", {}],
    ["texts for maps", { metadata: "x", spec: "x", status: "x", operation: "x" }],
    ["lists for maps", { metadata: [], spec: [], status: [], operation: [] }],
    [
      "wrong items",
      { status: { history: [1, null], resources: ["x", {}], conditions: [null] }, spec: { sources: [1] } },
    ],
  ])("does not throw for %s", (_, value) => {
    const state = stateOf({ apiVersion: "argoproj.io/v1alpha1", kind: "Application", ...value });
    expect(state.status.status).toBe("Unknown");
    expect(state.history).toEqual([]);
  });
});

describe("sources", () => {
  it("are those of `sources`, each with its own revision; a chart is fixed, and logins are left out", () => {
    expect(stateOf(argoFixture("application-multi-source")).sources).toEqual([
      {
        url: "https://charts.example.com",
        chart: "search",
        follows: "4.2.0",
        fixed: true,
        live: "4.2.0",
        desired: "4.2.0",
      },
      { url: URL, follows: "main", fixed: false, live: NOW_LIVE, desired: NOW_LIVE },
      { url: URL, path: "apps/search", follows: "main", fixed: false, live: NOW_LIVE, desired: NOW_LIVE },
    ]);
  });

  it("of the hydrator are dry: what people write, with the commit that is rendered at present as desired", () => {
    expect(stateOf(argoFixture("application-hydrated")).sources).toEqual([
      { url: URL, path: "apps/ledger", follows: "main", fixed: false, live: NOW_LIVE, desired: NEXT },
    ]);
  });

  it("follow the default branch when nothing is written", () => {
    const value = argoFixture("application", { spec: { source: { targetRevision: null, path: "." } } });
    expect(stateOf(value).sources[0]).toMatchObject({ path: "", fixed: false });
    expect(stateOf(value).sources[0]).not.toHaveProperty("follows");
  });

  it("have no path when it leaves the repository", () => {
    const value = argoFixture("application", { spec: { source: { path: "../../etc" } } });
    expect(stateOf(value).sources[0]).not.toHaveProperty("path");
  });

  it.each([
    ["v1.2.3", true],
    ["1.2.*", true],
    ["refs/tags/x", true],
    [NOW_LIVE, true],
    ["HEAD", false],
    ["release/1.2", false],
  ])("at %s are fixed: %s", (targetRevision, fixed) => {
    const value = argoFixture("application", { spec: { source: { targetRevision } } });
    expect(stateOf(value).sources[0]?.fixed).toBe(fixed);
  });

  it("of an OCI registry are fixed", () => {
    const value = argoFixture("application", {
      spec: { source: { repoURL: "oci://registry.example.com/api", targetRevision: "latest" } },
    });
    expect(stateOf(value).sources[0]?.fixed).toBe(true);
  });

  const outOfSync = { sync: { status: "OutOfSync", revision: NEXT } };

  it.each<[string, JsonObject, string | undefined, string | undefined]>([
    ["in sync with a commit that changed nothing for it", { status: { sync: { revision: NEXT } } }, NEXT, NEXT],
    ["out of sync", { status: outOfSync }, NOW_LIVE, NEXT],
    ["while a sync runs", { status: { ...outOfSync, operationState: { phase: "Running" } } }, undefined, NEXT],
    ["after a sync that failed", { status: { ...outOfSync, operationState: { phase: "Failed" } } }, undefined, NEXT],
    [
      "compared before the last sync ended",
      { status: { sync: { revision: BEFORE }, reconciledAt: "2026-08-22T13:30:00Z" } },
      NOW_LIVE,
      BEFORE,
    ],
    ["frozen", { metadata: { annotations: { "argocd.argoproj.io/skip-reconcile": "true" } } }, undefined, undefined],
    ["never compared", { status: { sync: { status: "Unknown", revision: null } } }, NOW_LIVE, undefined],
  ])("%s", (_, changes, live, desired) => {
    const [source] = stateOf(argoFixture("application", changes)).sources;
    expect([source?.live, source?.desired]).toEqual([live, desired]);
  });
});

describe("history", () => {
  it.each<[string, JsonObject, string]>([
    ["health, when it is trusted", {}, "health"],
    ["only a sync, when its health was read before the sync ended", { reconciledAt: "2026-08-22T13:30:00Z" }, "sync"],
    ["only a sync, when the health is of another revision", { sync: { revision: NEXT } }, "sync"],
    ["only a sync while it progresses", { health: { status: "Progressing" } }, "sync"],
    ["only a sync, when it has drifted", { sync: { status: "OutOfSync", revision: NEXT } }, "sync"],
    ["failure, when it is degraded", { health: { status: "Degraded" } }, "failure"],
  ])("proves of the present revision %s", (_, status, proves) => {
    const { history } = stateOf(argoFixture("application", { status }));
    expect(history.map((release) => release.proves)).toEqual([proves, "sync"]);
  });

  it("leaves out what was deployed from other sources: it says nothing of today's files", () => {
    const { history } = stateOf(argoFixture("application-multi-source"));
    expect(history).toEqual([
      { revisions: ["4.2.0", NOW_LIVE, NOW_LIVE], atMs: Date.parse("2026-08-22T13:30:20Z"), proves: "health" },
    ]);
    const moved = argoFixture("application", { spec: { source: { path: "apps/payments/api-v2" } } });
    expect(stateOf(moved).history).toEqual([]);
  });

  it("takes another spelling of the same repository for the same", () => {
    const value = argoFixture("application", { spec: { source: { repoURL: "git@git.example.com:acme/gitops" } } });
    expect(stateOf(value).history).toHaveLength(2);
  });

  it("of the hydrator tells dry commits, as far as they are known", () => {
    const { history } = stateOf(argoFixture("application-hydrated"));
    expect(history.map(({ revisions }) => revisions)).toEqual([[NOW_LIVE]]);
  });
});

describe("the parent", () => {
  const parentOf = (metadata: JsonObject): ObjectId | undefined =>
    stateOf(argoFixture("application", { metadata })).parent;
  const APPLICATION = { apiVersion: "argoproj.io/v1alpha1", kind: "Application" };

  it("is the ApplicationSet that owns it", () => {
    const owner = { apiVersion: "argoproj.io/v1alpha1", kind: "ApplicationSet", name: "payments", uid: "u" };
    const parent = parentOf({ ownerReferences: [{ ...owner, kind: "Other" }, owner] });
    expect(parent).toEqual({ ...APPLICATION, kind: "ApplicationSet", namespace: "argocd", name: "payments" });
  });

  it.each<[string, JsonObject, ObjectId | undefined]>([
    [
      "is the Application that tracks it",
      { annotations: { "argocd.argoproj.io/tracking-id": "root:argoproj.io/Application:argocd/payments-api" } },
      { ...APPLICATION, namespace: "argocd", name: "root" },
    ],
    [
      "is in another namespace where the tracking says so",
      { annotations: { "argocd.argoproj.io/tracking-id": "team-a_root:argoproj.io/Application:argocd/payments-api" } },
      { ...APPLICATION, namespace: "team-a", name: "root" },
    ],
    [
      "is not believed when the tracking is another object's",
      { annotations: { "argocd.argoproj.io/tracking-id": "root:argoproj.io/Application:argocd/other" } },
      undefined,
    ],
    [
      "is told by the label, too",
      { labels: { "argocd.argoproj.io/instance": "root" } },
      { ...APPLICATION, namespace: "argocd", name: "root" },
    ],
    ["is never itself", { labels: { "argocd.argoproj.io/instance": "payments-api" } }, undefined],
    ["is no label that charts write", { labels: { "app.kubernetes.io/instance": "root" } }, undefined],
    ["is no odd text", { labels: { "argocd.argoproj.io/instance": "a b\u001b[31m" } }, undefined],
  ])("%s", (_, metadata, expected) => {
    expect(parentOf(metadata)).toEqual(expected);
  });
});

describe("the workloads", () => {
  it.each<[string, JsonObject, boolean]>([
    ["of the cluster's own address", { server: "https://kubernetes.default.svc/" }, true],
    ["of its name", { server: null, name: "in-cluster" }, true],
    ["of another address", { server: "https://10.0.0.1" }, false],
    ["of another name", { server: null, name: "prod-eu" }, false],
    ["of nobody knows where", { server: null }, false],
  ])("%s are known: %s", (_, destination, known) => {
    const { workloads } = stateOf(argoFixture("application", { spec: { destination } }));
    expect(workloads !== undefined).toBe(known);
  });
});

describe("argoResourceFaults", () => {
  it("tells what could not be synced, with Argo CD's own words", () => {
    const faults = argoResourceFaults(argoFixture("application-retrying"));
    expect(
      faults.map(({ id, status }) => `${id.kind}/${id.name} ${status.status} ${status.reason}: ${status.message}`),
    ).toEqual([
      "Deployment/api Failed SyncFailed: admission webhook denied the request: no latest tags",
      "Job/migrate Failed HookFailed: Job has reached the specified backoff limit",
    ]);
  });

  it("tells health where Argo CD writes it down", () => {
    const resource = (name: string, health: JsonObject): JsonObject => ({
      version: "v1",
      kind: "Service",
      namespace: "n",
      name,
      health,
    });
    const value = argoFixture("application", {
      status: {
        resources: [
          resource("a", { status: "Healthy" }),
          resource("b", { status: "Degraded", message: "it is broken" }),
          resource("c", { status: "Progressing" }),
        ],
      },
    });
    expect(argoResourceFaults(value).map(({ id, status }) => [id.name, status.status, status.message])).toEqual([
      ["b", "Failed", "it is broken"],
      ["c", "InProgress", "Argo CD calls it Progressing"],
    ]);
  });
});

describe("projectOf", () => {
  it("is default when none is written", () => {
    expect(projectOf(argoFixture("application"))).toBe("payments");
    expect(projectOf({ spec: { project: "" } })).toBe("default");
    expect(projectOf({})).toBe("default");
  });
});
