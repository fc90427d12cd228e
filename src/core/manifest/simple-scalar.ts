import type { JsonObject, JsonValue } from "../model/json.ts";
import { isStableKey, UNSAFE_KEYS } from "./keys.ts";
import { readPlain } from "./read-plain.ts";

/** Behind a value: spaces, perhaps a comment. */
const END = " *(?: #.*)?$";
const DOUBLE = new RegExp(`^"([^"\\\\]*(?:\\\\["\\\\/bfnrt][^"\\\\]*)*)"${END}`);
const SINGLE = new RegExp(`^'([^']*(?:''[^']*)*)'${END}`);
const EMPTY_MAP = new RegExp(`^\\{ *\\}${END}`);
const WORD = `"[^"\\\\]*"|'[^']*'|[A-Za-z0-9_./][A-Za-z0-9_./-]*`;
const LIST = new RegExp(`^\\[ *((?:${WORD})(?: *, *(?:${WORD}))*)? *\\]${END}`);
const WORDS = new RegExp(WORD, "g");
const PAIR = `([A-Za-z0-9_./][A-Za-z0-9_./-]{0,200}): +(${WORD})`;
const UNNAMED_PAIR = PAIR.replaceAll("(", "(?:");
const MAP = new RegExp(`^\\{ *(${UNNAMED_PAIR}(?: *, *${UNNAMED_PAIR})*) *\\}${END}`);
const PAIRS = new RegExp(PAIR, "g");

/** Starts with nothing that has a meaning in YAML; ASCII, since readers disagree about what is a space elsewhere. */
const PLAIN = /^(?:[A-Za-z0-9_./~+$(=^;<]|-(?=[A-Za-z0-9_./-]))[\x20-\x7e]*$/;

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/**
 * The value of the rest of a line, which does not begin with a space: a scalar, or a map or list of words. Undefined for any other, and
 * for what cannot be read at all.
 */
export function readSimpleScalar(rest: string): JsonValue | undefined {
  switch (rest[0]) {
    case '"':
      return readDouble(rest);
    case "'":
      return readSingle(rest);
    case "{":
      return EMPTY_MAP.test(rest) ? {} : readMap(rest);
    case "[":
      return readList(rest);
    case undefined:
    default:
      return readSimplePlain(rest);
  }
}

function readDouble(rest: string): string | undefined {
  const text = DOUBLE.exec(rest)?.[1];
  if (text === undefined || !text.includes("\\")) return text;
  return text.replace(/\\(.)/g, (_, escaped: string) => ESCAPES[escaped] ?? escaped);
}

function readSingle(rest: string): string | undefined {
  return SINGLE.exec(rest)?.[1]?.replaceAll("''", "'");
}

function readList(rest: string): readonly JsonValue[] | undefined {
  const match = LIST.exec(rest);
  if (match === null) return undefined;
  const items = (match[1]?.match(WORDS) ?? []).map(readWord);
  return items.every((item) => item !== undefined) ? items : undefined;
}

function readMap(rest: string): JsonObject | undefined {
  const object: Record<string, JsonValue> = {};
  const pairs = MAP.exec(rest)?.[1];
  if (pairs === undefined) return undefined;
  for (const [, key = "", word = ""] of pairs.matchAll(PAIRS)) {
    const value = readWord(word);
    if (value === undefined || UNSAFE_KEYS.has(key) || Object.hasOwn(object, key) || !isStableKey(key))
      return undefined;
    object[key] = value;
  }
  return object;
}

function readWord(word: string): JsonValue | undefined {
  return word.startsWith('"') || word.startsWith("'") ? word.slice(1, -1) : readFinite(word);
}

function readSimplePlain(rest: string): JsonValue | undefined {
  const comment = rest.indexOf(" #");
  let end = comment === -1 ? rest.length : comment;
  while (rest.charCodeAt(end - 1) === 0x20) end -= 1;
  const text = rest.slice(0, end);
  return PLAIN.test(text) && !text.includes(": ") && !text.endsWith(":") ? readFinite(text) : undefined;
}

/** JSON has no infinity. */
function readFinite(text: string): JsonValue | undefined {
  const value = readPlain(text);
  return typeof value === "number" && !Number.isFinite(value) ? undefined : value;
}
