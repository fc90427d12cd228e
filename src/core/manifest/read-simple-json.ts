/** Reads JSON without a syntax tree. What is not plainly of the simple form is left to the full reader, as in `readSimple`. */
import type { JsonValue } from "../model/json.ts";
import { UNSAFE_KEYS } from "./keys.ts";
import { readPlain } from "./read-plain.ts";
import type { SimpleDocument } from "./read-simple.ts";

const SPACE = /[ \n]*/y;
const STRING = /"([^"\\]*(?:\\["\\/bfnrt][^"\\]*)*)"/y;
const WORD = /[^\s,\]}]+/y;

/** The one document of a text that is known to be JSON; undefined when the full reader may say something else than JSON would. */
export function readSimpleJson(text: string): readonly SimpleDocument[] | undefined {
  // A tab may not indent in YAML, and a byte order mark may not stand anywhere.
  if (/[\t\r\ufeff]/.test(text)) return undefined;
  let at = 0;

  function take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  }

  function readString(): string | undefined {
    const match = take(STRING);
    if (match === null) return undefined;
    return match[1]?.includes("\\") === true ? (JSON.parse(match[0]) as string) : match[1];
  }

  /** Reads what stands between `at` and the end of the collection, item by item; false when one is not simple. */
  function readItems(end: string, readItem: () => boolean): boolean {
    for (at += 1; ; at += 1) {
      take(SPACE);
      if (text[at] !== end && !readItem()) return false;
      take(SPACE);
      if (text[at] === ",") continue;
      at += 1;
      return true;
    }
  }

  function readList(): readonly JsonValue[] | undefined {
    const items: JsonValue[] = [];
    const simple = readItems("]", () => {
      const item = readValue();
      if (item !== undefined) items.push(item);
      return item !== undefined;
    });
    return simple ? items : undefined;
  }

  function readObject(): JsonValue | undefined {
    const object: Record<string, JsonValue> = {};
    const simple = readItems("}", () => {
      const key = readString();
      if (key === undefined || key.length > 200 || UNSAFE_KEYS.has(key) || Object.hasOwn(object, key)) return false;
      take(SPACE);
      at += 1;
      take(SPACE);
      const value = readValue();
      if (value !== undefined) object[key] = value;
      return value !== undefined;
    });
    return simple ? object : undefined;
  }

  function readValue(): JsonValue | undefined {
    if (text[at] === "{") return readObject();
    if (text[at] === "[") return readList();
    if (text[at] === '"') return readString();
    const value = readPlain(take(WORD)?.[0] ?? "");
    const isRead = typeof value === "number" ? Number.isFinite(value) : typeof value !== "string";
    return isRead ? value : undefined;
  }

  take(SPACE);
  const start = at;
  const value = text[at] === "{" || text[at] === "[" ? readValue() : undefined;
  return value === undefined ? undefined : [{ value, start }];
}
