import type { Operation, Patch } from "../model/field.ts";
import { type JsonValue, property } from "../model/json.ts";
import { compareValues, type Difference, type KeyedDifference, type Leaf } from "./compare.ts";
import type { DiffContext } from "./diff-context.ts";
import { longestIncreasing } from "./order.ts";
import { below } from "./pointer.ts";

/**
 * The RFC 6902 patch that makes `after` of `before`; empty when they are equal. Items of lists keep their names: what was
 * renamed is removed and added. Every remove, replace and move has a `test` before it, every changed item a test of its
 * merge keys, so that a stale patch fails instead of hitting a neighbour.
 * Throws `ManifestUnsafeKey` and `LimitDepth`.
 */
export function diffValues(before: JsonValue, after: JsonValue, context: DiffContext): Patch {
  const difference = compareValues(before, after, context);
  const patch: Operation[] = [];
  if (difference !== undefined) write(difference, "", patch);
  return patch;
}

function write(difference: Difference, path: string, patch: Operation[]): void {
  switch (difference.kind) {
    case "leaf":
      patch.push(...writeLeaf(difference, path));
      return;
    case "object":
    case "indexed":
      for (const [step, child] of difference.children) write(child, below(path, step), patch);
      return;
    case "keyed":
      writeRemovals(difference, path, patch);
      writeMoves(difference, path, patch);
      writeItems(difference, path, patch);
  }
}

function writeLeaf({ before, after }: Leaf, path: string): Patch {
  if (after === undefined)
    return before === undefined
      ? []
      : [
          { op: "test", path, value: before },
          { op: "remove", path },
        ];
  if (before === undefined) return [{ op: "add", path, value: after }];
  return [
    { op: "test", path, value: before },
    { op: "replace", path, value: after },
  ];
}

/** From the back, so that the indices in front stay true. */
function writeRemovals({ before, idsBefore, idsAfter }: KeyedDifference, path: string, patch: Operation[]): void {
  for (const [id, index] of [...idsBefore].reverse()) {
    if (!idsAfter.has(id))
      patch.push(...writeLeaf({ kind: "leaf", before: before[index], after: undefined }, below(path, index)));
  }
}

/** As few as possible: a longest run that is already in order stays; each other item goes behind its predecessor in `after`. */
function writeMoves(difference: KeyedDifference, path: string, patch: Operation[]): void {
  if (!difference.reordered) return;
  const { before, idsBefore, idsAfter } = difference;
  const survivors = [...idsBefore].filter(([id]) => idsAfter.has(id));
  /** The list as it stands, each item as its position in `after`. */
  const current = survivors.map(([id]) => idsAfter.get(id) ?? 0);
  const items = new Map(survivors.map(([id, index]) => [idsAfter.get(id) ?? 0, before[index]]));
  const staying = new Set(longestIncreasing(current));
  let predecessor: number | undefined;
  for (const position of current.toSorted((a, b) => a - b)) {
    if (!staying.has(position)) {
      const from = current.indexOf(position);
      current.splice(from, 1);
      const to = predecessor === undefined ? 0 : current.indexOf(predecessor) + 1;
      current.splice(to, 0, position);
      patch.push(...testItem(items.get(position), difference, below(path, from)));
      patch.push({ op: "move", from: below(path, from), path: below(path, to) });
    }
    predecessor = position;
  }
}

function writeItems(difference: KeyedDifference, path: string, patch: Operation[]): void {
  const { before, after, idsBefore, idsAfter, children } = difference;
  for (const [id, index] of idsAfter) {
    const child = children.get(id);
    if (child === undefined) continue;
    const old = idsBefore.get(id);
    if (old === undefined) {
      patch.push(...writeLeaf({ kind: "leaf", before: undefined, after: after[index] }, below(path, index)));
    } else {
      patch.push(...testItem(before[old], difference, below(path, index)));
      write(child, below(path, index), patch);
    }
  }
}

/** Tests that the item is the one that is meant. A merge key that the item leaves out cannot be tested (RFC 6902 has no absence). */
function testItem(item: JsonValue | undefined, { keys }: KeyedDifference, path: string): Patch {
  if (item === undefined) return [];
  if (keys === undefined) return [{ op: "test", path, value: item }];
  return keys.flatMap((key) => {
    const value = property(item, key);
    return value === undefined ? [] : [{ op: "test" as const, path: below(path, key), value }];
  });
}
