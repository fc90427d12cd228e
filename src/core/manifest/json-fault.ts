import { MAX_DEPTH } from "./aliases.ts";

/** Where a text stops being JSON (RFC 8259), or nests too deep. */
export interface JsonFault {
  readonly kind: "syntax" | "depth";
  readonly offset: number;
}

const SPACE = /[ \t\r\n]*/y;
const LITERAL = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?|true|false|null/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

/** The first fault of a JSON text, undefined when it is JSON. `JSON.parse` does not tell the place on every Node. */
export function findJsonFault(text: string): JsonFault | undefined {
  const open: ("{" | "[")[] = [];
  let at = text.startsWith("\ufeff") ? 1 : 0;
  let expected: "value" | "value or ]" | "key" | "key or }" | "comma or end" = "value";

  function take(pattern: RegExp): boolean {
    pattern.lastIndex = at;
    if (!pattern.test(text)) return false;
    at = pattern.lastIndex;
    return true;
  }

  function takeString(): boolean {
    if (text[at] !== '"') return false;
    at += 1;
    while (at < text.length && text[at] !== '"') {
      if (text[at] === "\\") {
        if (!take(ESCAPE)) return false;
      } else if (text.charCodeAt(at) < 0x20) return false;
      else at += 1;
    }
    at += 1;
    return at <= text.length;
  }

  function takeChar(char: string): boolean {
    if (text[at] !== char) return false;
    at += 1;
    return true;
  }

  /** One step of the grammar; false at a fault. */
  function step(): boolean {
    const within = open.at(-1);
    switch (expected) {
      case "key or }":
      case "key":
        if (expected === "key or }" && takeChar("}")) return close();
        if (!takeString() || !take(SPACE) || !takeChar(":")) return false;
        expected = "value";
        return true;
      case "value or ]":
      case "value":
        if (expected === "value or ]" && takeChar("]")) return close();
        if (takeChar("{")) return enter("{");
        if (takeChar("[")) return enter("[");
        expected = "comma or end";
        return takeString() || take(LITERAL);
      case "comma or end":
        if (within === "{" && takeChar("}")) return close();
        if (within === "[" && takeChar("]")) return close();
        expected = within === "{" ? "key" : "value";
        return within !== undefined && takeChar(",");
    }
  }

  function enter(bracket: "{" | "["): boolean {
    open.push(bracket);
    expected = bracket === "{" ? "key or }" : "value or ]";
    return true;
  }

  function close(): boolean {
    open.pop();
    expected = "comma or end";
    return true;
  }

  function isDone(): boolean {
    return at === text.length && expected === "comma or end" && open.length === 0;
  }

  for (take(SPACE); !isDone(); take(SPACE)) {
    if (!step()) return { kind: "syntax", offset: Math.min(at, text.length) };
    if (open.length > MAX_DEPTH) return { kind: "depth", offset: at - 1 };
  }
  return undefined;
}
