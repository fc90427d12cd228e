import type { JsonValue } from "../model/json.ts";
import { readFinite, readSimpleFlow } from "./simple-flow.ts";

/** Behind a value: spaces, perhaps a comment. */
const END = " *(?: #.*)?$";
const DOUBLE = new RegExp(`^"([^"\\\\]*(?:\\\\["\\\\/bfnrt][^"\\\\]*)*)"${END}`);
const SINGLE = new RegExp(`^'([^']*(?:''[^']*)*)'${END}`);

/** Starts with nothing that has a meaning in YAML; ASCII, since readers disagree about what is a space elsewhere. */
const PLAIN = /^(?:[A-Za-z0-9_./~+$(=^;<]|-(?=[A-Za-z0-9_./-]))[\x20-\x7e]*$/;

const ESCAPES: Readonly<Record<string, string>> = { b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/**
 * The value of the rest of a line, which does not begin with a space: a scalar, or a map or list on this line. Undefined for any other,
 * and for what cannot be read at all.
 */
export function readSimpleScalar(rest: string): JsonValue | undefined {
  switch (rest[0]) {
    case '"':
      return readDouble(rest);
    case "'":
      return readSingle(rest);
    case "{":
    case "[":
      return readSimpleFlow(rest);
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

function readSimplePlain(rest: string): JsonValue | undefined {
  const comment = rest.indexOf(" #");
  let end = comment === -1 ? rest.length : comment;
  while (rest.charCodeAt(end - 1) === 0x20) end -= 1;
  const text = rest.slice(0, end);
  return PLAIN.test(text) && !text.includes(": ") && !text.endsWith(":") ? readFinite(text) : undefined;
}
