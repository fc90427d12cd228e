import { describe, expect, it } from "vitest";
import { listAt, stringAt, valueAt, type JsonObject, type JsonValue } from "../../src/core/model/json.ts";
import {
  application,
  configMap,
  JSON_PATCH,
  kustomization,
  MERGE,
  versionOf,
  widget,
  type ApiTools,
} from "./cluster-tools.ts";

const generationOf = (object: JsonValue): JsonValue | undefined => valueAt(object, "metadata", "generation");
export function describeObjects(api: () => ApiTools): void {
  describe("objects", () => {
    it("are created with uid, version and time, read and deleted", async () => {
      const { send, at } = api();
      const created = await send("POST", at.configMaps, configMap("one"));
      expect(created).toMatchObject({ status: 201, body: { metadata: { name: "one", namespace: api().namespace } } });
      for (const key of ["uid", "resourceVersion", "creationTimestamp"]) {
        expect(valueAt(created.body, "metadata", key)).toBeTypeOf("string");
      }
      const read = await send("GET", `${at.configMaps}/one`);
      expect(read).toMatchObject({ status: 200, body: { kind: "ConfigMap", data: { key: "value" } } });
      expect(await send("DELETE", `${at.configMaps}/one`)).toMatchObject({ status: 200, body: { status: "Success" } });
      const gone = await send("GET", `${at.configMaps}/one`);
      expect(gone).toMatchObject({ status: 404, body: { kind: "Status", reason: "NotFound", code: 404 } });
      expect(gone.body["message"]).toBe('configmaps "one" not found');
    });

    it("are not created twice: AlreadyExists", async () => {
      const { send, at } = api();
      await send("POST", at.applications, application("twice"));
      expect(await send("POST", at.applications, application("twice"))).toMatchObject({
        status: 409,
        body: { reason: "AlreadyExists", message: 'applications.argoproj.io "twice" already exists' },
      });
    });

    it("get another uid when they are made anew", async () => {
      const { send, at } = api();
      const first = await send("POST", at.configMaps, configMap("anew"));
      await send("DELETE", `${at.configMaps}/anew`);
      const second = await send("POST", at.configMaps, configMap("anew"));
      expect(valueAt(second.body, "metadata", "uid")).not.toBe(valueAt(first.body, "metadata", "uid"));
    });

    it("are replaced only at the version they have: Conflict", async () => {
      const { send, at } = api();
      const { body } = await send("POST", at.applications, application("replaced"));
      const next = { ...body, spec: { project: "other" } };
      expect(await send("PUT", `${at.applications}/replaced`, next)).toMatchObject({ status: 200 });
      expect(await send("PUT", `${at.applications}/replaced`, next)).toMatchObject({
        status: 409,
        body: { reason: "Conflict" },
      });
      const { metadata: _, ...rest } = next as JsonObject;
      const unversioned = { ...rest, metadata: { name: "replaced" } };
      expect(await send("PUT", `${at.applications}/replaced`, unversioned)).toMatchObject({
        status: 422,
        body: { reason: "Invalid" },
      });
    });

    it("keep their version when a write changes nothing", async () => {
      const { send, at } = api();
      const { body } = await send("POST", at.applications, application("same"));
      const again = await send("PATCH", `${at.applications}/same`, { spec: { project: "default" } }, MERGE);
      expect(versionOf(again.body)).toBe(versionOf(body));
    });

    it("are merge-patched: null takes a field away", async () => {
      const { send, at } = api();
      await send("POST", at.applications, application("merged", { spec: { project: "default", path: "a" } }));
      const patched = await send("PATCH", `${at.applications}/merged`, { spec: { path: null, name: "x" } }, MERGE);
      expect(patched).toMatchObject({ status: 200, body: { spec: { project: "default", name: "x" } } });
      expect(patched.body["spec"]).not.toHaveProperty("path");
    });

    it("are JSON-patched, and not when a test fails: 422", async () => {
      const { send, at } = api();
      await send("POST", at.applications, application("patched"));
      const patch = (value: string): object[] => [
        { op: "test", path: "/spec/project", value },
        { op: "replace", path: "/spec/project", value: "other" },
      ];
      expect(await send("PATCH", `${at.applications}/patched`, patch("wrong"), JSON_PATCH)).toMatchObject({
        status: 422,
      });
      expect(await send("PATCH", `${at.applications}/patched`, patch("default"), JSON_PATCH)).toMatchObject({
        status: 200,
        body: { spec: { project: "other" } },
      });
    });

    it("refuse a patch that means another uid: Invalid, metadata.uid", async () => {
      const { send, at } = api();
      await send("POST", at.applications, application("other-uid"));
      const patch = { metadata: { uid: "11111111-2222-3333-4444-555555555555", annotations: { a: "b" } } };
      const refused = await send("PATCH", `${at.applications}/other-uid`, patch, MERGE);
      expect(refused).toMatchObject({ status: 422, body: { reason: "Invalid" } });
      const fields = listAt(refused.body, "details", "causes").map((cause) => stringAt(cause, "field"));
      // Kubernetes 1.34 says it twice of a custom resource.
      expect(new Set(fields)).toEqual(new Set(["metadata.uid"]));
    });

    it("of custom kinds take no strategic patch: 415", async () => {
      const { send, at } = api();
      await send("POST", at.applications, application("strategic"));
      const answer = await send("PATCH", `${at.applications}/strategic`, {}, "application/strategic-merge-patch+json");
      expect(answer).toMatchObject({ status: 415, body: { reason: "UnsupportedMediaType" } });
    });

    it("are applied: created when they are missing, and only in somebody's name", async () => {
      const { send, at } = api();
      const path = `${at.applications}/applied`;
      const type = "application/apply-patch+yaml";
      expect(await send("PATCH", path, application("applied"), type)).toMatchObject({ status: 422 });
      expect(await send("PATCH", `${path}?fieldManager=test`, application("applied"), type)).toMatchObject({
        status: 201,
      });
      expect(await send("PATCH", `${path}?fieldManager=test`, application("applied"), type)).toMatchObject({
        status: 200,
      });
    });

    it("with a finalizer stay, marked, until it is taken away", async () => {
      const { send, at } = api();
      const path = `${at.configMaps}/finalized`;
      await send("POST", at.configMaps, configMap("finalized", { finalizers: ["lastgood.test/hold"] }));
      await send("DELETE", path);
      expect(valueAt((await send("GET", path)).body, "metadata", "deletionTimestamp")).toBeTypeOf("string");
      await send("PATCH", path, { metadata: { finalizers: null } }, MERGE);
      expect(await send("GET", path)).toMatchObject({ status: 404 });
    });

    it("are deleted only while they have the uid that is meant: Conflict", async () => {
      const { send, at } = api();
      await send("POST", at.configMaps, configMap("preconditioned"));
      const options = { preconditions: { uid: "11111111-2222-3333-4444-555555555555" } };
      const answer = await send("DELETE", `${at.configMaps}/preconditioned`, options);
      expect(answer).toMatchObject({ status: 409, body: { reason: "Conflict" } });
    });

    it("are refused under a bad name, in another namespace and of another kind", async () => {
      const { send, at } = api();
      expect(await send("POST", at.configMaps, configMap("Not_a_name"))).toMatchObject({ status: 422 });
      expect(await send("POST", at.configMaps, configMap("elsewhere", { namespace: "default" }))).toMatchObject({
        status: 400,
      });
      expect(await send("POST", at.configMaps, application("kind"))).toMatchObject({ status: 400 });
    });

    it("of custom kinds are pruned, given their defaults, and checked", async () => {
      const { send, at } = api();
      const created = await send("POST", at.widgets, widget("shaped", { size: 3, unknown: true }));
      expect(created).toMatchObject({ status: 201, body: { spec: { size: 3, colour: "red" } } });
      expect(created.body["spec"]).not.toHaveProperty("unknown");
      const refused = await send("POST", at.widgets, widget("misshapen", { size: "three", colour: "mauve" }));
      expect(refused).toMatchObject({ status: 422, body: { reason: "Invalid" } });
      const fields = listAt(refused.body, "details", "causes").map((cause) => stringAt(cause, "field"));
      expect(fields).toEqual(expect.arrayContaining(["spec.size"]));
      expect(await send("POST", at.widgets, widget("sizeless", {}))).toMatchObject({ status: 422 });
    });
  });

  describe("discovery", () => {
    it("tells plural, kind and scope, and status as a part", async () => {
      const { body } = await api().send("GET", "/apis/kustomize.toolkit.fluxcd.io/v1");
      expect(body).toMatchObject({ kind: "APIResourceList", groupVersion: "kustomize.toolkit.fluxcd.io/v1" });
      expect(listAt(body, "resources")).toEqual([
        expect.objectContaining({ name: "kustomizations", kind: "Kustomization", namespaced: true }),
        expect.objectContaining({ name: "kustomizations/status", kind: "Kustomization" }),
      ]);
    });

    it("knows the core group", async () => {
      const { body } = await api().send("GET", "/api/v1");
      expect(listAt(body, "resources")).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ name: "pods", kind: "Pod", namespaced: true }),
          expect.objectContaining({ name: "namespaces", kind: "Namespace", namespaced: false }),
        ]),
      );
    });

    it("does not know what is not installed: 404", async () => {
      const paths = ["/apis/nobody.example/v1", `/apis/argoproj.io/v1alpha1/namespaces/${api().namespace}/nothings`];
      for (const path of paths) {
        expect((await api().transport.send({ method: "GET", path })).status).toBe(404);
      }
    });
  });
}

export function describeStatus(api: () => ApiTools): void {
  describe("status", () => {
    it("of a kind that has it apart is dropped from ordinary writes, and its own write changes nothing else", async () => {
      const { send, at } = api();
      const status = { conditions: [{ type: "Ready", status: "True" }] };
      const created = await send("POST", at.kustomizations, kustomization("apart", { status }));
      expect(created.body).not.toHaveProperty("status");
      const path = `${at.kustomizations}/apart`;
      expect((await send("PATCH", path, { status }, MERGE)).body).not.toHaveProperty("status");
      const written = await send("PATCH", `${path}/status`, { spec: { path: "./other" }, status }, MERGE);
      expect(written).toMatchObject({ status: 200, body: { spec: { path: "./" }, status } });
      expect(generationOf(written.body)).toBe(1);
    });

    it("of an Application is written by ordinary writes, which count as a generation", async () => {
      const { send, at } = api();
      await send("POST", at.applications, application("together"));
      const path = `${at.applications}/together`;
      const patch = { status: { sync: { status: "Synced" } } };
      expect((await send("PATCH", `${path}/status`, patch, MERGE)).status).toBe(404);
      const written = await send("PATCH", path, patch, MERGE);
      expect(written).toMatchObject({ status: 200, body: patch });
      expect(generationOf(written.body)).toBe(2);
    });

    it.each(["applications", "kustomizations"] as const)(
      "%s: spec counts as a generation, metadata does not",
      async (plural) => {
        const { send, at } = api();
        const manifest = plural === "applications" ? application("counted") : kustomization("counted");
        expect(generationOf((await send("POST", at[plural], manifest)).body)).toBe(1);
        const path = `${at[plural]}/counted`;
        const labelled = await send("PATCH", path, { metadata: { labels: { a: "b" } } }, MERGE);
        expect(generationOf(labelled.body)).toBe(1);
        const respecified = await send("PATCH", path, { spec: { path: "./b" } }, MERGE);
        expect(generationOf(respecified.body)).toBe(2);
      },
    );
  });
}
