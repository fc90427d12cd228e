import type { JsonObject, JsonValue } from "../model/json.ts";
import { isStableKey, UNSAFE_KEYS } from "./keys.ts";
import { readPlain } from "./read-plain.ts";

/** In each other; deeper ones are for the full reader. */
const MAX_FLOW_DEPTH = 8;

const KEY = /([A-Za-z0-9_./][A-Za-z0-9_./-]{0,200}): +/y;
const WORD = /"([^"\\]*)"|'([^']*)'|([A-Za-z0-9_./][A-Za-z0-9_./-]*)/y;
/** What the next entry stands behind, or the end of the collection. */
const NEXT = / *(?:, *(?![\]} ])|(?=[\]}]))/y;
/** Behind the collection: spaces, perhaps a comment. */
const END = / *(?: #.*)?$/y;

/** The map or list of words, maps and lists that is the rest of a line. Undefined for any other, and for what cannot be read at all. */
export function readSimpleFlow(rest: string): JsonValue | undefined {
  const text = new FlowText(rest);
  const value = readCollection(text, 0);
  return text.take(END) === undefined ? undefined : value;
}

/** A line, and how far it is read. */
class FlowText {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** Goes beyond what matches here. `pattern` is sticky. */
  take(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text) ?? undefined;
    this.#at += match?.[0].length ?? 0;
    return match;
  }

  is(character: string): boolean {
    return this.#text[this.#at] === character;
  }
}

const OPEN = /[[{] */y;
const CLOSE = / *[\]}]/y;

function readCollection(text: FlowText, depth: number): JsonValue | undefined {
  const isMap = text.is("{");
  if (depth > MAX_FLOW_DEPTH || text.take(OPEN) === undefined) return undefined;
  const value = isMap ? readMap(text, depth) : readList(text, depth);
  return text.is(isMap ? "}" : "]") && text.take(CLOSE) !== undefined ? value : undefined;
}

function readMap(text: FlowText, depth: number): JsonObject | undefined {
  const object: Record<string, JsonValue> = {};
  while (!text.is("}")) {
    const key = text.take(KEY)?.[1];
    if (key === undefined || UNSAFE_KEYS.has(key) || Object.hasOwn(object, key) || !isStableKey(key)) return undefined;
    const value = readValue(text, depth);
    if (value === undefined || text.take(NEXT) === undefined) return undefined;
    object[key] = value;
  }
  return object;
}

function readList(text: FlowText, depth: number): readonly JsonValue[] | undefined {
  const items: JsonValue[] = [];
  while (!text.is("]")) {
    const value = readValue(text, depth);
    if (value === undefined || text.take(NEXT) === undefined) return undefined;
    items.push(value);
  }
  return items;
}

function readValue(text: FlowText, depth: number): JsonValue | undefined {
  if (text.is("{") || text.is("[")) return readCollection(text, depth + 1);
  const word = text.take(WORD);
  if (word === undefined) return undefined;
  const [, double, single, plain] = word;
  return double ?? single ?? readFinite(plain ?? "");
}

/** JSON has no infinity. */
export function readFinite(text: string): JsonValue | undefined {
  const value = readPlain(text);
  return typeof value === "number" && !Number.isFinite(value) ? undefined : value;
}
