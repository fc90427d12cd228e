import { describe, expect, it } from "vitest";
import type { EngineState } from "../../../src/core/engine/engine-state.ts";
import { BAD, blockersOf, condition, fluxStates, NEWER, RUNS, type Changes } from "../../support/flux-objects.ts";

function release(changes: Changes = {}, unknown: readonly string[] = []): EngineState {
  return fluxStates("cluster", changes, unknown).state("HelmRelease/api");
}

const sourceRef = { kind: "GitRepository", name: "deploy", namespace: "flux-system" };

/** Its chart lies in git, and is built anew by this strategy. */
function gitChart(strategy: string | undefined, made: string, deployed = made): Changes {
  const spec = { chart: "./charts/api", version: undefined, reconcileStrategy: strategy, sourceRef };
  return {
    "HelmRelease/api": {
      spec: { chart: { spec } },
      status: { history: [{ chartVersion: deployed, status: "deployed" }], lastAttemptedRevision: deployed },
    },
    "HelmChart/payments-api": {
      spec,
      status: { artifact: { revision: made }, observedSourceArtifactRevision: `main@sha1:${RUNS}` },
    },
  };
}

describe("a HelmRelease", () => {
  it("is of the commit that its Kustomization has applied, with its files and its chart for sources", () => {
    expect(release()).toMatchObject({
      type: "flux",
      status: { status: "Current", revision: RUNS },
      sync: "Synced",
      sources: [
        { url: "https://git.example.com/payments/deploy.git", path: "apps/prod", live: RUNS, desired: RUNS },
        {
          url: "https://charts.example.com",
          chart: "api",
          follows: "1.4.x",
          fixed: true,
          live: "1.4.2",
          desired: "1.4.2",
        },
      ],
      parent: { kind: "Kustomization", namespace: "flux-system", name: "apps" },
      blockers: [],
      pollMs: 60_000,
    });
  });

  it("knows its objects by its inventory and by its labels", () => {
    expect(release().workloads).toEqual({
      namespace: "payments",
      objects: [{ apiVersion: "apps/v1", kind: "Deployment", namespace: "payments", name: "api" }],
      labels: "helm.toolkit.fluxcd.io/name=api,helm.toolkit.fluxcd.io/namespace=payments",
    });
    const older = { spec: { targetNamespace: "shop" }, status: { inventory: undefined } };
    expect(release({ "HelmRelease/api": older }).workloads).toMatchObject({ namespace: "shop", objects: [] });
  });

  it.each([
    ["its newest spec was not seen yet", { "HelmRelease/api": { metadata: { generation: 8 } } }],
    ["its newest spec was not tried yet", { "HelmRelease/api": { status: { lastAttemptedGeneration: 6 } } }],
    ["it is suspended", { "HelmRelease/api": { spec: { suspend: true } } }],
    [
      "its Kustomization does not write it",
      { "HelmRelease/api": { metadata: { annotations: { "kustomize.toolkit.fluxcd.io/reconcile": "disabled" } } } },
    ],
    [
      "its Kustomization wrote it once only",
      { "HelmRelease/api": { metadata: { labels: { "kustomize.toolkit.fluxcd.io/ssa": "IfNotPresent" } } } },
    ],
    [
      "its Kustomization is applying a newer commit",
      {
        "Kustomization/apps": {
          status: {
            lastAttemptedRevision: `main@sha1:${NEWER}`,
            conditions: [condition("Ready", "Unknown", "Progressing")],
          },
        },
      },
    ],
  ])("is of no commit when %s", (_, changes) => {
    const { status, sources } = release(changes);
    expect(status.revision).toBeUndefined();
    expect(sources[0]?.live).toBeUndefined();
  });

  it("is of the commit that is checked for health, before its Kustomization calls it applied", () => {
    const checking = {
      status: {
        lastAttemptedRevision: `main@sha1:${NEWER}`,
        conditions: [condition("Ready", "Unknown", "Progressing"), condition("Healthy", "Unknown", "Progressing")],
      },
    };
    expect(release({ "Kustomization/apps": checking }).status).toMatchObject({ status: "Current", revision: NEWER });
  });

  it("is of its chart's version only, where no Kustomization applies it", () => {
    const state = release({ "HelmRelease/api": { metadata: { labels: undefined } } });
    expect(state).toMatchObject({ status: { revision: "1.4.2" }, sources: [{ chart: "api" }], history: [] });
    expect(state.parent).toBeUndefined();
    expect(state.pollMs).toBe(900_000);
  });

  it("is no Kustomization's whose inventory does not have it", () => {
    const stolen = { "Kustomization/apps": { status: { inventory: { entries: [] } } } };
    expect(release(stolen).parent).toBeUndefined();
  });

  it("tells of a rollback in the cluster: git asks for another one than runs", () => {
    const rolledBack = {
      status: {
        lastAttemptedRevision: "1.4.2",
        conditions: [
          condition("Ready", "False", "RollbackSucceeded", "rolled back"),
          condition("Remediated", "True", "RollbackSucceeded", "rolled back"),
        ],
        history: [
          { chartVersion: "1.4.1", status: "deployed" },
          { chartVersion: "1.4.2", status: "failed" },
        ],
      },
    };
    const state = release({ "HelmRelease/api": rolledBack });
    expect(state).toMatchObject({
      status: { status: "Failed", revision: RUNS, rolledBack: { from: "1.4.2", to: "1.4.1" } },
      sync: "OutOfSync",
    });
    expect(state.sources[0]?.live).toBeUndefined();
  });

  it("takes over what its Kustomization has seen healthy, not what it has seen fail", () => {
    expect(release().history.map(({ revisions, proves }) => `${revisions.join()} ${proves}`)).toEqual([
      `${RUNS} health`,
      "0a1b2c3d4e5f60718293a4b5c6d7e8f901234567 health",
    ]);
  });

  it("has only syncs to show, where its Kustomization has waited for others", () => {
    const check = { apiVersion: "apps/v1", kind: "Deployment", name: "worker", namespace: "payments" };
    const others = { "Kustomization/apps": { spec: { wait: false, healthChecks: [check] } } };
    expect(release(others).history[0]?.proves).toBe("sync");
    const own = { ...check, kind: "HelmRelease", name: "api" };
    const itself = { "Kustomization/apps": { spec: { wait: false, healthChecks: [check, own] } } };
    expect(release(itself).history[0]?.proves).toBe("health");
  });

  it("waits for the releases that it depends on", () => {
    const state = release({ "HelmRelease/api": { spec: { dependsOn: [{ name: "db" }] } } });
    expect(state.dependsOn).toEqual(["helmrelease/payments/db"]);
    expect(blockersOf(state)).toEqual(["Dependency: it waits for HelmRelease/payments/db, which is not there"]);
  });

  it("is blocked by what blocks its Kustomization, but for pruning", () => {
    const blocked = release({ "Kustomization/apps": { spec: { suspend: true, prune: false } } });
    expect(blockersOf(blocked)).toEqual(["Suspended: Kustomization/flux-system/apps is suspended"]);
  });

  it("is blocked by its own suspension, by its Kustomization leaving it alone, and by a chart that cannot be had", () => {
    const state = release({
      "HelmRelease/api": {
        metadata: { annotations: { "kustomize.toolkit.fluxcd.io/reconcile": "disabled" } },
        spec: { suspend: true },
      },
      "HelmRepository/charts": { status: { conditions: [condition("Ready", "False", "Failed", "no route")] } },
      "HelmChart/payments-api": {
        status: { conditions: [condition("Ready", "False", "ChartPullError", "no such chart")] },
      },
    });
    expect(blockersOf(state)).toEqual([
      "Suspended: HelmRelease/payments/api is suspended",
      "Suspended: Kustomization/flux-system/apps does not write it anew (kustomize.toolkit.fluxcd.io/reconcile: disabled)",
      "Source: HelmRepository/flux-system/charts cannot be fetched: Failed: no route",
      "Source: HelmChart/flux-system/payments-api cannot be fetched: ChartPullError: no such chart",
    ]);
    expect(state.blockers[0]?.command).toBe("flux resume helmrelease api --namespace payments");
  });

  it("waits for Helm to be done with an older spec", () => {
    const change = {
      metadata: { generation: 8 },
      status: {
        lastAttemptedGeneration: 7,
        conditions: [
          condition("Ready", "Unknown", "Progressing"),
          condition("Reconciling", "True", "Progressing", "Running 'upgrade' action with timeout of 5m0s"),
        ],
      },
    };
    expect(blockersOf(release({ "HelmRelease/api": change }))).toEqual([
      "OperationStuck: the newest spec waits until Helm is done: Running 'upgrade' action with timeout of 5m0s",
    ]);
  });

  it("never throws, whatever the object says", () => {
    const odd = {
      spec: { chart: { spec: [] }, dependsOn: "x", chartRef: 3 },
      status: { history: {}, helmChart: "///" },
    };
    expect(release({ "HelmRelease/api": odd }).status.reason).toBe("Malformed");
  });
});

describe("a chart in git", () => {
  it("is built again only when its version changes, and that is said", () => {
    const state = release(gitChart(undefined, "1.4.2"));
    expect(state.sources[1]).toMatchObject({
      path: "charts/api",
      follows: "main",
      fixed: false,
      live: "1.4.2",
      desired: "1.4.2",
    });
    expect(blockersOf(state)).toEqual([
      "ChartVersion: the chart ./charts/api of GitRepository/flux-system/deploy is built again only when the version in its " +
        "Chart.yaml changes (reconcileStrategy ChartVersion)",
    ]);
  });

  it("is of a commit when it is built at each", () => {
    const state = release(gitChart("Revision", `1.4.2+${RUNS.slice(0, 12)}`));
    expect(state.sources[1]).toMatchObject({ live: RUNS, desired: RUNS });
    expect(state).toMatchObject({ sync: "Synced", status: { revision: RUNS }, blockers: [] });
  });

  it("leaves the release of no commit while an older chart runs", () => {
    const state = release(gitChart("Revision", `1.4.2+${RUNS.slice(0, 12)}`, `1.4.2+${BAD.slice(0, 12)}`));
    expect(state).toMatchObject({ sync: "OutOfSync", status: { status: "Current" } });
    expect(state.status.revision).toBeUndefined();
  });

  it("does not arrive from a source that follows a tag", () => {
    const fixed = { ...gitChart("Revision", "1.4.2"), "GitRepository/deploy": { spec: { ref: { tag: "v1" } } } };
    const reasons = release(fixed).blockers.map(({ reason }) => reason);
    expect(reasons).toContain("FixedRevision");
  });
});

describe("a chart by reference", () => {
  it("is an OCI artifact, told by its digest", () => {
    const { state } = fluxStates("cluster", {
      "HelmRelease/api": {
        spec: { chart: undefined, chartRef: { kind: "OCIRepository", name: "api-chart", namespace: "flux-system" } },
        status: { history: [{ chartVersion: "1.4.2", status: "deployed", ociDigest: `sha256:${"6f".repeat(32)}` }] },
      },
    });
    expect(state("HelmRelease/api").sources[1]).toEqual({
      url: "",
      chart: "api-chart",
      fixed: false,
      live: `sha256:${"6f".repeat(32)}`,
    });
    expect(blockersOf(state("HelmRelease/api"))).toEqual(["Source: there is no OCIRepository/flux-system/api-chart"]);
  });

  it("is a HelmChart, and what that is made from", () => {
    const change = {
      spec: { chart: undefined, chartRef: { kind: "HelmChart", name: "payments-api", namespace: "flux-system" } },
    };
    expect(release({ "HelmRelease/api": change }).sources[1]).toMatchObject({
      url: "https://charts.example.com",
      chart: "api",
      live: "1.4.2",
      desired: "1.4.2",
    });
  });
});
