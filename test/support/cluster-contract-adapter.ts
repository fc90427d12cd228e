/** The adapter's part of the suite: what lastgood's own port promises, on whatever server it is. */
import { describe, expect, it } from "vitest";
import { listAt, stringAt, valueAt } from "../../src/core/model/json.ts";
import type { LiveObject } from "../../src/ports/cluster.ts";
import { application, configMap, kustomization, type ApiTools } from "./cluster-tools.ts";
import { until } from "./manual-clock.ts";

const APPLICATION = { apiVersion: "argoproj.io/v1alpha1", kind: "Application" };
const KUSTOMIZATION = { apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization" };
const CONFIG_MAP = { apiVersion: "v1", kind: "ConfigMap" };

export function describeAdapter(api: () => ApiTools): void {
  async function made(
    manifest: ReturnType<typeof application>,
    path: string,
    kind: typeof APPLICATION,
  ): Promise<LiveObject> {
    const { send, cluster, namespace } = api();
    const { status, body } = await send("POST", path, manifest);
    expect(status).toBe(201);
    const found = await cluster.get({ ...kind, namespace, name: stringAt(body, "metadata", "name") ?? "" });
    if (found === undefined) throw new Error("it is not there");
    return found;
  }

  describe("the adapter", () => {
    it("lists a kind, in pages, with apiVersion and kind at each object", async () => {
      const { send, at, cluster, namespace } = api();
      for (const name of ["l-1", "l-2", "l-3"])
        await send("POST", at.configMaps, configMap(name, { labels: { l: "1" } }));
      const objects = await cluster.list({ ...CONFIG_MAP, namespace, labels: "l=1" });
      expect(objects.map(({ id }) => id)).toEqual(
        ["l-1", "l-2", "l-3"].map((name) => ({ ...CONFIG_MAP, namespace, name })),
      );
      expect(objects[0]).toMatchObject({ value: { ...CONFIG_MAP, data: { key: "value" } } });
      expect(valueAt(objects[0]?.value, "metadata", "managedFields")).toBeUndefined();
    });

    it("gets an object, and undefined for none", async () => {
      const { cluster, namespace, at } = api();
      const found = await made(application("gotten"), at.applications, APPLICATION);
      expect(found).toMatchObject({
        id: { ...APPLICATION, namespace, name: "gotten" },
        value: { spec: { project: "default" } },
      });
      expect(await cluster.get({ ...APPLICATION, namespace, name: "none" })).toBeUndefined();
    });

    it("says which kind the cluster does not have", async () => {
      const { cluster } = api();
      await expect(cluster.list({ apiVersion: "nobody.example/v1", kind: "Nothing" })).rejects.toMatchObject({
        code: "EngineKind",
      });
      await expect(cluster.list({ ...APPLICATION, kind: "Nothing" })).rejects.toMatchObject({ code: "EngineKind" });
    });

    it("follows a kind", async () => {
      const { cluster, send, at, namespace } = api();
      const told: string[] = [];
      const controller = new AbortController();
      const query = { ...CONFIG_MAP, namespace, labels: "followed=yes" };
      const followed = cluster.follow(query, {
        signal: controller.signal,
        onChange: (changes) => told.push(...changes.map(({ kind }) => kind)),
      });
      await until(() => followed.state().listedAtMs !== undefined);
      await send("POST", at.configMaps, configMap("followed", { labels: { followed: "yes" } }));
      await until(() => told.length === 1);
      await send("PATCH", `${at.configMaps}/followed`, { data: { key: "x" } }, "application/merge-patch+json");
      await until(() => told.length === 2);
      await send("DELETE", `${at.configMaps}/followed`);
      await until(() => told.length === 3);
      expect(told).toEqual(["found", "changed", "gone"]);
      expect(followed.state()).toMatchObject({ failure: undefined, objects: new Map() });
      controller.abort();
      await followed.done;
    });

    it.each([
      [false, "normal"],
      [true, "hard"],
    ])("asks Argo CD to look (hard: %s)", async (hard, value) => {
      const { cluster, at } = api();
      const object = await made(application(`look-${value}`), at.applications, APPLICATION);
      await cluster.askToLook(object, { engine: "argocd", hard });
      const after = await cluster.get(object.id);
      expect(valueAt(after?.value, "metadata", "annotations")).toEqual({ "argocd.argoproj.io/refresh": value });
      expect(valueAt(after?.value, "metadata", "generation")).toBe(1);
    });

    it("asks Flux to look", async () => {
      const { cluster, at } = api();
      const object = await made(kustomization("look"), at.kustomizations, KUSTOMIZATION);
      await cluster.askToLook(object, { engine: "flux", token: "job-1" });
      const annotations = valueAt((await cluster.get(object.id))?.value, "metadata", "annotations");
      expect(annotations).toEqual({ "reconcile.fluxcd.io/requestedAt": "job-1" });
    });

    it("does not ask about an object that was made anew, or is no more", async () => {
      const { cluster, send, at } = api();
      const object = await made(application("remade"), at.applications, APPLICATION);
      await send("DELETE", `${at.applications}/remade`);
      const ask = cluster.askToLook(object, { engine: "argocd", hard: false });
      await expect(ask).rejects.toMatchObject({ code: "EngineNotFound" });
      await made(application("remade"), at.applications, APPLICATION);
      const again = cluster.askToLook(object, { engine: "argocd", hard: false });
      await expect(again).rejects.toMatchObject({ code: "EngineConflict" });
    });

    it("asks what it may do, and keeps nothing of it", async () => {
      const { cluster, namespace } = api();
      const rights = ["list", "watch"].map((verb) => ({ verb, group: "apps", resource: "deployments", namespace }));
      const others = [
        { verb: "create", group: "", resource: "pods", subresource: "exec" },
        { verb: "get", group: "nobody.example", resource: "nothings" },
      ];
      // This account may do anything, also with what is not there.
      expect(await cluster.canI?.([...rights, ...others])).toEqual([true, true, true, true]);
      expect(await cluster.canI?.([])).toEqual([]);
    });

    it("says its version and its time", async () => {
      const { cluster } = api();
      const versions = await cluster.versions?.();
      expect(versions?.kubernetes).toMatch(/^v\d+\.\d+\.\d+/);
      expect(Math.abs(versions?.aheadMs ?? Number.NaN)).toBeLessThan(10_000);
    });

    it("creates an Event once", async () => {
      const { cluster, send, at } = api();
      const about = await made(application("eventful"), at.applications, APPLICATION);
      const event = { about, type: "Warning", reason: "RevertProposed", message: "a\nb", key: "job-1" } as const;
      await cluster.recordEvent(event);
      await cluster.recordEvent(event);
      await cluster.recordEvent({ ...event, key: "job-2" });
      const { body } = await send("GET", `${at.events}?fieldSelector=involvedObject.name%3Deventful`);
      expect(listAt(body, "items")).toHaveLength(2);
      expect(listAt(body, "items")[0]).toMatchObject({
        involvedObject: { ...APPLICATION, uid: about.uid },
        type: "Warning",
        reason: "RevertProposed",
        message: "a b",
        source: { component: "lastgood" },
      });
    });
  });
}
