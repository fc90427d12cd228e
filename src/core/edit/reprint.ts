/** Step 3 of the cascade: changes the document's nodes and prints the whole document again, in the file's habits. */
import { type Document, isMap, isScalar, isSeq, type Node, Scalar, type YAMLMap, type YAMLSeq } from "yaml";
import { isList, isObject, jsonEqual, type JsonObject, type JsonValue } from "../model/json.ts";
import { type ListPlace, matchItems } from "./match.ts";
import type { Style } from "./render.ts";

/**
 * The document as text, once it is `wanted`. Comments stay with their nodes; lines beyond the change may differ.
 * Undefined when it cannot be printed: an alias has lost its anchor.
 */
export function reprint(
  parsed: { readonly document: Document.Parsed; readonly value: JsonValue },
  wanted: JsonValue,
  how: ListPlace & { readonly style: Style },
): string | undefined {
  const document = parsed.document.clone() as Document;
  document.contents = assign(document, { node: document.contents, value: parsed.value }, wanted, how);
  const { indent, indentSeq, bracketPadding, singleQuote } = how.style;
  try {
    return document.toString({ indent, indentSeq, flowCollectionPadding: bracketPadding, singleQuote, lineWidth: 0 });
  } catch {
    return undefined;
  }
}

interface Held {
  readonly node: Node | null;
  readonly value: JsonValue;
}

function assign(document: Document, held: Held, wanted: JsonValue, place: ListPlace): Node | null {
  const { node, value } = held;
  if (jsonEqual(value, wanted)) return node;
  // The printer breaks the line before `[]` when comments are left in it.
  if (typeof wanted === "object" && wanted !== null && Object.keys(wanted).length === 0)
    return document.createNode(wanted);
  if (isMap(node) && isObject(value) && isObject(wanted)) return assignPairs(document, { node, value }, wanted, place);
  if (isSeq(node) && isList(value) && isList(wanted)) return assignItems(document, { node, value }, wanted, place);
  const fresh = document.createNode(wanted) as Node;
  if (isScalar(node) && isScalar(fresh)) adoptLooks(fresh, node);
  return fresh;
}

function adoptLooks(fresh: Scalar, old: Scalar): void {
  if (typeof fresh.value === "string" && old.type !== undefined && old.type !== Scalar.PLAIN) fresh.type = old.type;
  if (old.comment !== undefined) fresh.comment = old.comment;
  if (old.commentBefore !== undefined) fresh.commentBefore = old.commentBefore;
  if (old.anchor !== undefined) fresh.anchor = old.anchor;
}

function assignPairs(
  document: Document,
  { node, value }: { node: YAMLMap; value: JsonObject },
  wanted: JsonObject,
  place: ListPlace,
): Node {
  for (const key of Object.keys(value)) if (!Object.hasOwn(wanted, key)) node.delete(key);
  for (const [key, item] of Object.entries(wanted)) {
    const old = Object.hasOwn(value, key) ? (value[key] ?? null) : undefined;
    if (old !== undefined && jsonEqual(old, item)) continue;
    const pair = node.items.find((pair) => isScalar(pair.key) && pair.key.source === key);
    const below = { ...place, names: [...place.names, key] };
    if (pair === undefined) node.add(document.createPair(key, item));
    else pair.value = assign(document, { node: pair.value as Node | null, value: old ?? null }, item, below);
  }
  return node;
}

function assignItems(
  document: Document,
  { node, value }: { node: YAMLSeq; value: readonly JsonValue[] },
  wanted: readonly JsonValue[],
  place: ListPlace,
): Node {
  const matches = matchItems(value, wanted, place);
  const items = node.items as (Node | null)[];
  node.items = wanted.map((item, at) => {
    const was = matches[at];
    const old = was === undefined ? undefined : items[was];
    if (was === undefined || old === undefined) return document.createNode(item);
    return assign(document, { node: old, value: value[was] ?? null }, item, place);
  });
  return node;
}
