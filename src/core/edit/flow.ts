/** `[a, b]` and `{a: 1}`, JSON included: what a collection reads after some of its items changed, the rest kept byte for byte. */
import { isAlias, isCollection, isMap, isScalar, isSeq, type Node } from "yaml";
import { isList, isObject, jsonEqual, type JsonValue, toJson } from "../model/json.ts";
import { hasRange, skipSpace, type Slot, slotAt } from "./layout.ts";
import { columnOf, lineStart, shiftLines } from "./lines.ts";
import { type ListPlace, matchItems } from "./match.ts";
import { renderFlow, renderFlowPair, type Style } from "./render.ts";

/** A pair or an item between the brackets. */
interface FlowItem {
  readonly key: string | undefined;
  readonly from: number;
  readonly to: number;
  readonly slot: Slot;
}

/** How new bytes are written, and where the value stands. */
export interface FlowPlace extends ListPlace {
  readonly style: Style;
  /** What the anchors before it read, by name. */
  readonly anchors: Map<string, JsonValue>;
}

/** What a flow value reads, from its first byte to its last, once it is `wanted`. `source`: the same value in the other text. */
export function flowText(head: Slot, wanted: JsonValue, source: Slot | undefined, place: FlowPlace): string {
  if (jsonEqual(head.value, wanted) || readsShared(head, wanted, place)) return head.text.slice(head.start, head.end);
  if (source !== undefined && jsonEqual(source.value, wanted) && isOneLiner(source)) {
    return source.text.slice(source.start, source.end);
  }
  return rebuilt(head, wanted, source, place) ?? fresh(head, wanted, place.style);
}

/** Is it an alias whose anchor reads as wanted by now? */
function readsShared({ node }: Slot, wanted: JsonValue, { anchors }: FlowPlace): boolean {
  const shared = isAlias(node) ? anchors.get(node.source) : undefined;
  return shared !== undefined && jsonEqual(shared, wanted);
}

/** A flow scalar or flow collection on one line, without anchors and aliases. */
export function isOneLiner(slot: Slot): boolean {
  const text = slot.text.slice(slot.start, slot.end);
  const flow = isCollection(slot.node)
    ? slot.node.flow === true
    : isScalar(slot.node) && !slot.node.type?.startsWith("BLOCK");
  return flow && text !== "" && !text.includes("\n") && !/^[&*!]|[[{,:\s][&*]/.test(text);
}

function fresh(head: Slot, wanted: JsonValue, style: Style): string {
  const like = isScalar(head.node) ? head.node.type : undefined;
  if (typeof wanted === "string" && like === "QUOTE_DOUBLE") return JSON.stringify(wanted);
  if (typeof wanted === "string" && like === "QUOTE_SINGLE" && !/[\n\t]/.test(wanted)) {
    return `'${wanted.replaceAll("'", "''")}'`;
  }
  return renderNested(wanted, style, isMultiline(head) ? head : undefined);
}

/** JSON that stands in a text of many lines gets many lines too. */
function renderNested(value: JsonValue, style: Style, near: Slot | undefined): string {
  if (!style.json || near === undefined || typeof value !== "object" || value === null) return renderFlow(value, style);
  return shiftLines(toJson(value, indentUnit(near, style)), indentOfLine(near.text, near.start));
}

function rebuilt(head: Slot, wanted: JsonValue, source: Slot | undefined, place: FlowPlace): string | undefined {
  const items = flowItemsOf(head);
  if (items === undefined || items.length === 0) return undefined;
  const sources = source === undefined ? [] : (flowItemsOf(source) ?? []);
  const both = { items, sources };
  const parts = isObject(wanted) ? pairParts(both, wanted, place) : listParts(both, wanted, place);
  if (parts === undefined) return undefined;
  return assemble(head, items, { parts, blank: place.style.compact ? "" : " " });
}

/** One item of the result: the head item it was, if any, and its bytes. */
interface Part {
  readonly item: number | undefined;
  readonly body: string;
}

interface Both {
  readonly items: readonly FlowItem[];
  /** Of the same collection in the source text. */
  readonly sources: readonly FlowItem[];
}

function pairParts(
  { items, sources }: Both,
  wanted: { readonly [key: string]: JsonValue },
  place: FlowPlace,
): readonly Part[] | undefined {
  if (items.some(({ key }) => key === undefined || key === "<<")) return undefined;
  const parts: Part[] = [];
  for (const [at, item] of items.entries()) {
    const key = item.key ?? "";
    if (!Object.hasOwn(wanted, key)) continue;
    const source = sources.find((other) => other.key === key);
    parts.push({
      item: at,
      body: bodyOf(item, wanted[key] ?? null, source, { ...place, names: [...place.names, key] }),
    });
  }
  const order = sources.length > 0 ? sources.map(({ key }) => key ?? "") : Object.keys(wanted);
  for (const key of Object.keys(wanted)) {
    if (items.some((item) => item.key === key)) continue;
    const before = new Set(order.slice(0, Math.max(0, order.indexOf(key))));
    const at = order.includes(key)
      ? parts.findLastIndex((part) => before.has(keyOfPart(part, items))) + 1
      : parts.length;
    const source = sources.find((other) => other.key === key);
    parts.splice(at, 0, {
      item: undefined,
      body: newPair(key, wanted[key] ?? null, source, { items, style: place.style }),
    });
  }
  return parts;
}

function keyOfPart(part: Part, items: readonly FlowItem[]): string {
  return part.item === undefined ? "" : (items[part.item]?.key ?? "");
}

interface Siblings {
  readonly items: readonly FlowItem[];
  readonly style: Style;
}

function newPair(key: string, value: JsonValue, source: FlowItem | undefined, { items, style }: Siblings): string {
  if (source !== undefined && jsonEqual(source.slot.value, value) && isOneLiner(source.slot)) {
    return source.slot.text.slice(source.from, source.to);
  }
  const near = items.find(({ slot, from }) => beginsFlowLine(slot.text, from));
  if (!style.json || near === undefined) return renderFlowPair(key, value, style);
  return `${JSON.stringify(key)}:${style.compact ? "" : " "}${renderNested(value, style, { ...near.slot, start: near.from })}`;
}

function listParts({ items, sources }: Both, wanted: JsonValue, place: FlowPlace): readonly Part[] | undefined {
  if (!isList(wanted) || wanted.length === 0) return undefined;
  const values = items.map(({ slot }) => slot.value);
  const match = matchItems(values, wanted, place);
  const { style } = place;
  return wanted.map((value, at) => {
    const from = match[at];
    const item = from === undefined ? undefined : items[from];
    const source = sources.find(({ slot }) => jsonEqual(slot.value, value));
    if (item !== undefined) return { item: from, body: bodyOf(item, value, source, place) };
    if (source !== undefined && isOneLiner(source.slot)) {
      return { item: undefined, body: source.slot.text.slice(source.from, source.to) };
    }
    const near = items.find(({ slot, from: start }) => beginsFlowLine(slot.text, start));
    const like = items.every(({ slot }) => isScalar(slot.node) && slot.node.type === "QUOTE_DOUBLE");
    if (like && typeof value === "string") return { item: undefined, body: JSON.stringify(value) };
    return { item: undefined, body: renderNested(value, style, near?.slot) };
  });
}

/** A kept item with its new value. */
function bodyOf({ from, slot }: FlowItem, value: JsonValue, source: FlowItem | undefined, place: FlowPlace): string {
  const lead = slot.text.slice(from, slot.start);
  const text = flowText(slot, value, source?.slot, place);
  if (slot.start < slot.end || text === "") return lead + text;
  return `${lead.replace(/:?\s*$/, "")}: ${text}`;
}

/** Puts the parts between the brackets: commas, blanks, line ends and comments of the kept ones stay with them. */
function assemble(
  head: Slot,
  items: readonly FlowItem[],
  { parts, blank }: { readonly parts: readonly Part[]; readonly blank: string },
): string | undefined {
  const { text, start, end } = head;
  const open = text.slice(start, head.node?.range?.[0] ?? start) + text.charAt(head.node?.range?.[0] ?? start);
  const close = text.charAt(end - 1);
  if (parts.length === 0) return open + close;
  const gaps = gapsOf(head, items);
  if (gaps === undefined) return undefined;
  const lineLead = gaps.leads
    .find((lead) => lead.includes("\n"))
    ?.replace(/\n[\s\S]*\n/, "\n")
    .replace(/#.*/, "");
  const between = lineLead ?? gaps.leads[1] ?? blank;
  const pieces = parts.map(({ item, body }, at) => {
    const own = item === undefined ? undefined : gaps.leads[item];
    const unmoved = at === 0 ? item === 0 : item !== undefined && parts[at - 1]?.item === item - 1;
    const usual = at === 0 ? (lineLead ?? gaps.leads[0] ?? "") : between;
    const lead = own !== undefined && (unmoved || own.includes("\n")) ? own : usual;
    const last = at === parts.length - 1;
    const tail = item === undefined ? "" : (gaps.tails[item] ?? "");
    return `${lead}${body}${last && !gaps.trailingComma ? "" : ","}${tail}`;
  });
  return open + gaps.header + pieces.join("") + gaps.closing + close;
}

interface Gaps {
  /** Behind the opening bracket, in its line. */
  readonly header: string;
  /** Before each item: blanks, line ends, comment lines. */
  readonly leads: readonly string[];
  /** Behind each item's comma, in its line: a comment. */
  readonly tails: readonly string[];
  readonly closing: string;
  readonly trailingComma: boolean;
}

function gapsOf(head: Slot, items: readonly FlowItem[]): Gaps | undefined {
  const leads: string[] = [];
  const tails: string[] = [];
  let rest = splitLead(head.text.slice((head.node?.range?.[0] ?? head.start) + 1, items[0]?.from));
  const header = rest.tail;
  let trailingComma = false;
  for (const [at, item] of items.entries()) {
    leads.push(rest.lead);
    const next = items[at + 1];
    const gap = head.text.slice(item.to, next?.from ?? head.end - 1);
    const comma = /^(?:\s|(?<=\s)#[^\n]*\n)*,/.exec(gap);
    if (comma === null && next !== undefined) return undefined;
    if (comma !== null && comma[0] !== ",") return undefined;
    trailingComma = comma !== null;
    rest = splitLead(gap.slice(comma?.[0].length ?? 0));
    tails.push(rest.tail);
  }
  return { header, leads, tails, closing: rest.lead, trailingComma };
}

/** What ends the line, and what begins the next; all of it is lead when there is no line end. */
function splitLead(text: string): { readonly tail: string; readonly lead: string } {
  const newline = text.search(/\r?\n/);
  return newline === -1 ? { tail: "", lead: text } : { tail: text.slice(0, newline), lead: text.slice(newline) };
}

function flowItemsOf(slot: Slot): readonly FlowItem[] | undefined {
  const { node, text, value } = slot;
  if (isMap(node) && node.flow === true && isObject(value)) {
    return all(node.items.map((pair) => flowPair(text, pair, value)));
  }
  if (isSeq(node) && node.flow === true && isList(value)) {
    return all(node.items.map((item, at) => flowEntry(text, item as Node, value[at] ?? null)));
  }
  return undefined;
}

function flowPair(
  text: string,
  pair: { key: unknown; value: unknown },
  values: { readonly [key: string]: JsonValue },
): FlowItem | undefined {
  const { key, value } = pair;
  if (!isScalar(key) || !hasRange(key) || key.anchor !== undefined || key.tag !== undefined) return undefined;
  const name = key.source ?? "";
  const [from, keyEnd] = key.range;
  if (/\?\s*$/.test(text.slice(lineStart(text, from), from))) return undefined;
  const colon = skipSpace(text, keyEnd);
  const after = text[colon] === ":" ? colon + 1 : keyEnd;
  const node = hasRange(value) ? value : null;
  const content = { node, value: Object.hasOwn(values, name) ? (values[name] ?? null) : null };
  const slot = slotAt(text, { kind: "flow", after, column: columnOf(text, from) }, content);
  return { key: name, from, to: slot.end, slot };
}

function flowEntry(text: string, item: Node, value: JsonValue): FlowItem | undefined {
  if (!hasRange(item) || (!isAlias(item) && (item.anchor !== undefined || item.tag !== undefined))) return undefined;
  const [from, to] = item.range;
  if (isMap(item) && text[from] !== "{") return undefined;
  const slot: Slot = {
    text,
    value,
    node: item,
    kind: "flow",
    column: columnOf(text, from),
    after: from,
    start: from,
    end: to,
  };
  return { key: undefined, from, to, slot };
}

function all<T>(items: readonly (T | undefined)[]): readonly T[] | undefined {
  return items.every((item) => item !== undefined) ? items : undefined;
}

function isMultiline(slot: Slot): boolean {
  return (
    beginsFlowLine(slot.text, slot.start) ||
    /^[^\n]*[[{][ \t]*\r?$/m.test(slot.text.slice(slot.start, slot.end)) ||
    /^\s*"/.test(slot.text.slice(lineStart(slot.text, slot.start), slot.start))
  );
}

function beginsFlowLine(text: string, offset: number): boolean {
  return /^[ \t]*$/.test(text.slice(lineStart(text, offset), offset)) && text.lastIndexOf("\n", offset) !== -1;
}

function indentOfLine(text: string, offset: number): number {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset)))?.[0].length ?? 0;
}

function indentUnit(near: Slot, style: Style): number {
  const first = /\n( +)\S/.exec(near.text)?.[1]?.length;
  return first ?? style.indent;
}
