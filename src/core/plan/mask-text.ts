/** Hides the secrets of a manifest in its text, line for line: what a diff may show. Found by where they stand, not by what they are. */
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, type Node, type Scalar, visit } from "yaml";
import { LastgoodError } from "../../errors.ts";
import type { ParsedStream } from "../manifest/parse.ts";
import { readManifest } from "../manifest/read-manifest.ts";
import type { Component } from "../model/component.ts";
import { isList, isObject, jsonEqual, type JsonValue } from "../model/json.ts";
import { HIDDEN, redactText, redactValue } from "../redact.ts";
import { documentsOf } from "./decide.ts";
import { kindOf, maskString, secretTexts } from "./secrets.ts";

/** Of a Secret that is read, the values are hidden one by one; of any other, nothing is known. */
const SECRET_KIND = /\bkind["']?\s*:\s*["']?Secret(?:List)?\b/;

/** The lines of a text with every secret hidden; undefined when it holds a Secret that cannot be read, or is too large for it. */
export function maskText(path: string, text: string): readonly string[] | undefined {
  const { stream, components } = readManifest(path, new TextEncoder().encode(text));
  if (stream === undefined) {
    const isEncrypted = components.some((one) => one.kind === "opaque" && one.left.code === "ManifestEncrypted");
    return !isEncrypted && SECRET_KIND.test(text) ? undefined : maskLines(text.split("\n"), []);
  }
  try {
    const spans = components.flatMap((component) => spansOf(component, stream));
    return maskLines(cover(text, spans).split("\n"), components.flatMap(secretTexts));
  } catch (error) {
    // Where the secrets stand cannot be told: it is too large.
    if (error instanceof LastgoodError) return undefined;
    throw error;
  }
}

/** Where the secrets of a component stand. Most have none: no tree is made for them. */
function spansOf(component: Component, { documents, text }: ParsedStream): readonly Span[] {
  return documentsOf(component).flatMap((value, i) => {
    const shown = redactValue(kindOf(component), [], value);
    if (jsonEqual(value, shown)) return [];
    const document = documents[component.kind === "object" ? component.document : i]?.document;
    const node = document === undefined ? undefined : rootOf(component, document);
    return document === undefined || node === undefined ? [] : hiddenIn({ document, text }, node, { value, shown });
  });
}

/** The node of a component; of something inside a nested List, the whole document. */
function rootOf(component: Component, document: Document.Parsed): Node | undefined {
  const contents = document.contents ?? undefined;
  if (component.kind !== "object" || component.item === undefined) return contents;
  const node: unknown = document.getIn(["items", component.item], true);
  return isNode(node) ? node : contents;
}

/** A part of the text and what is shown instead; line ends stay where they are. */
interface Span {
  readonly from: number;
  readonly to: number;
  readonly shown: string;
}

interface Place {
  readonly document: Document.Parsed;
  readonly text: string;
}

interface Sides {
  readonly value: JsonValue;
  readonly shown: JsonValue;
}

function hiddenIn(place: Place, node: Node, { value, shown }: Sides): readonly Span[] {
  if (isAlias(node)) {
    const target = node.resolve(place.document);
    return target === undefined ? [] : hiddenIn(place, target, { value, shown });
  }
  if (isScalar(node)) return value === shown ? [] : spanOf(place, node, shown);
  if (isMap(node) && isObject(value) && isObject(shown)) {
    return node.items.flatMap(({ key, value: inner }) => {
      if (!isNode(inner)) return [];
      const name = isScalar(key) ? String(key.value) : "";
      if (name === "<<") return mergedIn(place, inner, { value, shown });
      const [real, seen] = [own(value, name), own(shown, name)];
      return real === undefined || seen === undefined ? [] : hiddenIn(place, inner, { value: real, shown: seen });
    });
  }
  if (isSeq(node) && isList(value) && isList(shown)) {
    return node.items.flatMap((item, i) => {
      const [real, seen] = [value[i], shown[i]];
      return isNode(item) && real !== undefined && seen !== undefined
        ? hiddenIn(place, item, { value: real, shown: seen })
        : [];
    });
  }
  return shown === HIDDEN ? scalarsOf(node).flatMap((scalar) => spanOf(place, scalar, HIDDEN)) : [];
}

function mergedIn(place: Place, node: Node, sides: Sides): readonly Span[] {
  const maps = isSeq(node) ? node.items.filter((item) => isNode(item)) : [node];
  return maps.flatMap((map) => hiddenIn(place, map, sides));
}

function own(value: { readonly [key: string]: JsonValue }, key: string): JsonValue | undefined {
  return Object.hasOwn(value, key) ? value[key] : undefined;
}

function scalarsOf(node: Node): readonly Scalar[] {
  const scalars: Scalar[] = [];
  visit(node, { Scalar: (key, scalar) => void (key === "key" ? undefined : scalars.push(scalar)) });
  return scalars;
}

function spanOf({ text }: Place, node: Scalar, shown: JsonValue): readonly Span[] {
  const [from, to] = [node.range?.[0] ?? 0, node.range?.[1] ?? 0];
  const raw = text.slice(from, to);
  if (raw === "") return [];
  const isBlock = node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED";
  const [head, ...rest] = raw.split("\n");
  const known = new Set(
    typeof shown === "string" && shown !== HIDDEN ? shown.split("\n").map((line) => line.trim()) : [],
  );
  const first = isBlock ? (head ?? "") : hideLine(head ?? "", known);
  return [{ from, to, shown: [first, ...rest.map((line) => hideLine(line, known))].join("\n") }];
}

/** A line of a scalar: as it is, or masked, when that is a line of what may be shown; else hidden. */
function hideLine(line: string, known: ReadonlySet<string>): string {
  const [, indent = "", content = ""] = /^(\s*)(.*?)\s*$/s.exec(line) ?? [];
  if (content === "" || known.has(content)) return line;
  const masked = redactText(content);
  const bare = masked.replace(/^(["'])(.*)\1$/s, "$2");
  return indent + (known.has(masked) || known.has(bare) ? masked : HIDDEN);
}

function cover(text: string, spans: readonly Span[]): string {
  let covered = "";
  let at = 0;
  for (const { from, to, shown } of spans.toSorted((a, b) => a.from - b.from)) {
    // One anchor may be reached from several places.
    if (from < at) continue;
    covered += text.slice(at, from) + shown;
    at = to;
  }
  return covered + text.slice(at);
}

/** What is left outside of values: comments, and texts that are no manifests. */
function maskLines(lines: readonly string[], secrets: readonly string[]): readonly string[] {
  let inKey = false;
  return lines.map((line) => {
    const begins = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY/.test(line);
    const isBody = inKey && !begins;
    inKey = (inKey || begins) && !/-----END [A-Z0-9 ]*-----/.test(line);
    return isBody ? HIDDEN : maskString(line, secrets);
  });
}
