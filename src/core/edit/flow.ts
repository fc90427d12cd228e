/** `[a, b]` and `{a: 1}`, JSON included: what a collection reads after some of its items changed, the rest kept byte for byte. */
import { isAlias, isCollection, isScalar } from "yaml";
import { isList, isObject, jsonEqual, type JsonObject, type JsonValue, toJson } from "../model/json.ts";
import { type FlowItem, flowItemsOf, type Gaps, gapsOf } from "./flow-layout.ts";
import type { Slot } from "./layout.ts";
import { shiftLines } from "./lines.ts";
import { mergeOrder } from "../patch/order.ts";
import { type ListPlace, matchItems } from "./match.ts";
import { renderFlow, renderFlowPair, type Style } from "./render.ts";

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
  const nests = style.json && typeof wanted === "object" && wanted !== null;
  return nests ? renderNested(wanted, style, ownIndent(head)) : renderFlow(wanted, style);
}

/** JSON whose siblings stand on lines of their own, at `indent`, gets lines too. */
function renderNested(value: JsonValue, style: Style, indent: number | undefined): string {
  if (!style.json || indent === undefined) return renderFlow(value, style);
  return shiftLines(toJson(value, style.indent), indent);
}

/** The indentation of the line, if nothing but the key stands before the value in it. Looks back a little way only. */
function ownIndent({ text, start }: Slot): number | undefined {
  const before = text.slice(Math.max(0, start - 400), start);
  return /\n([ \t]*)(?:"(?:[^"\\\n]|\\.)*"\s*:\s*)?$/.exec(before)?.[1]?.length;
}

function rebuilt(head: Slot, wanted: JsonValue, source: Slot | undefined, place: FlowPlace): string | undefined {
  const items = flowItemsOf(head);
  const gaps = items === undefined ? undefined : gapsOf(head, items);
  if (items === undefined || items.length === 0 || gaps === undefined) return undefined;
  const sources = source === undefined ? [] : (flowItemsOf(source) ?? []);
  const both = { items, sources, indent: indentOf(gaps) };
  const parts = isObject(wanted) ? pairParts(both, wanted, place) : listParts(both, wanted, place);
  return parts === undefined ? undefined : assemble(head, gaps, { parts, compact: place.style.compact });
}

/** The column of the items that stand on lines of their own. */
function indentOf({ leads }: Gaps): number | undefined {
  const lead = leads.find((lead) => lead.includes("\n"));
  return lead === undefined ? undefined : lead.length - lead.lastIndexOf("\n") - 1;
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
  readonly indent: number | undefined;
}

function pairParts(both: Both, wanted: JsonObject, place: FlowPlace): readonly Part[] | undefined {
  const { items } = both;
  if (items.some(({ key }) => key === undefined || key === "<<")) return undefined;
  const sources = new Map(both.sources.map((source) => [source.key, source]));
  const parts = new Map<string, Part>();
  for (const [at, item] of items.entries()) {
    const key = item.key ?? "";
    if (!Object.hasOwn(wanted, key)) continue;
    const below = { ...place, names: [...place.names, key] };
    parts.set(key, { item: at, body: bodyOf(item, wanted[key] ?? null, sources.get(key), below) });
  }
  const kept = [...parts.keys()];
  const fresh = Object.keys(wanted).filter((key) => !parts.has(key));
  for (const key of fresh) {
    parts.set(key, {
      item: undefined,
      body: newPair(key, wanted[key] ?? null, sources.get(key), { ...both, ...place }),
    });
  }
  const order = mergeOrder(kept, [...sources.keys(), ...Object.keys(wanted)].filter(isNew(parts)));
  return order.flatMap((key) => parts.get(key) ?? []);
}

/** Keeps the first of each key that has a part. */
function isNew(parts: ReadonlyMap<string, Part>): (key: string | undefined) => key is string {
  const seen = new Set<string>();
  return (key): key is string => {
    if (key === undefined || seen.has(key) || !parts.has(key)) return false;
    seen.add(key);
    return true;
  };
}

interface NewPair {
  readonly style: Style;
  readonly indent: number | undefined;
}

function newPair(key: string, value: JsonValue, source: FlowItem | undefined, { style, indent }: NewPair): string {
  if (source !== undefined && jsonEqual(source.slot.value, value) && isOneLiner(source.slot)) {
    return source.slot.text.slice(source.from, source.to);
  }
  if (!style.json || indent === undefined) return renderFlowPair(key, value, style);
  return `${JSON.stringify(key)}:${style.compact ? "" : " "}${renderNested(value, style, indent)}`;
}

function listParts({ items, sources, indent }: Both, wanted: JsonValue, place: FlowPlace): readonly Part[] | undefined {
  if (!isList(wanted)) return undefined;
  const match = matchItems(
    items.map(({ slot }) => slot.value),
    wanted,
    place,
  );
  const byValue = new Map(sources.map((source) => [toJson(source.slot.value), source]));
  const quoted = items.every(({ slot }) => isScalar(slot.node) && slot.node.type === "QUOTE_DOUBLE");
  return wanted.map((value, at) => {
    const from = match[at];
    const item = from === undefined ? undefined : items[from];
    const source = byValue.get(toJson(value));
    if (item !== undefined) return { item: from, body: bodyOf(item, value, source, place) };
    if (source !== undefined && isOneLiner(source.slot)) {
      return { item: undefined, body: source.slot.text.slice(source.from, source.to) };
    }
    if (quoted && typeof value === "string") return { item: undefined, body: JSON.stringify(value) };
    return { item: undefined, body: renderNested(value, place.style, indent) };
  });
}

/** A kept item with its new value. */
function bodyOf({ from, slot }: FlowItem, value: JsonValue, source: FlowItem | undefined, place: FlowPlace): string {
  const lead = slot.text.slice(from, slot.start);
  const text = flowText(slot, value, source?.slot, place);
  if (slot.start < slot.end || text === "") return lead + text;
  return `${lead.trimEnd().replace(/:$/, "")}: ${text}`;
}

/** Puts the parts between the brackets: commas, blanks, line ends and comments of the kept ones stay with them. */
function assemble(head: Slot, gaps: Gaps, { parts, compact }: { parts: readonly Part[]; compact: boolean }): string {
  const { text, start, end } = head;
  const open = text.slice(start, (head.node?.range?.[0] ?? start) + 1);
  const close = text.charAt(end - 1);
  if (parts.length === 0) return open + close;
  const lineLead = gaps.leads
    .find((lead) => lead.includes("\n"))
    ?.replace(/\n[\s\S]*\n/, "\n")
    .replace(/#.*/, "");
  const between = lineLead ?? gaps.leads[1] ?? (compact ? "" : " ");
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
