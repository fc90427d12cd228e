/** New YAML text for values that no text is at hand for, in the habits of the file it goes into. Lines end with "\n". */
import { Document, isCollection, isMap, isPair, isScalar, isSeq, type Node, type Scalar, visit } from "yaml";
import { readPlain } from "../manifest/read-plain.ts";
import type { ParsedStream } from "../manifest/parse.ts";
import { isList, isObject, type JsonValue, toJson } from "../model/json.ts";
import { columnOf } from "./lines.ts";

/** How a file is written. */
export interface Style {
  /** Spaces per level. */
  readonly indent: number;
  /** Are the dashes of a list indented below its key? */
  readonly indentSeq: boolean;
  readonly singleQuote: boolean;
  /** `{ a: 1 }` rather than `{a: 1}`. */
  readonly flowPadding: boolean;
  /** The same for most of `[…]` and `{…}` together: the printer knows only one habit for both. */
  readonly bracketPadding: boolean;
  /** Flow collections are JSON: every key and string in double quotes. */
  readonly json: boolean;
  /** JSON without blanks behind `:` and `,`. */
  readonly compact: boolean;
}

/** The habits of a file: what most of its nodes do. */
export function styleOf(stream: ParsedStream): Style {
  const { text } = stream;
  const votes = {
    indents: new Map<number, number>(),
    indentSeq: 0,
    quotes: 0,
    padding: 0,
    brackets: 0,
    jsonKeys: 0,
    plainKeys: 0,
  };
  for (const { document } of stream.documents) {
    visit(document, {
      Pair(_, { key, value }, path) {
        if (!isScalar(key)) return;
        const map = path.at(-1);
        if (isMap(map) && map.flow === true) {
          if (key.type === "QUOTE_DOUBLE") votes.jsonKeys += 1;
          else votes.plainKeys += 1;
        } else if (isCollection(value) && value.flow !== true && value.range && key.range) {
          const step = columnOf(text, value.range[0]) - columnOf(text, key.range[0]);
          if (isSeq(value)) votes.indentSeq += step > 0 ? 1 : -1;
          if (step > 0) votes.indents.set(step, (votes.indents.get(step) ?? 0) + 1);
        }
      },
      Scalar(position, { type }) {
        if (position === "key") return;
        if (type === "QUOTE_DOUBLE") votes.quotes -= 1;
        if (type === "QUOTE_SINGLE") votes.quotes += 1;
      },
      Collection(_, node) {
        if (node.flow !== true || !node.range || node.items.length === 0) return;
        const vote = text[node.range[0] + 1] === " " ? 1 : -1;
        votes.brackets += vote;
        if (isMap(node)) votes.padding += vote;
      },
    });
  }
  const [indent] = [...votes.indents].reduce((best, vote) => (vote[1] > best[1] ? vote : best), [2, 0]);
  const json = stream.path.endsWith(".json") || (votes.jsonKeys > 0 && votes.plainKeys === 0);
  return {
    indent: json ? (/\n( +)\S/.exec(text)?.[1]?.length ?? indent) : indent,
    indentSeq: votes.indentSeq >= 0,
    singleQuote: votes.quotes > 0,
    flowPadding: votes.padding > 0,
    bracketPadding: votes.brackets > 0,
    json,
    compact: json && /":[^\s]/.test(text) && !/": /.test(text),
  };
}

/** How a scalar was written that this value takes the place of. */
export type ScalarType = Scalar["type"];

/** The text behind the colon of `key:` at column 0: ` x`, ` |-\n  x`, `\n  a: 1`. */
export function renderAfterKey(value: JsonValue, style: Style, like?: ScalarType): string {
  return print({ k: value }, style, like).slice("k:".length);
}

/** The text behind the dash of an item at column 0: ` x`, ` a: 1\n  b: 2`. */
export function renderAfterDash(value: JsonValue, style: Style, like?: ScalarType): string {
  return print([value], style, like).slice("-".length);
}

/** `key: value` at column 0. */
export function renderPair(key: string, value: JsonValue, style: Style): string {
  return print({ [key]: value }, style);
}

/** A value at column 0, as a document. */
export function renderDocument(value: JsonValue, style: Style): string {
  return style.json ? toJson(value, style.indent) : print(value, style);
}

/** A value on one line, as it stands in `[…]` or `{…}`. */
export function renderFlow(value: JsonValue, style: Style): string {
  if (style.json) return jsonLine(value, style.compact);
  const document = newDocument(value, style);
  const list = document.createNode([], { flow: true });
  visit(document, {
    Collection(_, node) {
      node.flow = true;
    },
    Scalar(_, node) {
      if (typeof node.value === "string" && /[\n\t]/.test(node.value)) node.type = "QUOTE_DOUBLE";
    },
  });
  (list.items as unknown[]).push(document.contents);
  document.contents = list as unknown as Node;
  const text = document
    .toString({ ...printing(style), flowCollectionPadding: false })
    .trimEnd()
    .slice(1, -1);
  return style.flowPadding ? pad(value, text) : text;
}

/** `key: value` as it stands in `{…}`. */
export function renderFlowPair(key: string, value: JsonValue, style: Style): string {
  const name = style.json ? JSON.stringify(key) : renderFlow(key, style);
  return `${name}:${style.compact ? "" : " "}${renderFlow(value, style)}`;
}

function pad(value: JsonValue, text: string): string {
  return isObject(value) && Object.keys(value).length > 0 ? `{ ${text.slice(1, -1)} }` : text;
}

function jsonLine(value: JsonValue, compact: boolean): string {
  const comma = compact ? "," : ", ";
  const colon = compact ? ":" : ": ";
  const line = (inner: JsonValue): string => {
    if (isList(inner)) return `[${inner.map(line).join(comma)}]`;
    if (!isObject(inner)) return toJson(inner);
    return `{${Object.entries(inner)
      .map(([key, item]) => `${JSON.stringify(key)}${colon}${line(item)}`)
      .join(comma)}}`;
  };
  return line(value);
}

function print(value: JsonValue, style: Style, like?: ScalarType): string {
  const document = newDocument(value, style);
  const root = document.contents;
  const first: unknown = isCollection(root) ? root.items[0] : root;
  const target: unknown = isPair(first) ? first.value : first;
  if (isScalar(target) && typeof target.value === "string" && !isOdd(target.value)) suit(target, target.value, like);
  return document.toString(printing(style)).replace(/\n$/, "");
}

/** Keeps the old way of writing where the new string can be written so. */
function suit(scalar: Scalar, value: string, like: ScalarType | undefined): void {
  const multiline = value.includes("\n");
  const block = like === "BLOCK_LITERAL" || like === "BLOCK_FOLDED";
  if (like === "QUOTE_DOUBLE" || (like === "QUOTE_SINGLE" && !multiline) || (block && multiline)) scalar.type = like;
}

function newDocument(value: JsonValue, style: Style): Document {
  // `compat` quotes what YAML 1.1 reads as something else; Kubernetes' own rules are added below.
  const document = new Document(value, {
    schema: "core",
    compat: "yaml-1.1",
    intAsBigInt: true,
    aliasDuplicateObjects: false,
  });
  visit(document, {
    Scalar(_, scalar) {
      const { value } = scalar;
      if (typeof value !== "string") return;
      if (isOdd(value)) scalar.type = style.singleQuote && !/[\n\t]/.test(value) ? "QUOTE_SINGLE" : "QUOTE_DOUBLE";
      // Blank lines at the end need `|+`, to which those below it would belong too.
      else if (value.includes("\n")) scalar.type = value.endsWith("\n\n") ? "QUOTE_DOUBLE" : "BLOCK_LITERAL";
    },
  });
  return document;
}

/** Must it be quoted, because some reader takes it for no string, or because its blanks would be at risk? */
function isOdd(value: string): boolean {
  return readPlain(value) !== value || /^[=\s]|[^\S\n ]| \n/.test(value);
}

function printing(style: Style): Parameters<Document["toString"]>[0] {
  return {
    indent: style.indent,
    indentSeq: style.indentSeq,
    singleQuote: style.singleQuote,
    flowCollectionPadding: style.flowPadding,
    lineWidth: 0,
    blockQuote: "literal",
  };
}
