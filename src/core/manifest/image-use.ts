/** How a use of an image or a chart is put together, whatever the manifest that names it. */
import type { JsonValue } from "../model/json.ts";
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
  /** Of what stands in a text of its own (`helm.values: |`): the pointer into that text's first document. */
  readonly within?: string;
}

/** A use, before its document is known. */
export type Found = ImageUse extends infer Use ? (Use extends ImageUse ? Omit<Use, "document"> : never) : never;
/** Keys and indices, from the root of the document. */
export type Path = readonly (string | number)[];

/** Charts print whatever scalar stands there: a tag `1.10` without quotes is 1.1 for Helm too. */
export function scalarText(value: JsonValue | undefined): string | undefined {
  if (typeof value === "number" || typeof value === "bigint") return String(value);
  return typeof value === "string" && value !== "" ? value : undefined;
}

/** `name:tag@digest`, of what is there. */
export function joinImage(name: string, tag: string | undefined, digest: string | undefined): string {
  return `${name}${tag === undefined ? "" : `:${tag}`}${digest === undefined ? "" : `@${digest}`}`;
}

/** A use of an image; without a reference when the text is none. */
export function imageUse(path: Path, display: string, text: string): Found {
  const reference = parseImageReference(text);
  const use = { kind: "image" as const, pointer: pointerOf(path), display, text };
  return reference === undefined ? use : { ...use, reference };
}

interface ChartFields {
  readonly name: string | undefined;
  readonly version: string | undefined;
  readonly repository: string | undefined;
}

/** A use of a chart; nothing without a name and a version. */
export function chartUse(path: Path, display: string, { name, version, repository }: ChartFields): readonly Found[] {
  if (name === undefined || version === undefined) return [];
  const use = { kind: "chart" as const, pointer: pointerOf(path), display, name, version };
  return [repository === undefined ? use : { ...use, repository }];
}

/** RFC 6901. */
export function pointerOf(path: Path): string {
  return path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}
