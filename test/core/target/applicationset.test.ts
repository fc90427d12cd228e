import { describe, expect, it } from "vitest";
import { blobId } from "../../../src/core/model/git.ts";
import type { JsonObject, JsonValue } from "../../../src/core/model/json.ts";
import { stringAt } from "../../../src/core/model/json.ts";
import { expandApplicationSet, generatorFiles } from "../../../src/core/target/applicationset.ts";
import { buildTree } from "../../../src/core/target/tree.ts";

const HERE = "https://github.com/acme/gitops";

const FILES: { readonly [path: string]: JsonValue } = {
  "apps/api/kustomization.yaml": {},
  "apps/web/kustomization.yaml": {},
  "apps/web/.hidden/x/a.yaml": {},
  "apps/old_One/a.yaml": {},
  "envs/prod/config.yaml": { env: { name: "prod", replicas: 3 }, tags: ["a", "b"] },
  "envs/qa/config.yaml": [{ env: { name: "qa-1" } }, { env: { name: "qa-2" } }],
  "envs/bad/config.yaml": "text",
};
const tree = buildTree(
  Object.keys(FILES).map((path) => ({ path, mode: "100644" as const, id: blobId("0".repeat(40)) })),
);

function expand(generators: readonly JsonValue[], template: JsonObject, goTemplate = false) {
  const set = { metadata: { name: "set", namespace: "argocd" }, spec: { goTemplate, generators, template } };
  const read = (path: string) => (FILES[path] === undefined ? undefined : [FILES[path]]);
  return expandApplicationSet(set, { tree, repositoryUrls: [HERE], manifest: "set.yaml", read });
}

function names(generators: readonly JsonValue[], name: string, goTemplate = false): readonly (string | undefined)[] {
  const { applications } = expand(generators, { metadata: { name } }, goTemplate);
  return applications.map(({ application }) => stringAt(application, "metadata", "name"));
}

const directories = { git: { repoURL: HERE, directories: [{ path: "apps/*" }, { path: "apps/web", exclude: true }] } };
const files = { git: { repoURL: HERE, files: [{ path: "envs/**/config.yaml" }] } };
const list = { list: { elements: [{ env: "dev", at: { zone: "a" } }, { env: "qa" }] } };

describe("expandApplicationSet", () => {
  it.each<[string, readonly JsonValue[], string, boolean, readonly string[]]>([
    ["directories", [directories], "{{path.basename}}", false, ["api", "old_One"]],
    ["normalised names", [directories], "x-{{path.basenameNormalized}}", false, ["x-api", "x-old-one"]],
    ["path segments", [directories], "{{path[0]}}-{{path}}", false, ["apps-apps/api", "apps-apps/old_One"]],
    [
      "directories in Go",
      [directories],
      "{{.path.basename}}-{{ index .path.segments 0 }}",
      true,
      ["api-apps", "old_One-apps"],
    ],
    ["files", [files], "{{env.name}}-{{path.basename}}", false, ["prod-prod", "qa-1-qa", "qa-2-qa"]],
    [
      "files in Go",
      [files],
      "{{ .env.name }}@{{ .path.path }}",
      true,
      ["prod@envs/prod", "qa-1@envs/qa", "qa-2@envs/qa"],
    ],
    ["a list", [list], "{{env}}", false, ["dev", "qa"]],
    ["several generators", [list, directories], "x", false, ["x", "x", "x", "x"]],
    [
      "a matrix",
      [{ matrix: { generators: [directories, list] } }],
      "{{path.basename}}-{{env}}",
      false,
      ["api-dev", "api-qa", "old_One-dev", "old_One-qa"],
    ],
    [
      "a matrix whose second half uses the first",
      [
        {
          matrix: {
            generators: [
              { list: { elements: [{ e: "prod" }] } },
              { git: { repoURL: HERE, files: [{ path: "envs/{{e}}/config.yaml" }] } },
            ],
          },
        },
      ],
      "{{e}}-{{env.name}}",
      false,
      ["prod-prod"],
    ],
    [
      "a merge",
      [{ merge: { mergeKeys: ["env"], generators: [list, { list: { elements: [{ env: "qa", x: "y" }] } }] } }],
      "{{env}}{{x}}",
      false,
      ["dev{{x}}", "qay"],
    ],
    ["a selector", [{ ...list, selector: { matchLabels: { env: "qa" } } }], "{{env}}", false, ["qa"]],
    [
      "a path prefix",
      [{ git: { ...directories.git, pathParamPrefix: "app" } }],
      "{{app.path.basename}}",
      false,
      ["api", "old_One"],
    ],
    [
      "values",
      [{ git: { ...directories.git, values: { n: "n-{{path.basename}}" } } }],
      "{{values.n}}",
      false,
      ["n-api", "n-old_One"],
    ],
  ])("renders names from %s", (_, generators, name, goTemplate, expected) => {
    expect(names(generators, name, goTemplate)).toEqual(expected);
  });

  it.each([
    "{{ .path.basename | upper }}",
    '{{ printf "%s" .path.basename }}',
    "{{ if .x }}a{{ end }}",
    "{{ .path.missing }}",
    "{{ .constructor.name }}",
    "{{ index .path.segments 99 }}",
    "{{ .path",
  ])("leaves %s as it is", (name) => {
    expect(names([directories], name, true)).toEqual([name, name]);
  });

  it.each<[string, JsonValue, string]>([
    [
      "clusters",
      { clusters: {} },
      "the clusters generator depends on more than git; its Applications are known to the engine only",
    ],
    [
      "another repository",
      { git: { repoURL: "https://github.com/x/y", directories: [{ path: "*" }] } },
      "a generator reads another repository: https://github.com/x/y",
    ],
    ["nothing", {}, "the empty generator depends on more than git; its Applications are known to the engine only"],
    [
      "a nested matrix",
      { matrix: { generators: [{ matrix: {} }, list] } },
      "the nested matrix generator depends on more than git; its Applications are known to the engine only",
    ],
  ])("makes nothing from %s, and says so", (_, generator, note) => {
    expect(expand([generator], { metadata: { name: "x" } })).toEqual({ applications: [], notes: [note] });
  });

  it("remembers which file gave the parameters, and what stands in the set", () => {
    const made = expand([files, list], { metadata: { name: "x" } }).applications;
    expect(made.map(({ files, inSet }) => [files.join(), inSet])).toEqual([
      ["envs/prod/config.yaml", false],
      ["envs/qa/config.yaml", false],
      ["envs/qa/config.yaml", false],
      ["", true],
      ["", true],
    ]);
  });

  it("stays bounded when a matrix multiplies", () => {
    const many = { list: { elements: Array.from({ length: 3000 }, (_, i) => ({ i })) } };
    const { applications, notes } = expand([{ matrix: { generators: [many, many] } }], { metadata: { name: "x" } });
    expect(applications).toHaveLength(2000);
    expect(notes).toEqual(["makes more than 2000 Applications; the rest is left out"]);
  });

  it("renders a hostile parameter only so far", () => {
    const elements = [{ a: "x".repeat(3000) }];
    const text = "{{a}}{{a}}{{a}}";
    expect(names([{ list: { elements } }], text)).toEqual([text]);
  });
});

describe("generatorFiles", () => {
  it("names the files to read, also inside a matrix and behind placeholders", () => {
    const matrix = { matrix: { generators: [list, { git: { files: [{ path: "envs/{{env}}/config.yaml" }] } }] } };
    expect(generatorFiles({ spec: { generators: [matrix] } }, tree)).toEqual([
      "envs/prod/config.yaml",
      "envs/qa/config.yaml",
      "envs/bad/config.yaml",
    ]);
  });
});
