import { describe, expect, it } from "vitest";
import { blockersOf, condition, fluxStates, NEWER, RUNS, type Changes } from "../../support/flux-objects.ts";

const suspended = { spec: { suspend: true } };
const newArtifact = { status: { artifact: { revision: `main@sha1:${NEWER}` } } };

function apps(changes: Changes, unknown: readonly string[] = []): readonly string[] {
  return blockersOf(fluxStates("cluster", changes, unknown).state("Kustomization/apps"));
}

describe("what keeps a commit from a Kustomization", () => {
  it("is nothing, when all is well", () => {
    expect(apps({})).toEqual([]);
  });

  it("is that it is suspended, with the command that resumes it", () => {
    const { blockers } = fluxStates("cluster", { "Kustomization/apps": suspended }).state("Kustomization/apps");
    expect(blockers).toEqual([
      {
        reason: "Suspended",
        message: "Kustomization/flux-system/apps is suspended",
        command: "flux resume kustomization apps --namespace flux-system",
      },
    ]);
  });

  it("is that its source is suspended", () => {
    const { blockers } = fluxStates("cluster", { "GitRepository/deploy": suspended }).state("Kustomization/apps");
    expect(blockers[0]).toMatchObject({
      reason: "Suspended",
      command: "flux resume source git deploy --namespace flux-system",
    });
  });

  it("is that its source cannot be fetched, with the reason", () => {
    const conditions = [condition("Ready", "False", "GitOperationFailed", "connection refused")];
    expect(apps({ "GitRepository/deploy": { status: { conditions } } })).toEqual([
      "Source: GitRepository/flux-system/deploy cannot be fetched: GitOperationFailed: connection refused",
    ]);
  });

  it("is not that its source is being fetched", () => {
    const conditions = [condition("Ready", "Unknown", "Progressing")];
    expect(apps({ "GitRepository/deploy": { status: { conditions } } })).toEqual([]);
  });

  it("is that its source is not there, where all sources are known", () => {
    expect(apps({ "GitRepository/deploy": undefined })[0]).toBe("Source: there is no GitRepository/flux-system/deploy");
    expect(apps({}, ["GitRepository"])).toEqual([]);
  });

  it("is that its source follows what no commit moves", () => {
    expect(apps({ "GitRepository/deploy": { spec: { ref: { tag: "v1.2.0" } } } })).toEqual([
      "FixedRevision: GitRepository/flux-system/deploy follows v1.2.0: a commit on a branch does not move it",
    ]);
  });

  it("is a dependency that is not ready", () => {
    const conditions = [condition("Ready", "False", "BuildFailed", "no such file")];
    expect(apps({ "Kustomization/infra": { status: { conditions } } })).toEqual([
      "Dependency: it waits for Kustomization/flux-system/infra, which is not ready (BuildFailed: no such file)",
    ]);
  });

  it("is a dependency whose newest spec was not seen yet", () => {
    expect(apps({ "Kustomization/infra": { metadata: { generation: 2 } } })).toEqual([
      "Dependency: it waits for Kustomization/flux-system/infra, which is not ready",
    ]);
  });

  it("is a dependency that is not there", () => {
    expect(apps({ "Kustomization/infra": undefined })).toEqual([
      "Dependency: it waits for Kustomization/flux-system/infra, which is not there",
    ]);
  });

  it("is a dependency on the same source that stays behind it, as a suspended one does", () => {
    expect(apps({ "GitRepository/deploy": newArtifact, "Kustomization/infra": suspended })).toEqual([
      `Dependency: it waits for Kustomization/flux-system/infra, which has not applied main@sha1:${NEWER} yet`,
    ]);
  });

  it("is no dependency on another source, however old its commit", () => {
    const other = { spec: { sourceRef: { name: "other" } } };
    expect(apps({ "GitRepository/deploy": newArtifact, "Kustomization/infra": other })).toEqual([]);
  });

  it("is what the controller says of a dependency with an expression of its own", () => {
    const dependsOn = [{ name: "infra", readyExpr: "dep.status.ok" }];
    const infra = { status: { conditions: [condition("Ready", "False", "BuildFailed")] } };
    expect(apps({ "Kustomization/infra": infra, "Kustomization/apps": { spec: { dependsOn } } })).toEqual([]);
    const conditions = [condition("Ready", "False", "DependencyNotReady", "not ready according to readyExpr eval")];
    expect(apps({ "Kustomization/apps": { spec: { dependsOn }, status: { conditions } } })).toEqual([
      "Dependency: it waits for what it depends on: not ready according to readyExpr eval",
    ]);
  });

  it("is the running health check of an older commit, until it times out", () => {
    const checking = {
      status: {
        lastAppliedRevision: "main@sha1:0a1b2c3d4e5f60718293a4b5c6d7e8f901234567",
        conditions: [condition("Ready", "Unknown", "Progressing"), condition("Healthy", "Unknown", "Progressing")],
      },
    };
    const changes = {
      "GitRepository/deploy": newArtifact,
      "Kustomization/apps": checking,
      "Kustomization/infra": ahead,
    };
    const { blockers } = fluxStates("cluster", changes).state("Kustomization/apps");
    expect(blockers).toMatchObject([{ reason: "OperationStuck", untilMs: Date.parse("2026-03-01T12:03:00Z") }]);
    expect(blockers[0]?.message).toContain(`${NEWER} waits until the health check of ${RUNS}`);
  });

  it("is no health check of the newest commit", () => {
    const conditions = [condition("Ready", "Unknown", "Progressing"), condition("Healthy", "Unknown", "Progressing")];
    expect(apps({ "Kustomization/apps": { status: { conditions } } })).toEqual([]);
  });

  it("has a health check's time out at 30 s less than the interval, where none is set", () => {
    const checking = {
      spec: { timeout: undefined },
      status: {
        conditions: [condition("Ready", "Unknown", "Progressing"), condition("Healthy", "Unknown", "Progressing")],
      },
    };
    const changes = {
      "GitRepository/deploy": newArtifact,
      "Kustomization/apps": checking,
      "Kustomization/infra": ahead,
    };
    const { blockers } = fluxStates("cluster", changes).state("Kustomization/apps");
    expect(blockers[0]?.untilMs).toBe(Date.parse("2026-03-01T12:07:30Z"));
  });

  it("is, for what only a revert would take away, that nothing is pruned", () => {
    const { blockers } = fluxStates("cluster").state("Kustomization/infra");
    expect(blockers.map(({ reason }) => reason)).toEqual(["PruneOff"]);
  });

  it("is named in one line, whatever a condition says", () => {
    const conditions = [condition("Ready", "False", "GitOperationFailed", "a\u001b[31m\nb")];
    const [line] = apps({ "GitRepository/deploy": { status: { conditions } } });
    expect(line).not.toMatch(/[\u001b\n]/);
  });
});

const ahead = { status: { lastAppliedRevision: `main@sha1:${NEWER}` } };
