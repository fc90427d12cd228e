import { isScalar, isSeq, visit } from "yaml";

import { formatPlace, LastgoodError, type Place } from "../../errors.ts";
import { type Component, objectKey, type ObjectId } from "../model/component.ts";
import { isList, isObject, type JsonObject, type JsonValue, property, stringAt } from "../model/json.ts";
import { decodeText } from "./decode-text.ts";
import { findEncryption, findSealed } from "./encrypted.ts";
import { fault } from "./fault.ts";
import { decidedKind, fileKindOf, isYamlPath } from "./file-kind.ts";
import { identify, isObjectLike, type ListType } from "./identity.ts";
import { type ParsedDocument, type ParsedStream, parseStream } from "./parse.ts";
import { isHelmChartPath, namesHelm } from "./template.ts";

/** A file of a target, read. */
export interface Manifest {
  readonly path: string;
  /** Missing when it is not text. */
  readonly text?: string;
  /** Missing when the file is opaque. */
  readonly stream?: ParsedStream;
  /** Its objects; or one file; or one opaque with the reason; or nothing, for a file without content. */
  readonly components: readonly Component[];
}

/** Reads any file of the repository. What it cannot read, or must not take apart, is one opaque component. */
export function readManifest(path: string, bytes: Uint8Array): Manifest {
  let text: string | undefined;
  try {
    text = decodeText(path, bytes);
    const stream = readStream(path, text);
    return { path, text, stream, components: componentsOf(stream) };
  } catch (error) {
    if (!(error instanceof LastgoodError)) throw error;
    const left = { code: error.code, message: error.message, place: error.place ?? { file: path } };
    const components: readonly Component[] = [{ kind: "opaque", path, left }];
    return text === undefined ? { path, components } : { path, text, components };
  }
}

function readStream(path: string, text: string): ParsedStream {
  const encrypted = findEncryption(text);
  if (encrypted !== undefined) throw fault("ManifestEncrypted", encrypted, { file: path });
  if (!isYamlPath(path)) throw fault("ManifestShape", "it is not YAML or JSON", { file: path });
  const stream = parseStream(path, text);
  if (isHelmChartPath(path) && text.includes("{{")) {
    throw fault("ManifestTemplate", "it is a Helm template", stream.placeAt(text.indexOf("{{")));
  }
  return stream;
}

function componentsOf(stream: ParsedStream): readonly Component[] {
  const { path } = stream;
  const documents = stream.documents.map(({ value }) => value);
  const filled = stream.documents.filter(({ value }) => value !== null);
  if (filled.length === 0) return [];
  for (const document of filled) requireOpen(document, stream);
  const decided = decidedKind(path, documents);
  if (decided !== undefined) return [{ kind: "file", path, fileKind: decided, documents }];
  const other = filled.find(({ value }) => !isObject(value) || !isObjectLike(value));
  if (other === undefined) {
    const objects = withoutDuplicates(filled.flatMap((document) => objectsOf(document, stream)));
    if (namesHelm(stream.text)) for (const document of filled) requireNoHelm(document, stream);
    return objects;
  }
  if (filled.some(({ value }) => isObject(value) && isObjectLike(value))) {
    throw fault("ManifestShape", "one of its documents is no Kubernetes object", startOf(other, stream));
  }
  return [{ kind: "file", path, fileKind: fileKindOf(path, documents), documents }];
}

function requireOpen(document: ParsedDocument, stream: ParsedStream): void {
  const sealed = isObject(document.value) ? findSealed(document.value) : undefined;
  if (sealed !== undefined) throw fault("ManifestEncrypted", sealed, startOf(document, stream));
}

function startOf({ start }: ParsedDocument, { placeAt }: ParsedStream): Place {
  return placeAt(start);
}

function objectsOf(document: ParsedDocument, stream: ParsedStream): readonly Component[] {
  const { index, value } = document;
  if (!isObject(value)) return [];
  const place = startOf(document, stream);
  const items = listItems(value);
  if (items === undefined) {
    const id = identify(value, place);
    return [{ kind: "object", id, path: stream.path, document: index, value, place }];
  }
  const nodes = items.length === 0 ? undefined : document.document.get("items", true);
  return items.flatMap((item, position) => {
    const node = isSeq(nodes) ? (nodes.items[position] as { range?: readonly number[] } | undefined) : undefined;
    const itemPlace = node?.range?.[0] === undefined ? place : stream.placeAt(node.range[0]);
    return itemObjects(item, itemPlace, listTypeOf(value)).map((found): Component => ({
      ...found,
      kind: "object",
      path: stream.path,
      document: index,
      item: position,
      place: itemPlace,
    }));
  });
}

/** The objects that one item of a List stands for: Lists may hold Lists. */
function itemObjects(
  item: JsonValue,
  place: Place,
  list: ListType | undefined,
): readonly { readonly id: ObjectId; readonly value: JsonObject }[] {
  if (!isObject(item)) throw fault("ManifestShape", "an item of a List is no object", place);
  const nested = listItems(item);
  if (nested !== undefined) return nested.flatMap((inner) => itemObjects(inner, place, listTypeOf(item)));
  const sealed = findSealed(item);
  if (sealed !== undefined) throw fault("ManifestEncrypted", sealed, place);
  return [{ id: identify(item, place, list), value: item }];
}

function listItems(value: JsonObject): readonly JsonValue[] | undefined {
  const kind = property(value, "kind");
  const items = property(value, "items");
  if (typeof kind !== "string" || !kind.endsWith("List")) return undefined;
  if (kind === "List" && items === null) return [];
  return isList(items) ? items : undefined;
}

function listTypeOf(list: JsonObject): ListType | undefined {
  const { apiVersion, kind } = list;
  if (typeof apiVersion !== "string" || typeof kind !== "string" || kind === "List") return undefined;
  return { apiVersion, kind: kind.slice(0, -"List".length) };
}

/** Kinds whose strings Helm or Argo CD fill in later: `{{ .Values.x }}` is data there. */
const HOLDS_TEMPLATES = /^(?:HelmRelease|HelmChart|HelmChartConfig|Application|ApplicationSet)$/;

/** A Helm template can be readable YAML when its actions are quoted. Block scalars (scripts, rules, values) are data. */
function requireNoHelm(read: ParsedDocument, { placeAt }: ParsedStream): void {
  if (HOLDS_TEMPLATES.test(stringAt(read.value, "kind") ?? "")) return;
  visit(read.document, {
    Scalar(_key, node) {
      const flow = isScalar(node) && (node.type === "PLAIN" || node.type?.startsWith("QUOTE") === true);
      if (!flow || !namesHelm(node.source ?? "")) return;
      throw fault("ManifestTemplate", "it is a Helm template", placeAt(node.range?.[0] ?? 0));
    },
  });
}

function withoutDuplicates(components: readonly Component[]): readonly Component[] {
  const seen = new Map<string, Place>();
  for (const component of components) {
    if (component.kind !== "object") continue;
    const key = objectKey(component.id);
    const first = seen.get(key);
    if (first !== undefined) {
      const places = `${formatPlace(first)} and at ${formatPlace(component.place)}`;
      throw fault("ManifestDuplicate", `${key} stands twice, at ${places}`, component.place);
    }
    seen.set(key, component.place);
  }
  return components;
}
