import { describe, expect, it } from "vitest";
import { stringAt, type JsonObject } from "../../../src/core/model/json.ts";
import { kubeWorld } from "../../support/kubernetes/kube-world.ts";
import { readPublishedCrds } from "../../support/kubernetes/published-crds.ts";

const published = readPublishedCrds(process.env);

const metadata = { name: "api", namespace: "gitops" };
const APPLICATION: JsonObject = {
  apiVersion: "argoproj.io/v1alpha1",
  kind: "Application",
  metadata,
  spec: {
    project: "default",
    source: { repoURL: "https://git.example.com/acme/gitops.git", path: "apps/api", targetRevision: "main" },
    destination: { server: "https://kubernetes.default.svc", namespace: "api" },
  },
};
const KUSTOMIZATION: JsonObject = {
  apiVersion: "kustomize.toolkit.fluxcd.io/v1",
  kind: "Kustomization",
  metadata,
  spec: { interval: "10m", path: "./apps/api", prune: true, sourceRef: { kind: "GitRepository", name: "gitops" } },
};
const HELM_RELEASE: JsonObject = {
  apiVersion: "helm.toolkit.fluxcd.io/v2",
  kind: "HelmRelease",
  metadata,
  spec: { interval: "10m", chartRef: { kind: "OCIRepository", name: "api" }, values: { anything: { at: ["all"] } } },
};
const OBJECTS = [APPLICATION, KUSTOMIZATION, HELM_RELEASE].map(
  (object) => [stringAt(object, "kind") ?? "", object] as const,
);

describe.skipIf(published === undefined)("the engines' own schemas", () => {
  it.each(OBJECTS)("take a plain %s whole", (_, object) => {
    expect(published?.faults(object)).toEqual([]);
  });

  it.each(OBJECTS)("refuse a %s without its spec, and tell what they do not know", (_, object) => {
    const { spec, ...rest } = object;
    expect(published?.faults({ ...rest, spec: {} })).not.toEqual([]);
    expect(published?.faults({ ...rest, spec: { ...(spec as JsonObject), misspelt: 1 } })).toEqual([
      "unknown: spec.misspelt",
    ]);
  });

  it("have the status of an Application together with the rest, and Flux's apart", () => {
    const apart = published?.kinds.map(({ kind, version, statusApart }) => `${kind} ${version} ${statusApart}`);
    expect(apart).toEqual(
      expect.arrayContaining(["Application v1alpha1 false", "Kustomization v1 true", "HelmRelease v2 true"]),
    );
  });

  it.each(OBJECTS)("are served by the look-alike: %s", async (_, object) => {
    const { server } = await kubeWorld();
    for (const group of ["argoproj.io", "kustomize.toolkit.fluxcd.io", "helm.toolkit.fluxcd.io"])
      server.uninstall(group);
    for (const crd of published?.crds ?? []) server.install(crd);
    const plural = `${(stringAt(object, "kind") ?? "").toLowerCase()}s`;
    const path = `${server.url}/apis/${stringAt(object, "apiVersion") ?? ""}/namespaces/gitops/${plural}`;
    const post = async (body: JsonObject): Promise<number> =>
      (
        await fetch(path, {
          method: "POST",
          body: JSON.stringify(body),
          headers: { "content-type": "application/json" },
        })
      ).status;
    expect(await post(object)).toBe(201);
    expect(await post({ ...object, metadata: { ...metadata, name: "other" }, spec: {} })).toBe(422);
  });
});
