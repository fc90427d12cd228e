import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import type { LiveObject } from "../../../src/ports/cluster.ts";
import { kubeWorld, type KubeWorld, type Manifest } from "../../support/kubernetes/kube-world.ts";
import { until } from "../../support/manual-clock.ts";

const APPLICATION = { apiVersion: "argoproj.io/v1alpha1", kind: "Application" };

function application(name: string): Manifest {
  return { ...APPLICATION, metadata: { name, namespace: "argocd" }, spec: {} };
}

async function withObject(kind: string, apiVersion: string): Promise<KubeWorld & { readonly object: LiveObject }> {
  const world = await kubeWorld();
  await world.apply({ apiVersion, kind, metadata: { name: "api", namespace: "argocd" }, spec: {} });
  const object = await world.cluster.get({ apiVersion, kind, namespace: "argocd", name: "api" });
  if (object === undefined) throw new Error("it is not there");
  return { ...world, object };
}

describe("a look", () => {
  it("writes one annotation and the uid that is meant, and nothing else", async () => {
    const { cluster, server, object } = await withObject("Application", "argoproj.io/v1alpha1");
    await cluster.askToLook(object, { engine: "argocd", hard: false });
    expect(server.seen.at(-1)).toMatchObject({
      method: "PATCH",
      path: "/apis/argoproj.io/v1alpha1/namespaces/argocd/applications/api",
      body: `{"metadata":{"uid":"${object.uid}","annotations":{"argocd.argoproj.io/refresh":"normal"}}}`,
    });
    expect(server.seen.at(-1)?.headers["content-type"]).toBe("application/merge-patch+json");
  });

  it.each([
    ["argocd", "Rollout", "argoproj.io/v1alpha1"],
    ["argocd", "Deployment", "apps/v1"],
    ["flux", "Application", "argoproj.io/v1alpha1"],
    ["flux", "Deployment", "apps/v1"],
  ] as const)("of %s is never asked of a %s: workloads are not written", async (engine, kind, apiVersion) => {
    const { cluster, server, object } = await withObject(kind, apiVersion);
    const request = engine === "argocd" ? ({ engine, hard: false } as const) : ({ engine, token: "x" } as const);
    await expect(cluster.askToLook(object, request)).rejects.toMatchObject({ code: "EngineKind" });
    expect(server.seen.filter(({ method, path }) => method === "PATCH" && !path.includes("fieldManager"))).toEqual([]);
  });
});

describe("an Event", () => {
  it("is not there twice when the first answer was lost", async () => {
    const { cluster, server, object } = await withObject("Application", "argoproj.io/v1alpha1");
    server.faults.add({ method: "POST", path: /events/, does: { kind: "drop-after" } });
    const event = { about: object, type: "Normal", reason: "Tested", message: "one", key: "k" } as const;
    await expect(cluster.recordEvent(event)).rejects.toMatchObject({ code: "EngineUnreachable", transient: true });
    await cluster.recordEvent(event);
    expect(await cluster.list({ apiVersion: "v1", kind: "Event" })).toHaveLength(1);
  });

  it("holds no secret, and no line end", async () => {
    const { cluster, server, object } = await withObject("Application", "argoproj.io/v1alpha1");
    const message = `see https://me:hunter2hunter2@example.com\n${"x".repeat(2000)}`;
    await cluster.recordEvent({ about: object, type: "Normal", reason: "Tested", message, key: "k" });
    const sent = JSON.parse(server.seen.at(-1)?.body ?? "{}") as { readonly message: string };
    expect(sent.message).not.toMatch(/hunter2|\n/);
    expect(sent.message.length).toBeLessThanOrEqual(1024);
  });
});

describe("a failure", () => {
  it.each([
    [401, "EngineAuth", 4],
    [403, "EngineForbidden", 4],
    [409, "EngineConflict", 1],
    [422, "EngineValidation", 1],
    [429, "EngineRateLimit", 1],
    [500, "EngineUnreachable", 1],
    [503, "EngineUnreachable", 1],
  ])("of HTTP %i is %s, exit %i, in one line without secrets", async (status, code, exit) => {
    const { cluster, server } = await kubeWorld();
    const message = "no:\n\u001b[31mBearer hunter2hunter2hunter2 https://me:hunter2hunter2@x first-token";
    const body = { kind: "Status", status: "Failure", message, reason: "Reason", code: status };
    server.faults.add({ path: /applications/, times: 2, does: { kind: "answer", status, body } });
    const error = await cluster.list(APPLICATION).catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code, exit });
    expect((error as Error).message).toMatch(/^cannot list applications.argoproj.io in all namespaces: no:/);
    expect((error as Error).message).not.toMatch(/[\n\u001b]/);
    expect(inspect(error, { depth: 9 })).not.toMatch(/hunter2|first-token/);
  });

  it("to reach a server names the cluster", async () => {
    const { cluster, server } = await kubeWorld();
    await server.close();
    await expect(cluster.list(APPLICATION)).rejects.toThrow(/^the cluster test cannot be reached: ECONNREFUSED/);
  });

  it("is told after 70 s without a word", async () => {
    const { cluster, server, clock } = await kubeWorld();
    server.faults.add({ path: /applications/, does: { kind: "half-open" } });
    const failing = cluster.list(APPLICATION).catch((caught: unknown) => caught);
    await until(() => server.faults.unused().length === 0);
    clock.advance(70_000);
    expect(await failing).toMatchObject({ code: "EngineUnreachable", message: "the cluster test does not answer" });
  });

  it("follows no redirect: the token is for this server", async () => {
    const { cluster, server } = await kubeWorld();
    const headers = { location: "http://127.0.0.1:1/stolen" };
    server.faults.add({ path: /applications/, does: { kind: "answer", status: 302, headers } });
    await expect(cluster.list(APPLICATION)).rejects.toMatchObject({ code: "EngineUnreachable" });
  });
});

describe("a list", () => {
  it("starts over when it expires between two pages", async () => {
    const { cluster, server, apply } = await kubeWorld({ pageSize: 1 });
    for (const name of ["a", "b"]) await apply(application(name));
    server.faults.add({ path: /continue/, does: { kind: "answer", status: 410 } });
    expect((await cluster.list(APPLICATION)).map(({ id }) => id.name)).toEqual(["a", "b"]);
  });

  it("of Secrets is never asked for", async () => {
    const { cluster, server } = await kubeWorld();
    await expect(cluster.list({ apiVersion: "v1", kind: "Secret" })).rejects.toMatchObject({ code: "EngineKind" });
    expect(server.seen).toEqual([]);
  });
});

describe("a name", () => {
  it.each(["..", ".", ""])("that is another path is refused: %j", async (name) => {
    const { cluster, server } = await kubeWorld();
    const get = cluster.get({ ...APPLICATION, namespace: "argocd", name });
    await expect(get).rejects.toMatchObject({ code: "EngineValidation" });
    const list = cluster.list({ ...APPLICATION, namespace: name });
    await expect(list).rejects.toMatchObject({ code: "EngineValidation" });
    expect(server.seen.map(({ path }) => path)).toEqual(["/apis/argoproj.io/v1alpha1"]);
  });

  it("with slashes stays one name", async () => {
    const { cluster, server } = await kubeWorld();
    expect(await cluster.get({ ...APPLICATION, namespace: "argocd", name: "../../x?a=b" })).toBeUndefined();
    expect(server.seen.at(-1)?.path).toMatch(/\/applications\/\.\.%2F\.\.%2Fx%3Fa%3Db$/);
  });

  it.each(["argoproj.io/../v1", "v1/", "../v1", "a/v1/b"])(
    "of a version that is another path is refused: %s",
    async (apiVersion) => {
      const { cluster, server } = await kubeWorld();
      await expect(cluster.list({ apiVersion, kind: "X" })).rejects.toMatchObject({ code: "EngineKind" });
      expect(server.seen).toEqual([]);
    },
  );
});
