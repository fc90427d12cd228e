import { type Component, groupOf } from "../model/component.ts";
import { isList, isObject, type JsonObject, type JsonValue, listAt, stringAt, valueAt } from "../model/json.ts";
import { applicationUses } from "./argo-images.ts";
import { chartUse, type Found, type ImageUse, imageUse, joinImage, type Path } from "./image-use.ts";
import { parseImageReference } from "./image-reference.ts";
import { valuesUses } from "./values-images.ts";

/** Every image and chart version that a component names, in the order of the manifest. */
export function imagesOf(component: Component): readonly ImageUse[] {
  switch (component.kind) {
    case "opaque":
      return [];
    case "object":
      return objectUses(component).map((use) => ({ ...use, document: component.document }));
    case "file":
      return component.documents.flatMap((value, document) =>
        fileUses(component.fileKind, value).map((use) => ({ ...use, document })),
      );
  }
}

function objectUses({ id, value }: Component & { readonly kind: "object" }): readonly Found[] {
  const type = `${groupOf(id.apiVersion)}/${id.kind}`;
  switch (type) {
    case "helm.toolkit.fluxcd.io/HelmRelease":
      return [...helmReleaseChart(value), ...valuesUses(value, ["spec", "values"])];
    case "argoproj.io/Application":
      return applicationUses(value, ["spec"]);
    case "argoproj.io/ApplicationSet":
      return applicationUses(value, ["spec", "template", "spec"]);
    case "kustomize.toolkit.fluxcd.io/Kustomization":
      return kustomizeUses(value["spec"] ?? null, ["spec"]);
    case "source.toolkit.fluxcd.io/OCIRepository":
      return ociUses(value);
    default:
      return containerUses(value, []);
  }
}

function fileUses(kind: (Component & { readonly kind: "file" })["fileKind"], value: JsonValue): readonly Found[] {
  switch (kind) {
    case "kustomization":
      return kustomizeUses(value);
    case "chart":
      return dependencyUses(value);
    case "values":
      return valuesUses(value, []);
    case "yaml":
      return containerUses(value, []);
  }
}

const CONTAINERS: ReadonlySet<string> = new Set(["containers", "initContainers", "ephemeralContainers"]);

/** Containers wherever a pod template sits: kinds we do not know have theirs too. */
function containerUses(value: JsonValue, path: Path): readonly Found[] {
  return entriesOf(value).flatMap(([key, inner]) => {
    if (!CONTAINERS.has(String(key)) || !isList(inner)) return containerUses(inner, [...path, key]);
    return inner.flatMap((container, index): readonly Found[] => {
      const text = stringAt(container, "image");
      if (text === undefined) return [];
      const name = stringAt(container, "name") ?? String(index);
      return [imageUse([...path, key, index, "image"], `${key}[${name}].image`, text)];
    });
  });
}

/** The images of a kustomization, and the charts that it renders; `base` leads to `value`. */
function kustomizeUses(value: JsonValue, base: Path = []): readonly Found[] {
  return [...kustomizeImages(value, base), ...kustomizeCharts(value, base), ...generatorImages(value, base)];
}

const GENERATORS = ["configMapGenerator", "secretGenerator"] as const;

/** Images that workloads read from a generated ConfigMap: `API_IMAGE=repo:tag`, or `API_IMAGE=repo` beside `API_TAG=tag`. */
function generatorImages(value: JsonValue, base: Path): readonly Found[] {
  return GENERATORS.flatMap((key) =>
    listAt(value, key).flatMap((generator, index) => {
      const path = [...base, key, index, "literals"];
      return literalUses(listAt(generator, "literals"), path, `${key}[${stringAt(generator, "name")}].literals`);
    }),
  );
}

function literalUses(literals: readonly JsonValue[], path: Path, display: string): readonly Found[] {
  const pairs = literals.map((text) => (typeof text === "string" ? literalOf(text) : undefined));
  const values = new Map(pairs.flatMap((pair) => (pair === undefined ? [] : [pair])));
  return pairs.flatMap((pair, index): readonly Found[] => {
    const [key = "", image = ""] = pair ?? [];
    const stem = /^(.*?)_?(?:image|image_name|image_repository|repository)$/i.exec(key)?.[1];
    const reference = stem === undefined ? undefined : parseImageReference(image);
    if (stem === undefined || reference === undefined) return [];
    const isWhole = reference.tag !== undefined || reference.digest !== undefined;
    const names = [`${key}_TAG`, `${stem}_IMAGE_TAG`, `${stem}_TAG`].map((name) => name.replace(/^_/, ""));
    const tag = isWhole ? undefined : names.map((name) => values.get(name)).find((found) => found !== undefined);
    if (!isWhole && tag === undefined) return [];
    return [imageUse([...path, index], `${display}[${key}]`, joinImage(image, tag, undefined))];
  });
}

/** `KEY=VALUE`; kustomize takes one pair of quotes around the value away. */
function literalOf(text: string): readonly [string, string] | undefined {
  const [, key, value = ""] = /^([^=]+)=(.*)$/s.exec(text) ?? [];
  return key === undefined ? undefined : [key, value.replace(/^(["'])(.*)\1$/s, "$2")];
}

function kustomizeImages(value: JsonValue, base: Path): readonly Found[] {
  return listAt(value, "images").flatMap((image, index): readonly Found[] => {
    const name = stringAt(image, "name");
    if (name === undefined) return [];
    const text = joinImage(stringAt(image, "newName") ?? name, stringAt(image, "newTag"), stringAt(image, "digest"));
    return [imageUse([...base, "images", index], `images[${name}]`, text)];
  });
}

function kustomizeCharts(value: JsonValue, base: Path): readonly Found[] {
  return listAt(value, "helmCharts").flatMap((chart, index) => {
    const path = [...base, "helmCharts", index];
    const name = stringAt(chart, "name");
    return [
      ...chartUse([...path, "version"], `helmCharts[${name}].version`, {
        name,
        version: stringAt(chart, "version"),
        repository: stringAt(chart, "repo"),
      }),
      ...valuesUses(valueAt(chart, "valuesInline") ?? null, [], [...path, "valuesInline"]).map((use) => {
        return { ...use, display: `helmCharts[${name}].${use.display}` };
      }),
    ];
  });
}

/** Flux: an artifact in a registry. `semver` goes before `tag`, and names no one version. */
function ociUses(value: JsonObject): readonly Found[] {
  const name = /^oci:\/\/(\S+?)\/*$/.exec(stringAt(value, "spec", "url") ?? "")?.[1];
  const ref = valueAt(value, "spec", "ref");
  const [tag, digest] = [stringAt(ref, "tag"), stringAt(ref, "digest")];
  if (name === undefined || (tag === undefined && digest === undefined)) return [];
  if (digest === undefined && stringAt(ref, "semver") !== undefined) return [];
  const display = digest === undefined ? "ref.tag" : "ref.digest";
  return [imageUse(["spec", "ref"], display, joinImage(name, tag, digest))];
}

function dependencyUses(value: JsonValue): readonly Found[] {
  return listAt(value, "dependencies").flatMap((dependency, index) => {
    const name = stringAt(dependency, "name");
    const path = ["dependencies", index, "version"];
    return chartUse(path, `dependencies[${name}].version`, {
      name,
      version: stringAt(dependency, "version"),
      repository: stringAt(dependency, "repository"),
    });
  });
}

function helmReleaseChart(value: JsonObject): readonly Found[] {
  const chart = valueAt(value, "spec", "chart", "spec");
  return chartUse(["spec", "chart", "spec", "version"], "chart.spec.version", {
    name: stringAt(chart, "chart"),
    version: stringAt(chart, "version"),
    repository: stringAt(chart, "sourceRef", "name"),
  });
}

function entriesOf(value: JsonValue): readonly (readonly [string | number, JsonValue])[] {
  if (isList(value)) return value.map((item, index) => [index, item] as const);
  return isObject(value) ? Object.entries(value) : [];
}
