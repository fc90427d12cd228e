import { describe, expect, it } from "vitest";
import type { JsonObject, JsonValue } from "../../../src/core/model/json.ts";
import { blobId } from "../../../src/core/model/git.ts";
import { applicationSources } from "../../../src/core/target/argocd.ts";
import { buildTree } from "../../../src/core/target/tree.ts";

const HERE = "https://github.com/acme/gitops";
const MANIFEST = "argocd/api.yaml";
const tree = buildTree(
  ["apps/api/deployment.yaml", "charts/api/Chart.yaml", "values/prod.yaml", MANIFEST].map((path) => ({
    path,
    mode: "100644" as const,
    id: blobId("0".repeat(40)),
  })),
);

function application(spec: JsonObject, metadata: JsonObject = {}): JsonObject {
  return { apiVersion: "argoproj.io/v1alpha1", kind: "Application", metadata: { name: "api", ...metadata }, spec };
}

function find(source: { readonly [key: string]: JsonValue }, repositoryUrls: readonly string[] = [HERE]) {
  const value = application({ source: { repoURL: HERE, ...source } });
  return applicationSources(value, { tree, repositoryUrls, manifest: MANIFEST });
}

const OVERRIDES = ["apps/api/.argocd-source.yaml", "apps/api/.argocd-source-api.yaml"];

describe("applicationSources", () => {
  it.each<[string, JsonObject, JsonObject]>([
    ["detects the tool without a block", { path: "apps/api" }, { tool: "detect" }],
    ["takes an empty block for none", { path: "apps/api", helm: {}, directory: {} }, { tool: "detect" }],
    ["obeys a kustomize block", { path: "./apps/api/", kustomize: { version: "v5" } }, { tool: "kustomize" }],
    ["takes everything for a plugin", { path: "apps/api", plugin: { name: "x" } }, { tool: "everything" }],
    [
      "reads a directory's top level",
      { path: "apps/api", directory: { include: "*.yaml" } },
      { tool: "directory", recurse: false, include: ["**.yaml"] },
    ],
    [
      "crosses folders with a directory's stars",
      { path: "apps/api", directory: { recurse: true, exclude: "{a/*,*/b}" } },
      { tool: "directory", recurse: true, exclude: ["{a/**,**[/]b}"] },
    ],
  ])("%s", (_, source, expected) => {
    expect(find(source)).toEqual({ sources: [{ path: "apps/api", ...expected, files: OVERRIDES }], notes: [] });
  });

  it("resolves value files from the path, the root, and build variables", () => {
    const helm = {
      valueFiles: ["a.yaml", "/values/prod.yaml", "../b.yaml", "$ARGOCD_APP_NAME.yaml", "/v/${ARGOCD_APP_NAME}/*.yaml"],
      fileParameters: [{ name: "x", path: "x.txt" }],
    };
    expect(find({ path: "apps/api", helm }).sources).toEqual([
      {
        path: "apps/api",
        tool: "helm",
        files: [
          "apps/api/a.yaml",
          "values/prod.yaml",
          "apps/b.yaml",
          "apps/api/api.yaml",
          "v/api/*.yaml",
          "apps/api/x.txt",
          ...OVERRIDES,
        ],
      },
    ]);
  });

  it.each([
    ["https://x.example/v.yaml", "value file from https://x.example/v.yaml"],
    ["../../../../etc/passwd", "value file leaves the repository: ../../../../etc/passwd"],
    ["/../etc/passwd", "value file leaves the repository: /../etc/passwd"],
    ["$OTHER/v.yaml", "value file with a variable: $OTHER/v.yaml"],
    ["{{.env}}.yaml", "value file with a variable: {{.env}}.yaml"],
  ])("notes the value file %s and does not follow it", (file, note) => {
    const found = find({ path: "apps/api", helm: { valueFiles: [file] } });
    expect(found.notes).toEqual([note]);
    expect(found.sources).toEqual([{ path: "apps/api", tool: "helm", files: OVERRIDES }]);
  });

  it("takes the manifest along when it says what is deployed", () => {
    const { sources } = find({ path: "apps/api", kustomize: { images: ["api:2"] } });
    expect(sources[0]?.files).toEqual([...OVERRIDES, MANIFEST]);
  });

  it("reads a pinned source from its manifest only", () => {
    expect(find({ path: "apps/api", targetRevision: "v1.2.3" })).toEqual({
      sources: [{ path: MANIFEST, tool: "directory" }],
      notes: [`pinned to v1.2.3: a change arrives only with a new targetRevision in ${MANIFEST}`],
    });
  });

  it("reads a chart from a registry in its manifest", () => {
    expect(find({ repoURL: "https://charts.example", chart: "redis", targetRevision: "1.2.3" })).toEqual({
      sources: [{ path: MANIFEST, tool: "directory" }],
      notes: ["chart redis 1.2.3 comes from https://charts.example"],
    });
  });

  it("prefers sources to source, and the hydrator's dry source to both", () => {
    const source = { repoURL: HERE, path: "apps/none" };
    const sources = [{ repoURL: HERE, path: "charts/api" }];
    const context = { tree, repositoryUrls: [HERE], manifest: MANIFEST };
    expect(applicationSources(application({ source, sources }), context).sources.map(({ path }) => path)).toEqual([
      "charts/api",
    ]);
    const sourceHydrator = { drySource: { repoURL: HERE, path: "apps/api", targetRevision: "main" } };
    const hydrated = applicationSources(application({ source, sources, sourceHydrator }), context);
    expect(hydrated.sources.map(({ path }) => path)).toEqual(["apps/api"]);
    expect(hydrated.notes).toHaveLength(1);
  });

  it("resolves $ref from the root of this repository, and ignores another's", () => {
    const sources = [
      {
        repoURL: "https://charts.example",
        chart: "x",
        targetRevision: "1.0.0",
        helm: { valueFiles: ["$mine/values/prod.yaml", "$theirs/values/prod.yaml"] },
      },
      { repoURL: HERE, ref: "mine", targetRevision: "main" },
      { repoURL: "https://github.com/acme/other", ref: "theirs" },
    ];
    const found = applicationSources(application({ sources }), { tree, repositoryUrls: [HERE], manifest: MANIFEST });
    expect(found.sources).toEqual([{ path: "values/prod.yaml", tool: "directory", files: [MANIFEST] }]);
    expect(found.notes).toContain("reads from another repository: https://github.com/acme/other");
  });

  it("finds nothing in another repository, behind a template, or outside", () => {
    expect(find({ repoURL: "https://github.com/acme/other", path: "apps/api" }).sources).toEqual([]);
    expect(find({ path: "apps/{{name}}" })).toEqual({ sources: [], notes: ["path is a template: apps/{{name}}"] });
    expect(find({ path: "../outside" })).toEqual({ sources: [], notes: ["path leaves the repository: ../outside"] });
    expect(find({})).toEqual({ sources: [], notes: ["a source without a path"] });
  });

  it("goes by what exists when no address of the repository is known", () => {
    expect(find({ path: "apps/api" }, []).sources).toHaveLength(1);
    expect(find({ path: "apps/api" }, []).notes).toEqual([
      `took ${HERE} for this repository, because its path exists here`,
    ]);
    expect(find({ path: "apps/none" }, []).sources).toEqual([]);
  });

  it("unites the annotated paths besides its own folder", () => {
    const annotations = { "argocd.argoproj.io/manifest-generate-paths": ".;/shared; ../lib ;;../../../x" };
    const value = application({ source: { repoURL: HERE, path: "apps/api" } }, { annotations, namespace: "argocd" });
    const { sources } = applicationSources(value, { tree, repositoryUrls: [HERE], manifest: MANIFEST });
    expect(sources[0]?.files).toEqual([...OVERRIDES, "apps/api/.argocd-source-argocd_api.yaml", "shared", "apps/lib"]);
  });

  it("survives any shape of spec", () => {
    for (const spec of [
      null,
      [],
      "x",
      { sources: [null, 1, "x"] },
      { source: [] },
      { source: { repoURL: 1, path: {} } },
    ]) {
      const value = { apiVersion: "argoproj.io/v1alpha1", kind: "Application", spec } as JsonObject;
      expect(applicationSources(value, { tree, repositoryUrls: [], manifest: MANIFEST }).sources).toEqual([]);
    }
  });
});
