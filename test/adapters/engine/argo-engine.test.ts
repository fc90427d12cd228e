import { describe, expect, it } from "vitest";
import { createArgoEngine } from "../../../src/adapters/engine/argocd/argo-engine.ts";
import type { EngineState } from "../../../src/core/engine/engine-state.ts";
import type { JsonObject } from "../../../src/core/model/json.ts";
import type { Engine, Reason } from "../../../src/ports/engine.ts";
import { argoFixture } from "../../support/argo-application.ts";
import { describeEngine } from "../../support/engine-contract.ts";
import { ARGO_TRIAL } from "../../support/engine-trials.ts";
import { until } from "../../support/manual-clock.ts";
import { silentLog, type SilentLog } from "../../support/silent-log.ts";
import { ENGINE_CRDS } from "../../support/kubernetes/engine-crds.ts";
import { kubeWorld, type KubeWorld, type Manifest } from "../../support/kubernetes/kube-world.ts";
import { ownedBy, deploymentObjects } from "../../support/kubernetes/workload-objects.ts";
import { putObjects } from "../../support/kubernetes/put-objects.ts";

function engineOn(
  { cluster, clock }: KubeWorld,
  more: { readonly selector?: string; readonly log?: SilentLog } = {},
): Engine {
  return createArgoEngine({ cluster, clock, log: silentLog(), name: "argo", ...more });
}

function manifest(name: string, changes?: JsonObject): Manifest {
  return argoFixture(name, changes) as unknown as Manifest;
}

describeEngine(ARGO_TRIAL);

async function readOne(engine: Engine, name = "payments-api"): Promise<EngineState> {
  const state = (await engine.read()).states.get(`application/argocd/${name}`);
  if (state === undefined) throw new Error(`no state of ${name}`);
  return state;
}

function draw({ below }: Reason, indent = ""): readonly string[] {
  return below.flatMap((reason) => [
    `${indent}${reason.id.kind}/${reason.id.name} ${reason.status.status} ${reason.status.reason}`,
    ...draw(reason, `${indent}  `),
  ]);
}

describe("createArgoEngine", () => {
  it("knows the windows of the project, and the steps of the ApplicationSet", async () => {
    const world = await kubeWorld();
    const set = manifest("applicationset-rolling");
    const owned = { metadata: { ownerReferences: [ownedBy(set)] }, spec: { syncPolicy: null } };
    // Saturday afternoon: the fixture's window is not open, an own one is.
    const window = { kind: "deny", schedule: "0 12 * * *", duration: "3h", applications: ["*"] };
    putObjects(world.server, set, manifest("application", owned));
    putObjects(world.server, manifest("appproject", { spec: { syncWindows: [window] } }));
    const { blockers, parent } = await readOne(engineOn(world));
    expect(blockers.map(({ reason }) => reason)).toEqual(["RollingSync", "SyncWindow"]);
    expect(parent).toMatchObject({ kind: "ApplicationSet", name: "payments" });
  });

  it("finds the project where Argo CD lives, for an Application of another namespace", async () => {
    const world = await kubeWorld();
    const window = { kind: "deny", schedule: "0 12 * * *", duration: "3h", namespaces: ["payments"] };
    putObjects(world.server, manifest("application", { metadata: { namespace: "team-a" } }));
    putObjects(world.server, manifest("appproject", { spec: { syncWindows: [window] } }));
    const state = (await engineOn(world).read()).states.get("application/team-a/payments-api");
    expect(state?.blockers.map(({ reason }) => reason)).toEqual(["SyncWindow"]);
  });

  it("goes on where lastgood may not list projects and sets, and warns once", async () => {
    const world = await kubeWorld();
    const log = silentLog();
    putObjects(world.server, manifest("application"), manifest("appproject"));
    world.server.faults.add({ path: /appprojects|applicationsets/, times: 100, does: { kind: "answer", status: 403 } });
    const engine = engineOn(world, { log });
    expect((await readOne(engine)).blockers).toEqual([]);
    await engine.read();
    expect(log.lines).toHaveLength(2);
    expect(log.lines[0]).toContain("warn: goes on without objects of kind AppProject");
    const controller = new AbortController();
    const followed = engine.follow({ signal: controller.signal });
    await until(() => followed.view().states.size === 1);
    expect([followed.view().failure, log.lines.length]).toEqual([undefined, 2]);
    controller.abort();
    await followed.done;
  });

  it("works on a cluster that has Applications alone", async () => {
    const world = await kubeWorld();
    world.server.uninstall("argoproj.io");
    world.server.install(ENGINE_CRDS[0]);
    const log = silentLog();
    putObjects(world.server, manifest("application"));
    expect((await readOne(engineOn(world, { log }))).status.status).toBe("Current");
    expect(log.lines).toEqual([]);
  });

  it("says so when there is no Argo CD", async () => {
    const world = await kubeWorld();
    world.server.uninstall("argoproj.io");
    await expect(engineOn(world).read()).rejects.toMatchObject({ code: "EngineKind" });
  });

  it("opens and closes windows as time passes, though nothing happens in the cluster", async () => {
    const world = await kubeWorld();
    const window = { kind: "deny", schedule: "50 13 * * *", duration: "1h", applications: ["*"] };
    putObjects(world.server, manifest("application"), manifest("appproject", { spec: { syncWindows: [window] } }));
    const controller = new AbortController();
    const followed = engineOn(world).follow({ signal: controller.signal });
    const reasons = (): readonly string[] =>
      [...followed.view().states.values()].flatMap(({ blockers }) => blockers.map(({ reason }) => reason));
    await until(() => followed.view().states.size === 1);
    expect(reasons()).toEqual([]);
    world.clock.advance(5 * 60_000);
    expect(reasons()).toEqual(["SyncWindow"]);
    world.clock.advance(60 * 60_000);
    expect(reasons()).toEqual([]);
    controller.abort();
    await followed.done;
  });

  it("tells the Applications of a project when its windows change", async () => {
    const world = await kubeWorld();
    putObjects(world.server, manifest("application"), manifest("appproject"));
    const controller = new AbortController();
    const told: string[] = [];
    const followed = engineOn(world).follow({ signal: controller.signal, onChange: (keys) => told.push(...keys) });
    await until(() => followed.view().states.size === 1);
    const before = told.length;
    const window = { kind: "deny", schedule: "0 12 * * *", duration: "3h", applications: ["*"] };
    putObjects(world.server, manifest("appproject", { spec: { syncWindows: [window] } }));
    await until(() => told.length > before);
    expect(told.at(-1)).toBe("application/argocd/payments-api");
    expect([...followed.view().states.values()][0]?.blockers[0]?.reason).toBe("SyncWindow");
    controller.abort();
    await followed.done;
  });

  it("explains with the words of Argo CD, too: what could not be synced stands above what runs in its place", async () => {
    const world = await kubeWorld();
    putObjects(
      world.server,
      manifest("application-retrying", {
        status: {
          resources: [
            {
              group: "apps",
              version: "v1",
              kind: "Deployment",
              namespace: "payments",
              name: "api",
              status: "OutOfSync",
            },
            {
              group: "argoproj.io",
              version: "v1alpha1",
              kind: "Application",
              namespace: "argocd",
              name: "payments-api",
            },
          ],
        },
      }),
    );
    putObjects(world.server, ...deploymentObjects({ namespace: "payments", name: "api" }));
    const engine = engineOn(world);
    const reason = await engine.explain(await readOne(engine));
    expect(reason.status.reason).toBe("OperationRetrying");
    expect(draw(reason)).toEqual([
      "Deployment/api Failed SyncFailed",
      "  ReplicaSet/api-2 Current Available",
      "    Pod/api-2-0 Current PodReady",
      "Job/migrate Failed HookFailed",
    ]);
  });

  it("asks no other cluster for workloads that are there", async () => {
    const world = await kubeWorld();
    putObjects(world.server, manifest("application", { spec: { destination: { server: "https://10.0.0.1" } } }));
    putObjects(world.server, ...deploymentObjects({ namespace: "payments", name: "api" }));
    const engine = engineOn(world);
    const state = await readOne(engine);
    expect([(await engine.explain(state)).below, await engine.pods(state)]).toEqual([[], []]);
  });

  it("explains an Application that is gone by now", async () => {
    const world = await kubeWorld();
    putObjects(world.server, manifest("application"));
    const engine = engineOn(world);
    const state = await readOne(engine);
    await world.remove(manifest("application"));
    expect(await engine.explain(state)).toMatchObject({ status: { status: "NotFound" }, below: [] });
  });
});
