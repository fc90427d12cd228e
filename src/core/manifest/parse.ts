import { Composer, CST, type Document, Lexer, Parser, type YAMLError } from "yaml";

import { type ErrorCode, LastgoodError, type Place } from "../../errors.ts";
import type { JsonValue } from "../model/json.ts";
import { MAX_DEPTH } from "./aliases.ts";
import { fault } from "./fault.ts";
import { findJsonFault } from "./json-fault.ts";
import { readSimpleJson } from "./read-simple-json.ts";
import { readSimple, type SimpleDocument } from "./read-simple.ts";
import { readValue } from "./read-value.ts";
import { KUBERNETES_SCHEMA } from "./schema.ts";
import { findTemplate } from "./template.ts";

/** UTF-16 code units; a file has at most 2 MB. */
export const MAX_TEXT = 2_000_000;
export const MAX_DOCUMENTS = 10_000;
/** Words and signs of a text that is read by way of trees: each takes half a kilobyte, and some microseconds. */
export const MAX_TOKENS = 250_000;

/** One YAML document. `value` is null when it is empty or only comments. */
export interface ParsedDocument {
  readonly index: number;
  /** With source ranges and tokens; its schema is Kubernetes'. Large and slow: made when it is asked for. */
  readonly document: Document.Parsed;
  /** Where its content begins. */
  readonly start: number;
  /** A plain fresh copy: no two places share an object. */
  readonly value: JsonValue;
}

/** A manifest as its documents, in order, the empty ones too. A text without any document has none. */
export interface ParsedStream {
  readonly path: string;
  readonly text: string;
  readonly documents: readonly ParsedDocument[];
  /** Where an offset of `text` is; columns count UTF-16 code units. */
  readonly placeAt: (offset: number) => Place;
}

/**
 * Reads YAML, or strict JSON when the path ends in `.json`, as Kubernetes reads it.
 * Throws LastgoodError only: `Manifest…` for what cannot be read, `Limit…` for what is too big, with its place.
 */
export function parseStream(path: string, text: string): ParsedStream {
  return parse(path, text, readDocuments);
}

/** As `parseStream`, always by way of the trees: what its shortcut is measured by. */
export function parseByTrees(path: string, text: string): ParsedStream {
  return parse(path, text, readTrees);
}

type Reader = (path: string, text: string, placeAt: (offset: number) => Place) => readonly ParsedDocument[];

function parse(path: string, text: string, read: Reader): ParsedStream {
  const placeAt = placesOf(path, text);
  try {
    requireText(path, text, placeAt);
    return { path, text, documents: read(path, text, placeAt), placeAt };
  } catch (error) {
    const known = error instanceof LastgoodError ? error : unreadable(error, path);
    // A template that happens to break the grammar is no mistake: say what it is.
    const template = known.code.startsWith("Manifest") ? findTemplate(text) : undefined;
    throw template === undefined ? known : fault("ManifestTemplate", "a template, not YAML", placeAt(template));
  }
}

function requireText(path: string, text: string, placeAt: (offset: number) => Place): void {
  if (text.length > MAX_TEXT) throw fault("LimitBlob", `longer than ${MAX_TEXT} characters`, { file: path });
  const odd = text.search(UNREADABLE);
  if (odd !== -1) throw fault("ManifestYaml", oddCharacter(text, odd), placeAt(odd));
}

const readDocuments: Reader = (path, text, placeAt) => {
  const json = isJson(path);
  if (json) checkJson(text, placeAt);
  const simple = json ? readSimpleJson(text) : readSimple(text);
  if (simple === undefined || simple.length > MAX_DOCUMENTS) return readTrees(path, text, placeAt);
  return withTrees(simple, () => [...compose(text, placeAt)]);
};

/** The trees of a text that is longer are not kept: they take hundreds of times its memory. */
const KEEP_TREES = 65_536;

const readTrees: Reader = (path, text, placeAt) => {
  const json = isJson(path);
  if (json) checkJson(text, placeAt);
  const reading = { placeAt, json, aliases: text.includes("*") };
  const read: SimpleDocument[] = [];
  const trees: Document.Parsed[] = [];
  let failure: Error | undefined;
  for (const document of compose(text, placeAt)) {
    const start = document.contents?.range[0] ?? document.range[0];
    try {
      read.push({ value: failure === undefined ? readValue(document, reading) : null, start });
    } catch (error) {
      // What is wrong with the form of a later document is said first.
      failure = error instanceof Error ? error : new Error(String(error));
    }
    if (text.length <= KEEP_TREES) trees.push(document);
  }
  if (failure !== undefined) throw failure;
  return withTrees(read, text.length <= KEEP_TREES ? () => trees : () => [...compose(text, placeAt)]);
};

function isJson(path: string): boolean {
  return path.endsWith(".json");
}

/** Documents whose trees are made together, once, when the first is asked for. */
function withTrees(
  simple: readonly SimpleDocument[],
  makeTrees: () => readonly Document.Parsed[],
): readonly ParsedDocument[] {
  let trees: readonly Document.Parsed[] | undefined;
  return simple.map(({ value, start }, index) => ({
    index,
    value,
    start,
    get document() {
      trees ??= makeTrees();
      const tree = trees[index];
      if (tree === undefined) throw new Error("the two readers tell different documents");
      return tree;
    },
  }));
}

/**
 * YAML forbids control characters and lone surrogates; a lone CR and U+0085, U+2028, U+2029 end a line for Kubernetes'
 * reader (YAML 1.1), not for ours.
 */
const UNREADABLE = /[\0-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u2028\u2029\ufffe\uffff\ud800-\udfff]|\r(?!\n)/u;

function oddCharacter(text: string, offset: number): string {
  const hex = (text.codePointAt(offset) ?? 0).toString(16).toUpperCase().padStart(4, "0");
  return `the character U+${hex} is not allowed here`;
}

function checkJson(text: string, placeAt: (offset: number) => Place): void {
  const found = findJsonFault(text);
  if (found === undefined) return;
  if (found.kind === "depth") throw fault("LimitDepth", `nested more than ${MAX_DEPTH} deep`, placeAt(found.offset));
  throw fault("ManifestJson", "not JSON", placeAt(found.offset));
}

/** Composes token by token: the depth is known before anything recurses into it. */
function* compose(text: string, placeAt: (offset: number) => Place): Generator<Document.Parsed> {
  let count = 0;
  let tokens = 0;
  const composer = new Composer({
    schema: KUBERNETES_SCHEMA,
    stringKeys: true,
    // Quadratic there; readValue checks in linear time.
    uniqueKeys: false,
    keepSourceTokens: true,
  });
  const parser = new Parser();

  function* take(found: Iterable<Document.Parsed>): Generator<Document.Parsed> {
    for (const document of found) {
      throwFirst(document.errors, document.warnings, placeAt);
      if ((count += 1) > MAX_DOCUMENTS) {
        throw fault("LimitDocuments", `more than ${MAX_DOCUMENTS} documents`, placeAt(document.range[0]));
      }
      yield document;
    }
  }

  for (const lexeme of new Lexer().lex(text)) {
    if ((tokens += 1) > MAX_TOKENS)
      throw fault("LimitTokens", `more than ${MAX_TOKENS} tokens`, placeAt(parser.offset));
    for (const token of parser.next(lexeme)) yield* take(composer.next(token));
    // Stop at once: a template may hold thousands, and the composer would report each.
    if (lexeme === CST.FLOW_END) throw fault("ManifestYaml", "a flow collection is not closed", placeAt(parser.offset));
    // On the stack: the document, the open collections, and perhaps a scalar.
    if (parser.stack.length > MAX_DEPTH + 2) {
      throw fault("LimitDepth", `nested more than ${MAX_DEPTH} deep`, placeAt(parser.offset));
    }
  }
  for (const token of parser.end()) yield* take(composer.next(token));
  yield* take(composer.end());
  const { errors, warnings } = composer.streamInfo();
  throwFirst(errors, warnings, placeAt);
}

function throwFirst(
  errors: readonly YAMLError[],
  warnings: readonly YAMLError[],
  placeAt: (offset: number) => Place,
): void {
  const error = errors[0] ?? warnings.find(({ code }) => code === "BAD_DIRECTIVE");
  if (error !== undefined) throw fault(codeOf(error), messageOf(error), placeAt(error.pos[0]));
}

function codeOf({ code }: YAMLError): ErrorCode {
  if (code === "NON_STRING_KEY") return "ManifestKey";
  return code === "TAG_RESOLVE_FAILED" ? "ManifestTag" : "ManifestYaml";
}

/** Without what the library quotes from the text: that may be a secret. */
function messageOf({ code, message }: YAMLError): string {
  if (code === "NON_STRING_KEY") return "a key is no string";
  return message
    .replace(/(?:(?<=\S): |\n)[\s\S]*$/, "")
    .replace(/[^\x20-\x7e]/g, "?")
    .slice(0, 120);
}

function unreadable(cause: unknown, path: string): LastgoodError {
  return new LastgoodError("ManifestYaml", "cannot be read as YAML", {
    cause,
    place: { file: path, line: 1, column: 1 },
  });
}

function placesOf(path: string, text: string): (offset: number) => Place {
  let starts: number[] | undefined;
  return (offset) => {
    starts ??= lineStarts(text);
    let low = 0;
    let high = starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { file: path, line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let end = text.indexOf("\n"); end !== -1; end = text.indexOf("\n", end + 1)) starts.push(end + 1);
  return starts;
}
