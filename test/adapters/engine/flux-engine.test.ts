import { describe, expect, it } from "vitest";
import { createFluxEngine } from "../../../src/adapters/engine/flux/flux-engine.ts";
import type { EngineState } from "../../../src/core/engine/engine-state.ts";
import { stringAt, type JsonObject } from "../../../src/core/model/json.ts";
import type { Engine, Reason } from "../../../src/ports/engine.ts";
import { describeEngine } from "../../support/engine-contract.ts";
import { FLUX_TRIAL, named } from "../../support/engine-trials.ts";
import { condition, RUNS, type Change } from "../../support/flux-objects.ts";
import { ENGINE_CRDS } from "../../support/kubernetes/engine-crds.ts";
import { kubeWorld, type KubeWorld } from "../../support/kubernetes/kube-world.ts";
import { putObjects, readEngineFixtures, removeObject } from "../../support/kubernetes/put-objects.ts";
import { deploymentObjects } from "../../support/kubernetes/workload-objects.ts";
import { until } from "../../support/manual-clock.ts";
import { silentLog, type SilentLog } from "../../support/silent-log.ts";

interface More {
  readonly selector?: string;
  readonly namespace?: string;
  readonly log?: SilentLog;
}

function engineOn({ cluster, clock }: KubeWorld, more: More = {}): Engine {
  return createFluxEngine({ cluster, clock, log: silentLog(), name: "flux", ...more });
}

describeEngine(FLUX_TRIAL);

async function fixtureWorld(...left: readonly string[]): Promise<KubeWorld> {
  const world = await kubeWorld();
  const all = readEngineFixtures("flux/cluster");
  putObjects(world.server, ...all.filter(({ kind, metadata }) => !left.includes(`${kind}/${metadata.name}`)));
  return world;
}

async function stateOf(engine: Engine, key: string): Promise<EngineState> {
  const state = (await engine.read()).states.get(key);
  if (state === undefined) throw new Error(`no state of ${key}`);
  return state;
}

const RELEASE = "helmrelease/payments/api";
const APPS = "kustomization/flux-system/apps";

function draw({ below }: Reason, indent = ""): readonly string[] {
  return below.flatMap((reason) => [
    `${indent}${reason.id.kind}/${reason.id.name} ${reason.status.status}`,
    ...draw(reason, `${indent}  `),
  ]);
}

const failedRelease: Change = { status: { conditions: [condition("Ready", "False", "UpgradeFailed", "timeout")] } };

describe("createFluxEngine", () => {
  it("sees Kustomizations and the HelmReleases that they apply as one", async () => {
    const { states } = await engineOn(await fixtureWorld()).read();
    expect([...states.keys()].sort()).toEqual([
      RELEASE,
      APPS,
      "kustomization/flux-system/flux-system",
      "kustomization/flux-system/infra",
    ]);
    expect(states.get(RELEASE)).toMatchObject({ status: { status: "Current", revision: RUNS }, sync: "Synced" });
  });

  it("reads in one list per kind", async () => {
    const world = await fixtureWorld();
    await engineOn(world).read();
    const lists = world.server.seen.filter(({ path }) => path.includes("limit="));
    expect(lists).toHaveLength(7);
  });

  it("keeps no values of a release in memory", async () => {
    const world = await fixtureWorld();
    const state = await stateOf(engineOn(world), RELEASE);
    expect(JSON.stringify(state)).not.toContain("replicas");
  });

  it("works on a cluster that has Kustomizations alone", async () => {
    const world = await fixtureWorld();
    world.server.uninstall("helm.toolkit.fluxcd.io");
    world.server.uninstall("source.toolkit.fluxcd.io");
    const engine = engineOn(world);
    expect(await stateOf(engine, APPS)).toMatchObject({ status: { revision: RUNS }, sync: "Unknown", blockers: [] });
    const controller = new AbortController();
    const followed = engine.follow({ signal: controller.signal });
    await until(() => followed.view().states.size === 3);
    expect(followed.view().failure).toBeUndefined();
    controller.abort();
    await followed.done;
  });

  it("says that there is no Flux where there is none", async () => {
    const world = await kubeWorld();
    world.server.uninstall("helm.toolkit.fluxcd.io");
    world.server.uninstall("kustomize.toolkit.fluxcd.io");
    const engine = engineOn(world);
    await expect(engine.read()).rejects.toMatchObject({ code: "EngineKind" });
    const controller = new AbortController();
    const followed = engine.follow({ signal: controller.signal });
    await until(() => followed.view().failure !== undefined);
    expect(followed.view()).toMatchObject({ states: new Map(), failure: { code: "EngineKind" } });
    controller.abort();
    await followed.done;
  });

  it("goes on without the right to read sources, and says so once", async () => {
    const world = await fixtureWorld();
    const log = silentLog();
    world.server.faults.add({ path: /gitrepositories/, times: 100, does: { kind: "answer", status: 403 } });
    const engine = engineOn(world, { log });
    expect(await stateOf(engine, APPS)).toMatchObject({ sync: "Unknown", sources: [{ live: RUNS }] });
    await engine.read();
    expect(log.lines).toEqual([expect.stringContaining("warn: goes on without objects of kind GitRepository")]);
  });

  it("reads the older versions of its kinds", async () => {
    const world = await fixtureWorld();
    world.server.uninstall("helm.toolkit.fluxcd.io");
    const crd = ENGINE_CRDS.find(({ metadata }) => metadata.name.startsWith("helmreleases"));
    const text = JSON.stringify(crd).replace('"name":"v2"', '"name":"v2beta2"');
    world.server.install(JSON.parse(text));
    expect((await stateOf(engineOn(world), RELEASE)).id.apiVersion).toBe("helm.toolkit.fluxcd.io/v2beta2");
    const controller = new AbortController();
    const followed = engineOn(world).follow({ signal: controller.signal });
    await until(() => followed.view().states.has(RELEASE));
    controller.abort();
    await followed.done;
  });

  it("follows a kind that comes later, and forgets one that is taken away", async () => {
    const world = await fixtureWorld();
    world.server.uninstall("helm.toolkit.fluxcd.io");
    const controller = new AbortController();
    const followed = engineOn(world).follow({ signal: controller.signal });
    await until(() => followed.view().states.size === 3);
    for (const crd of ENGINE_CRDS) if (crd.metadata.name.startsWith("helmreleases")) world.server.install(crd);
    await world.clock.passUntil(() => followed.view().states.has(RELEASE));
    world.server.uninstall("helm.toolkit.fluxcd.io");
    for (const watch of world.server.watches.slice()) watch.end();
    await world.clock.passUntil(() => !followed.view().states.has(RELEASE));
    expect(followed.view().failure).toBeUndefined();
    controller.abort();
    await followed.done;
  });

  it("tells of a release whose Kustomization has moved on", async () => {
    const world = await fixtureWorld();
    const told: string[] = [];
    const controller = new AbortController();
    const followed = engineOn(world).follow({ signal: controller.signal, onChange: (keys) => told.push(...keys) });
    await until(() => followed.view().states.size === 4);
    told.length = 0;
    const newer = "77d0c1b2a3948576e6f5d4c3b2a1908f7e6d5c4b";
    const revision = `main@sha1:${newer}`;
    const status = { lastAppliedRevision: revision, lastAttemptedRevision: revision };
    putObjects(world.server, named("Kustomization/apps", { status }));
    await until(() => followed.view().states.get(RELEASE)?.status.revision === newer);
    expect(told.toSorted()).toEqual([RELEASE, APPS]);
    controller.abort();
    await followed.done;
  });

  it("explains a Kustomization through the release that it applies, down to its pods", async () => {
    const world = await fixtureWorld();
    putObjects(world.server, named("HelmRelease/api", failedRelease));
    putObjects(world.server, ...deploymentObjects({ namespace: "payments", name: "worker" }));
    putObjects(world.server, ...deploymentObjects({ namespace: "payments", name: "api", bad: true }));
    const engine = engineOn(world);
    const reason = await engine.explain(await stateOf(engine, APPS));
    expect(draw(reason)).toEqual([
      "HelmRelease/api Failed",
      "  Deployment/api Failed",
      "    ReplicaSet/api-2 InProgress",
      "      Pod/api-2-0 Failed",
      "Deployment/worker Current",
      "  ReplicaSet/worker-2 Current",
      "    Pod/worker-2-0 Current",
    ]);
  });

  it("finds the pods of a Kustomization's releases too, by labels where they list nothing", async () => {
    const world = await fixtureWorld();
    putObjects(world.server, named("HelmRelease/api", { status: { inventory: undefined } }));
    const labels = { "helm.toolkit.fluxcd.io/name": "api", "helm.toolkit.fluxcd.io/namespace": "payments" };
    const [deployment, ...rest] = deploymentObjects({ namespace: "payments", name: "api" });
    if (deployment === undefined) throw new Error("no Deployment");
    putObjects(world.server, { ...deployment, metadata: { ...deployment.metadata, labels } }, ...rest);
    putObjects(world.server, ...deploymentObjects({ namespace: "payments", name: "worker" }));
    const engine = engineOn(world);
    const pods = async (key: string): Promise<readonly string[]> =>
      (await engine.pods(await stateOf(engine, key))).map(({ id }) => id.name);
    expect(await pods(APPS)).toEqual(["api-2-0", "worker-2-0"]);
    expect(await pods(RELEASE)).toEqual(["api-2-0"]);
  });

  it("is not led in circles by releases that say they have each other", async () => {
    const world = await fixtureWorld();
    const entries = [{ id: "payments_api_helm.toolkit.fluxcd.io_HelmRelease", v: "v2" }];
    putObjects(
      world.server,
      named("HelmRelease/api", { status: { ...(failedRelease["status"] as Change), inventory: { entries } } }),
    );
    const engine = engineOn(world);
    expect(draw(await engine.explain(await stateOf(engine, RELEASE)))).toEqual(["HelmRelease/api Failed"]);
  });
});

describe("asking Flux to look", () => {
  const asked = ({ server }: KubeWorld): readonly string[] =>
    server.seen.flatMap(({ method, path, body }) => {
      if (method !== "PATCH") return [];
      const token = stringAt(
        JSON.parse(body) as JsonObject,
        "metadata",
        "annotations",
        "reconcile.fluxcd.io/requestedAt",
      );
      return [`${path.split("/").slice(-2).join("/")} ${token}`];
    });

  it("begins at the source, for a Kustomization that is asked before looks at the old commit", async () => {
    const world = await fixtureWorld();
    const engine = engineOn(world);
    await engine.askToLook(await stateOf(engine, APPS), "job-1");
    expect(asked(world)).toEqual(["gitrepositories/deploy job-1", "kustomizations/apps job-1"]);
  });

  it("goes from the source over the Kustomization to the release, and to where its chart comes from", async () => {
    const world = await fixtureWorld();
    const engine = engineOn(world);
    await engine.askToLook(await stateOf(engine, RELEASE), "job-1");
    expect(asked(world)).toEqual([
      "gitrepositories/deploy job-1",
      "helmrepositories/charts job-1",
      "kustomizations/apps job-1",
      "helmreleases/api job-1",
    ]);
  });

  it("asks the others when one may not be asked, and says so at the end", async () => {
    const world = await fixtureWorld();
    const engine = engineOn(world);
    const state = await stateOf(engine, APPS);
    const status = 403;
    world.server.faults.add({ method: "PATCH", path: /gitrepositories/, times: 1, does: { kind: "answer", status } });
    await expect(engine.askToLook(state, "job-1")).rejects.toMatchObject({ code: "EngineForbidden" });
    expect(asked(world)).toContain("kustomizations/apps job-1");
  });

  it("says that the object is no more", async () => {
    const world = await fixtureWorld();
    const engine = engineOn(world);
    const state = await stateOf(engine, APPS);
    removeObject(world.server, named("Kustomization/apps"));
    await expect(engine.askToLook(state, "job-1")).rejects.toMatchObject({ code: "EngineNotFound" });
  });
});
