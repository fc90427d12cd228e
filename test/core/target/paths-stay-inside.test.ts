import { array, assert, constantFrom, dictionary, jsonValue, oneof, property, string } from "fast-check";
import { describe, expect, it } from "vitest";
import { blobId } from "../../../src/core/model/git.ts";
import type { JsonObject, JsonValue } from "../../../src/core/model/json.ts";
import { applicationSources } from "../../../src/core/target/argocd.ts";
import { helmReleaseSources, kustomizationSources } from "../../../src/core/target/flux.ts";
import { chartInputs } from "../../../src/core/target/helm.ts";
import { kustomizationInputs, pluginInputs } from "../../../src/core/target/kustomize.ts";
import { joinPath, normalizePath } from "../../../src/core/target/path.ts";
import { buildTree } from "../../../src/core/target/tree.ts";

/** Texts that try to climb, mixed with any. */
const path = oneof(
  string({ maxLength: 12 }),
  array(constantFrom("..", ".", "", "a", "b.yaml", "$v", "~", "*", "file:"), { maxLength: 6 }).map((parts) =>
    parts.join("/"),
  ),
);
const tree = buildTree([{ path: "a/b.yaml", mode: "100644", id: blobId("0".repeat(40)) }]);
const context = { tree, repositoryUrls: [], manifest: "a/b.yaml", gitRepositories: [] };

function expectInside(paths: readonly string[]): void {
  for (const one of paths) expect(normalizePath(one)).toBe(one);
}

describe("paths in manifests", () => {
  it("never leave the repository when joined", () => {
    assert(
      property(path, path, (folder, written) => {
        const base = normalizePath(folder) ?? "";
        const joined = joinPath(base, written);
        if (joined !== undefined) expectInside([joined]);
      }),
      { numRuns: 1000 },
    );
  });

  it("never leave the repository out of a kustomization or a chart", () => {
    assert(
      property(array(path, { maxLength: 4 }), jsonValue({ maxDepth: 2 }), (paths, noise) => {
        const items = paths.map((one) => ({
          path: one,
          files: paths,
          envs: paths,
          valuesFile: one,
          name: one,
          repository: `file://${one}`,
        }));
        const value = {
          resources: paths,
          bases: noise as JsonValue,
          patches: items,
          generators: paths,
          helmCharts: items,
          configMapGenerator: items,
          dependencies: items,
          ...items[0],
        };
        const { paths: found, charts, plugins } = kustomizationInputs("x/y/kustomization.yaml", value);
        expectInside([
          ...found,
          ...charts,
          ...plugins,
          ...pluginInputs("x", value).paths,
          ...chartInputs("x", value).paths,
        ]);
      }),
      { numRuns: 300 },
    );
  });

  it("never leave the repository out of an engine's object, whatever its shape", () => {
    assert(
      property(
        path,
        array(path, { maxLength: 3 }),
        dictionary(string(), jsonValue({ maxDepth: 2 })),
        (one, some, noise) => {
          const source = {
            repoURL: "x",
            path: one,
            helm: { valueFiles: some },
            kustomize: { components: some },
            ref: "v",
          };
          const chart = { chart: one, valuesFiles: some, sourceRef: { kind: "GitRepository", name: "x" } };
          const spec = {
            ...(noise as JsonObject),
            source,
            sources: [source, noise as JsonValue],
            path: one,
            components: some,
            chart: { spec: chart },
          };
          const value: JsonObject = { metadata: { name: one, namespace: one }, spec };
          const sources = [applicationSources, kustomizationSources, helmReleaseSources].flatMap(
            (find) => find(value, context).sources,
          );
          expectInside(sources.flatMap((found) => [found.path, ...(found.files ?? [])]));
        },
      ),
      { numRuns: 300 },
    );
  });
});
