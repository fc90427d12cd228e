import { describe, expect, it } from "vitest";
import { BAD, blockersOf, condition, fluxStates, NEWER, RUNS } from "../../support/flux-objects.ts";

const newArtifact = { status: { artifact: { revision: `main@sha1:${NEWER}` } } };

/** What a reconcile of a newer commit leaves while it goes on, or when it has ended badly. */
function attempt(conditions: readonly ReturnType<typeof condition>[], history: readonly object[] | undefined = []) {
  return {
    status: {
      lastAttemptedRevision: `main@sha1:${NEWER}`,
      conditions,
      ...(history === undefined ? {} : { history: history as never }),
    },
  };
}

function entry(revision: string, status: string) {
  return {
    lastReconciled: "2026-03-01T11:58:30Z",
    lastReconciledStatus: status,
    metadata: { revision: `main@sha1:${revision}` },
  };
}

describe("a Kustomization", () => {
  it("says which commit of which folder runs, and how it is", () => {
    const state = fluxStates("cluster").state("Kustomization/apps");
    expect(state).toMatchObject({
      engine: "edge",
      type: "flux",
      id: { kind: "Kustomization", namespace: "flux-system", name: "apps" },
      status: { status: "Current", revision: RUNS },
      sync: "Synced",
      sources: [{ path: "apps/prod", follows: "main", fixed: false, live: RUNS, desired: RUNS }],
      blockers: [],
      dependsOn: ["kustomization/flux-system/infra"],
      parent: { kind: "Kustomization", namespace: "flux-system", name: "flux-system" },
      annotations: { mode: "propose" },
      labels: { tier: "prod" },
      lookedAtMs: Date.parse("2026-03-01T11:56:00Z"),
    });
  });

  it("shows no password of its source's address", () => {
    const { sources } = fluxStates("cluster").state("Kustomization/apps");
    expect(sources[0]?.url).toBe("https://git.example.com/payments/deploy.git");
  });

  it("keeps the user of an SSH address, and nothing else of it", () => {
    const url = { spec: { url: "ssh://git:hunter2@git.example.com/payments/deploy.git" } };
    const { sources } = fluxStates("cluster", { "GitRepository/deploy": url }).state("Kustomization/apps");
    expect(sources[0]?.url).toBe("ssh://git@git.example.com/payments/deploy.git");
  });

  it("looks for new commits as often as its source does, else as often as itself", () => {
    expect(fluxStates("cluster").state("Kustomization/apps").pollMs).toBe(60_000);
    const alone = fluxStates("cluster", {}, ["GitRepository"]);
    expect(alone.state("Kustomization/apps").pollMs).toBe(600_000);
  });

  it("knows its objects by its inventory, version and all", () => {
    expect(fluxStates("cluster").state("Kustomization/apps").workloads?.objects).toEqual([
      { apiVersion: "v1", kind: "Namespace", name: "payments" },
      { apiVersion: "apps/v1", kind: "Deployment", namespace: "payments", name: "worker" },
      { apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease", namespace: "payments", name: "api" },
      { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRole", name: "system:node" },
    ]);
  });

  it("has its objects elsewhere when it applies to another cluster", () => {
    const remote = { spec: { kubeConfig: { secretRef: { name: "edge-1" } } } };
    const { workloads } = fluxStates("cluster", { "Kustomization/apps": remote }).state("Kustomization/apps");
    expect(workloads).toBeUndefined();
  });

  it("is nobody's child when it applies itself", () => {
    expect(fluxStates("cluster").state("Kustomization/flux-system").parent).toBeUndefined();
  });

  it("is not the child of a Kustomization whose inventory does not have it, whatever its labels say", () => {
    const labels = {
      "kustomize.toolkit.fluxcd.io/name": "apps",
      "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
    };
    const stolen = fluxStates("cluster", { "Kustomization/infra": { metadata: { labels } } });
    expect(stolen.state("Kustomization/infra").parent).toBeUndefined();
  });

  it("is out of sync while its source has a newer commit", () => {
    const state = fluxStates("cluster", { "GitRepository/deploy": newArtifact }).state("Kustomization/apps");
    expect(state).toMatchObject({ sync: "OutOfSync", sources: [{ live: RUNS, desired: NEWER }] });
  });

  it("says what runs, and that nobody knows more, where its source cannot be read", () => {
    const state = fluxStates("cluster", {}, ["GitRepository"]).state("Kustomization/apps");
    expect(state).toMatchObject({ sync: "Unknown", sources: [{ url: "", live: RUNS }], blockers: [] });
    expect(state.sources[0]?.desired).toBeUndefined();
  });

  it.each([
    ["the health check fails", attempt([condition("Ready", "False", "HealthCheckFailed")]), NEWER],
    ["pruning fails", attempt([condition("Ready", "False", "PruneFailed")]), NEWER],
    [
      "the health check runs",
      attempt([condition("Ready", "Unknown", "Progressing"), condition("Healthy", "Unknown", "Progressing")]),
      NEWER,
    ],
    [
      "a failed health check is tried again",
      attempt(
        [condition("Ready", "Unknown", "Progressing"), condition("Healthy", "False", "HealthCheckFailed")],
        [entry(NEWER, "HealthCheckFailed")],
      ),
      NEWER,
    ],
    [
      "it is being applied",
      attempt([condition("Ready", "Unknown", "Progressing")], [entry(RUNS, "ReconciliationSucceeded")]),
      undefined,
    ],
    ["the apply fails half way", attempt([condition("Ready", "False", "ReconciliationFailed")]), undefined],
    [
      "it cannot be built",
      attempt([condition("Ready", "False", "BuildFailed")], [entry(RUNS, "ReconciliationSucceeded")]),
      RUNS,
    ],
    ["it cannot be built, in an older Flux", attempt([condition("Ready", "False", "BuildFailed")]), RUNS],
    [
      "it cannot be built after another one whose health check failed",
      attempt([condition("Ready", "False", "BuildFailed")], [entry(BAD, "HealthCheckFailed")]),
      BAD,
    ],
  ])("tells what runs when %s", (_, change, live) => {
    const changes = { "GitRepository/deploy": newArtifact, "Kustomization/apps": change };
    const { sources, sync } = fluxStates("cluster", changes).state("Kustomization/apps");
    expect(sources[0]?.live).toBe(live);
    expect(sync).toBe(live === undefined ? "Unknown" : live === NEWER ? "Synced" : "OutOfSync");
  });

  it("proves health by its history where it waits, failures too, newest first", () => {
    expect(fluxStates("cluster").state("Kustomization/apps").history).toEqual([
      { revisions: [RUNS], atMs: Date.parse("2026-03-01T11:56:00Z"), proves: "health" },
      { revisions: [BAD], atMs: Date.parse("2026-03-01T10:30:00Z"), proves: "failure" },
      {
        revisions: ["0a1b2c3d4e5f60718293a4b5c6d7e8f901234567"],
        atMs: Date.parse("2026-03-01T09:50:00Z"),
        proves: "health",
      },
    ]);
  });

  it("proves a sync only, where it waits for nothing", () => {
    const blind = { "Kustomization/apps": { spec: { wait: false } } };
    const { history } = fluxStates("cluster", blind).state("Kustomization/apps");
    expect(history.map(({ proves }) => proves)).toEqual(["sync", "failure", "sync"]);
  });

  it("proves health by named health checks as well", () => {
    const checks = [{ apiVersion: "apps/v1", kind: "Deployment", name: "worker", namespace: "payments" }];
    const change = { "Kustomization/apps": { spec: { wait: false, healthChecks: checks } } };
    const { history } = fluxStates("cluster", change).state("Kustomization/apps");
    expect(history[0]?.proves).toBe("health");
  });

  it("takes no entry for a word on a revision that says nothing of one", () => {
    const history = [
      entry(NEWER, "DependencyNotReady"),
      entry(BAD, "ArtifactFailed"),
      entry(RUNS, "ReconciliationSucceeded"),
    ];
    const change = { "Kustomization/apps": { status: { history } } };
    const state = fluxStates("cluster", change).state("Kustomization/apps");
    expect(state.history.map(({ revisions }) => revisions)).toEqual([[RUNS]]);
  });

  it("has what it applied last for its history, in a Flux that records none", () => {
    const { history } = fluxStates("cluster").state("Kustomization/infra");
    expect(history).toEqual([{ revisions: [RUNS], atMs: Date.parse("2026-03-01T11:45:00Z"), proves: "sync" }]);
  });

  it("never throws, whatever the object says", () => {
    const odd = {
      spec: { sourceRef: "deploy", dependsOn: {}, interval: 7, path: "../../etc" },
      status: {
        history: [1, { metadata: [] }],
        inventory: { entries: [{ id: 1 }, { id: "a_b", v: "v1" }] },
        conditions: "x",
      },
    };
    const state = fluxStates("cluster", { "Kustomization/apps": odd }).state("Kustomization/apps");
    expect(state).toMatchObject({ status: { status: "Unknown", reason: "Malformed" }, sources: [], history: [] });
  });
});

describe("a Kustomization of an OCI artifact", () => {
  it("says the commit that the artifact was made from", () => {
    const state = fluxStates("oci").state("Kustomization/apps");
    expect(state).toMatchObject({
      status: { status: "Current", revision: RUNS },
      sync: "OutOfSync",
      sources: [
        {
          url: "oci://registry.example.com/payments/deploy",
          path: "",
          follows: "main",
          fixed: false,
          live: RUNS,
          desired: BAD,
        },
      ],
    });
  });

  it("says the commit of a failing one too, by its source", () => {
    const change = {
      status: {
        lastAttemptedRevision: `main@sha256:${"4d".repeat(32)}`,
        conditions: [condition("Ready", "False", "HealthCheckFailed", "timeout")],
      },
    };
    const state = fluxStates("oci", { "Kustomization/apps": change }).state("Kustomization/apps");
    expect(state).toMatchObject({ status: { status: "Failed", revision: BAD }, sources: [{ live: BAD }] });
  });

  it("says the digest where nobody has told Flux the commit", () => {
    const changes = {
      "Kustomization/apps": { status: { lastAppliedOriginRevision: undefined } },
      "OCIRepository/deploy": { status: { artifact: { metadata: undefined } } },
    };
    const { sources, status } = fluxStates("oci", changes).state("Kustomization/apps");
    expect(sources[0]).toMatchObject({ live: `sha256:${"5e".repeat(32)}`, desired: `sha256:${"4d".repeat(32)}` });
    expect(status.revision).toBe(`sha256:${"5e".repeat(32)}`);
  });
});

describe("a Kustomization of an artifact that is made of others", () => {
  it("is of the commit that the artifact is called by", () => {
    const sourceRef = { kind: "ExternalArtifact", name: "deploy" };
    const state = fluxStates("cluster", { "Kustomization/apps": { spec: { sourceRef } } }, ["ExternalArtifact"]).state(
      "Kustomization/apps",
    );
    expect(state).toMatchObject({ status: { revision: RUNS }, sources: [{ url: "", live: RUNS }], blockers: [] });
  });
});

describe("what a source follows", () => {
  it.each([
    [{ branch: "main" }, "main", false],
    [{}, "master", false],
    [{ branch: "main", tag: "v1.2.0" }, "v1.2.0", true],
    [{ tag: "v1.2.0", semver: ">=1.0.0" }, ">=1.0.0", true],
    [{ semver: "1.x", name: "refs/heads/main" }, "refs/heads/main", false],
    [{ name: "refs/tags/v1" }, "refs/tags/v1", true],
    [{ branch: "main", name: "refs/heads/x", commit: RUNS }, RUNS, true],
  ])("is read from a git ref: %j", (ref, follows, fixed) => {
    const change = { spec: { ref: { branch: undefined, ...ref } } };
    const state = fluxStates("cluster", { "GitRepository/deploy": change }).state("Kustomization/apps");
    expect(state.sources[0]).toMatchObject({ follows, fixed });
    expect(blockersOf(state).some((line) => line.startsWith("FixedRevision"))).toBe(fixed);
  });

  it.each([
    [{ tag: "main" }, "main", false],
    [{ tag: "1.2.3" }, "1.2.3", true],
    [{ tag: "main", semver: "1.x" }, "1.x", true],
    [{ semver: "1.x", digest: `sha256:${"4d".repeat(32)}` }, `sha256:${"4d".repeat(32)}`, true],
  ])("is read from an OCI ref: %j", (ref, follows, fixed) => {
    const change = { spec: { ref: { tag: undefined, ...ref } } };
    const state = fluxStates("oci", { "OCIRepository/deploy": change }).state("Kustomization/apps");
    expect(state.sources[0]).toMatchObject({ follows, fixed });
  });
});
