/** YAML text → plain values, with the place of every key and value, variables filled in. */
import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  Scalar,
  type Document,
  type Node,
  type Pair,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import { escapeText, shorten } from "../core/model/escape.ts";
import { maskSecrets } from "../core/model/secret.ts";
import type { ConfigFaultCode, Fault, Span } from "./faults.ts";
import { substituteVariables, type Environment } from "./variables.ts";

export type PathStep = string | number;

export interface ConfigDocument {
  /** Objects, lists and scalars. Nobody else holds them. */
  readonly value: unknown;
  readonly faults: readonly Fault[];
  /** By path as people see it. */
  readonly keys: ReadonlyMap<string, Span>;
  readonly values: ReadonlyMap<string, Span>;
  /** Scalars as typed, before variables were filled in. */
  readonly typed: ReadonlyMap<string, string>;
  /** The path of each object and list. */
  readonly paths: WeakMap<object, readonly PathStep[]>;
}

const MAX_LENGTH = 1_048_576;
const MAX_DEPTH = 40;
/** With what aliases stand for counted each time. */
const MAX_NODES = 200_000;

/** Reads a configuration's text. Faults of syntax leave `value` undefined. */
export function readDocument(text: string, env: Environment): ConfigDocument {
  const reader = new Reader(text, env);
  return reader.read();
}

/** `policies.default.mode`, `targets[0].paths[1]`, `policies["a.b"]` */
export function formatPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    const key = String(step);
    if (!/^[\w/-]+$/.test(key)) return `${text}["${escapeText(shorten(maskSecrets(key), 60))}"]`;
    return text === "" ? key : `${text}.${key}`;
  }, "");
}

/** One pass over the nodes; holds what it has found so far. */
class Reader {
  readonly #text: string;
  readonly #env: Environment;
  readonly #lines = new LineCounter();
  readonly #faults: Fault[] = [];
  readonly #keys = new Map<string, Span>();
  readonly #values = new Map<string, Span>();
  readonly #typed = new Map<string, string>();
  readonly #paths = new WeakMap<object, readonly PathStep[]>();
  #nodes = 0;

  constructor(text: string, env: Environment) {
    this.#text = text;
    this.#env = env;
  }

  read(): ConfigDocument {
    const document = this.#parse();
    const value = document === undefined ? undefined : this.#readNode(document.contents, [], document);
    return {
      value: this.#faults.some((fault) => fault.code === "ConfigSyntax") ? undefined : value,
      faults: this.#faults,
      keys: this.#keys,
      values: this.#values,
      typed: this.#typed,
      paths: this.#paths,
    };
  }

  #parse(): Document.Parsed | undefined {
    if (this.#text.length > MAX_LENGTH) {
      this.#fault("ConfigSyntax", [], "the file is larger than 1 MiB");
      return undefined;
    }
    try {
      const document = parseDocument(this.#text, {
        version: "1.2",
        schema: "core",
        lineCounter: this.#lines,
        prettyErrors: false,
        stringKeys: true,
        uniqueKeys: false, // quadratic there; checked here
        logLevel: "error",
      });
      for (const problem of [...document.errors, ...document.warnings].slice(0, 20)) {
        const span = this.#span(problem.pos[0], problem.pos[1]);
        const message = problem.code === "MULTIPLE_DOCS" ? "the file holds more than one document" : problem.message;
        this.#faults.push({ code: "ConfigSyntax", at: "", message: safe(message), span });
      }
      return document.errors.length > 0 ? undefined : document;
    } catch {
      // The parser recurses: a file that is nested thousands deep ends in a RangeError.
      this.#fault("ConfigSyntax", [], "the file is nested too deeply");
      return undefined;
    }
  }

  #readNode(node: Node | null | undefined, path: readonly PathStep[], document: Document.Parsed): unknown {
    this.#nodes += 1;
    if (path.length > MAX_DEPTH || this.#nodes > MAX_NODES) {
      this.#fault("ConfigSyntax", path.slice(0, 8), "the file is nested too deeply, or its aliases stand for too much");
      return undefined;
    }
    if (node === null || node === undefined) return null;
    const at = formatPath(path);
    if (!this.#values.has(at) && node.range) this.#values.set(at, this.#span(node.range[0], node.range[1]));
    if (isAlias(node)) {
      const anchored = node.resolve(document);
      if (anchored === undefined) this.#fault("ConfigSyntax", path, "the alias has no anchor");
      return this.#readNode(anchored, path, document);
    }
    if (isMap<Scalar, Node | null>(node)) return this.#readMap(node, path, document);
    if (isSeq<Node>(node)) return this.#readList(node, path, document);
    return isScalar(node) ? this.#readScalar(node, path) : null;
  }

  #readMap(map: YAMLMap<Scalar, Node | null>, path: readonly PathStep[], document: Document.Parsed): unknown {
    const object: Record<string, unknown> = {};
    this.#paths.set(object, path);
    for (const pair of map.items) {
      if (this.#nodes > MAX_NODES) break;
      if (!isScalar(pair.key)) {
        this.#fault("ConfigSyntax", path, "a key here is no plain text");
        continue;
      }
      this.#readPair(pair, { object, path, document });
    }
    return object;
  }

  #readPair(
    pair: Pair<Scalar, Node | null>,
    into: {
      readonly object: Record<string, unknown>;
      readonly path: readonly PathStep[];
      readonly document: Document.Parsed;
    },
  ): void {
    const key = String(pair.key.value);
    const path = [...into.path, key];
    const span = pair.key.range ? this.#span(pair.key.range[0], pair.key.range[1]) : undefined;
    const isDuplicate = Object.hasOwn(into.object, key);
    if (isDuplicate || key === "__proto__") {
      const message = isDuplicate ? "is there twice" : "is no key";
      this.#faults.push({ code: "ConfigInvalid", at: formatPath(path), message, ...(span ? { span } : {}) });
      return;
    }
    if (span !== undefined) this.#keys.set(formatPath(path), span);
    into.object[key] = this.#readNode(pair.value, path, into.document);
  }

  #readList(list: YAMLSeq<Node>, path: readonly PathStep[], document: Document.Parsed): unknown {
    const items: unknown[] = [];
    this.#paths.set(items, path);
    for (const [index, item] of list.items.entries()) {
      if (this.#nodes > MAX_NODES) break;
      items.push(this.#readNode(item, [...path, index], document));
    }
    return items;
  }

  #readScalar(node: Scalar, path: readonly PathStep[]): unknown {
    const { value } = node;
    const at = formatPath(path);
    this.#typed.set(at, typeof value === "string" ? value : (node.source ?? String(value)));
    if (typeof value !== "string") return value;
    const filled = substituteVariables(value, this.#env);
    const [start, end] = node.range ?? [0, 0];
    const source = this.#text.slice(start, end);
    let from = 0;
    for (const fault of filled.faults) {
      const reference = value.slice(fault.offset, fault.offset + fault.length);
      const found = Math.max(0, source.indexOf(reference, from));
      from = found + 1;
      const span = this.#span(start + found, start + found + reference.length);
      this.#faults.push({ code: "ConfigVariable", at, message: safe(fault.message), span });
    }
    return node.type === Scalar.PLAIN && filled.changed ? retype(filled.text) : filled.text;
  }

  #fault(code: ConfigFaultCode, path: readonly PathStep[], message: string): void {
    const at = formatPath(path);
    const span = this.#values.get(at);
    if (this.#faults.some((fault) => fault.message === message)) return;
    this.#faults.push({ code, at, message, ...(span === undefined ? {} : { span }) });
  }

  /** Of a range of the text; at most to the end of its first line. */
  #span(start: number, end: number): Span {
    const { line, col } = this.#lines.linePos(start);
    const slice = this.#text.slice(start, Math.min(end, start + 500));
    const lineEnd = slice.search(/[\r\n]/);
    const length = lineEnd === -1 ? slice.trimEnd().length : slice.slice(0, lineEnd).trimEnd().length;
    return { line: Math.max(1, line), column: Math.max(1, col), length: Math.max(1, length) };
  }
}

/** A value without quotes is a number or a boolean when it looks like one, also when a variable held it. */
function retype(text: string): unknown {
  if (text === "true" || text === "false") return text === "true";
  return /^-?(?:0|[1-9]\d{0,14})(?:\.\d{1,15})?$/.test(text) ? Number(text) : text;
}

function safe(message: string): string {
  return escapeText(shorten(maskSecrets(message), 200));
}
