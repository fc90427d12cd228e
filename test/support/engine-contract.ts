/** What lastgood relies on from every engine, on the look-alike of a Kubernetes API server or on a real one: see src/ports/engine.ts. */
import { describe, expect, it } from "vitest";
import type { EngineType } from "../../src/core/engine/engine-state.ts";
import { engineKey } from "../../src/core/engine/engine-state.ts";
import type { ObjectId } from "../../src/core/model/component.ts";
import { stringAt, type JsonValue } from "../../src/core/model/json.ts";
import type { Engine, EngineView, Reason } from "../../src/ports/engine.ts";
import type { EngineOptions } from "../../src/adapters/engine/engine-options.ts";
import type { Cluster } from "../../src/ports/cluster.ts";
import { type ManualClock, until } from "./manual-clock.ts";
import { kubeWorld, type Manifest } from "./kubernetes/kube-world.ts";
import { putObjects, removeObject } from "./kubernetes/put-objects.ts";
import type { LookAlike } from "./kubernetes/start-kubernetes.ts";
import { silentLog } from "./silent-log.ts";

/** Where an engine is tried: a cluster, and somebody who writes there what engines and controllers would. */
export interface EngineWorld {
  readonly cluster: Cluster;
  readonly clock: ManualClock;
  /** Creates or replaces objects, status and all. */
  readonly put: (...manifests: readonly Manifest[]) => Promise<void>;
  readonly remove: (manifest: Manifest) => Promise<void>;
  /** Missing: it is a real server, whose failures nobody can play and whose log nobody has. Other things may live there, too. */
  readonly server?: LookAlike;
}

/** How one engine is tried. */
export interface EngineTrial {
  readonly type: EngineType;
  readonly create: (options: EngineOptions) => Engine;
  /** The objects that the engine looks at are listed by requests with this path. */
  readonly path: RegExp;
  /** What `target` makes. */
  readonly kind: Pick<ObjectId, "apiVersion" | "kind">;
  readonly namespace: string;
  /**
   * The engine's object (first), and all that it needs to be judged: a Deployment with a pod among it. Good or bad, at a revision, with
   * these labels and annotations.
   */
  readonly target: (shape: TargetShape) => readonly Manifest[];
  /** What asking it to look writes; undefined: such an engine is not asked. */
  readonly lookAnnotation?: string;
}

export interface TargetShape {
  readonly name: string;
  readonly bad: boolean;
  /** Digit of which the commit consists: `2222…`. */
  readonly commit: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  /** Of its Deployment: now, in its older ReplicaSet, and what the node says of it. */
  readonly images?: { readonly image: string; readonly oldImage: string; readonly imageId: string };
}

const GOOD: Omit<TargetShape, "name"> = { bad: false, commit: "2" };
const BAD: Omit<TargetShape, "name"> = { bad: true, commit: "3" };

/** `openWorld`: with nothing in it that the trial's namespace would show. */
export function describeEngine(trial: EngineTrial, openWorld: OpenWorld = lookAlikeWorld): void {
  describe(`the engine ${trial.type}, as the port has it`, () => {
    const suite: Suite = { trial, openWorld };
    describeReading(suite);
    describeImages(suite);
    describeFollowing(suite);
    describeAsking(suite);
    if (openWorld === lookAlikeWorld) describeFaults(suite);
  });
}

export type OpenWorld = () => Promise<EngineWorld>;

interface Suite {
  readonly trial: EngineTrial;
  readonly openWorld: OpenWorld;
}

/** On the look-alike, with its log and its faults. */
export async function lookAlikeWorld(): Promise<EngineWorld & { readonly server: LookAlike }> {
  const { cluster, clock, server } = await kubeWorld();
  return {
    cluster,
    clock,
    server,
    put: async (...manifests) => putObjects(server, ...manifests),
    remove: async (manifest) => removeObject(server, manifest),
  };
}

function createOn(
  { type, create, namespace }: EngineTrial,
  { cluster, clock, server }: EngineWorld,
  selector?: string,
): Engine {
  return create({
    cluster,
    clock,
    log: silentLog(),
    name: type,
    ...(selector === undefined ? {} : { selector }),
    ...(server === undefined ? { namespace } : {}),
  });
}

function keyOf({ kind, namespace }: EngineTrial, name: string): string {
  return engineKey({ ...kind, namespace, name });
}

interface Tried {
  readonly world: EngineWorld;
  readonly engine: Engine;
  readonly put: (name: string, shape?: Omit<TargetShape, "name">) => Promise<void>;
}

async function tryIt({ trial, openWorld }: Suite, selector?: string): Promise<Tried> {
  const world = await openWorld();
  const put: Tried["put"] = async (name, shape = GOOD) => world.put(...trial.target({ name, ...shape }));
  return { world, engine: createOn(trial, world, selector), put };
}

interface TriedLookAlike extends Tried {
  readonly server: LookAlike;
}

async function tryLookAlike({ trial }: Suite): Promise<TriedLookAlike> {
  const world = await lookAlikeWorld();
  return { ...(await tryIt({ trial, openWorld: async () => world })), server: world.server };
}

function describeReading(suite: Suite): void {
  const { trial } = suite;
  it("reads all of it once, by key, and says when", async () => {
    const { world, engine, put } = await tryIt(suite);
    await put("web");
    await put("api", BAD);
    const { states, heardAtMs, failure } = await engine.read();
    expect([...states.keys()].sort()).toEqual([keyOf(trial, "api"), keyOf(trial, "web")]);
    expect(states.get(keyOf(trial, "web"))).toMatchObject({
      engine: engine.name,
      type: trial.type,
      id: { ...trial.kind, namespace: trial.namespace, name: "web" },
      status: { status: "Current" },
      sync: "Synced",
      blockers: [],
    });
    expect(states.get(keyOf(trial, "api"))?.status.status).toBe("Failed");
    expect({ heardAtMs, failure }).toEqual({ heardAtMs: world.clock.nowMs(), failure: undefined });
  });

  it("tells the revision that runs, and lastgood's annotations", async () => {
    const { engine, put } = await tryIt(suite);
    await put("api", { ...GOOD, annotations: { "lastgood.dev/mode": "propose", "example.com/other": "x" } });
    const state = (await engine.read()).states.get(keyOf(trial, "api"));
    expect(state?.annotations).toEqual({ mode: "propose" });
    expect(state?.sources.map(({ live }) => live)).toEqual(state?.sources.map(() => "2".repeat(40)));
  });

  it("sees only what the selector is about", async () => {
    const { engine, put } = await tryIt(suite, "tier=web");
    await put("web", { ...GOOD, labels: { tier: "web" } });
    await put("api");
    expect([...(await engine.read()).states.keys()]).toEqual([keyOf(trial, "web")]);
  });

  it("refuses a selector that is none", async () => {
    const world = await suite.openWorld();
    expect(() => createOn(trial, world, "a ~ b")).toThrow(expect.objectContaining({ code: "EngineConfig" }));
  });

  it("explains a target down to the container that is to blame", async () => {
    const { engine, put } = await tryIt(suite);
    await put("api", BAD);
    const state = (await engine.read()).states.get(keyOf(trial, "api"));
    if (state === undefined) throw new Error("no state");
    const reason = await engine.explain(state);
    expect(reason.id).toEqual(state.id);
    expect(leaves(reason).map(({ id, status }) => `${id.kind} ${status.status} ${status.reason}`)).toContain(
      "Pod Failed CrashLoopBackOff",
    );
  });

  it("finds the pods of a target, and no others", async () => {
    const { engine, put } = await tryIt(suite);
    await put("api");
    await put("web");
    const state = (await engine.read()).states.get(keyOf(trial, "api"));
    if (state === undefined) throw new Error("no state");
    expect((await engine.pods(state)).map(({ id }) => id.name)).toEqual(["api-2-0"]);
  });
}

function describeImages(suite: Suite): void {
  const { trial } = suite;
  const images = {
    image: "registry.example.com/app:2",
    oldImage: "registry.example.com/app:1",
    imageId: `registry.example.com/app@sha256:${"a".repeat(64)}`,
  };

  it("tells which images a target's pods have, and which its older revisions name", async () => {
    const { engine, put } = await tryIt(suite);
    await put("api", { ...GOOD, images });
    await put("web");
    const state = (await engine.read()).states.get(keyOf(trial, "api"));
    if (state === undefined) throw new Error("no state");
    const seen = await engine.images?.(state);
    expect(seen).toMatchObject({ pulled: [`registry.example.com/app:2@sha256:${"a".repeat(64)}`], refused: [] });
    expect(seen?.kept).toEqual([
      { image: images.oldImage, untilMs: expect.any(Number) as number },
      { image: images.image },
    ]);
    expect(new Set(seen?.told)).toEqual(new Set([images.image, images.oldImage]));
  });

  it("tells of no images where it has no workload", async () => {
    const { world, engine, put } = await tryIt(suite);
    await put("api");
    const state = (await engine.read()).states.get(keyOf(trial, "api"));
    if (state === undefined) throw new Error("no state");
    const workload = trial.target({ name: "api", ...GOOD }).find(({ kind }) => kind === "Deployment");
    if (workload !== undefined) await world.remove(workload);
    expect(await engine.images?.(state)).toBeUndefined();
  });
}

function leaves(reason: Reason): readonly Reason[] {
  return reason.below.length === 0 ? [reason] : reason.below.flatMap(leaves);
}

interface Following extends Tried {
  readonly view: () => EngineView;
  /** Keys, in the order in which they were told. */
  readonly told: string[];
  readonly stop: () => Promise<void>;
}

async function followIt(tried: Tried): Promise<Following> {
  const controller = new AbortController();
  const told: string[] = [];
  const followed = tried.engine.follow({ signal: controller.signal, onChange: (keys) => told.push(...keys) });
  const stop = async (): Promise<void> => {
    controller.abort();
    await followed.done;
  };
  return { ...tried, view: () => followed.view(), told, stop };
}

async function followApi(suite: Suite): Promise<Following> {
  const tried = await tryIt(suite);
  await tried.put("api");
  return followIt(tried);
}

function describeFollowing(suite: Suite): void {
  const { trial } = suite;
  const statusIn = (view: EngineView, name: string): string | undefined =>
    view.states.get(keyOf(trial, name))?.status.status;

  it("says nothing before it has heard everything once", async () => {
    const { view, stop } = await followApi(suite);
    expect(view()).toEqual({ states: new Map(), heardAtMs: undefined, failure: undefined });
    await until(() => view().states.size === 1);
    expect(view().heardAtMs).toBeDefined();
    await stop();
  });

  it("follows what comes, changes and goes, and tells the keys after the view has them", async () => {
    const { world, put, view, told, stop } = await followApi(suite);
    await until(() => statusIn(view(), "api") === "Current");
    await put("api", BAD);
    await until(() => statusIn(view(), "api") === "Failed");
    await put("web");
    await until(() => statusIn(view(), "web") === "Current");
    const [first] = trial.target({ name: "web", ...GOOD });
    if (first !== undefined) await world.remove(first);
    await until(() => !view().states.has(keyOf(trial, "web")));
    await until(() => told.filter((key) => key === keyOf(trial, "web")).length >= 2);
    expect(new Set(told)).toEqual(new Set([keyOf(trial, "api"), keyOf(trial, "web")]));
    await stop();
  });

  it("leaves states alone that nothing has happened to", async () => {
    const { put, view, stop } = await followApi(suite);
    await until(() => statusIn(view(), "api") === "Current");
    const before = view().states.get(keyOf(trial, "api"));
    await put("web");
    await until(() => statusIn(view(), "web") === "Current");
    expect(view().states.get(keyOf(trial, "api"))).toBe(before);
    await stop();
  });
}

function describeAsking(suite: Suite): void {
  const { trial } = suite;
  const { lookAnnotation } = trial;
  if (lookAnnotation === undefined) return;

  it("asks the engine to look by its annotation", async () => {
    const { world, engine, put } = await tryIt(suite);
    await put("api");
    const state = (await engine.read()).states.get(keyOf(trial, "api"));
    if (state === undefined) throw new Error("no state");
    await engine.askToLook(state, "job-1");
    const asked = await world.cluster.get(state.id);
    expect(stringAt(asked?.value, "metadata", "annotations", lookAnnotation)).toMatch(/./);
  });

  it("does not ask an object that was made anew under the same name", async () => {
    const { world, engine, put } = await tryIt(suite);
    await put("api");
    const state = (await engine.read()).states.get(keyOf(trial, "api"));
    const [first] = trial.target({ name: "api", ...GOOD });
    if (state === undefined || first === undefined) throw new Error("no state");
    await world.remove(first);
    await world.put({ ...first, metadata: { ...first.metadata, uid: "another" } });
    await expect(engine.askToLook(state, "job-1")).rejects.toMatchObject({ code: "EngineConflict" });
  });
}

/** What only a server shows that fails when it is told to, and whose log can be read. */
function describeFaults(suite: Suite): void {
  const { trial } = suite;
  const { lookAnnotation } = trial;
  const statusIn = (view: EngineView, name: string): string | undefined =>
    view.states.get(keyOf(trial, name))?.status.status;

  it("throws what keeps it from reading", async () => {
    const { server, engine } = await tryLookAlike(suite);
    server.faults.add({ path: trial.path, times: 100, does: { kind: "answer", status: 403 } });
    await expect(engine.read()).rejects.toMatchObject({ code: "EngineForbidden" });
  });

  it("keeps what it knew while the cluster is silent, says so, and comes back", async () => {
    const tried = await tryLookAlike(suite);
    const { world, server, put } = tried;
    await put("api");
    const { view, stop } = await followIt(tried);
    await until(() => statusIn(view(), "api") === "Current");
    const heardAtMs = view().heardAtMs;
    server.faults.add({ path: /./, times: 1000, does: { kind: "answer", status: 503 } });
    const open = server.watches.slice();
    for (const watch of open) watch.end();
    await world.clock.passUntil(() => view().failure !== undefined);
    expect(view().failure?.code).toBe("EngineUnreachable");
    expect([statusIn(view(), "api"), view().heardAtMs]).toEqual(["Current", heardAtMs]);
    server.faults.clear();
    await put("api", BAD);
    await world.clock.passUntil(() => view().failure === undefined && statusIn(view(), "api") === "Failed");
    await stop();
  });

  if (lookAnnotation === undefined) {
    it("takes it well to be asked to look, and writes nothing", async () => {
      const { server, engine, put } = await tryLookAlike(suite);
      await put("api");
      const state = (await engine.read()).states.get(keyOf(trial, "api"));
      if (state !== undefined) await engine.askToLook(state, "job-1");
      expect(server.seen.filter(({ method }) => method !== "GET")).toEqual([]);
    });
    return;
  }

  it("asks the engine to look by one annotation, and writes nothing else", async () => {
    const { server, engine, put } = await tryLookAlike(suite);
    await put("api");
    const state = (await engine.read()).states.get(keyOf(trial, "api"));
    if (state === undefined) throw new Error("no state");
    await engine.askToLook(state, "job-1");
    const writes = server.seen.filter(({ method }) => method !== "GET");
    expect(writes.map(({ method }) => method)).toEqual(writes.map(() => "PATCH"));
    const bodies = writes.map(({ body }) => JSON.parse(body) as JsonValue);
    expect(bodies.find((body) => stringAt(body, "metadata", "uid") === state.uid)).toEqual({
      metadata: { uid: state.uid, annotations: { [lookAnnotation]: expect.any(String) as string } },
    });
  });

  it("says when it may not ask", async () => {
    const { server, engine, put } = await tryLookAlike(suite);
    await put("api");
    const state = (await engine.read()).states.get(keyOf(trial, "api"));
    if (state === undefined) throw new Error("no state");
    server.faults.add({ method: "PATCH", path: /./, times: 10, does: { kind: "answer", status: 403 } });
    await expect(engine.askToLook(state, "job-1")).rejects.toMatchObject({ code: "EngineForbidden" });
  });
}
