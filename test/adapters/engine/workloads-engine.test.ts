import { describe, expect, it } from "vitest";
import { createWorkloadsEngine } from "../../../src/adapters/engine/workloads/workloads-engine.ts";
import type { Engine } from "../../../src/ports/engine.ts";
import { describeEngine } from "../../support/engine-contract.ts";
import { WORKLOADS_TRIAL } from "../../support/engine-trials.ts";
import { BAD } from "../../support/flux-objects.ts";
import { kubeWorld, type KubeWorld } from "../../support/kubernetes/kube-world.ts";
import { putObjects, readEngineFixtures } from "../../support/kubernetes/put-objects.ts";
import { until } from "../../support/manual-clock.ts";
import { silentLog } from "../../support/silent-log.ts";

function engineOn({ cluster, clock }: KubeWorld, selector?: string): Engine {
  const log = silentLog();
  return createWorkloadsEngine({ cluster, clock, log, name: "plain", ...(selector === undefined ? {} : { selector }) });
}

describeEngine(WORKLOADS_TRIAL);

describe("createWorkloadsEngine", () => {
  it("sees workloads of all kinds, and none that a controller has made", async () => {
    const world = await kubeWorld();
    putObjects(world.server, ...readEngineFixtures("workloads/shop"));
    const { states } = await engineOn(world).read();
    expect([...states.keys()].sort()).toEqual([
      "canary/shop/cart",
      "deployment/shop/cart",
      "deployment/shop/web",
      "rollout/shop/search",
      "statefulset/shop/queue",
    ]);
  });

  it("finds what drives a Deployment: a Canary that has given up", async () => {
    const world = await kubeWorld();
    putObjects(world.server, ...readEngineFixtures("workloads/shop"));
    const { states } = await engineOn(world).read();
    expect(states.get("deployment/shop/cart")).toMatchObject({
      status: { status: "Failed", revision: BAD, rolledBack: { to: "5c4d8b7f96" } },
      parent: { kind: "Canary" },
    });
  });

  it("tells of a Deployment when only its Canary has changed", async () => {
    const world = await kubeWorld();
    const objects = readEngineFixtures("workloads/shop");
    const canary = objects.find(({ kind }) => kind === "Canary");
    if (canary === undefined) throw new Error("no Canary");
    putObjects(world.server, ...objects, { ...canary, status: { phase: "Progressing" } });
    const controller = new AbortController();
    const followed = engineOn(world).follow({ signal: controller.signal });
    const statusOf = (key: string): string | undefined => followed.view().states.get(key)?.status.status;
    await until(() => statusOf("deployment/shop/cart") === "InProgress");
    putObjects(world.server, canary);
    await until(() => statusOf("deployment/shop/cart") === "Failed");
    controller.abort();
    await followed.done;
  });

  it("works where neither Rollouts nor Canaries are known", async () => {
    const world = await kubeWorld();
    putObjects(world.server, ...readEngineFixtures("workloads/shop"));
    world.server.uninstall("argoproj.io");
    world.server.uninstall("flagger.app");
    const { states, failure } = await engineOn(world).read();
    expect([states.size, failure]).toEqual([3, undefined]);
  });

  it("explains a Canary by its target and what serves", async () => {
    const world = await kubeWorld();
    putObjects(world.server, ...readEngineFixtures("workloads/shop"));
    const engine = engineOn(world);
    const canary = (await engine.read()).states.get("canary/shop/cart");
    if (canary === undefined) throw new Error("no state");
    const { below } = await engine.explain(canary);
    expect(below.map(({ id, status }) => `${id.name} ${status.status}`).sort()).toEqual([
      "cart Current",
      "cart-primary Current",
    ]);
  });
});
