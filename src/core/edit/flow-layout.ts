/** Where the items of `[…]` and `{…}` stand, and what stands between them. */
import { isAlias, isMap, isScalar, isSeq, type Node } from "yaml";
import { isList, isObject, type JsonObject, type JsonValue } from "../model/json.ts";
import { hasRange, skipSpace, type Slot, slotAt } from "./layout.ts";

/** A pair or an item between the brackets. */
export interface FlowItem {
  /** Missing for an item. */
  readonly key: string | undefined;
  readonly from: number;
  readonly to: number;
  readonly slot: Slot;
}

/** The items of a flow collection; undefined when this is none, or one that is not edited inside (`? key`, `[a: 1]`, tags). */
export function flowItemsOf(slot: Slot): readonly FlowItem[] | undefined {
  const { node, text, value } = slot;
  if (isMap(node) && node.flow === true && isObject(value)) {
    return all(node.items.map((pair) => flowPair(text, pair, value)));
  }
  if (isSeq(node) && node.flow === true && isList(value)) {
    return all(node.items.map((item, at) => flowEntry(text, item as Node, value[at] ?? null)));
  }
  return undefined;
}

function flowPair(text: string, pair: { key: unknown; value: unknown }, values: JsonObject): FlowItem | undefined {
  const { key, value } = pair;
  if (!isScalar(key) || !hasRange(key) || key.anchor !== undefined || key.tag !== undefined) return undefined;
  const name = key.source ?? "";
  const [from, keyEnd] = key.range;
  if (characterBefore(text, from) === "?") return undefined;
  const colon = skipSpace(text, keyEnd);
  const after = text[colon] === ":" ? colon + 1 : keyEnd;
  const content = {
    node: hasRange(value) ? value : null,
    value: Object.hasOwn(values, name) ? (values[name] ?? null) : null,
  };
  const slot = slotAt(text, { kind: "flow", after, column: 0 }, content);
  return { key: name, from, to: slot.end, slot };
}

function flowEntry(text: string, item: Node, value: JsonValue): FlowItem | undefined {
  if (!hasRange(item) || (!isAlias(item) && (item.anchor !== undefined || item.tag !== undefined))) return undefined;
  const [from, to] = item.range;
  if (isMap(item) && text[from] !== "{") return undefined;
  const slot: Slot = { text, value, node: item, kind: "flow", column: 0, after: from, start: from, end: to };
  return { key: undefined, from, to, slot };
}

function all<T>(items: readonly (T | undefined)[]): readonly T[] | undefined {
  return items.every((item) => item !== undefined) ? items : undefined;
}

function characterBefore(text: string, offset: number): string | undefined {
  let at = offset - 1;
  while (at >= 0 && /\s/.test(text.charAt(at))) at -= 1;
  return text[at];
}

export interface Gaps {
  /** Behind the opening bracket, in its line. */
  readonly header: string;
  /** Before each item: blanks, line ends, comment lines. */
  readonly leads: readonly string[];
  /** Behind each item's comma, in its line: a comment. */
  readonly tails: readonly string[];
  readonly closing: string;
  readonly trailingComma: boolean;
}

/** Undefined when a comma stands somewhere odd. */
export function gapsOf(head: Slot, items: readonly FlowItem[]): Gaps | undefined {
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
