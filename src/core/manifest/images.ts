import { type Component, groupOf } from "../model/component.ts";
import { isList, isObject, type JsonObject, type JsonValue, listAt, stringAt, valueAt } from "../model/json.ts";
import { type ImageReference, parseImageReference } from "./image-reference.ts";

/** A place where a component names an image or a chart by version. */
export type ImageUse = UsePlace &
  (
    | {
        readonly kind: "image";
        /** As the manifest says it: `ghcr.io/acme/api:1.8.0`. */
        readonly text: string;
        /** Missing when the text is no image reference (`${IMAGE}`). */
        readonly reference?: ImageReference;
      }
    | { readonly kind: "chart"; readonly name: string; readonly version: string; readonly repository?: string }
  );

interface UsePlace {
  /** The document of the file it stands in. `pointer` goes into that document's value, or into a List's item. */
  readonly document: number;
  /** RFC 6901: the image or version field, or the map that spells an image in several fields. */
  readonly pointer: string;
  /** `containers[api].image`: what people see. */
  readonly display: string;
}

type Found = ImageUse extends infer Use ? (Use extends ImageUse ? Omit<Use, "document"> : never) : never;
type Path = readonly (string | number)[];

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

function kustomizeUses(value: JsonValue): readonly Found[] {
  return listAt(value, "images").flatMap((image, index): readonly Found[] => {
    const name = stringAt(image, "name");
    if (name === undefined) return [];
    const text = joinImage(stringAt(image, "newName") ?? name, stringAt(image, "newTag"), stringAt(image, "digest"));
    return [imageUse(["images", index], `images[${name}]`, text)];
  });
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

/** Argo CD: a source with `chart` takes its version from `targetRevision`; others name a git revision there. */
function applicationUses(value: JsonObject, base: readonly string[]): readonly Found[] {
  const spec = valueAt(value, ...base);
  const single: readonly [Path, string, JsonValue | undefined] = [
    [...base, "source"],
    "source",
    valueAt(spec, "source"),
  ];
  const several = listAt(spec, "sources").map((source, index): readonly [Path, string, JsonValue] => {
    return [[...base, "sources", index], `sources[${index}]`, source];
  });
  return [single, ...several].flatMap(([path, display, source]) => [
    ...chartUse([...path, "targetRevision"], `${display}.targetRevision`, {
      name: stringAt(source, "chart"),
      version: stringAt(source, "targetRevision"),
      repository: stringAt(source, "repoURL"),
    }),
    ...valuesUses(valueAt(source, "helm", "valuesObject") ?? null, [], [...path, "helm", "valuesObject"]),
  ]);
}

/** Images in Helm values, in the layouts that charts use; `from` leads to the values, `prefix` to where `root` stands. */
function valuesUses(root: JsonValue, from: readonly string[], prefix: Path = from): readonly Found[] {
  return walkValues(valueAt(root, ...from) ?? null, prefix, []);
}

function walkValues(value: JsonValue, path: Path, shown: Path): readonly Found[] {
  const whole = shown.length > 0 ? splitImage(value, String(shown.at(-1))) : undefined;
  if (whole !== undefined) return [imageUse(path, displayOf(shown), whole)];
  return entriesOf(value).flatMap(([key, inner]) => {
    const [to, see] = [
      [...path, key],
      [...shown, key],
    ];
    if (typeof inner !== "string") return walkValues(inner, to, see);
    const text = isImageKey(String(key)) ? textImage(value, String(key), inner) : undefined;
    return text === undefined ? [] : [imageUse(to, displayOf(see), text)];
  });
}

/** `{registry?, repository, tag?, digest?}` under `image` or `…Image`, or anywhere when a tag or digest is with it. */
function splitImage(value: JsonValue, key: string): string | undefined {
  const repository = stringAt(value, "repository") ?? (isImageKey(key) ? stringAt(value, "name") : undefined);
  if (!isObject(value) || repository === undefined || repository === "") return undefined;
  const tag = scalarText(value["tag"]);
  const digest = scalarText(value["digest"]) ?? scalarText(value["sha"]);
  if (tag === undefined && digest === undefined && !isImageKey(key)) return undefined;
  const registry = stringAt(value, "registry") ?? "";
  return joinImage(registry === "" ? repository : `${registry}/${repository}`, tag, digest);
}

/** `image: repo:tag`, or `image: repo` with the tag beside it (`imageTag`, `tag`). */
function textImage(parent: JsonValue, key: string, text: string): string | undefined {
  if (parseImageReference(text) === undefined || !isObject(parent)) return undefined;
  if (/[:@]/.test(text.slice(text.lastIndexOf("/") + 1))) return text;
  const tag = scalarText(parent[`${key}Tag`]) ?? (key === "image" ? scalarText(parent["tag"]) : undefined);
  if (tag !== undefined) return joinImage(text, tag, undefined);
  return key === "image" || text.includes("/") ? text : undefined;
}

function isImageKey(key: string): boolean {
  return key === "image" || key.endsWith("Image");
}

/** Charts print whatever scalar stands there: a tag `1.10` without quotes is 1.1 for Helm too. */
function scalarText(value: JsonValue | undefined): string | undefined {
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

function joinImage(name: string, tag: string | undefined, digest: string | undefined): string {
  return `${name}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

function imageUse(path: Path, display: string, text: string): Found {
  const reference = parseImageReference(text);
  const use = { kind: "image" as const, pointer: pointerOf(path), display, text };
  return reference === undefined ? use : { ...use, reference };
}

interface ChartFields {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly repository: string | undefined;
}

function chartUse(path: Path, display: string, { name, version, repository }: ChartFields): readonly Found[] {
  if (name === undefined || version === undefined) return [];
  const use = { kind: "chart" as const, pointer: pointerOf(path), display, name, version };
  return [repository === undefined ? use : { ...use, repository }];
}

function entriesOf(value: JsonValue): readonly (readonly [string | number, JsonValue])[] {
  if (isList(value)) return value.map((item, index) => [index, item] as const);
  return isObject(value) ? Object.entries(value) : [];
}

function pointerOf(path: Path): string {
  return path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

function displayOf(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? key : `${text}.${key}`;
  }, "");
}
