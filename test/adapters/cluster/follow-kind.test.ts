import { onTestFinished, describe, expect, it } from "vitest";
import type { FollowPace } from "../../../src/adapters/cluster/kubernetes/follow-kind.ts";
import type { FollowedKind, FollowOptions, KindQuery, LiveChange } from "../../../src/ports/cluster.ts";
import type { LastgoodError } from "../../../src/errors.ts";
import type { JsonObject } from "../../../src/core/model/json.ts";
import { kubeWorld, type KubeWorld, type Manifest } from "../../support/kubernetes/kube-world.ts";
import { until } from "../../support/manual-clock.ts";

const APPLICATIONS: KindQuery = { apiVersion: "argoproj.io/v1alpha1", kind: "Application" };
const HOUR_MS = 3_600_000;

function application(name: string, more: object = {}): Manifest {
  return { ...APPLICATIONS, metadata: { name, namespace: "argocd" }, spec: { project: "default" }, ...more };
}

interface Follower extends KubeWorld {
  readonly followed: FollowedKind;
  /** `found api`, `changed api`, `gone api`, in order. */
  readonly told: string[];
  readonly failures: (string | undefined)[];
  /** The names that are in the state. */
  readonly names: () => readonly string[];
  /** Requests for lists (first pages) and watches, in order. */
  readonly asked: () => readonly string[];
}

async function follow({
  pace,
  query = APPLICATIONS,
  manifests = [application("api"), application("web")],
  ...options
}: Partial<FollowOptions> & {
  readonly pace?: Partial<FollowPace>;
  readonly query?: KindQuery;
  readonly manifests?: readonly Manifest[];
  readonly before?: (world: KubeWorld) => void;
} = {}): Promise<Follower> {
  // A resync of an hour: what is seen earlier has come by the watch, or by a list that something asked for.
  const world = await kubeWorld({ resyncMs: HOUR_MS, ...pace });
  for (const manifest of manifests) await world.apply(manifest);
  options.before?.(world);
  const told: string[] = [];
  const failures: (string | undefined)[] = [];
  const controller = new AbortController();
  const followed = world.cluster.follow(query, {
    signal: controller.signal,
    onChange: (changes) => told.push(...changes.map(tellShort)),
    onFailure: (failure: LastgoodError | undefined) => failures.push(failure?.code),
    ...options,
  });
  onTestFinished(async () => {
    controller.abort();
    await followed.done.catch(() => undefined);
  });
  const names = (): readonly string[] => [...followed.state().objects.values()].map(({ id }) => id.name).sort();
  const asked = (): readonly string[] =>
    world.server.seen
      .filter(
        ({ method, path }) => method === "GET" && /\/v1[^/]*\/.*s(\?|$)/.test(path) && !path.includes("continue="),
      )
      .map(({ path }) => (path.includes("watch=true") ? "watch" : "list"));
  return { ...world, followed, told, failures, names, asked };
}

function tellShort(change: LiveChange): string {
  return `${change.kind} ${(change.kind === "gone" ? change.before : change.object).id.name}`;
}

/** Follows, and waits until the list has come and the watch is open. */
async function following(options: Parameters<typeof follow>[0] = {}): Promise<Follower> {
  const follower = await follow(options);
  await follower.clock.passUntil(() => follower.server.watches.length === 1);
  return follower;
}

describe("a followed kind", () => {
  it("is empty and has never been listed until the first list is whole", async () => {
    let open: (value?: unknown) => void = () => undefined;
    const held = new Promise((resolve) => (open = resolve));
    const { followed, server, names } = await follow({
      before: ({ server }) => server.faults.add({ path: /applications\?/, does: { kind: "slow", until: held } }),
    });
    await until(() => server.seen.some(({ path }) => path.includes("applications?")));
    expect(followed.state()).toMatchObject({ listedAtMs: undefined, heardAtMs: undefined, failure: undefined });
    expect(names()).toEqual([]);
    open();
    await until(() => names().length === 2);
    expect(followed.state().listedAtMs).toBeTypeOf("number");
  });

  it("is listed in pages, and watched from there", async () => {
    const manifests = ["a", "b", "c", "d", "e"].map((name) => application(name));
    const { names, told, server, asked } = await following({ manifests, pace: { pageSize: 2 } });
    expect(names()).toEqual(["a", "b", "c", "d", "e"]);
    expect(told).toEqual(["found a", "found b", "found c", "found d", "found e"]);
    expect(server.seen.filter(({ path }) => path.includes("continue="))).toHaveLength(2);
    expect(asked()).toEqual(["list", "watch"]);
    expect(server.seen.at(-1)?.path).toMatch(/allowWatchBookmarks=true&resourceVersion=\d+&timeoutSeconds=290$/);
  });

  it("tells what comes, changes and goes, and is that already when it tells", async () => {
    const follower = await following();
    const { apply, remove, told, names, followed } = follower;
    await apply(application("db"));
    await apply(application("web", { spec: { project: "other" } }));
    await remove(application("api"));
    await until(() => told.length === 5);
    expect(told.slice(2)).toEqual(["found db", "changed web", "gone api"]);
    expect(names()).toEqual(["db", "web"]);
    const web = [...followed.state().objects.values()].find(({ id }) => id.name === "web");
    expect(web).toMatchObject({ id: { ...APPLICATIONS, namespace: "argocd" }, value: { spec: { project: "other" } } });
  });

  it("knows the objects of one namespace and selector only: one that leaves the selector is gone", async () => {
    const labelled = (name: string, on: boolean): Manifest =>
      application(name, { metadata: { name, namespace: "argocd", labels: { "lastgood.dev/enabled": String(on) } } });
    const { names, apply, told } = await following({
      query: { ...APPLICATIONS, namespace: "argocd", labels: "lastgood.dev/enabled=true" },
      manifests: [labelled("in", true), labelled("out", false)],
    });
    expect(names()).toEqual(["in"]);
    await apply(labelled("out", true));
    await apply(labelled("in", false));
    await until(() => told.length === 3);
    expect(told).toEqual(["found in", "found out", "gone in"]);
  });

  it("takes an object made anew under the same name for another one", async () => {
    const { server, told, remove, apply, followed, clock, asked } = await following();
    const uid = (): readonly string[] => [...followed.state().objects.keys()];
    const before = uid();
    server.watches[0]?.deafen();
    await remove(application("api"));
    await apply(application("api"));
    server.expire();
    server.watches[0]?.destroy();
    await clock.passUntil(() => told.length > 2);
    expect(told.slice(2)).toEqual(["gone api", "found api"]);
    expect(uid().filter((one) => before.includes(one))).toHaveLength(1);
    expect(asked()).toEqual(["list", "watch", "watch", "list"]);
  });

  it("keeps neither managed fields nor kubectl's copy of the manifest, and of the rest what trim keeps", async () => {
    const metadata = {
      name: "api",
      namespace: "argocd",
      managedFields: [{ manager: "kubectl" }],
      annotations: { "kubectl.kubernetes.io/last-applied-configuration": "{}", "lastgood.dev/enabled": "true" },
    };
    const { followed } = await following({
      manifests: [application("api", { metadata })],
      trim: ({ apiVersion, kind, metadata }) => ({ apiVersion, kind, metadata }) as JsonObject,
    });
    const [object] = followed.state().objects.values();
    expect(object?.value).not.toHaveProperty("spec");
    expect(object?.value["metadata"]).not.toHaveProperty("managedFields");
    expect(object?.value["metadata"]).toMatchObject({ annotations: { "lastgood.dev/enabled": "true" } });
    expect(JSON.stringify(object)).not.toContain("last-applied");
  });

  it("ends with the signal, and asks nothing more", async () => {
    const controller = new AbortController();
    const { followed, server } = await following({ signal: controller.signal });
    controller.abort();
    await followed.done;
    await until(() => server.watches.length === 0);
  });

  it.each(["onChange", "trim", "onFailure"] as const)(
    "rejects with what %s throws: a bug is not swallowed",
    async (name) => {
      const bug = new TypeError("a bug");
      const throwing = (): never => {
        throw bug;
      };
      const { followed } = await follow({
        [name]: throwing,
        before: ({ server }) => {
          if (name === "onFailure") server.faults.add({ path: /applications/, does: { kind: "answer", status: 500 } });
        },
      });
      await expect(followed.done).rejects.toBe(bug);
    },
  );
});

describe("a watch that ends", () => {
  it("goes on where it was, when the server closes it: no list, nothing told twice", async () => {
    const { server, told, apply, clock, asked, failures } = await following();
    server.watches[0]?.end();
    await until(() => server.watches.length === 0);
    await apply(application("db"));
    await clock.passUntil(() => told.length === 3);
    expect(told).toEqual(["found api", "found web", "found db"]);
    expect(asked()).toEqual(["list", "watch", "watch"]);
    expect(failures).toEqual([]);
  });

  it("goes on where it was after a reset, and says in between that nothing is heard", async () => {
    const { server, told, remove, clock, asked, failures } = await following();
    server.watches[0]?.destroy();
    await remove(application("api"));
    await clock.passUntil(() => told.length === 3);
    expect(told[2]).toBe("gone api");
    expect(asked()).toEqual(["list", "watch", "watch"]);
    expect(failures).toEqual(["EngineUnreachable", undefined]);
  });

  it("goes on where it was after falling silent", async () => {
    const { server, told, apply, clock, asked, names } = await following();
    server.watches[0]?.deafen();
    await apply(application("db"));
    clock.advance(149_000);
    expect(names()).toEqual(["api", "web"]);
    clock.advance(1000);
    await clock.passUntil(() => told.length === 3);
    expect(names()).toEqual(["api", "db", "web"]);
    expect(asked()).toEqual(["list", "watch", "watch"]);
  });

  it.each([500, 502, 503, 504])(
    "goes on where it was after HTTP %d, seven times in a row: nothing is gone, and what went is told once",
    async (status) => {
      const { server, told, remove, clock, names, failures } = await following();
      server.faults.add({ path: /watch=true/, times: 7, does: { kind: "answer", status } });
      server.watches[0]?.destroy();
      await clock.passUntil(() => server.faults.unused().length === 0);
      expect(names()).toEqual(["api", "web"]);
      await remove(application("api"));
      await clock.passUntil(() => told.length === 3 && server.watches.length === 1);
      expect(told).toEqual(["found api", "found web", "gone api"]);
      expect(new Set(failures)).toEqual(new Set(["EngineUnreachable", undefined]));
      expect(failures.at(-1)).toBeUndefined();
    },
  );

  it("is not silent while bookmarks come", async () => {
    const { server, followed, clock, asked } = await following();
    for (let minute = 0; minute < 10; minute += 1) {
      clock.advance(60_000);
      server.watches[0]?.bookmark();
      await until(() => followed.state().heardAtMs === clock.nowMs());
    }
    expect(asked()).toEqual(["list", "watch"]);
  });

  it("goes on from the last bookmark", async () => {
    const { server, clock, apply, followed, asked } = await following();
    await apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "other", namespace: "argocd" } });
    clock.advance(60_000);
    server.watches[0]?.bookmark();
    await until(() => followed.state().heardAtMs === clock.nowMs());
    server.watches[0]?.destroy();
    await clock.passUntil(() => asked().length === 3);
    expect(server.seen.at(-1)?.path).toContain(`resourceVersion=${server.store.version()}`);
  });

  it("comes back soon each time, when a proxy cuts each after a quiet minute", async () => {
    const { server, clock } = await following();
    const waits: number[] = [];
    for (let cut = 0; cut < 8; cut += 1) {
      clock.advance(60_000);
      const cutAtMs = clock.nowMs();
      server.watches[0]?.destroy();
      await clock.passUntil(() => server.watches.length === 1);
      waits.push(clock.nowMs() - cutAtMs);
    }
    expect(Math.max(...waits)).toBeLessThanOrEqual(1000);
  });

  it("does not come back at once, again and again, when the server closes each as it opens", async () => {
    const { server, clock, asked } = await follow({
      before: ({ server }) =>
        server.faults.add({ path: /watch=true/, times: 1000, does: { kind: "answer", status: 200, body: "" } }),
    });
    const startMs = clock.nowMs();
    await clock.passUntil(() => clock.nowMs() - startMs > 600_000);
    // 0.5, 1, 2 … 30 s, with the least jitter there is; then every 30 s.
    expect(asked().filter((what) => what === "watch").length).toBeLessThan(30);
    expect(asked().filter((what) => what === "list")).toHaveLength(1);
    expect(server.faults.unused()).toHaveLength(1);
  });
});

describe("a version that is too old", () => {
  it.each([
    ["as an ERROR in a stream that has begun with 200", undefined],
    ["as the answer's status", { kind: "answer", status: 410 } as const],
  ])("is answered by a new list, told %s: only what is different is told", async (_, fault) => {
    const { server, told, apply, remove, clock, names, failures } = await following();
    server.watches[0]?.deafen();
    await remove(application("api"));
    await apply(application("db"));
    if (fault === undefined) server.expire();
    else server.faults.add({ path: /watch=true/, does: fault });
    server.watches[0]?.end();
    await clock.passUntil(() => told.length === 4);
    expect(told.slice(2)).toEqual(["gone api", "found db"]);
    expect(names()).toEqual(["db", "web"]);
    expect(failures).toEqual([]);
    await until(() => server.watches.length === 1);
  });

  it("never makes more than one list in five seconds", async () => {
    const { server, clock } = await follow({
      before: ({ server }) =>
        server.faults.add({ path: /watch=true/, times: 1000, does: { kind: "answer", status: 410 } }),
    });
    const startMs = clock.nowMs();
    await clock.passUntil(() => clock.nowMs() - startMs > 120_000);
    const lists = server.seen.filter(({ path }) => path.includes("applications?limit"));
    const gaps = lists.slice(1).map(({ atMs }, index) => atMs - (lists[index]?.atMs ?? 0));
    expect(lists.length).toBeGreaterThan(10);
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(5000);
  });
});

describe("what cannot be read", () => {
  it.each([
    ["a malformed line", '{"type":"MODIFIED","object":{"metadata":{"na'],
    ["an event of no known type", '{"type":"RENAMED","object":{"metadata":{"resourceVersion":"900"}}}'],
    ["an object without a uid", '{"type":"ADDED","object":{"metadata":{"name":"x","resourceVersion":"900"}}}'],
    ["a bookmark without a version", '{"type":"BOOKMARK","object":{"metadata":{}}}'],
  ])("is answered by a new list: %s", async (_, line) => {
    const { server, told, apply, clock, names, asked } = await following();
    server.watches[0]?.deafen();
    await apply(application("db"));
    server.watches[0]?.write(line);
    await clock.passUntil(() => told.length === 3);
    expect(names()).toEqual(["api", "db", "web"]);
    expect(asked().slice(0, 3)).toEqual(["list", "watch", "list"]);
  });

  it("is found out by the resync, when the server has told less than there was", async () => {
    const { server, remove, told, clock, names } = await following({ pace: { resyncMs: 300_000 } });
    const [watch] = server.watches;
    watch?.deafen();
    await remove(application("api"));
    // As if the event had been told: the version goes on.
    const metadata = { resourceVersion: String(server.store.version()) };
    for (let minute = 1; minute < 5; minute += 1) {
      clock.advance(60_000);
      watch?.write(JSON.stringify({ type: "BOOKMARK", object: { metadata } }));
      await until(() => server.watches.length === 1);
    }
    expect(names()).toEqual(["api", "web"]);
    clock.advance(60_000);
    await clock.passUntil(() => told.length === 3);
    expect(told[2]).toBe("gone api");
  });
});

describe("a list that fails", () => {
  const pages = { pageSize: 2 };
  const manifests = ["a", "b", "c", "d", "e"].map((name) => application(name));

  it.each([
    ["500 on page 3", { kind: "answer", status: 500 } as const],
    ["page 3 dropped", { kind: "drop" } as const],
    ["page 3 cut in the middle", { kind: "cut" } as const],
    ["page 3 is a sign-in page", { kind: "answer", status: 200, body: "<html>" } as const],
    ["page 3 is no list", { kind: "answer", status: 200, body: { kind: "Status" } } as const],
    [
      "page 3 of another moment",
      { kind: "answer", status: 200, body: { metadata: { resourceVersion: "7" }, items: [] } } as const,
    ],
    ["page 3 without items", { kind: "answer", status: 200, body: { metadata: { resourceVersion: "7" } } } as const],
  ])("never means that anything is gone: %s", async (_, does) => {
    const follower = await following({ manifests, pace: pages });
    const { server, told, clock, names, asked } = follower;
    server.faults.add({ path: /continue=WzEsNF0/, does }); // [1,4]: the second list's third page
    server.expire();
    server.watches[0]?.destroy();
    await clock.passUntil(() => asked().filter((what) => what === "list").length === 3 && server.watches.length === 1);
    expect(server.faults.unused()).toEqual([]);
    expect(told).toHaveLength(5);
    expect(names()).toEqual(["a", "b", "c", "d", "e"]);
  });

  it("starts over in one page when a continue token has expired", async () => {
    const { server, told, names, asked } = await follow({
      manifests,
      pace: pages,
      before: ({ server }) => server.faults.add({ path: /continue=/, does: { kind: "answer", status: 410 } }),
    }).then(async (follower) => {
      await follower.clock.passUntil(() => follower.server.watches.length === 1);
      return follower;
    });
    expect(told).toHaveLength(5);
    expect(names()).toEqual(["a", "b", "c", "d", "e"]);
    expect(asked()).toEqual(["list", "list", "watch"]);
    expect(server.seen.filter(({ path }) => path.endsWith("/applications"))).toHaveLength(1);
  });

  it("is not believed when it is older than what was seen", async () => {
    const { server, told, apply, clock, names } = await following();
    await apply(application("db"));
    await until(() => told.length === 3);
    const old = { metadata: { resourceVersion: "5" }, items: [] };
    server.faults.add({ path: /applications\?limit/, does: { kind: "answer", status: 200, body: old } });
    server.expire();
    server.watches[0]?.destroy();
    await clock.passUntil(() => server.faults.unused().length === 0 && server.watches.length === 1);
    expect(names()).toEqual(["api", "db", "web"]);
    expect(told).toHaveLength(3);
  });

  it("is believed the third time: the cluster was restored", async () => {
    const { server, told, apply, clock, names } = await following();
    const setBack = server.store.snapshot();
    await apply(application("db"));
    await until(() => told.length === 3);
    setBack();
    server.watches[0]?.destroy();
    await clock.passUntil(() => told.length === 4);
    expect(told[3]).toBe("gone db");
    expect(names()).toEqual(["api", "web"]);
  });

  it("is given up when it is half-open, and asked for again", async () => {
    const { server, clock, names, failures, told } = await follow({
      before: ({ server }) => server.faults.add({ path: /applications\?/, does: { kind: "half-open" } }),
    });
    await until(() => server.seen.some(({ path }) => path.includes("applications?")));
    clock.advance(70_000);
    await clock.passUntil(() => told.length === 2);
    expect(names()).toEqual(["api", "web"]);
    expect(failures).toEqual(["EngineUnreachable", undefined]);
  });

  it("is asked for again after as long as the server wants", async () => {
    const headers = { "retry-after": "45" };
    const { server, clock, names } = await follow({
      before: ({ server }) =>
        server.faults.add({ path: /applications\?/, does: { kind: "answer", status: 429, headers } }),
    });
    await until(() => clock.sleeping.includes(45_000));
    clock.advance(45_000);
    await until(() => names().length === 2);
    expect(server.faults.unused()).toEqual([]);
  });
});

describe("a kind", () => {
  it("that is forbidden is a failure of its own, and found when the right is given", async () => {
    const { server, followed, clock, names, failures } = await follow({
      before: ({ server }) =>
        server.faults.add({ path: /applications\?/, times: 3, does: { kind: "answer", status: 403 } }),
    });
    await until(() => followed.state().failure !== undefined);
    expect(followed.state().failure).toMatchObject({ code: "EngineForbidden", exit: 4 });
    await clock.passUntil(() => names().length === 2);
    expect(failures).toEqual(["EngineForbidden", undefined]);
    expect(server.faults.unused()).toEqual([]);
  });

  it("that is not installed is a failure, and found once it is", async () => {
    const world = await kubeWorld({ resyncMs: HOUR_MS });
    world.server.uninstall("argoproj.io");
    const controller = new AbortController();
    const failures: (string | undefined)[] = [];
    const followed = world.cluster.follow(APPLICATIONS, {
      signal: controller.signal,
      onFailure: (failure) => failures.push(failure?.code),
    });
    await until(() => failures.length === 1);
    const { ENGINE_CRDS } = await import("../../support/kubernetes/engine-crds.ts");
    for (const crd of ENGINE_CRDS) world.server.install(crd);
    await world.clock.passUntil(() => followed.state().listedAtMs !== undefined);
    expect(failures).toEqual(["EngineKind", undefined]);
    controller.abort();
    await followed.done;
  });

  it("that is uninstalled takes no object with it: they are as old as they are", async () => {
    const { server, followed, clock, names } = await following();
    server.uninstall("argoproj.io");
    server.watches[0]?.end();
    await clock.passUntil(() => followed.state().failure?.code === "EngineKind");
    expect(names()).toEqual(["api", "web"]);
    expect(followed.state().heardAtMs).toBeLessThan(clock.nowMs());
  });

  it("goes on with the new token when the old one is refused", async () => {
    const { server, signIn, told, clock, names, followed } = await following();
    server.token = "second-token";
    server.watches[0]?.destroy();
    await clock.passUntil(() => followed.state().failure?.code === "EngineAuth");
    await signIn("second-token");
    await clock.passUntil(() => server.watches.length === 1);
    expect(names()).toEqual(["api", "web"]);
    expect(told).toHaveLength(2);
  });
});
