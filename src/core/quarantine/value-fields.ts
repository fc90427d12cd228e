/** Versions that stand alone: fields that say which, and leave what to the chart, to the engine or to somebody else. */
import type { ImageUse } from "../manifest/image-use.ts";
import { imagesOf } from "../manifest/images.ts";
import type { Manifest } from "../manifest/read-manifest.ts";
import type { Component, ObjectId } from "../model/component.ts";
import type { Segment } from "../model/field.ts";
import { isList, isObject, type JsonValue, property, stringAt } from "../model/json.ts";
import { isName } from "../model/record-field.ts";
import { formatPath } from "../patch/display.ts";
import { below, parsePointer } from "../patch/pointer.ts";
import { artifactKey, readValue, valueWord } from "./artifact.ts";
import type { ValueArtifact } from "./record.ts";

/** A version-like field that names no image and no chart. */
export interface ValueField {
  readonly artifact: ValueArtifact;
  readonly component: Component;
  readonly document: number;
  /** RFC 6901, as in `ImageUse`. */
  readonly pointer: string;
}

/**
 * The version-like fields of a file that `imagesOf` makes nothing of. Left out: labels and annotations, Secrets, what stands in a
 * list whose items have no names, and what could not be typed as `FILE:FIELD=VALUE`.
 */
export function valueFieldsOf({ path, components }: Manifest): readonly ValueField[] {
  return components.flatMap((component) => {
    const found = scalarsOf(component);
    if (found.length === 0) return [];
    const isCovered = coverOf(component);
    return found.flatMap(({ pointer, segments, value }): readonly ValueField[] => {
      if (isCovered(pointer)) return [];
      const named = component.kind === "object" ? { component: qualifiedName(component.id) } : {};
      const artifact = { kind: "value" as const, path, ...named, field: formatPath(segments), value };
      const word = valueWord(artifact);
      const read = isName(word) ? readValue(word) : undefined;
      if (read === undefined || artifactKey(read) !== artifactKey(artifact)) return [];
      return [{ artifact, component, document: component.kind === "object" ? component.document : 0, pointer }];
    });
  });
}

/** `HelmRelease/api`; with the namespace between where it is stated: a file may hold one for staging and one for production. */
function qualifiedName({ kind, namespace, name }: ObjectId): string {
  return namespace === undefined ? `${kind}/${name}` : `${kind}/${namespace}/${name}`;
}

interface Scalar {
  readonly pointer: string;
  readonly segments: readonly Segment[];
  readonly value: string;
}

/** Their versions say nothing of what runs, or are nobody's to read. */
const OTHER_KINDS = /^(?:Secret|CustomResourceDefinition)$/;

function scalarsOf(component: Component): readonly Scalar[] {
  switch (component.kind) {
    case "opaque":
      return [];
    case "object":
      return OTHER_KINDS.test(component.id.kind) ? [] : walk(component.value, "", []);
    case "file": {
      const [value = null] = component.documents;
      // A chart's own version is no more than the number of the change.
      if (component.fileKind === "chart") return walk({ appVersion: property(value, "appVersion") ?? null }, "", []);
      return walk(value, "", []);
    }
  }
}

/** Words about objects, not about what runs. */
const ABOUT = /^(?:metadata|status|selector|.*(?:labels|annotations|Labels|Annotations))$/;

function walk(value: JsonValue, pointer: string, segments: readonly Segment[]): readonly Scalar[] {
  if (isList(value)) return walkList(value, pointer, segments);
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    if (ABOUT.test(key)) return [];
    const [to, see] = [below(pointer, key), [...segments, { key }]];
    if (isObject(inner) || isList(inner)) return walk(inner, to, see);
    const text = isVersionKey(key) ? versionText(inner) : undefined;
    return text === undefined ? [] : [{ pointer: to, segments: see, value: text }];
  });
}

function walkList(items: readonly JsonValue[], pointer: string, segments: readonly Segment[]): readonly Scalar[] {
  const ids = items.map(idOf);
  const seen = new Set<string>();
  const twice = new Set(ids.filter((id) => id !== undefined && (seen.has(id) || !seen.add(id))));
  const isParameters = /\/(?:parameters|set)$/.test(pointer);
  return items.flatMap((item, index): readonly Scalar[] => {
    const id = ids[index];
    if (id === undefined || twice.has(id)) return [];
    const [to, see] = [below(pointer, index), [...segments, { id, item }]];
    // Helm's `--set` as a list: `{name: image.tag, value: 1.8.0}`.
    const text = isParameters && isVersionKey(id) ? versionText(property(item, "value") ?? null) : undefined;
    return text === undefined ? walk(item, to, see) : [{ pointer: below(to, "value"), segments: see, value: text }];
  });
}

/** In the order in which they say most about which item it is. */
const NAMES = ["name", "id", "key", "cluster", "env", "environment", "app", "chart", "path", "ref", "repoURL", "url"];
/** What is longer is cut when it is shown. */
const MAX_ID = 64;

/** What an item is called; an item of one key (`- list: {…}`) by that key. */
function idOf(item: JsonValue): string | undefined {
  if (!isObject(item)) return undefined;
  const named = NAMES.map((key) => stringAt(item, key)).find((text) => text !== undefined && text !== "");
  const keys = Object.keys(item);
  const id = named ?? (keys.length === 1 ? keys[0] : undefined);
  return id === undefined || id.length > MAX_ID ? undefined : id;
}

const VERSION_KEY =
  /(?:^|[._-])(?:tag|version|digest|sha|sha256|semver|revision|commit|TAG|VERSION|DIGEST|SHA)$|[a-z0-9](?:Tag|Version|Digest|Sha|Revision)$/;
/** Versions of interfaces, not of what runs. */
const OTHER_VERSION = /(?:^|[a-z])(?:api|Api|API|resource|schema|Schema|[mM]in|[mM]ax|kube)Version$|tls|TLS|ssl|SSL/;

/** `tag`, `imageTag`, `image.tag`, `IMAGE_TAG`, `targetRevision`, … */
function isVersionKey(key: string): boolean {
  return VERSION_KEY.test(key) && !OTHER_VERSION.test(key);
}

/** A tag, a digest, a version or a range of them; not what something else fills in (`${TAG}`, `{{tag}}`). */
function versionText(value: JsonValue): string | undefined {
  const isNumber = typeof value === "bigint" || (typeof value === "number" && Number.isFinite(value));
  const text = isNumber ? String(value) : value;
  return typeof text === "string" && /^[\w.^~<>=*+:@/ ,|-]{1,256}$/.test(text) && text.trim() === text
    ? text
    : undefined;
}

/** Does an image or a chart that is known by its name say it already? */
function coverOf(component: Component): (pointer: string) => boolean {
  const covered = new Set(
    imagesOf(component).flatMap((use) => {
      return component.kind === "file" && use.document > 0 ? [] : coveredBy(use, component);
    }),
  );
  return (pointer) => covered.has(pointer) || covered.has(parentOf(pointer));
}

/** The field of a use, and what a chart joins to it: `image: repo` with `imageTag` or `tag` beside it. */
function coveredBy(use: ImageUse, component: Component): readonly string[] {
  const { pointer } = use;
  if (use.kind === "chart") return [pointer];
  if (use.reference?.tag === undefined && use.reference?.digest === undefined) return [];
  const text = valueAtPointer(component, pointer);
  if (typeof text !== "string" || text === use.text) return [pointer];
  return [pointer, `${pointer}Tag`, ...(pointer.endsWith("/image") ? [`${parentOf(pointer)}/tag`] : [])];
}

function parentOf(pointer: string): string {
  return pointer.slice(0, pointer.lastIndexOf("/"));
}

function valueAtPointer(component: Component, pointer: string): JsonValue | undefined {
  if (component.kind === "opaque") return undefined;
  const root = component.kind === "object" ? component.value : component.documents[0];
  return (parsePointer(pointer) ?? []).reduce<JsonValue | undefined>((value, step) => {
    return isList(value) ? value[Number(step)] : property(value, step);
  }, root);
}
