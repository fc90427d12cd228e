import { describe, expect, it } from "vitest";
import { engineKey, type EngineState } from "../../../src/core/engine/engine-state.ts";
import { drivenBy, isControlled, workloadState, type WorkloadObject } from "../../../src/core/engine/workloads.ts";
import type { JsonObject } from "../../../src/core/model/json.ts";
import { BAD, mergeChange, RUNS, type Changes } from "../../support/flux-objects.ts";
import { readEngineFixtures, uidOf } from "../../support/kubernetes/put-objects.ts";
import { FIXTURE_NOW } from "../../support/live-objects.ts";

function shop(changes: Changes = {}): {
  readonly objects: readonly WorkloadObject[];
  readonly state: (name: string) => EngineState;
} {
  const objects = readEngineFixtures("workloads/shop").map((manifest): WorkloadObject => {
    const { apiVersion, kind, metadata } = manifest;
    const change = changes[`${kind}/${metadata.name}`] ?? {};
    const value = mergeChange(manifest as unknown as JsonObject, change);
    return { id: { apiVersion, kind, namespace: "shop", name: metadata.name }, uid: uidOf(manifest), value };
  });
  const byKey = new Map(objects.map((object) => [engineKey(object.id), object]));
  return {
    objects,
    state(name) {
      const object = byKey.get(name);
      if (object === undefined) throw new Error(`there is no ${name}`);
      return workloadState(object, {
        engine: "plain",
        nowMs: FIXTURE_NOW,
        find: (key) => byKey.get(key),
        driverOf: (key) =>
          objects.find((one) => key === engineKey(drivenBy(one) ?? one.id) && one.id !== byKey.get(key)?.id),
      });
    },
  };
}

const primaryTemplate = {
  spec: {
    template: {
      spec: {
        containers: [
          {
            name: "cart",
            image: "registry.example.com/shop/cart:1.9.0",
            envFrom: [{ configMapRef: { name: "cart" } }],
          },
        ],
      },
    },
  },
};

describe("a workload without an engine", () => {
  it("is its own state, of the commit that its annotation names", () => {
    expect(shop().state("deployment/shop/web")).toMatchObject({
      engine: "plain",
      type: "workloads",
      status: { status: "Current", revision: RUNS },
      sync: "Synced",
      sources: [],
      history: [],
      blockers: [],
      annotations: { mode: "observe", revision: RUNS },
      labels: { tier: "prod" },
      workloads: { namespace: "shop", objects: [{ kind: "Deployment", name: "web" }] },
    });
  });

  it.each([undefined, "main", RUNS.slice(0, 12), "1.4.2", `${RUNS} `])(
    "is of no commit by the annotation %j",
    (revision) => {
      const change = { metadata: { annotations: { "lastgood.dev/revision": revision } } };
      const { status } = shop({ "Deployment/web": change }).state("deployment/shop/web");
      expect(status.status).toBe("Current");
      expect(status.revision).toBeUndefined();
    },
  );

  it("is on its way while not all replicas are of the newest template", () => {
    const change = { status: { updatedReplicas: 1 } };
    expect(shop({ "Deployment/web": change }).state("deployment/shop/web")).toMatchObject({
      status: { status: "InProgress", revision: RUNS },
      sync: "OutOfSync",
    });
  });

  it("is blocked while it is paused, with the command that resumes it", () => {
    const { blockers } = shop({ "Deployment/web": { spec: { paused: true } } }).state("deployment/shop/web");
    expect(blockers).toEqual([
      {
        reason: "Suspended",
        message: "Deployment web is paused",
        command: "kubectl rollout resume deployment/web --namespace shop",
      },
    ]);
  });

  it("waits for people where pods are only replaced when they are deleted", () => {
    expect(
      shop()
        .state("statefulset/shop/queue")
        .blockers.map(({ reason }) => reason),
    ).toEqual(["AutoSyncOff"]);
  });

  it("waits for people where a new colour is promoted by hand", () => {
    const byHand = { spec: { strategy: { canary: undefined, blueGreen: { autoPromotionEnabled: false } } } };
    const { blockers } = shop({ "Rollout/search": byHand }).state("rollout/shop/search");
    expect(blockers).toMatchObject([
      { reason: "AutoSyncOff", command: "kubectl argo rollouts promote search --namespace shop" },
    ]);
  });

  it.each([
    ["Rollout/search", "rollout/shop/search", { spec: { paused: true } }],
    ["Canary/cart", "canary/shop/cart", { spec: { suspend: true } }],
  ])("is blocked while nobody looks at it: %s", (name, key, change) => {
    expect(shop({ [name]: change }).state(key).blockers).toMatchObject([{ reason: "Suspended" }]);
  });

  it("is somebody else's when a controller has made it", () => {
    const made = shop().objects.filter(isControlled);
    expect(made.map(({ id }) => id.name)).toEqual(["cart-primary"]);
  });
});

describe("a rollback in the cluster", () => {
  it("is told by an aborted Rollout", () => {
    expect(shop().state("rollout/shop/search")).toMatchObject({
      status: { status: "Failed", reason: "RolloutAborted", rolledBack: { from: "6b8d9c7f5d", to: "5f6d7c8b9a" } },
      sync: "OutOfSync",
    });
  });

  it("is told by a failed Canary, and by the Deployment that it drives, of the commit that git asks for", () => {
    expect(shop().state("canary/shop/cart").status).toMatchObject({ status: "Failed", reason: "AnalysisFailed" });
    const state = shop().state("deployment/shop/cart");
    expect(state).toMatchObject({
      status: { status: "Failed", revision: BAD, rolledBack: { from: "7f9c5d66bd", to: "5c4d8b7f96" } },
      parent: { kind: "Canary", name: "cart" },
      sync: "OutOfSync",
    });
  });

  it("is over when git has followed, though the Canary stays Failed", () => {
    const { state } = shop({ "Deployment/cart": primaryTemplate });
    expect(state("canary/shop/cart").status).toMatchObject({ status: "Current", reason: "Reverted" });
    expect(state("canary/shop/cart").status.rolledBack).toBeUndefined();
    expect(state("deployment/shop/cart").status).toMatchObject({ status: "Current", revision: BAD });
  });

  it("is over, but not well, when what serves is not", () => {
    const broken = { status: { readyReplicas: 1, availableReplicas: 1 } };
    const { state } = shop({ "Deployment/cart": primaryTemplate, "Deployment/cart-primary": broken });
    expect(state("canary/shop/cart").status).toMatchObject({ status: "InProgress" });
  });

  it.each([
    [
      "another image",
      {
        spec: { template: { spec: { containers: [{ name: "cart", image: "registry.example.com/shop/cart:1.9.1" }] } } },
      },
    ],
    [
      "another label",
      { spec: { template: { ...primaryTemplate.spec.template, metadata: { labels: { app: "cart", tier: "x" } } } } },
    ],
    [
      "another annotation",
      { spec: { template: { ...primaryTemplate.spec.template, metadata: { annotations: { a: "b" } } } } },
    ],
  ])("goes on while the target has %s", (_, change) => {
    expect(shop({ "Deployment/cart": change }).state("canary/shop/cart").status.rolledBack).toBeDefined();
  });

  it("goes on when a ConfigMap was what was bad: the templates are equal then", () => {
    const configOnly = { status: { lastAppliedSpec: "5c4d8b7f96" } };
    const { state } = shop({ "Deployment/cart": primaryTemplate, "Canary/cart": configOnly });
    expect(state("canary/shop/cart").status.rolledBack).toBeDefined();
  });
});
