/** Where a file names images and charts, with their lines: what manifests say by structure, and what else spells one out. */
import { isAlias, isMap, isScalar, isSeq, type Document } from "yaml";
import { formatPlace, LastgoodError, type Place } from "../../errors.ts";
import { parseImageReference } from "../manifest/image-reference.ts";
import type { ImageUse } from "../manifest/image-use.ts";
import { imagesOf } from "../manifest/images.ts";
import { type ParsedStream, parseStream } from "../manifest/parse.ts";
import type { Manifest } from "../manifest/read-manifest.ts";
import { type Component, componentName } from "../model/component.ts";
import { imageArtifact, artifactOfUse, artifactText } from "./artifact.ts";
import type { Artifact } from "./record.ts";
import { valueFieldsOf } from "./value-fields.ts";

/** A place where a file names an artifact. */
export interface ArtifactUse {
  readonly artifact: Artifact;
  /** As it stands there. */
  readonly text: string;
  /** `containers[api].image`; for what is only spelled out, the line. */
  readonly display: string;
  /** `Deployment/api`, where it stands in an object; of a value, with the namespace where it is stated. */
  readonly component?: string;
  /** Found as a word, not as a field. */
  readonly spelledOut?: true;
  /** Where it stands. Costs a syntax tree: asked only for what is told. */
  readonly place: () => Place;
}

/**
 * Everything in a file that `isWanted`: what `imagesOf` reads, then images that are spelled out elsewhere: in Helm templates,
 * in fields of kinds we do not know, in what Argo CD Image Updater writes (`kustomize.images`). Comments do not count.
 */
export function usesIn(manifest: Manifest, isWanted: (artifact: Artifact) => boolean): readonly ArtifactUse[] {
  const structured = manifest.components.flatMap((component) =>
    imagesOf(component).flatMap((use): readonly ArtifactUse[] => {
      const artifact = artifactOfUse(use);
      if (artifact === undefined || !isWanted(artifact)) return [];
      const text = use.kind === "image" ? use.text : artifactText(artifact);
      const place = (): Place => placeOf(manifest, component, use);
      const named = component.kind === "object" ? { component: componentName(component) } : {};
      return [{ artifact, text, display: use.display, ...named, place }];
    }),
  );
  const spelled = spelledOut(manifest, isWanted);
  if (spelled.length === 0) return structured;
  const lines = new Set(structured.map(({ place }) => lineOf(place())));
  return [...structured, ...spelled.filter(({ place }) => !lines.has(lineOf(place())))];
}

/** The versions of a file that name no image, and are wanted. */
export function valuesIn(manifest: Manifest, isWanted: (artifact: Artifact) => boolean): readonly ArtifactUse[] {
  return valueFieldsOf(manifest).flatMap((field): readonly ArtifactUse[] => {
    const { artifact, component } = field;
    if (!isWanted(artifact)) return [];
    const named = artifact.component === undefined ? {} : { component: artifact.component };
    const place = (): Place => placeOf(manifest, component, field);
    return [{ artifact, text: artifact.value, display: artifact.field, ...named, place }];
  });
}

function lineOf({ file, line = 0 }: Place): string {
  return formatPlace({ file, line });
}

/** More of a line than this is no image. */
const MAX_LINE = 4000;

function spelledOut({ path, text }: Manifest, isWanted: (artifact: Artifact) => boolean): readonly ArtifactUse[] {
  if (text === undefined) return [];
  return text.split("\n").flatMap((whole, index) => {
    if (whole.length > MAX_LINE) return [];
    const line = whole.replace(/(?:^|\s)#.*$/, "");
    return [...line.matchAll(/[^\s"'`,;=<>()[\]{}|\\]+/g)].flatMap((match): readonly ArtifactUse[] => {
      const word = match[0].replace(/^(?:docker|oci):\/\//, "");
      // A bare word is an image named `latest` for the grammar, and hardly ever meant as one.
      const reference = /[:@]/.test(word.slice(1)) ? parseImageReference(word) : undefined;
      if (reference === undefined || (reference.tag === undefined && reference.digest === undefined)) return [];
      const artifact = imageArtifact(reference);
      if (!isWanted(artifact)) return [];
      const place = { file: path, line: index + 1, column: match.index + 1 };
      return [{ artifact, text: word, display: wordOf(line), spelledOut: true, place: () => place }];
    });
  });
}

/** What a line is about: its key, or what its item begins with. */
function wordOf(line: string): string {
  return line.trim().replace(/^-\s+/, "").split(/[:\s]/, 1)[0] ?? "";
}

/** The line of a use; of an image in several fields, that of its tag. The file's first line when the tree cannot tell. */
function placeOf(
  { path, stream }: Manifest,
  component: Component,
  use: Pick<ImageUse, "document" | "pointer" | "within">,
): Place {
  const start = component.kind === "object" ? component.place : { file: path, line: 1, column: 1 };
  const parsed = stream?.documents[use.document];
  if (stream === undefined || parsed === undefined) return start;
  const item = component.kind === "object" && component.item !== undefined ? ["items", String(component.item)] : [];
  const keys = use.pointer.split("/").slice(1).map(unescapeKey);
  const offset = offsetOf(parsed.document, [...item, ...keys]);
  if (offset === undefined) return start;
  const place = placeAt(stream, offset);
  return use.within === undefined
    ? place
    : placeWithin(place, use.within, stream.text.slice(offset, offset + MAX_BLOCK));
}

/** Of a text block that is looked at for one line. */
const MAX_BLOCK = 1_000_000;

/** A literal block keeps its lines: the one in the text, counted from its `|`. In other texts: where they begin. */
function placeWithin(place: Place, pointer: string, block: string): Place {
  const [header = "", ...rest] = block.split("\n");
  if (place.line === undefined || !/^\|[-+0-9]*[ \t]*(?:#.*)?\r?$/.test(header)) return place;
  const first = rest.find((line) => line.trim() !== "") ?? "";
  const indent = /^ */.exec(first)?.[0].length ?? 0;
  const end = rest.findIndex((line) => line.trim() !== "" && !line.startsWith(" ".repeat(indent)));
  const text = rest.slice(0, end === -1 ? rest.length : end).map((line) => line.slice(indent));
  const line = lineWithin(text.join("\n"), pointer);
  return line === undefined ? place : { file: place.file, line: place.line + line };
}

/** From 1. */
function lineWithin(text: string, pointer: string): number | undefined {
  try {
    const inner = parseStream("values", text);
    const [first] = inner.documents;
    const keys = pointer.split("/").slice(1).map(unescapeKey);
    const offset = first === undefined ? undefined : offsetOf(first.document, keys);
    return offset === undefined ? undefined : placeAt(inner, offset).line;
  } catch (error) {
    if (error instanceof LastgoodError) return undefined;
    throw error;
  }
}

function placeAt({ placeAt: find }: ParsedStream, offset: number): Place {
  return find(offset);
}

function unescapeKey(key: string): string {
  return key.replaceAll("~1", "/").replaceAll("~0", "~");
}

/** In the order in which they say most about the version. */
const VERSION_KEYS = ["digest", "sha", "tag", "newTag"];

function offsetOf(document: Document, keys: readonly string[]): number | undefined {
  let node: unknown = document.contents;
  let deepest: unknown = node;
  for (const key of keys) {
    const at = isAlias(node) ? node.resolve(document) : node;
    node = isMap(at) || isSeq(at) ? at.get(key, true) : undefined;
    if (node === undefined) break;
    deepest = node;
  }
  const whole = isAlias(deepest) ? deepest.resolve(document) : deepest;
  const tag = isMap(whole) ? VERSION_KEYS.map((key) => whole.get(key, true)).find(isScalar) : undefined;
  return rangeStart(tag ?? deepest);
}

function rangeStart(node: unknown): number | undefined {
  return (node as { readonly range?: readonly number[] | null } | undefined)?.range?.[0];
}
