import { describe, expect, it } from "vitest";
import { askImages, doubtImages } from "../../src/app/doubt-images.ts";
import type { GoalPlan } from "../../src/app/plan-goal.ts";
import { NOTHING_SEEN, type SeenImages } from "../../src/core/seen-images.ts";
import { LastgoodError } from "../../src/errors.ts";
import type { Engine } from "../../src/ports/engine.ts";
import { hour } from "../support/revisions.ts";
import { manualClock } from "../support/manual-clock.ts";
import { appState } from "../support/memory-engine.ts";
import { deployment, planned } from "../core/plan/support.ts";

const STATES = [appState({ name: "api" }), appState({ name: "api", engine: "flux" })];
const TOLD: SeenImages = { ...NOTHING_SEEN, told: ["acme/api:1.8.0"] };

type Asked = NonNullable<Engine["images"]>;

async function ask(argo: Asked | undefined, flux: Asked | undefined): Promise<SeenImages | undefined> {
  const engines = new Map([
    ["argo", argo === undefined ? {} : { images: argo }],
    ["flux", flux === undefined ? {} : { images: flux }],
  ]);
  return askImages({ states: STATES, engines, clock: manualClock() });
}

describe("askImages", () => {
  it("unites what the engines of a target show", async () => {
    const pulled = ["acme/api:1.7.4"];
    expect(
      await ask(
        async () => TOLD,
        async () => ({ ...NOTHING_SEEN, pulled }),
      ),
    ).toEqual({ ...TOLD, pulled });
  });

  it("knows nothing where no engine can tell", async () => {
    expect(await ask(undefined, undefined)).toBeUndefined();
    expect(await ask(async () => undefined, undefined)).toBeUndefined();
  });

  it("knows nothing where one of them cannot be asked: what it has might be just that", async () => {
    const away = new LastgoodError("EngineUnreachable", "it is away");
    expect(
      await ask(
        async () => TOLD,
        async () => Promise.reject(away),
      ),
    ).toBeUndefined();
  });

  it("waits five seconds for an answer, and no longer", async () => {
    const clock = manualClock();
    const signals: AbortSignal[] = [];
    const images: Asked = async (_, signal) => {
      if (signal !== undefined) signals.push(signal);
      return new Promise(() => undefined);
    };
    const asked = askImages({ states: STATES.slice(0, 1), engines: new Map([["argo", { images }]]), clock });
    expect(clock.sleeping).toEqual([5000]);
    clock.next();
    expect(await asked).toBeUndefined();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  });

  it("ends with its signal, and passes on bugs", async () => {
    const controller = new AbortController();
    const images: Asked = async () => new Promise(() => undefined);
    const engines = new Map([["argo", { images }]]);
    const asked = askImages({ states: STATES, engines, clock: manualClock(), signal: controller.signal });
    controller.abort(new Error("stop"));
    await expect(asked).rejects.toThrow("stop");
    await expect(ask(async () => Promise.reject(new Error("a bug")), undefined)).rejects.toThrow("a bug");
  });
});

describe("doubtImages", () => {
  const clock = { nowMs: () => hour(3) };
  const ledger = { read: async () => ({ records: [], damaged: 0 }) };

  function goalOf(now: string, then: string): GoalPlan {
    const plan = planned({ "api.yaml": now }, { "api.yaml": then });
    return { plan, key: "k", scope: [], notes: [] };
  }

  it("adds what nothing shows to the risks of the plan, and leaves the plan as it was", async () => {
    const goal = goalOf(deployment({ image: "acme/api:1.8.0" }), deployment({ image: "acme/api:1.7.4" }));
    const { plan } = await doubtImages(goal, { seenImages: async () => TOLD, ledger, clock });
    expect(plan).toEqual({ ...goal.plan, risks: [expect.objectContaining({ code: "ImageNotSeen", blocks: false })] });
  });

  it("asks nobody where no image comes back", async () => {
    const goal = goalOf(deployment({ replicas: 3 }), deployment({ replicas: 2 }));
    const nobody = async (): Promise<never> => Promise.reject(new Error("asked"));
    expect(await doubtImages(goal, { seenImages: nobody, ledger: { read: nobody }, clock })).toBe(goal);
  });

  it("goes without the ledger where that cannot be read", async () => {
    const goal = goalOf(deployment({ image: "acme/api:1.8.0" }), deployment({ image: "acme/api:1.7.4" }));
    const read = async (): Promise<never> => Promise.reject(new LastgoodError("LedgerFormat", "torn"));
    const { plan } = await doubtImages(goal, { seenImages: async () => TOLD, ledger: { read }, clock });
    expect(plan).toMatchObject({ risks: [{ code: "ImageNotSeen" }] });
  });
});
