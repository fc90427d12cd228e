import { describe, expect, it } from "vitest";
import { withRollbacks } from "../../../src/adapters/engine/with-rollbacks.ts";
import { LastgoodError } from "../../../src/errors.ts";
import type { Cluster, KindQuery, LiveObject } from "../../../src/ports/cluster.ts";
import { manualClock } from "../../support/manual-clock.ts";
import { appState, memoryEngine } from "../../support/memory-engine.ts";

const ROLLOUT = { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", namespace: "argocd", name: "api" };

function world() {
  const clock = manualClock(0);
  const engine = memoryEngine({ clock });
  const workloads = memoryEngine({ name: "workloads", type: "workloads", clock });
  engine.set({ ...appState({}), workloads: { namespace: "argocd", objects: [ROLLOUT] } });
  const rollout = { ...appState({ kind: "Rollout", rolledBack: { from: "new", to: "old" } }), id: ROLLOUT };
  const state = { drivers: [] as readonly LiveObject[], failure: undefined as LastgoodError | undefined, asked: 0 };
  const list: Cluster["list"] = async ({ kind }: KindQuery) => {
    state.asked += 1;
    if (state.failure !== undefined) throw state.failure;
    if (kind !== "Rollout") throw new LastgoodError("EngineKind", `the cluster has no kind ${kind}`);
    return state.drivers;
  };
  const object: LiveObject = { id: ROLLOUT, uid: "1", resourceVersion: "1", value: {} };
  const both = withRollbacks(engine, { cluster: { list }, clock, workloads });
  const statusOf = (view: { readonly states: ReadonlyMap<string, { readonly status: { readonly status: string } }> }) =>
    view.states.get("application/argocd/api")?.status.status;
  return { clock, engine, workloads, rollout, state, object, both, statusOf };
}

describe("an engine whose workloads undo deploys", () => {
  it("says Failed where one was rolled back, though the engine calls it healthy", async () => {
    const { both, workloads, rollout, state, object, statusOf } = world();
    expect(statusOf(await both.read())).toBe("Current");
    state.drivers = [object];
    workloads.set(rollout);
    const view = await both.read();
    expect(statusOf(view)).toBe("Failed");
    expect(view.states.get("application/argocd/api")?.status.rolledBack).toEqual({ from: "new", to: "old" });
  });

  it("reads no workloads where nothing drives them", async () => {
    const { both, workloads, rollout, statusOf } = world();
    workloads.set(rollout);
    expect(statusOf(await both.read())).toBe("Current");
  });

  it("goes on without them where they cannot be seen", async () => {
    const { both, state, statusOf } = world();
    state.failure = new LastgoodError("EngineForbidden", "rollouts are forbidden");
    expect(statusOf(await both.read())).toBe("Current");
    state.failure = new LastgoodError("EngineUnreachable", "the cluster is away");
    expect(statusOf(await both.read())).toBe("Current");
  });

  it("follows them from when there are some, and says which targets to look at", async () => {
    const { both, clock, workloads, rollout, state, object, statusOf } = world();
    const told: string[] = [];
    const end = new AbortController();
    const followed = both.follow({ signal: end.signal, onChange: (keys) => void told.push(...keys) });
    await clock.passUntil(() => state.asked === 2);
    state.drivers = [object];
    workloads.set(rollout);
    await clock.passUntil(() => statusOf(followed.view()) === "Failed");
    workloads.set(rollout);
    expect(told).toEqual(["application/argocd/api"]);
    expect(statusOf(followed.view())).toBe("Failed");
    end.abort();
    await followed.done;
  });
});
