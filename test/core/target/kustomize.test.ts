import { describe, expect, it } from "vitest";
import type { JsonValue } from "../../../src/core/model/json.ts";
import { isRemote, kustomizationInputs, namesWorkload, pluginInputs } from "../../../src/core/target/kustomize.ts";

describe("kustomizationInputs", () => {
  it.each<[string, JsonValue, readonly string[]]>([
    ["resources, files and folders", { resources: ["a.yaml", "../base", "./x/"] }, ["p/o/a.yaml", "p/base", "p/o/x"]],
    ["bases", { bases: ["../../b"] }, ["b"]],
    ["components", { components: ["../c"] }, ["p/c"]],
    ["patches by path, not inline", { patches: [{ path: "a.yaml" }, { patch: "a: 1\nb: 2" }] }, ["p/o/a.yaml"]],
    ["strategic merge patches, not inline", { patchesStrategicMerge: ["a.yaml", "kind: X\nname: y"] }, ["p/o/a.yaml"]],
    ["JSON 6902 patches", { patchesJson6902: [{ path: "a.json" }] }, ["p/o/a.json"]],
    ["crds, configurations", { crds: ["a.json"], configurations: ["b.yaml"] }, ["p/o/a.json", "p/o/b.yaml"]],
    [
      "replacements, openapi",
      { replacements: [{ path: "r.yaml" }], openapi: { path: "o.json" } },
      ["p/o/r.yaml", "p/o/o.json"],
    ],
    [
      "generated files and envs",
      { configMapGenerator: [{ files: ["k=../f/a=b.txt", "c.txt"], envs: ["e"], env: "old.env" }] },
      ["p/f/a=b.txt", "p/o/c.txt", "p/o/e", "p/o/old.env"],
    ],
    ["secret generators", { secretGenerator: [{ files: ["s"] }] }, ["p/o/s"]],
    [
      "chart values",
      { helmCharts: [{ name: "x", valuesFile: "v.yaml", additionalValuesFiles: ["w.yaml"] }] },
      ["p/o/v.yaml", "p/o/w.yaml"],
    ],
    ["a file twice once", { resources: ["a.yaml", "./a.yaml"] }, ["p/o/a.yaml"]],
    [
      "nothing of another shape",
      { resources: [1, null, { a: 1 }, [""]], patches: "x", configMapGenerator: { files: ["a"] } },
      [],
    ],
    ["nothing of no object", "resources", []],
  ])("finds %s", (_, value, paths) => {
    expect(kustomizationInputs("p/o/kustomization.yaml", value).paths).toEqual(paths);
  });

  it("tells remote, outside and chart folders apart", () => {
    const value = {
      resources: ["https://x.example/a.yaml", "github.com/o/r//p?ref=v1", "../../../etc", "/abs", "ok.yaml"],
      generators: ["g.yaml"],
      helmGlobals: { chartHome: "../charts" },
      helmCharts: [{ name: "redis" }],
      helmChartInflationGenerator: [{ chartName: "old", values: "v.yaml" }],
    };
    expect(kustomizationInputs("p/o/kustomization.yaml", value)).toEqual({
      paths: ["p/o/ok.yaml", "p/o/g.yaml", "p/o/v.yaml"],
      plugins: ["p/o/g.yaml"],
      charts: ["p/charts/redis", "p/o/charts/old"],
      remote: ["https://x.example/a.yaml", "github.com/o/r//p?ref=v1"],
      outside: ["../../../etc", "/abs"],
    });
  });

  it("reads the configuration of plugins from the kustomization's folder", () => {
    const value = { kind: "ksops", files: ["./a.enc.yaml"], secretFrom: [{ files: ["k=b"], envs: ["c"] }], path: "d" };
    expect(pluginInputs("x", value).paths).toEqual(["x/d", "x/a.enc.yaml", "x/b", "x/c"]);
  });
});

describe("isRemote", () => {
  it.each([
    "https://github.com/o/r",
    "http://x/a.yaml",
    "ssh://git@host/o/r",
    "git::https://x/y",
    "git@github.com:o/r.git",
    "github.com/o/r/base?ref=main",
    "gitlab.com/o/r",
    "o/r?ref=v1",
    "host.example/o/r.git//base",
    "git.example.com/o/r//base",
    "file:///etc/passwd",
  ])("takes %s for remote", (text) => {
    expect(isRemote(text)).toBe(true);
  });

  it.each(["../base", "a.b/c", "a//b", "github/base", "x.github.com.yaml", "base.gitops/x"])(
    "takes %s for local",
    (text) => {
      expect(isRemote(text)).toBe(false);
    },
  );
});

describe("namesWorkload", () => {
  const web = { kind: "Deployment", name: "web", images: ["ghcr.io/acme/web"] };

  it.each<[string, JsonValue, boolean]>([
    ["a patch aimed at it", { patches: [{ target: { kind: "Deployment", name: "web" } }] }, true],
    ["a patch aimed at all of its kind", { patches: [{ target: { kind: "Deployment" } }] }, true],
    ["an old patch aimed at it", { patchesJson6902: [{ target: { kind: "Deployment", name: "web" } }] }, true],
    ["an inline patch of it", { patches: [{ patch: "kind: Deployment\nmetadata:\n  name: web\n" }] }, true],
    ["an inline merge patch of it", { patchesStrategicMerge: ['kind: Deployment\nmetadata:\n  name: "web"\n'] }, true],
    ["its image", { images: [{ name: "ghcr.io/acme/web", newTag: "2" }] }, true],
    ["its replicas", { replicas: [{ name: "web", count: 2 }] }, true],
    ["a patch of another", { patches: [{ target: { kind: "Deployment", name: "api" } }] }, false],
    ["a patch of another kind", { patches: [{ target: { kind: "Service", name: "web" } }] }, false],
    ["another image", { images: [{ name: "ghcr.io/acme/api" }] }, false],
    ["nothing", {}, false],
  ])("judges %s", (_, value, expected) => {
    expect(namesWorkload(value, web)).toBe(expected);
  });
});
