/** Which lines of a file changed though nothing that differs stands on them. */
import {
  type Document,
  isAlias,
  isCollection,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  visit,
} from "yaml";
import type { Manifest } from "../../src/core/manifest/read-manifest.ts";
import type { Component } from "../../src/core/model/component.ts";
import { type JsonValue, isList, isObject, jsonEqual, property } from "../../src/core/model/json.ts";
import { documentsOf } from "../../src/core/plan/decide.ts";
import { identityKey } from "../../src/core/model/component.ts";

/**
 * Lines of the text before that are gone or replaced after, and hold neither a comment nor a part of a value that differs.
 * Lines are told by their text: which of two equal ones went is nobody's business. What changed and holds now what it
 * held in `goal` went back whole, and may have taken its form from there. Undefined where aliases hide what stands on a line.
 */
export function linesOutside(
  before: Manifest,
  after: Manifest,
  goal: Manifest | undefined,
): readonly string[] | undefined {
  const touched = touchedLines(before, after, goal);
  if (touched === undefined) return undefined;
  const balance = new Map<string, number>();
  const add = (line: string, by: number): void => void balance.set(line, (balance.get(line) ?? 0) + by);
  for (const [at, line] of (before.text ?? "").split("\n").entries()) if (!touched.has(at)) add(line, 1);
  for (const line of (after.text ?? "").split("\n")) add(line, -1);
  return [...balance]
    .filter(([line, missing]) => missing > 0 && !/^[\s-]*(?:#.*|---.*|\.\.\.)?\r?$/.test(line))
    .map(([line]) => line);
}

/** Undefined when it cannot be told (aliases). */
function touchedLines(before: Manifest, after: Manifest, goal: Manifest | undefined): ReadonlySet<number> | undefined {
  const { stream, text = "" } = before;
  if (stream === undefined || stream.documents.some(({ document }) => hasAlias(document))) return undefined;
  const touched = new Set<number>();
  const mark = (from: number, to: number): void => {
    const [first, last] = [lineAt(text, from), lineAt(text, Math.max(from, to - 1))];
    for (let line = first; line <= last; line += 1) touched.add(line);
  };
  const results = new Map(after.components.map((component) => [keyOf(component), component]));
  const goals = new Map((goal?.components ?? []).map((component) => [keyOf(component), component]));
  for (const component of before.components) {
    const other = results.get(keyOf(component));
    const values = other === undefined ? [] : documentsOf(other);
    const own = documentsOf(component);
    for (const [i, value] of own.entries()) {
      const document = stream.documents[component.kind === "object" ? component.document : i]?.document;
      const result = values[i];
      if (result !== undefined && jsonEqual(value, result)) continue;
      const contents = document?.contents;
      if (!isNode(contents) || result === undefined) mark(document?.range[0] ?? 0, document?.range[2] ?? 0);
      else markChanged(contents, { before: value, after: result, goal: goalOf(goals.get(keyOf(component)), i) }, mark);
    }
  }
  return touched;
}

function goalOf(goal: Component | undefined, index: number): JsonValue | undefined {
  return goal === undefined ? undefined : documentsOf(goal)[index];
}

function hasAlias(document: Document.Parsed): boolean {
  let found = false;
  visit(document, {
    Alias() {
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}

type Mark = (from: number, to: number) => void;

interface Sides {
  readonly before: JsonValue;
  readonly after: JsonValue;
  readonly goal: JsonValue | undefined;
}

/** `before` and `after` differ. */
function markChanged(node: Node, { before, after, goal }: Sides, mark: Mark): void {
  const isFlow = isCollection(node) && node.flow === true;
  const isBack = goal !== undefined && jsonEqual(after, goal);
  if (isFlow || isBack || isScalar(node) || isAlias(node)) return markNode(node, mark);
  if (isMap(node) && isObject(before) && isObject(after)) {
    for (const pair of node.items) markPair(pair, { before, after, goal: goal ?? null }, mark);
    return;
  }
  // Items of a list: those that are found again unchanged stay; everything else may change.
  if (isSeq(node) && isList(before) && isList(after)) {
    const isMoved = !jsonEqual(common(before, after), common(after, before));
    for (const [i, item] of node.items.entries()) {
      const value = before[i];
      const stays = value !== undefined && after.some((other) => jsonEqual(value, other));
      if (isNode(item) && (isMoved || !stays)) markNode(item, mark);
    }
    return;
  }
  markNode(node, mark);
}

function markPair(pair: Pair, { before, after, goal }: Record<keyof Sides, JsonValue>, mark: Mark): void {
  const key = isScalar(pair.key) ? String(pair.key.source ?? pair.key.value) : "";
  const [old, now, then] = [property(before, key), property(after, key), property(goal, key)];
  if (old !== undefined && now !== undefined && jsonEqual(old, now)) return;
  const value = pair.value;
  const isBlock = isNode(value) && isCollection(value) && value.flow !== true;
  const isBack = now !== undefined && then !== undefined && jsonEqual(now, then);
  if (isBlock && !isBack && old !== undefined && isFilled(now))
    markChanged(value, { before: old, after: now, goal: then }, mark);
  else mark(...rangeOf(pair));
}

function markNode(node: Node, mark: Mark): void {
  mark(node.range?.[0] ?? 0, node.range?.[1] ?? 0);
}

function common(list: readonly JsonValue[], other: readonly JsonValue[]): readonly JsonValue[] {
  return list.filter((item) => other.some((one) => jsonEqual(item, one)));
}

/** What is emptied becomes `[]` or `{}` on the line of its key. */
function isFilled(value: JsonValue | undefined): value is JsonValue {
  return (isList(value) && value.length > 0) || (isObject(value) && Object.keys(value).length > 0);
}

function rangeOf(pair: Pair): readonly [number, number] {
  const [key, value] = [pair.key, pair.value];
  const from = isNode(key) ? (key.range?.[0] ?? 0) : 0;
  const end = isNode(value) ? value.range?.[1] : isNode(key) ? key.range?.[1] : undefined;
  return [from, end ?? from];
}

function lineAt(text: string, offset: number): number {
  let line = 0;
  for (let end = text.indexOf("\n"); end !== -1 && end < offset; end = text.indexOf("\n", end + 1)) line += 1;
  return line;
}

/** Without the namespace: half of a change may leave it out. */
function keyOf(component: Component): string {
  if (component.kind !== "object") return component.kind;
  const { apiVersion, kind, name } = component.id;
  return identityKey({ apiVersion, kind, name });
}
