import { describe, expect, it } from "vitest";

import { readManifest } from "../../../src/core/manifest/read-manifest.ts";
import { valueFieldsOf } from "../../../src/core/quarantine/value-fields.ts";

/** `component field=value` of each. */
function fields(path: string, text: string): readonly string[] {
  return valueFieldsOf(readManifest(path, new TextEncoder().encode(text))).map(({ artifact }) => {
    const { component, field, value } = artifact;
    return `${component === undefined ? "" : `${component} `}${field}=${value}`;
  });
}

function object(type: string, rest: string): string {
  const [apiVersion, kind] = type.split(" ");
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: { name: api, labels: { version: v9 } }\n${rest}`;
}

describe("valueFieldsOf", () => {
  it.each([
    ["a tag alone", "image: { tag: 1.8.0 }\n", ["image.tag=1.8.0"]],
    ["a tag in one key", 'imageTag: "1.8.0"\n', ["imageTag=1.8.0"]],
    ["a tag below a chart's alias", "api:\n  image: { tag: 1.8.0, pullPolicy: Always }\n", ["api.image.tag=1.8.0"]],
    ["a number", "image: { tag: 20260822 }\n", ["image.tag=20260822"]],
    ["a digest", `image: { digest: "sha256:${"a".repeat(64)}" }\n`, [`image.digest=sha256:${"a".repeat(64)}`]],
    ["a key with dots", "set: { image.tag: 1.8.0 }\n", ['set["image.tag"]=1.8.0']],
    ["items by their names", "jobs: [{ name: sync, tag: 1.8.0 }]\n", ["jobs[sync].tag=1.8.0"]],
    ["no items without names", "jobs: [{ tag: 1.8.0, on: true }]\n", []],
    ["no items of one name", "jobs: [{ name: a, tag: 1.8.0 }, { name: a, tag: 1.7 }]\n", []],
    ["no image that is known", "image: { repository: ghcr.io/acme/api, tag: 1.8.0 }\n", []],
    ["no image with its tag beside it", "image: ghcr.io/acme/api\nimageTag: 1.8.0\n", []],
    ["no image in a list", "sidecars: [{ name: s, image: { repository: acme/s, tag: 1.8.0 } }]\n", []],
    ["the tag beside a name alone", "image: { repository: acme/api }\ntag: 1.8.0\n", ["tag=1.8.0"]],
    ["no labels", "podLabels: { version: 1.8.0 }\nannotations: { tag: x }\n", []],
    ["no interfaces", "apiVersion: v1\nminTLSVersion: VersionTLS12\nkubeVersion: 1.30\n", []],
    ["nothing that is filled in", 'image: { tag: "${TAG}" }\nweb: { tag: "{{ tag }}" }\n', []],
    ["nothing else", "image: { tag: '', pullPolicy: Always }\nvintage: 1.8.0\nstage: 2\n", []],
  ])("reads of Helm values %s", (_, text, expected) => {
    expect(fields("values.yaml", text)).toEqual(expected);
  });

  it.each([
    [
      "helm.toolkit.fluxcd.io/v2 HelmRelease",
      "spec:\n  chart: { spec: { chart: api, version: 2.0.0 } }\n  values: { image: { tag: 1.8.0 } }\n",
      ["HelmRelease/api spec.values.image.tag=1.8.0"],
    ],
    [
      "argoproj.io/v1alpha1 Application",
      "spec:\n  source:\n    repoURL: https://git.example/x\n    targetRevision: v2\n    helm:\n      parameters: [{ name: image.tag, value: 1.8.0 }]\n      valuesObject: { imageTag: 1.8.1 }\n",
      [
        "Application/api spec.source.targetRevision=v2",
        "Application/api spec.source.helm.parameters[image.tag]=1.8.0",
        "Application/api spec.source.helm.valuesObject.imageTag=1.8.1",
      ],
    ],
    [
      "argoproj.io/v1alpha1 Application",
      "spec:\n  sources:\n    - { repoURL: https://charts.example, chart: redis, targetRevision: 19.0.1 }\n    - { repoURL: https://git.example/x, ref: values, targetRevision: v2 }\n",
      ["Application/api spec.sources[values].targetRevision=v2"],
    ],
    [
      "argoproj.io/v1alpha1 ApplicationSet",
      "spec:\n  generators:\n    - list:\n        elements: [{ cluster: eu, tag: 1.8.0 }]\n  template: {}\n",
      ["ApplicationSet/api spec.generators[list].list.elements[eu].tag=1.8.0"],
    ],
    ["source.toolkit.fluxcd.io/v1 OCIRepository", "spec: { url: oci://ghcr.io/acme/api, ref: { tag: 1.8.0 } }\n", []],
    [
      "source.toolkit.fluxcd.io/v1 OCIRepository",
      'spec: { url: oci://ghcr.io/acme/api, ref: { semver: ">=1.8.0" } }\n',
      ["OCIRepository/api spec.ref.semver=>=1.8.0"],
    ],
    [
      "source.toolkit.fluxcd.io/v1 GitRepository",
      "spec: { ref: { tag: v1 } }\n",
      ["GitRepository/api spec.ref.tag=v1"],
    ],
    ["v1 ConfigMap", "data: { IMAGE_TAG: 1.8.0, level: debug }\n", ["ConfigMap/api data.IMAGE_TAG=1.8.0"]],
    ["v1 Secret", "stringData: { TAG: 1.8.0 }\n", []],
  ])("reads of a %s what names no image", (type, rest, expected) => {
    expect(fields("a.yaml", object(type, rest))).toEqual(expected);
  });

  it("reads a long list in one pass", () => {
    const items = Array.from({ length: 20_000 }, (_, index) => ({ name: `n${index}`, tag: index }));
    expect(fields("values.json", JSON.stringify({ items }))).toHaveLength(20_000);
  });

  it("tells objects of two namespaces apart", () => {
    const release = (namespace: string) =>
      `apiVersion: helm.toolkit.fluxcd.io/v2\nkind: HelmRelease\nmetadata: { name: api, namespace: ${namespace} }\nspec: { values: { tag: "1" } }\n`;
    expect(fields("a.yaml", `${release("eu")}---\n${release("us")}`)).toEqual([
      "HelmRelease/eu/api spec.values.tag=1",
      "HelmRelease/us/api spec.values.tag=1",
    ]);
  });

  it("reads of a chart its appVersion, not its own version", () => {
    const text = "apiVersion: v2\nname: api\nversion: 2.0.0\nappVersion: 1.8.0\n";
    expect(fields("chart/Chart.yaml", text)).toEqual(["appVersion=1.8.0"]);
  });

  it("leaves an image of a kustomization to its name", () => {
    expect(fields("kustomization.yaml", "images: [{ name: ghcr.io/acme/api, newTag: 1.8.0 }]\n")).toEqual([]);
  });

  it("reads nothing that could not be typed, and nothing of what is no manifest", () => {
    expect(fields("my values.yaml", "image: { tag: 1.8.0 }\n")).toEqual([]);
    expect(fields("values.yaml", '"a=b": { tag: 1.8.0 }\n"a b": { tag: 1.8.0 }\n')).toEqual([]);
    expect(fields("values.yaml", `${"k".repeat(600)}: { tag: 1.8.0 }\n`)).toEqual([]);
    expect(fields("chart/templates/a.yaml", "image: { tag: {{ .Values.tag }} }\n")).toEqual([]);
  });
});
