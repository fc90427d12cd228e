import { describe, expect, it } from "vitest";

import { imagesOf } from "../../../src/core/manifest/images.ts";
import { readManifest } from "../../../src/core/manifest/read-manifest.ts";

/** `pointer display text` of each use. */
function uses(path: string, text: string): readonly string[] {
  const { components } = readManifest(path, new TextEncoder().encode(text));
  return components.flatMap(imagesOf).map((use) => {
    const what = use.kind === "image" ? use.text : `${use.name}@${use.version}`;
    return `${use.pointer} ${use.display} ${what}`;
  });
}

function object(type: string, rest: string): string {
  const [apiVersion, kind] = type.split(" ");
  return `apiVersion: ${apiVersion}\nkind: ${kind}\nmetadata: {name: a}\n${rest}`;
}

const pod = "{initContainers: [{name: i, image: x:1}], containers: [{name: c, image: y:2}]}";

describe("imagesOf an object", () => {
  it.each([
    ["v1 Pod", `spec: ${pod}`, "/spec"],
    ["apps/v1 Deployment", `spec: {template: {spec: ${pod}}}`, "/spec/template/spec"],
    ["batch/v1 Job", `spec: {template: {spec: ${pod}}}`, "/spec/template/spec"],
    [
      "batch/v1 CronJob",
      `spec: {jobTemplate: {spec: {template: {spec: ${pod}}}}}`,
      "/spec/jobTemplate/spec/template/spec",
    ],
    ["v1 PodTemplate", `template: {spec: ${pod}}`, "/template/spec"],
    ["argoproj.io/v1alpha1 Rollout", `spec: {template: {spec: ${pod}}}`, "/spec/template/spec"],
    ["serving.knative.dev/v1 Service", `spec: {template: {spec: ${pod}}}`, "/spec/template/spec"],
  ])("%s", (type, rest, base) => {
    expect(uses("a.yaml", object(type, rest))).toEqual([
      `${base}/initContainers/0/image initContainers[i].image x:1`,
      `${base}/containers/0/image containers[c].image y:2`,
    ]);
  });

  it("parses what it finds, and keeps what is no reference as text", () => {
    const text = object(
      "v1 Pod",
      'spec: {containers: [{name: a, image: "ghcr.io/a/b:1"}, {name: b, image: "${IMG}"}]}',
    );
    const [component] = readManifest("a.yaml", new TextEncoder().encode(text)).components;
    const found = component === undefined ? [] : imagesOf(component);
    expect(found).toMatchObject([
      { document: 0, reference: { registry: "ghcr.io", repository: "a/b", tag: "1" } },
      { text: "${IMG}" },
    ]);
    expect(found[1]).not.toHaveProperty("reference");
  });

  it("HelmRelease: chart and values", () => {
    const text = object(
      "helm.toolkit.fluxcd.io/v2 HelmRelease",
      `spec:
  chart: {spec: {chart: podinfo, version: 6.5.x, sourceRef: {kind: HelmRepository, name: pods}}}
  values:
    image: {repository: ghcr.io/acme/api, tag: 1.8.0}
`,
    );
    expect(uses("a.yaml", text)).toEqual([
      "/spec/chart/spec/version chart.spec.version podinfo@6.5.x",
      "/spec/values/image image ghcr.io/acme/api:1.8.0",
    ]);
  });

  it("Application: the chart's version, not a git revision", () => {
    const text = object(
      "argoproj.io/v1alpha1 Application",
      `spec:
  source: {repoURL: https://git.example.com/x, targetRevision: main, path: apps}
  sources:
    - repoURL: https://charts.example.com
      chart: redis
      targetRevision: 18.1.0
      helm: {valuesObject: {image: {repository: r, tag: "7"}}}
`,
    );
    expect(uses("a.yaml", text)).toEqual([
      "/spec/sources/0/targetRevision sources[0].targetRevision redis@18.1.0",
      "/spec/sources/0/helm/valuesObject/image image r:7",
    ]);
  });
});

describe("imagesOf what an engine is told", () => {
  const parameters = (list: string): string =>
    object("argoproj.io/v1alpha1 Application", `spec: {source: {helm: {parameters: [${list}]}}}`);
  const at = "/spec/source/helm/parameters";

  it.each([
    ["{name: image, value: 'ghcr.io/a/b:1'}", [`${at}/0/value source.helm.parameters[image] ghcr.io/a/b:1`]],
    [
      "{name: web.image.repository, value: ghcr.io/a/b}, {name: web.image.tag, value: '1'}",
      [`${at}/1/value source.helm.parameters[web.image.tag] ghcr.io/a/b:1`],
    ],
    ["{name: image.tag, value: '1'}", []],
    ["{name: web.repository, value: ghcr.io/a/b}, {name: api.tag, value: '1'}", []],
    ["{name: image, value: api}, {value: x}, 7", []],
  ])("Argo CD's parameters %s", (list, expected) => {
    expect(uses("a.yaml", parameters(list))).toEqual(expected);
  });

  it("Argo CD's images for kustomize", () => {
    const images = "spec: {source: {kustomize: {images: ['api=ghcr.io/a/b:1', 'c/d:2', 'e/f']}}}";
    expect(uses("a.yaml", object("argoproj.io/v1alpha1 Application", images))).toEqual([
      "/spec/source/kustomize/images/0 source.kustomize.images[api] ghcr.io/a/b:1",
      "/spec/source/kustomize/images/1 source.kustomize.images[c/d] c/d:2",
    ]);
  });

  it.each([
    ["{tag: '1'}", ["/spec/ref ref.tag ghcr.io/a/b:1"]],
    ["{tag: '1', digest: 'sha256:x'}", ["/spec/ref ref.digest ghcr.io/a/b:1@sha256:x"]],
    ["{tag: '1', semver: '>=1'}", []],
  ])("Flux' OCIRepository at %s", (ref, expected) => {
    const spec = `spec: {url: 'oci://ghcr.io/a/b', ref: ${ref}}`;
    expect(uses("a.yaml", object("source.toolkit.fluxcd.io/v1 OCIRepository", spec))).toEqual(expected);
  });

  it("Flux' Kustomization", () => {
    const spec = "spec: {images: [{name: ghcr.io/a/b, newTag: '1'}]}";
    expect(uses("a.yaml", object("kustomize.toolkit.fluxcd.io/v1 Kustomization", spec))).toEqual([
      "/spec/images/0 images[ghcr.io/a/b] ghcr.io/a/b:1",
    ]);
  });

  it("a kustomization's charts", () => {
    const text =
      "helmCharts: [{name: redis, repo: https://c.example, version: 1.0.0, valuesInline: {image: {repository: r, tag: '7'}}}]\n";
    expect(uses("kustomization.yaml", text)).toEqual([
      "/helmCharts/0/version helmCharts[redis].version redis@1.0.0",
      "/helmCharts/0/valuesInline/image helmCharts[redis].image r:7",
    ]);
  });
});

describe("imagesOf a file", () => {
  it("kustomization: what replaces what", () => {
    const text =
      "images:\n- {name: api, newName: ghcr.io/acme/api, newTag: 1.8.0}\n- {name: web, newTag: v2}\n- {newTag: x}\n";
    expect(uses("kustomization.yaml", text)).toEqual([
      "/images/0 images[api] ghcr.io/acme/api:1.8.0",
      "/images/1 images[web] web:v2",
    ]);
  });

  it("Chart.yaml: dependencies", () => {
    const text =
      "apiVersion: v2\nname: a\ndependencies:\n- {name: redis, version: 18.1.0, repository: https://x}\n- {name: y}\n";
    expect(uses("Chart.yaml", text)).toEqual(["/dependencies/0/version dependencies[redis].version redis@18.1.0"]);
  });

  it.each([
    ["image: {repository: a, tag: b}", ["/image image a:b"]],
    ["image: {registry: ghcr.io, repository: a/b, tag: c}", ["/image image ghcr.io/a/b:c"]],
    [`image: {repository: a, digest: "sha256:${"0".repeat(64)}"}`, [`/image image a@sha256:${"0".repeat(64)}`]],
    ["image: {repository: a, tag: 1.5}", ["/image image a:1.5"]],
    ["image: {repository: a}", ["/image image a"]],
    ["image: a/b:c", ["/image image a/b:c"]],
    ["image: nginx", ["/image image nginx"]],
    ["image: a/b\nimageTag: c", ["/image image a/b:c"]],
    ["image: a/b\ntag: 7", ["/image image a/b:7"]],
    ["sidecarImage: a/b:c", ["/sidecarImage sidecarImage a/b:c"]],
    ["x:\n  z:\n  - image: {repository: a, tag: b}", ["/x/z/0/image x.z[0].image a:b"]],
    ["web: {repository: a, tag: b}", ["/web web a:b"]],
    ["git: {repository: https://x/y}", []],
    ["image: 5\nimageTag: x", []],
    ["a/b: {image: x:1}", ["/a~1b/image a/b.image x:1"]],
  ])("values: %s", (text, expected) => {
    expect(uses("values.yaml", text)).toEqual(expected);
  });

  it("an opaque one: nothing", () => {
    expect(uses("a.yaml", "image: {{ .x }}\n")).toEqual([]);
  });
});
