import { describe, expect, it } from "vitest";
import { blobId } from "../../../src/core/model/git.ts";
import type { JsonObject } from "../../../src/core/model/json.ts";
import { helmReleaseSources, kustomizationSources } from "../../../src/core/target/flux.ts";
import { buildTree } from "../../../src/core/target/tree.ts";

const HERE = "https://github.com/acme/fleet";
const MANIFEST = "clusters/prod/apps.yaml";
const tree = buildTree(
  ["apps/prod/a.yaml", "charts/api/Chart.yaml", "charts/api/values-prod.yaml", MANIFEST].map((path) => ({
    path,
    mode: "100644" as const,
    id: blobId("0".repeat(40)),
  })),
);

function source(name: string, spec: JsonObject) {
  return { manifest: `clusters/prod/${name}.yaml`, value: { metadata: { name, namespace: "flux-system" }, spec } };
}

const gitRepositories = [
  source("here", { url: `${HERE}.git`, ref: { branch: "main" } }),
  source("there", { url: "https://github.com/vendor/x" }),
  source("tagged", { url: HERE, ref: { branch: "main", tag: "v1" } }),
];
const context = { tree, repositoryUrls: [HERE], manifest: MANIFEST, gitRepositories };

function kustomization(spec: JsonObject) {
  const sourceRef = { kind: "GitRepository", name: "here" };
  const value = {
    metadata: { name: "apps", namespace: "flux-system" },
    spec: { sourceRef, path: "./apps/prod", ...spec },
  };
  return kustomizationSources(value, context);
}

function release(chart: JsonObject, spec: JsonObject = {}) {
  const value = { metadata: { name: "api", namespace: "flux-system" }, spec: { chart: { spec: chart }, ...spec } };
  return helmReleaseSources(value, context);
}

const MANIFEST_ONLY = [{ path: MANIFEST, tool: "directory" }];

describe("kustomizationSources", () => {
  it("follows the path into this repository", () => {
    expect(kustomization({})).toEqual({ sources: [{ path: "apps/prod", tool: "kustomize" }], notes: [] });
    expect(kustomization({ path: "/apps/prod" }).sources).toEqual([{ path: "apps/prod", tool: "kustomize" }]);
  });

  it("takes components along, and the manifest when it changes what is built", () => {
    expect(kustomization({ components: ["../c", "../../../x"], patches: [] }).sources).toEqual([
      { path: "apps/prod", tool: "kustomize", files: ["apps/c", MANIFEST] },
    ]);
    expect(kustomization({ postBuild: { substitute: { a: "b" } } }).sources[0]?.files).toEqual([MANIFEST]);
  });

  it("notes what is substituted from the cluster", () => {
    const substituteFrom = [{ kind: "ConfigMap", name: "settings" }];
    expect(kustomization({ postBuild: { substituteFrom } }).notes).toEqual([
      "substitutes from ConfigMap/settings, which may not be in git",
    ]);
  });

  it("finds nothing of another repository, of an OCI artifact, or outside", () => {
    expect(kustomization({ sourceRef: { kind: "GitRepository", name: "there" } })).toEqual({
      sources: [],
      notes: ["reads from another repository: https://github.com/vendor/x"],
    });
    expect(kustomization({ sourceRef: { kind: "OCIRepository", name: "x" } }).sources).toEqual([]);
    expect(kustomization({ path: "../../x" })).toEqual({ sources: [], notes: ["cannot follow path ../../x"] });
    expect(kustomization({ path: "./apps/${CLUSTER}" }).sources).toEqual([]);
  });

  it("reads a pinned source where its revision is written", () => {
    const found = kustomization({ sourceRef: { kind: "GitRepository", name: "tagged" } });
    expect(found.sources).toEqual([{ path: "clusters/prod/tagged.yaml", tool: "directory" }]);
    expect(found.notes).toEqual([
      "GitRepository/tagged is pinned to v1: a change arrives only when that changes in clusters/prod/tagged.yaml",
    ]);
  });

  it("goes by the path when the source is defined elsewhere", () => {
    const sourceRef = { kind: "GitRepository", name: "flux-system" };
    expect(kustomization({ sourceRef }).sources).toEqual([{ path: "apps/prod", tool: "kustomize" }]);
    expect(kustomization({ sourceRef, path: "./none" }).sources).toEqual([]);
  });
});

describe("helmReleaseSources", () => {
  const sourceRef = { kind: "GitRepository", name: "here" };

  it("is the chart in git with its value files, and always its manifest", () => {
    const chart = {
      chart: "./charts/api",
      reconcileStrategy: "Revision",
      sourceRef,
      valuesFiles: ["charts/api/x.yaml", "values-prod.yaml"],
    };
    expect(release(chart)).toEqual({
      sources: [
        { path: "charts/api", tool: "helm", files: ["charts/api/x.yaml", "charts/api/values-prod.yaml", MANIFEST] },
      ],
      notes: [],
    });
  });

  it("notes a chart that is not built again for every commit", () => {
    expect(release({ chart: "charts/api", sourceRef }).notes).toEqual([
      "Flux builds chart charts/api again only when the version in its Chart.yaml changes (reconcileStrategy ChartVersion)",
    ]);
  });

  it.each<[string, JsonObject, string]>([
    [
      "a Helm repository",
      { chart: "redis", version: "1.2.3", sourceRef: { kind: "HelmRepository", name: "r" } },
      "chart redis 1.2.3 comes from HelmRepository/r",
    ],
    [
      "another repository",
      { chart: "charts/api", sourceRef: { kind: "GitRepository", name: "there" } },
      "reads from another repository: https://github.com/vendor/x",
    ],
    ["outside of the repository", { chart: "../x", sourceRef }, "cannot follow chart ../x"],
  ])("is its manifest when the chart comes from %s", (_, chart, note) => {
    expect(release(chart)).toEqual({ sources: MANIFEST_ONLY, notes: [note] });
  });

  it("notes values from the cluster and a chart by reference", () => {
    const spec = { chartRef: { kind: "OCIRepository", name: "api" }, valuesFrom: [{ kind: "Secret", name: "v" }] };
    expect(helmReleaseSources({ metadata: { name: "api" }, spec }, context)).toEqual({
      sources: MANIFEST_ONLY,
      notes: ["takes values from Secret/v", "chart comes from OCIRepository/api"],
    });
  });
});
