/** Applies RFC 6902 patches. fast-json-patch does it; what it lets pass is checked here, before each operation. */
import fastJsonPatch from "fast-json-patch";
import { type ErrorCode, LastgoodError } from "../../errors.ts";
import type { Operation, Patch } from "../model/field.ts";
import { isList, isObject, jsonEqual, type JsonObject, type JsonValue } from "../model/json.ts";
import { contextOf, type DiffContext } from "./diff-context.ts";
import { quote } from "./display.ts";
import { KnownItems } from "./known-items.ts";
import { parsePointer } from "./pointer.ts";
import { requirePatchable, requireSafeKey } from "./require-patchable.ts";

// CommonJS: Node finds no named exports.
const { applyOperation } = fastJsonPatch;

/** A place in a value: what holds it, under which key or index, and the keys on the way to the holder. */
interface Spot {
  readonly holder: JsonObject | readonly JsonValue[];
  readonly step: string;
  readonly names: readonly string[];
  /** Undefined: there is nothing. */
  readonly value: JsonValue | undefined;
}

/**
 * The value with the patch applied; neither argument is changed or shared. Stricter than RFC 6902, whose `add` replaces:
 * an `add` is refused when the key, or in a list an item of that identity, is there already.
 * Throws `PatchTest` when a test fails, `PatchApply` when an operation cannot be done, `ManifestUnsafeKey`, `LimitDepth`.
 * `context` is taken from the value itself when it is a Kubernetes object.
 */
export function applyPatch(value: JsonValue, patch: Patch, context: DiffContext = contextOf(value)): JsonValue {
  requirePatchable(value);
  const items = new KnownItems(context);
  let document = copy(value);
  for (const operation of patch) document = applyOne(document, operation, items);
  return document;
}

function applyOne(document: JsonValue, operation: Operation, items: KnownItems): JsonValue {
  switch (operation.op) {
    case "test":
      requireEqual(document, operation);
      return document;
    case "add":
      requirePatchable(operation.value);
      requireAbsent(document, operation, items);
      items.noteChange(lastStep(operation.path), false);
      return run(document, { ...operation, value: copy(operation.value) });
    case "replace":
      requirePatchable(operation.value);
      requirePresent(document, operation.path);
      items.noteChange(lastStep(operation.path), isIndex(lastStep(operation.path)));
      return run(document, { ...operation, value: copy(operation.value) });
    case "remove":
      requirePresent(document, operation.path);
      items.noteChange(lastStep(operation.path), false);
      return run(document, operation);
    case "move":
      return move(document, operation, items);
    default:
      throw failure("PatchApply", "", "the operation is none that lastgood knows");
  }
}

/** RFC 6902 section 4.4: a remove, then an add. The library's own move copies the whole document, twice. */
function move(document: JsonValue, operation: Operation & { readonly op: "move" }, items: KnownItems): JsonValue {
  const { from, path } = operation;
  const value = requirePresent(document, from);
  if (path === from) return document;
  if (path.startsWith(`${from}/`)) throw failure("PatchApply", path, "a value cannot be moved into itself");
  const without = run(document, { op: "remove", path: from });
  const add = { op: "add" as const, path, value };
  // An item that only changes its place in a list meets no other of its identity.
  const isReorder = parentOf(path) === parentOf(from) && isIndex(lastStep(from));
  if (!isReorder) items.noteChange(lastStep(from), true);
  requireAbsent(without, add, isReorder ? undefined : items);
  return run(without, add);
}

function run(document: JsonValue, operation: Operation): JsonValue {
  try {
    const validate = true;
    return applyOperation(document, operation as Parameters<typeof applyOperation>[1], validate).newDocument;
  } catch {
    // The library's errors print the whole document, Secrets too: neither message nor cause may go on.
    throw failure("PatchApply", operation.path, `"${operation.op}" is not possible there`);
  }
}

function requireEqual(document: JsonValue, operation: { readonly path: string; readonly value: JsonValue }): void {
  requirePatchable(operation.value);
  const value = findValue(document, operation.path, "PatchTest");
  if (jsonEqual(value, operation.value)) return;
  throw failure("PatchTest", operation.path, "the value is not the one that the patch expects");
}

function requirePresent(document: JsonValue, path: string): JsonValue {
  return findValue(document, path, "PatchApply");
}

/** Without `items` only the place counts, not the identity of what is added. */
function requireAbsent(
  document: JsonValue,
  { path, value }: { readonly path: string; readonly value: JsonValue },
  items: KnownItems | undefined,
): void {
  const spot = findSpot(document, path);
  if (spot === undefined) throw failure("PatchApply", path, "there is a value already");
  const { holder, step, names } = spot;
  if (!isList(holder)) {
    if (spot.value !== undefined) throw failure("PatchApply", path, "there is a value already");
    return;
  }
  // The library reads indices with `~~`: 4294967296 would be 0.
  if (step !== "-" && !(isIndex(step) && Number(step) <= holder.length)) {
    throw failure("PatchApply", path, "the list has no such place");
  }
  if (items?.hold(holder, value, names) === true) {
    throw failure("PatchApply", path, "the list holds such an item already");
  }
}

function findValue(document: JsonValue, path: string, code: ErrorCode): JsonValue {
  const spot = findSpot(document, path, code);
  const value = spot === undefined ? document : spot.value;
  if (value === undefined) throw failure(code, path, "there is nothing");
  return value;
}

/** Where a pointer leads, by own keys only; undefined for the whole document. Throws `code` when nothing holds the place. */
function findSpot(document: JsonValue, path: string, code: ErrorCode = "PatchApply"): Spot | undefined {
  const steps = parsePointer(path);
  if (steps === undefined) throw failure("PatchApply", path, "it is no JSON pointer");
  const names: string[] = [];
  let spot: Spot | undefined;
  let value: JsonValue | undefined = document;
  for (const step of steps) {
    requireSafeKey(step);
    if (value === undefined || !(isList(value) || isObject(value))) throw failure(code, path, "there is nothing");
    if (isList(value) && spot !== undefined && isList(spot.holder)) names.push("[]");
    spot = { holder: value, step, names: [...names], value: stepInto(value, step) };
    if (isObject(value)) names.push(step);
    value = spot.value;
  }
  return spot;
}

function stepInto(holder: Spot["holder"], step: string): JsonValue | undefined {
  if (isList(holder)) return isIndex(step) ? holder[Number(step)] : undefined;
  return Object.hasOwn(holder, step) ? holder[step] : undefined;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}

function lastStep(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function isIndex(step: string): boolean {
  return /^(?:0|[1-9]\d{0,8})$/.test(step);
}

function copy(value: JsonValue): JsonValue {
  if (isList(value)) return value.map(copy);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copy(item)]));
}

function failure(code: ErrorCode, path: string, reason: string): LastgoodError {
  return new LastgoodError(code, `the patch does not fit at ${quote(path)}: ${reason}`, {
    hint: "The file has changed since the patch was made. Make the plan again.",
  });
}
