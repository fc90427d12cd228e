/**
 * Where values stand in a text: the nodes of the `yaml` package with the value that each has and the bytes that belong to it.
 * A *region* is what a pair or an item owns: from its first line, with the comment lines directly above it at the same column,
 * to the end of the line where its content ends, with comment lines below that stand further right than the key or dash.
 */
import { isAlias, isCollection, isMap, isPair, isScalar, isSeq, type Node, type YAMLMap, type YAMLSeq } from "yaml";
import type { ParsedStream } from "../manifest/parse.ts";
import { isList, isObject, type JsonValue } from "../model/json.ts";
import { beginsLine, columnOf, isBlank, lineBreak, lineEnd, lineStart } from "./lines.ts";

/** A place that holds a value: behind a key, behind a dash, in a flow collection, or a whole document. */
export interface Slot {
  /** The text that the offsets are in. */
  readonly text: string;
  readonly value: JsonValue;
  /** Missing when nothing is written there. */
  readonly node: Node | undefined;
  readonly kind: "document" | "pair" | "item" | "flow";
  /** Of the key or the dash; 0 for a document. */
  readonly column: number;
  /** Behind the colon or the dash. */
  readonly after: number;
  /** First byte of the content, anchor and tag included. */
  readonly start: number;
  /** Behind the content, never behind its last line's terminator. */
  readonly end: number;
}

/** A pair of a block mapping or an item of a block sequence. */
export interface Entry {
  /** Missing for an item. */
  readonly key: string | undefined;
  /** The key or the dash. */
  readonly start: number;
  /** False in `- name: x`: something else stands before it in its line. */
  readonly begins: boolean;
  /** Its region. When it does not begin its line, `from` is `start`. */
  readonly from: number;
  readonly to: number;
  readonly slot: Slot;
}

/** The contents of a document; undefined when it has none. */
export function documentSlot(stream: ParsedStream, index: number): Slot | undefined {
  const parsed = stream.documents[index];
  const node = parsed?.document.contents ?? undefined;
  if (parsed === undefined || !hasRange(node) || (isScalar(node) && node.source === "" && node.type === "PLAIN"))
    return undefined;
  const { text } = stream;
  const properties = node.anchor !== undefined || node.tag !== undefined;
  const start = properties ? lineStart(text, node.range[0]) : node.range[0];
  return {
    text,
    value: parsed.value,
    node,
    kind: "document",
    column: 0,
    after: start,
    start,
    end: contentEnd(text, node, start),
  };
}

/** The pairs or items of a block collection, in order; undefined when this is none, or one that is not edited inside (`? key`). */
export function entriesOf(slot: Slot): readonly Entry[] | undefined {
  const { node } = slot;
  if (!isCollection(node) || node.flow === true) return undefined;
  if (isMap(node) && isObject(slot.value)) return pairsOf(slot, node);
  if (isSeq(node) && isList(slot.value)) return itemsOf(slot, node, slot.value);
  return undefined;
}

function pairsOf(slot: Slot, map: YAMLMap): readonly Entry[] | undefined {
  const entries: Entry[] = [];
  for (const pair of map.items) {
    const { key, value } = pair;
    if (!isScalar(key) || !hasRange(key) || key.anchor !== undefined || key.tag !== undefined) return undefined;
    const name = key.source ?? String(key.value);
    const colon = colonAfter(slot.text, key.range[1]);
    if (colon === undefined || isExplicit(slot.text, key.range[0])) return undefined;
    const inner = isObject(slot.value) && Object.hasOwn(slot.value, name) ? slot.value[name] : undefined;
    const place = { kind: "pair", start: key.range[0], after: colon + 1 } as const;
    entries.push(entryAt(slot, place, { key: name, node: value as Node | null, value: inner ?? null }, entries.length));
  }
  return entries;
}

function itemsOf(slot: Slot, seq: YAMLSeq, values: readonly JsonValue[]): readonly Entry[] | undefined {
  const entries: Entry[] = [];
  let dash: number | undefined = seq.range?.[0];
  const column = dash === undefined ? 0 : columnOf(slot.text, dash);
  for (const [i, item] of seq.items.entries()) {
    if (dash === undefined || slot.text[dash] !== "-") return undefined;
    const place = { kind: "item", start: dash, after: dash + 1 } as const;
    const entry = entryAt(slot, place, { key: undefined, node: item as Node | null, value: values[i] ?? null }, i);
    entries.push(entry);
    dash = nextDash(slot.text, entry.to, column);
  }
  return entries;
}

interface Place {
  readonly kind: "pair" | "item";
  readonly start: number;
  readonly after: number;
}

interface Content {
  readonly key: string | undefined;
  readonly node: Node | null;
  readonly value: JsonValue;
}

function entryAt(parent: Slot, place: Place, content: Content, index: number): Entry {
  const { text } = parent;
  const { kind, start, after } = place;
  const slot = slotAt(text, { kind, after, column: columnOf(text, start) }, content);
  const begins = beginsLine(text, start);
  const root = parent.kind === "document" && index === 0;
  const from = begins ? leadStart(text, start, root) : start;
  return { key: content.key, start, begins, from, to: trailEnd(text, lineEnd(text, slot.end), slot.column), slot };
}

/** The slot of a node behind `after`. */
export function slotAt(
  text: string,
  place: Pick<Slot, "kind" | "after" | "column">,
  content: Pick<Content, "node" | "value">,
): Slot {
  const node = content.node ?? undefined;
  const end = hasRange(node) ? contentEnd(text, node, place.after) : place.after;
  const start = end === place.after ? end : skipSpace(text, place.after);
  return { text, ...place, value: content.value, node, start: Math.min(start, end), end };
}

/** The comment lines directly above, at the same column. What speaks about the whole file stays with the file. */
function leadStart(text: string, start: number, root: boolean): number {
  const own = lineStart(text, start);
  const indent = text.slice(own, start);
  let from = own;
  while (from > 0) {
    const above = lineStart(text, from - 1);
    const line = text.slice(above, from);
    if (!line.startsWith(`${indent}#`) || (root && MODELINE.test(line))) break;
    from = above;
  }
  return from;
}

/** Over the comment lines below that are indented deeper than their owner, and the blank lines before such a line. */
function trailEnd(text: string, from: number, column: number): number {
  let end = from;
  for (let at = from; at < text.length; at = lineEnd(text, at)) {
    const line = text.slice(at, lineEnd(text, at));
    if (isBlank(line)) continue;
    const indent = line.search(/[^ \t]/);
    if (line[indent] !== "#" || indent <= column) break;
    end = lineEnd(text, at);
  }
  return end;
}

/** Comments that speak to tools about the whole file. */
const MODELINE = /^#+\s*(?:yaml-language-server:|yamllint |vim?:|-\*-|SPDX-|Copyright|!)/i;

/** Behind the last byte of a node's content. A collection's own range runs too far: it takes the blank lines behind it along. */
export function contentEnd(text: string, node: Node, after: number): number {
  const range = node.range ?? [after, after, after];
  if (isScalar(node) && (node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED")) {
    return blockScalarEnd(text, range[0], range[1]);
  }
  if (!isCollection(node) || node.flow === true) return Math.max(after, range[1]);
  const last: unknown = node.items.at(-1);
  if (isSeq(node)) return isNode(last) ? Math.max(contentEnd(text, last, after), after) : range[1];
  const { key, value } = last as { key: unknown; value: unknown };
  const keyEnd = isNode(key) ? (colonAfter(text, key.range?.[1] ?? after) ?? after) + 1 : after;
  return isNode(value) ? contentEnd(text, value, keyEnd) : keyEnd;
}

/** Blank lines at the end of a block scalar are content only when its header says keep (`|+`). */
function blockScalarEnd(text: string, from: number, to: number): number {
  const header = lineBreak(text, from);
  const keeps = KEEP.test(text.slice(from, header));
  const body = text.slice(header, to);
  if (!keeps) return header + body.trimEnd().length;
  return header + body.replace(/\r?\n$/, "").length;
}

const KEEP = /^[|>][0-9]?\+/;

/** Does the content end in a block scalar to which blank lines below would belong (`|+`)? */
export function isOpenEnded({ text, node }: Slot): boolean {
  let last: unknown = node;
  while (isCollection(last) && last.flow !== true) {
    const item: unknown = last.items.at(-1);
    last = isPair(item) ? item.value : item;
  }
  return hasRange(last) && isScalar(last) && KEEP.test(text.slice(last.range[0], last.range[0] + 3));
}

function colonAfter(text: string, offset: number): number | undefined {
  const colon = skip(text, offset, /[ \t]*/y);
  return text[colon] === ":" ? colon : undefined;
}

/** `? key`, the explicit form. */
function isExplicit(text: string, key: number): boolean {
  return /(?:^|[\s])\?[ \t]*$/.test(text.slice(lineStart(text, key), key));
}

function nextDash(text: string, from: number, column: number): number | undefined {
  for (let at = from; at < text.length; at = lineEnd(text, at)) {
    const line = text.slice(at, lineEnd(text, at));
    if (isBlank(line) || line.trimStart().startsWith("#")) continue;
    return line.search(/[^ ]/) === column ? at + column : undefined;
  }
  return undefined;
}

/** Over spaces, line ends and comments. */
export function skipSpace(text: string, offset: number): number {
  return skip(text, offset, /(?:[ \t\r\n]+|(?<=[ \t\r\n])#[^\n]*)*/y);
}

function skip(text: string, offset: number, pattern: RegExp): number {
  pattern.lastIndex = offset;
  pattern.test(text);
  return Math.max(pattern.lastIndex, offset);
}

type Ranged = Node & { range: [number, number, number] };

export function hasRange(node: unknown): node is Ranged {
  return isNode(node) && Array.isArray(node.range);
}

function isNode(value: unknown): value is Node {
  return isScalar(value) || isCollection(value) || isAlias(value);
}

/** Is the content on one line, or is there none? */
export function isInline(slot: Slot): boolean {
  return !isBlockCollection(slot) && !slot.text.slice(slot.after, slot.end).includes("\n");
}

export function isBlockCollection(slot: Slot): boolean {
  return isCollection(slot.node) && slot.node.flow !== true;
}

/** The comment behind the content in its line, with the blanks before it; "" when there is none. */
export function lineTail(slot: Slot): string {
  return slot.text.slice(slot.end, lineBreak(slot.text, slot.end));
}
