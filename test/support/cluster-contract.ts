/**
 * The Kubernetes API as lastgood uses it, and the adapter on it: one suite, held by the look-alike on every run and by a real
 * kube-apiserver where there is one (test/cluster). It writes only in a namespace of its own.
 */
import { beforeAll, describe, expect, it } from "vitest";
import { isObject, listAt, stringAt, valueAt, type JsonObject } from "../../src/core/model/json.ts";
import { describeAdapter } from "./cluster-contract-adapter.ts";
import { describeLeases } from "./cluster-contract-leases.ts";
import { describeObjects, describeStatus } from "./cluster-contract-objects.ts";
import {
  application,
  configMap,
  kustomization,
  MERGE,
  toolsFor,
  versionOf,
  type ApiTools,
  type ClusterWorld,
} from "./cluster-tools.ts";

export function describeCluster(open: () => Promise<ClusterWorld>): void {
  let api: ApiTools;
  beforeAll(async () => {
    api = toolsFor(await open());
  });
  describeObjects(() => api);
  describeStatus(() => api);
  describeLists(() => api);
  describeWatches(() => api);
  describeAdapter(() => api);
  describeLeases(() => api);
}

function describeLists(api: () => ApiTools): void {
  describe("lists", () => {
    const names = (body: JsonObject): readonly (string | undefined)[] =>
      listAt(body, "items").map((item) => stringAt(item, "metadata", "name"));

    it("come in pages of one moment", async () => {
      const { send, at } = api();
      for (const name of ["page-a", "page-b", "page-c"]) {
        await send("POST", at.configMaps, configMap(name, { labels: { pages: "true" } }));
      }
      const path = `${at.configMaps}?labelSelector=pages%3Dtrue&limit=2`;
      const first = await send("GET", path);
      expect(names(first.body)).toEqual(["page-a", "page-b"]);
      const token = stringAt(first.body, "metadata", "continue") ?? "";
      expect(token).not.toBe("");
      await send("POST", at.configMaps, configMap("page-d", { labels: { pages: "true" } }));
      const second = await send("GET", `${path}&continue=${encodeURIComponent(token)}`);
      expect(names(second.body)).toEqual(["page-c"]);
      expect(versionOf(second.body)).toBe(versionOf(first.body));
      expect(stringAt(second.body, "metadata", "continue") ?? "").toBe("");
    });

    it("refuse a continue token that is none: 400", async () => {
      const { send, at } = api();
      expect(await send("GET", `${at.configMaps}?limit=2&continue=nonsense`)).toMatchObject({ status: 400 });
    });

    it("carry apiVersion and kind at each item of custom kinds, and not of built-in ones", async () => {
      const { send, at } = api();
      await send("POST", at.configMaps, configMap("kindless"));
      await send("POST", at.applications, application("kindful"));
      const [item] = listAt((await send("GET", at.configMaps)).body, "items");
      const [custom] = listAt((await send("GET", at.applications)).body, "items");
      expect(isObject(item) && "kind" in item).toBe(false);
      expect(custom).toMatchObject({ apiVersion: "argoproj.io/v1alpha1", kind: "Application" });
    });

    it.each([
      ["tier=front", ["sel-a"]],
      ["tier==front", ["sel-a"]],
      ["tier!=front,sel", ["sel-b", "sel-c"]],
      ["tier in (front,back)", ["sel-a", "sel-b"]],
      ["tier notin (front),sel", ["sel-b", "sel-c"]],
      ["tier,sel", ["sel-a", "sel-b"]],
      ["!tier,sel", ["sel-c"]],
    ])("select by labels: %s", async (selector, expected) => {
      const { send, at } = api();
      const labels = {
        "sel-a": { sel: "1", tier: "front" },
        "sel-b": { sel: "1", tier: "back" },
        "sel-c": { sel: "1" },
      };
      for (const [name, of] of Object.entries(labels))
        await send("POST", at.configMaps, configMap(name, { labels: of }));
      const { body } = await send("GET", `${at.configMaps}?labelSelector=${encodeURIComponent(selector)}`);
      expect(names(body)).toEqual(expected);
    });

    it("select by name, and refuse fields that cannot be selected by: 400", async () => {
      const { send, at } = api();
      await send("POST", at.applications, application("chosen"));
      expect(names((await send("GET", `${at.applications}?fieldSelector=metadata.name%3Dchosen`)).body)).toEqual([
        "chosen",
      ]);
      expect(await send("GET", `${at.applications}?fieldSelector=spec.project%3Ddefault`)).toMatchObject({
        status: 400,
      });
    });
  });
}

function describeWatches(api: () => ApiTools): void {
  const short = (events: readonly JsonObject[]): readonly string[] =>
    events.map((event) => `${stringAt(event, "type") ?? ""} ${stringAt(event, "object", "metadata", "name") ?? ""}`);

  describe("watches", () => {
    it("tell what has happened since a version, in order, with apiVersion and kind", async () => {
      const { send, watch, at } = api();
      const { body } = await send("GET", at.configMaps);
      await send("POST", at.configMaps, configMap("watched"));
      await send("PATCH", `${at.configMaps}/watched`, { data: { key: "other" } }, MERGE);
      await send("DELETE", `${at.configMaps}/watched`);
      const events = await watch(at.configMaps, { resourceVersion: versionOf(body) }, 3);
      expect(short(events)).toEqual(["ADDED watched", "MODIFIED watched", "DELETED watched"]);
      expect(events[0]).toMatchObject({ object: { apiVersion: "v1", kind: "ConfigMap" } });
      const versions = events.map((event) => Number(stringAt(event, "object", "metadata", "resourceVersion")));
      expect(versions).toEqual([...versions].sort((a, b) => a - b));
      expect(versions[0]).toBeGreaterThan(Number(versionOf(body)));
    });

    it("tell an object that enters a selector as ADDED, and one that leaves it as DELETED", async () => {
      const { send, watch, at } = api();
      await send("POST", at.configMaps, configMap("enters"));
      const { body } = await send("GET", at.configMaps);
      const path = `${at.configMaps}/enters`;
      await send("PATCH", path, { metadata: { labels: { watched: "yes" } } }, MERGE);
      const left = await send("PATCH", path, { metadata: { labels: { watched: "no" } } }, MERGE);
      const query = { resourceVersion: versionOf(body), labelSelector: "watched=yes" };
      const events = await watch(at.configMaps, query, 2);
      expect(short(events)).toEqual(["ADDED enters", "DELETED enters"]);
      expect(stringAt(events[1], "object", "metadata", "resourceVersion")).toBe(versionOf(left.body));
    });

    it("from a version that is too old say 410, as an answer or as an ERROR", async () => {
      const { transport, watch, at } = api();
      // The kind came after version 1: what was before nobody remembers.
      const query = { watch: "true", resourceVersion: "1", timeoutSeconds: "5" };
      const answer = await transport.send({ method: "GET", path: at.widgets, query });
      const [event] = answer.status === 200 ? await watch(at.widgets, query, 1) : [];
      expect(stringAt(event, "type")).toBe(event === undefined ? undefined : "ERROR");
      expect(event === undefined ? answer.status : valueAt(event, "object", "code")).toBe(410);
    });

    it("from a version that is none are refused", async () => {
      const { transport, at } = api();
      const query = { watch: "true", resourceVersion: "nonsense", timeoutSeconds: "1" };
      const { status, text } = await transport.send({ method: "GET", path: at.configMaps, query });
      // As Kubernetes 1.34 answers: its word is no error of the API but of the cache behind it.
      expect(status).toBe(500);
      expect(text).toContain("resourceVersion: Invalid value");
    });

    it("end by themselves after timeoutSeconds, with a bookmark before for those who ask", async () => {
      const { send, watch, at, bookmarkSeconds } = api();
      const { body } = await send("GET", at.kustomizations);
      const query = {
        fieldSelector: "metadata.name=another",
        resourceVersion: versionOf(body),
        allowWatchBookmarks: "true",
        timeoutSeconds: String(bookmarkSeconds),
      };
      // There is something to mark only after a change that the watch is not told.
      const change = async (): Promise<unknown> => send("POST", at.kustomizations, kustomization("marked"));
      const events = await watch(at.kustomizations, query, Number.POSITIVE_INFINITY, change);
      const bookmarks = events.filter((event) => event["type"] === "BOOKMARK");
      expect(bookmarks.length).toBeGreaterThan(0);
      expect(bookmarks[0]).toMatchObject({ object: { kind: "Kustomization" } });
      expect(versionOf(bookmarks[0]?.["object"] ?? null)).toMatch(/^\d+$/);
      const unasked = { resourceVersion: versionOf(body), timeoutSeconds: "1" };
      const plain = await watch(at.kustomizations, unasked, Number.POSITIVE_INFINITY);
      expect(short(plain).filter((line) => line.startsWith("BOOKMARK"))).toEqual([]);
    });
  });
}
