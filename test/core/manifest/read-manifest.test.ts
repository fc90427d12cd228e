import * as fc from "fast-check";
import { describe, expect, it } from "vitest";

import { readManifest } from "../../../src/core/manifest/read-manifest.ts";
import { type Component, componentKey } from "../../../src/core/model/component.ts";
import { formatPlace } from "../../../src/errors.ts";

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function read(path: string, text: string): readonly Component[] {
  return readManifest(path, bytesOf(text)).components;
}

/** `key`, or for a file its kind, or for an opaque one `code place`. */
function describeAll(components: readonly Component[]): readonly string[] {
  return components.map((component) => {
    if (component.kind === "opaque") return `${component.left.code} ${formatPlace(component.left.place)}`;
    return component.kind === "file" ? `file ${component.fileKind}` : componentKey(component);
  });
}

function summary(path: string, text: string): readonly string[] {
  return describeAll(read(path, text));
}

const deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: api\n  namespace: payments\nspec: {}\n";
const service = "apiVersion: v1\nkind: Service\nmetadata: {name: api}\n";

function named(name: string): string {
  return `apiVersion: v1\nkind: Service\nmetadata:\n  name: ${name}\n`;
}

describe("readManifest finds objects", () => {
  it("by identity, with document and place", () => {
    const manifest = readManifest("a.yaml", bytesOf(`# head\n---\n${deployment}---\n# none\n---\n${service}`));
    expect(manifest.components).toMatchObject([
      {
        kind: "object",
        document: 0,
        id: { apiVersion: "apps/v1", kind: "Deployment", namespace: "payments", name: "api" },
      },
      { kind: "object", document: 2, id: { apiVersion: "v1", kind: "Service", name: "api" } },
    ]);
    expect(manifest.components.map((component) => component.kind === "object" && formatPlace(component.place))).toEqual(
      ["a.yaml:3:1", "a.yaml:12:1"],
    );
    expect(manifest.stream?.documents).toHaveLength(3);
  });

  it("in JSON", () => {
    const text = JSON.stringify({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } });
    expect(summary("a.json", text)).toEqual(["v1/ConfigMap//a"]);
  });

  it("in Lists, nested ones too, by item", () => {
    const components = read(
      "a.yaml",
      `apiVersion: v1
kind: List
items:
  - {apiVersion: v1, kind: Service, metadata: {name: a}}
  - apiVersion: v1
    kind: List
    items:
      - {apiVersion: v1, kind: Service, metadata: {name: b}}
      - {apiVersion: v1, kind: Service, metadata: {name: c}}
`,
    );
    expect(components).toMatchObject([
      { id: { name: "a" }, document: 0, item: 0, place: { line: 4, column: 5 } },
      { id: { name: "b" }, document: 0, item: 1, place: { line: 5, column: 5 } },
      { id: { name: "c" }, document: 0, item: 1 },
    ]);
  });

  it("in typed Lists, whose items may leave out their kind", () => {
    expect(summary("a.yaml", "apiVersion: apps/v1\nkind: DeploymentList\nitems: [{metadata: {name: a}}]\n")).toEqual([
      "apps/v1/Deployment//a",
    ]);
  });

  it("of kinds that only end in List", () => {
    expect(summary("a.yaml", "apiVersion: x.io/v1\nkind: AllowList\nmetadata: {name: a}\n")).toEqual([
      "x.io/v1/AllowList//a",
    ]);
  });

  it("1000 in one List", () => {
    const items = Array.from(
      { length: 1000 },
      (_, i) => `- {apiVersion: v1, kind: Service, metadata: {name: s${i}}}\n`,
    );
    expect(read("a.yaml", `apiVersion: v1\nkind: List\nitems:\n${items.join("")}`)).toHaveLength(1000);
  });

  it.each(["system:node-proxier", "${cluster_name}-web", "a.b.c", "Upper_Case", "0"])("named %s", (name) => {
    expect(summary("a.yaml", named(JSON.stringify(name)))).toEqual([`v1/Service//${name}`]);
  });

  it("that Flux calls Kustomization", () => {
    const text = "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: apps}\n";
    expect(summary("kustomization.yaml", text)).toEqual(["kustomize.toolkit.fluxcd.io/v1/Kustomization//apps"]);
  });

  it.each([
    ["alert annotations", 'spec: {summary: "{{ $labels.pod }} is down", plain: on {{ $labels.node }}}\n'],
    ["a script", "data:\n  run: |\n    {{ .Values.x }}\n"],
  ])("with {{ in %s", (_name, rest) => {
    expect(summary("a.yaml", `${named("a")}${rest.replace("plain: on {{ $labels.node }}", "plain: x")}`)).toEqual([
      "v1/Service//a",
    ]);
  });

  it("with Helm's own names in the values of a HelmRelease", () => {
    const text = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: a}
spec:
  values: {host: "{{ .Release.Name }}-db"}
`;
    expect(summary("a.yaml", text)).toEqual(["helm.toolkit.fluxcd.io/v2/HelmRelease//a"]);
  });
});

describe("readManifest finds files", () => {
  it.each([
    ["kustomization.yaml", "resources: [a.yaml]\n", "kustomization"],
    ["x/kustomization.yml", "kind: Kustomization\nresources: []\n", "kustomization"],
    ["Kustomization", "resources: []\n", "kustomization"],
    ["part.yaml", "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n", "kustomization"],
    ["Chart.yaml", "apiVersion: v2\nname: a\nversion: 1.0.0\n", "chart"],
    ["Chart.lock", "dependencies: []\n", "chart"],
    ["requirements.yaml", "dependencies: []\n", "chart"],
    ["values.yaml", "a: 1\n", "values"],
    ["values-prod.yaml", "kind: Deployment\n", "values"],
    ["prod.values.yaml", "a: 1\n", "values"],
    ["prod.yaml", "image: {repository: a, tag: b}\n", "values"],
    ["prod.yaml", "app:\n  image: {repository: a, tag: b}\n", "values"],
    ["prod.yaml", "replicaCount: 2\n", "values"],
    ["patch.yaml", "- {op: remove, path: /spec}\n", "yaml"],
    ["config.json", "{}", "yaml"],
    ["text.yaml", "just text\n", "yaml"],
  ])("%s: %j is %s", (path, text, kind) => {
    expect(summary(path, text)).toEqual([`file ${kind}`]);
  });

  it("with all their documents", () => {
    expect(read("a.yaml", "---\na: 1\n---\n# none\n---\nb: 2\n")).toMatchObject([
      { documents: [{ a: 1 }, null, { b: 2 }] },
    ]);
  });

  it.each(["", "---\n", "...\n", "# comment\n", "---\n# a\n---\n"])("nothing in %j", (text) => {
    expect(summary("a.yaml", text)).toEqual([]);
  });
});

describe("readManifest leaves whole", () => {
  const sops = "sops:\n  mac: ENC[x]\n  lastmodified: '2024-01-01T00:00:00Z'\n";

  it.each([
    ["a template", "a.yaml", "a: {{ .Values.x }}\n", "ManifestTemplate a.yaml:1:4"],
    ["a chart's template", "c/templates/a.yaml", 'a: "{{ x }}"\n', "ManifestTemplate c/templates/a.yaml:1:5"],
    ["a quoted Helm action", "a.yaml", `${service}x: "{{ .Values.x }}"\n`, "ManifestTemplate a.yaml:4:4"],
    [
      "a Helm action in a plain string",
      "a.yaml",
      `${service}x: a-{{ .Release.Name }}\n`,
      "ManifestTemplate a.yaml:4:4",
    ],
    ["a templated name", "a.yaml", named("'{{ x }}'"), "ManifestTemplate a.yaml:1:1"],
    ["YAML that does not parse", "a.yaml", "a: 'b\n", "ManifestYaml a.yaml:2:1"],
    ["a duplicate key", "a.yaml", "a: 1\na: 2\n", "ManifestDuplicateKey a.yaml:2:1"],
    ["SOPS", "a.yaml", `a: 1\n${sops}`, "ManifestEncrypted a.yaml:1:1"],
    ["SOPS, second document", "a.yaml", `a: 1\n---\nb: 1\n${sops}`, "ManifestEncrypted a.yaml:3:1"],
    ["a SOPS value", "a.yaml", "a: ENC[AES256_GCM,data:x]\n", "ManifestEncrypted a.yaml"],
    ["age", "a.yaml", "-----BEGIN AGE ENCRYPTED FILE-----\nx\n", "ManifestEncrypted a.yaml"],
    ["OpenPGP", "secret.asc", "-----BEGIN PGP MESSAGE-----\nx\n", "ManifestEncrypted secret.asc"],
    [
      "a SealedSecret",
      "a.yaml",
      `${service}---\napiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: a}\n`,
      "ManifestEncrypted a.yaml:5:1",
    ],
    [
      "an ExternalSecret in a List",
      "a.yaml",
      "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: external-secrets.io/v1, kind: ExternalSecret, metadata: {name: a}}\n",
      "ManifestEncrypted a.yaml:4:3",
    ],
    [
      "an LFS pointer",
      "a.yaml",
      "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n",
      "RepositoryLfs a.yaml:1:1",
    ],
    ["another format", "app.properties", "a=1\n", "ManifestShape app.properties"],
    ["a named template", "_helpers.tpl", "{{ x }}\n", "ManifestShape _helpers.tpl"],
    ["kind: 5", "a.yaml", "apiVersion: v1\nkind: 5\nmetadata: {name: a}\n", "ManifestShape a.yaml:1:1"],
    ["no kind", "a.yaml", "apiVersion: v1\nmetadata: {name: a}\n", "ManifestShape a.yaml:1:1"],
    ["no apiVersion", "a.yaml", "kind: Service\nmetadata: {name: a}\n", "ManifestShape a.yaml:1:1"],
    ["neither", "a.yaml", "metadata: {name: a}\nspec: {}\n", "ManifestShape a.yaml:1:1"],
    ["metadata: []", "a.yaml", "apiVersion: v1\nkind: Service\nmetadata: []\n", "ManifestShape a.yaml:1:1"],
    ["no name", "a.yaml", "apiVersion: v1\nkind: Service\nmetadata: {}\n", "ManifestShape a.yaml:1:1"],
    ["a number as name", "a.yaml", named("5"), "ManifestShape a.yaml:1:1"],
    ["a name with a slash", "a.yaml", named("a/b"), "ManifestShape a.yaml:1:1"],
    ["a name of 300 characters", "a.yaml", named("a".repeat(300)), "ManifestShape a.yaml:1:1"],
    ["a Cyrillic letter in the name", "a.yaml", named("\u0430pi"), "ManifestShape a.yaml:1:1"],
    ["a Cyrillic letter in the kind", "a.yaml", service.replace("Service", "Servi\u0441e"), "ManifestShape a.yaml:1:1"],
    ["NBSP indentation", "a.yaml", named("a").replace("  name", "\u00a0\u00a0name"), "ManifestShape a.yaml:4:1"],
    ["spec: null", "a.yaml", `${service}spec:\n`, "ManifestShape a.yaml:1:1"],
    ["a stray document", "a.yaml", `${service}---\na: 1\n`, "ManifestShape a.yaml:5:1"],
    ["a List with a scalar", "a.yaml", "apiVersion: v1\nkind: List\nitems:\n  - 1\n", "ManifestShape a.yaml:4:5"],
    [
      "only generateName",
      "a.yaml",
      "apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: a-}\n",
      "ManifestIdentity a.yaml:1:1",
    ],
    ["one identity twice", "a.yaml", `${service}---\n${service}`, "ManifestDuplicate a.yaml:5:1"],
  ])("%s", (_name, path, text, expected) => {
    expect(summary(path, text)).toEqual([expected]);
  });

  it("names both places of a duplicate", () => {
    expect(read("a.yaml", `${service}---\n${service}`)).toMatchObject([
      { left: { message: "v1/Service//api stands twice, at a.yaml:1:1 and at a.yaml:5:1" } },
    ]);
  });

  it.each([
    ["NUL", [0x61, 0x00], "ManifestNotText a.yaml"],
    ["UTF-16", [0xff, 0xfe, 0x61], "ManifestNotText a.yaml"],
    ["UTF-16, big end first", [0xfe, 0xff, 0x61], "ManifestNotText a.yaml"],
    ["gzip", [0x1f, 0x8b, 0x08], "ManifestNotText a.yaml"],
    ["a stray byte", [0x61, 0x3a, 0x0a, 0x62, 0xff], "ManifestEncoding a.yaml:2:2"],
    ["an overlong form", [0xc0, 0xaf], "ManifestEncoding a.yaml:1:1"],
    ["a lone surrogate", [0xed, 0xa0, 0x80], "ManifestEncoding a.yaml:1:1"],
  ])("bytes with %s", (_name, bytes, expected) => {
    expect(describeAll(readManifest("a.yaml", Uint8Array.from(bytes)).components)).toEqual([expected]);
  });

  it("more than 2 MB", () => {
    expect(describeAll(readManifest("a.yaml", new Uint8Array(2_000_001).fill(0x61)).components)).toEqual([
      "LimitBlob a.yaml",
    ]);
  });

  it("keeps the text of what is text", () => {
    expect(readManifest("a.yaml", bytesOf("a: {{ x }}\n")).text).toBe("a: {{ x }}\n");
    expect(readManifest("a.yaml", Uint8Array.from([0])).text).toBeUndefined();
  });
});

describe("any bytes", () => {
  it("are read, or left with a reason", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const { components } = readManifest("a.yaml", bytes);
        expect(components.filter(({ kind }) => kind === "opaque").length).toBeLessThanOrEqual(1);
      }),
      { numRuns: 1000 },
    );
  });

  it("in the shape of an object have an identity, or are left with a reason", () => {
    const part = fc.oneof(fc.string(), fc.constantFrom("v1", "List", "Service", "a"), fc.jsonValue({ maxDepth: 2 }));
    const object = fc.record({
      apiVersion: part,
      kind: part,
      metadata: fc.oneof(part, fc.record({ name: part })),
      items: part,
    });
    fc.assert(
      fc.property(object, (value) => {
        for (const component of read("a.json", JSON.stringify(value))) {
          expect(component.kind === "object" ? component.id.name : "left").not.toBe("");
        }
      }),
      { numRuns: 1000 },
    );
  });
});
