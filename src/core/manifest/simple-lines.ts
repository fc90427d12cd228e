import type { JsonValue } from "../model/json.ts";

/** A line without its indentation. */
export interface Content {
  readonly indent: number;
  readonly text: string;
}

/** The lines of a text, and where its reader stands. For `readSimple`. */
export class SimpleLines {
  /** What stands behind the anchors of the present document. */
  readonly anchors = new Map<string, JsonValue>();
  /** Values that aliases have added. */
  copied = 0;
  readonly #lines: readonly string[];
  #at = 0;
  #peeked: Content | undefined;
  #counted = 0;
  #offset = 0;

  constructor(lines: readonly string[]) {
    this.#lines = lines;
  }

  /** The next line of the document that says something; undefined at its end. */
  peek(): Content | undefined {
    if (this.#peeked !== undefined) return this.#peeked;
    for (; this.#at < this.#lines.length; this.#at += 1) {
      const line = this.#lines[this.#at] ?? "";
      const indent = indentOf(line);
      if (indent === line.length || line[indent] === "#") continue;
      if (line.startsWith("---")) return undefined;
      this.#peeked = { indent, text: line.slice(indent) };
      return this.#peeked;
    }
    return undefined;
  }

  take(): void {
    this.#at += 1;
    this.#peeked = undefined;
  }

  /** Goes beyond a line that is nothing but `---`. */
  skipMarker(): boolean {
    if (!/^--- *$/.test(this.#lines[this.#at] ?? "")) return false;
    this.take();
    this.anchors.clear();
    return true;
  }

  isDone(): boolean {
    return this.#at >= this.#lines.length;
  }

  /** Of the present line in the text. */
  offset(): number {
    for (; this.#counted < this.#at; this.#counted += 1) this.#offset += (this.#lines[this.#counted] ?? "").length + 1;
    return this.#offset;
  }

  /**
   * A literal block inside what is indented by `parent`, `strip`ped of its last line end or not. Only where all its lines show plainly
   * which they are.
   */
  takeLiteral(parent: number, strip: boolean): string | undefined {
    const indent = indentOf(this.#lines[this.#at] ?? "");
    const from = this.#at;
    let filled = from;
    for (; this.#at < this.#lines.length; this.#at += 1) {
      const line = this.#lines[this.#at] ?? "";
      if (/^[ \t]*$/.test(line)) {
        if (line.length > indent || line.includes("\t")) return undefined;
        continue;
      }
      const own = indentOf(line);
      if (own < indent) {
        if (own > parent) return undefined;
        break;
      }
      filled = this.#at + 1;
    }
    // Readers disagree about the last line end when the text ends without one.
    if (indent <= parent || filled === from || filled === this.#lines.length) return undefined;
    const content = this.#lines.slice(from, filled).map((line) => line.slice(indent));
    return content.join("\n") + (strip ? "" : "\n");
  }
}

function indentOf(line: string): number {
  let indent = 0;
  while (line.charCodeAt(indent) === 0x20) indent += 1;
  return indent;
}
