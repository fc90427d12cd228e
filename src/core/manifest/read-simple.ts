/**
 * Reads the YAML that most manifests are written in, line by line, without a syntax tree: block maps and lists of values that stand
 * on one line, literal blocks, anchors and aliases, comments, several documents. It takes a twentieth of the time and memory of the full reader, and never
 * has an opinion of its own: what is not plainly of this form, wrong or not, is left to the full reader.
 */
import { isList, isObject, type JsonObject, type JsonValue } from "../model/json.ts";
import { isStableKey, UNSAFE_KEYS } from "./keys.ts";
import { type Content, SimpleLines } from "./simple-lines.ts";
import { readSimpleScalar } from "./simple-scalar.ts";

export interface SimpleDocument {
  /** Null when it is empty. */
  readonly value: JsonValue;
  /** The offset of the first character of its content; of its end when it is empty. */
  readonly start: number;
}

/** Deeper ones are for the full reader, which knows the limit. */
const MAX_SIMPLE_DEPTH = 64;
/** Values that aliases may add. */
const MAX_COPIED = 10_000;

/** `key:`, `key: rest`, `"key": rest`. */
const ENTRY = /^(?:([A-Za-z0-9_./][A-Za-z0-9_./-]{0,200})|"([^"\\\t\ufeff]{0,200})"):(?: +(.*))?$/;
/** `-`, `- rest`. */
const ITEM = /^-(?:( +)(.*))?$/;
const LITERAL = /^\|(-?) *$/;
/** `&name value`, `*name`. */
const ANCHORED = /^&([A-Za-z0-9_-]{1,100})(?: +(.*))?$/;
const ALIAS = /^\*([A-Za-z0-9_-]{1,100}) *(?: #.*)?$/;

/** The documents of a text without control characters; undefined when any of it is not of the simple form. */
export function readSimple(text: string): readonly SimpleDocument[] | undefined {
  if (text.includes("\r") || text.includes("\ufeff")) return undefined;
  const lines = new SimpleLines(text.split("\n"));
  const documents: SimpleDocument[] = [];
  for (let marked = false; ; marked = true) {
    const first = lines.peek();
    const start = lines.offset();
    const value = first === undefined ? null : first.indent === 0 ? readNode(lines, first, 0) : undefined;
    // What is left belongs to nothing that was begun.
    if (value === undefined || lines.peek() !== undefined) return undefined;
    if (first !== undefined || marked) documents.push({ value, start });
    if (!lines.skipMarker()) return lines.isDone() ? documents : undefined;
  }
}

/** A map or list that begins with `first`: a line, or the rest of one. */
function readNode(lines: SimpleLines, first: Content, depth: number): JsonValue | undefined {
  if (depth > MAX_SIMPLE_DEPTH) return undefined;
  return ITEM.test(first.text) ? readList(lines, first, depth) : readMap(lines, first, depth);
}

function readMap(lines: SimpleLines, first: Content, depth: number): JsonObject | undefined {
  const object: Record<string, JsonValue> = {};
  for (let next: Content | undefined = first; next !== undefined && next.indent >= first.indent; next = lines.peek()) {
    const match = next.indent === first.indent ? ENTRY.exec(next.text) : null;
    if (match === null) return undefined;
    const [, plain, quoted, rest] = match;
    const key = plain ?? quoted ?? "";
    if (UNSAFE_KEYS.has(key) || Object.hasOwn(object, key) || (plain !== undefined && !isStableKey(plain))) {
      return undefined;
    }
    lines.take();
    const value = readValue(lines, rest, { column: first.indent, inMap: true, depth });
    if (value === undefined) return undefined;
    object[key] = value;
  }
  return object;
}

function readList(lines: SimpleLines, first: Content, depth: number): readonly JsonValue[] | undefined {
  const items: JsonValue[] = [];
  for (let next: Content | undefined = first; next !== undefined && next.indent >= first.indent; next = lines.peek()) {
    const match = ITEM.exec(next.text);
    if (next.indent > first.indent) return undefined;
    // A list may stand as far left as the map that holds it.
    if (match === null) break;
    const item = readItem(lines, match, { column: first.indent, depth });
    if (item === undefined) return undefined;
    items.push(item);
  }
  return items;
}

function readItem(
  lines: SimpleLines,
  [, spaces = "", rest]: RegExpExecArray,
  { column, depth }: { readonly column: number; readonly depth: number },
): JsonValue | undefined {
  if (!isSilent(rest) && (ITEM.test(rest) || ENTRY.test(rest))) {
    return readNode(lines, { indent: column + 1 + spaces.length, text: rest }, depth + 1);
  }
  lines.take();
  return readValue(lines, rest, { column, inMap: false, depth });
}

/** What stands behind a colon or a dash, or below it, and the name that it may have. */
function readValue(lines: SimpleLines, rest: string | undefined, parent: Parent): JsonValue | undefined {
  const [, anchor, behind] = ANCHORED.exec(rest ?? "") ?? [];
  const text = anchor === undefined ? rest : behind;
  // From here on the name means what comes.
  if (anchor !== undefined) lines.anchors.delete(anchor);
  const value = isSilent(text) ? readBelow(lines, parent) : readRest(lines, text, parent);
  if (anchor === undefined || value === undefined) return value;
  // Of nothing, or of what holds another one of this name: rare enough to be left to the full reader.
  if ((value === null && isSilent(text)) || lines.anchors.has(anchor)) return undefined;
  lines.anchors.set(anchor, value);
  return value;
}

/** Is there nothing behind the colon or the dash but a comment? */
function isSilent(rest: string | undefined): rest is undefined {
  return rest === undefined || rest === "" || rest.startsWith("#");
}

interface Parent {
  readonly column: number;
  readonly inMap: boolean;
  readonly depth: number;
}

/** What stands on the lines below; null for nothing. */
function readBelow(lines: SimpleLines, { column, inMap, depth }: Parent): JsonValue | undefined {
  const next = lines.peek();
  if (next === undefined || next.indent < column) return null;
  if (next.indent === column && !(inMap && ITEM.test(next.text))) return null;
  return readNode(lines, next, depth + 1);
}

function readRest(lines: SimpleLines, rest: string, { column, depth }: Parent): JsonValue | undefined {
  const literal = LITERAL.exec(rest);
  if (literal !== null) return lines.takeLiteral(column, literal[1] === "-");
  const alias = ALIAS.exec(rest)?.[1];
  const value = alias === undefined ? readSimpleScalar(rest) : copyOf(lines, lines.anchors.get(alias), depth);
  // It would go on there.
  return (lines.peek()?.indent ?? 0) > column ? undefined : value;
}

/** No two places share an object. What grows large or deep by that is left to the full reader, which knows the limits. */
function copyOf(lines: SimpleLines, value: JsonValue | undefined, depth: number): JsonValue | undefined {
  lines.copied += 1;
  if (value === undefined || depth > MAX_SIMPLE_DEPTH || lines.copied > MAX_COPIED) return undefined;
  if (isList(value)) {
    const items = value.map((item) => copyOf(lines, item, depth + 1));
    return items.every((item) => item !== undefined) ? items : undefined;
  }
  if (!isObject(value)) return value;
  const object: Record<string, JsonValue> = {};
  for (const [key, item] of Object.entries(value)) {
    const copy = copyOf(lines, item, depth + 1);
    if (copy === undefined) return undefined;
    object[key] = copy;
  }
  return object;
}
