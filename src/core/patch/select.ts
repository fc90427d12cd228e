import type { FieldChange } from "../model/field.ts";
import type { JsonValue } from "../model/json.ts";
import { changeAt, childPlace, moveAt, type Place, rootPlace } from "./changes.ts";
import { compareValues, type Difference, type KeyedDifference, type ObjectDifference } from "./compare.ts";
import type { DiffContext } from "./diff-context.ts";
import { mergeOrder } from "./order.ts";

type Keep = (change: FieldChange) => boolean;

/**
 * The value that has the content of `after` exactly at the changes that `keep` chooses, and that of `before` everywhere else.
 * `fieldChanges(before, result)` is what was chosen; choosing all gives `after`, choosing nothing gives `before`.
 * `keep` is asked once for each of `fieldChanges(before, after)`. Throws `ManifestUnsafeKey` and `LimitDepth`.
 */
export function selectFields(before: JsonValue, after: JsonValue, context: DiffContext, keep: Keep): JsonValue {
  const difference = compareValues(before, after, context);
  if (difference === undefined) return before;
  const selected = select(difference, rootPlace(context), keep);
  return selected === undefined ? before : selected;
}

/** Undefined: nothing stands there. */
function select(difference: Difference, place: Place, keep: Keep): JsonValue | undefined {
  const change = changeAt(difference, place);
  if (change !== undefined) return keep(change) ? difference.after : difference.before;
  switch (difference.kind) {
    case "leaf":
      return difference.before;
    case "object":
      return selectKeys(difference, place, keep);
    case "keyed":
      return selectItems(difference, place, keep);
    case "indexed":
      return difference.before.flatMap((item, index) => {
        const child = difference.children.get(String(index));
        const value = child === undefined ? item : select(child, childPlace(place, difference, String(index)), keep);
        return value === undefined ? [] : [value];
      });
  }
}

function selectKeys(difference: ObjectDifference, place: Place, keep: Keep): JsonValue {
  const { before, after, children } = difference;
  const entries = mergeOrder(Object.keys(before), Object.keys(after)).flatMap((key) => {
    const child = children.get(key);
    const value = child === undefined ? before[key] : select(child, childPlace(place, difference, key), keep);
    return value === undefined ? [] : [[key, value] as const];
  });
  return Object.fromEntries(entries);
}

function selectItems(difference: KeyedDifference, place: Place, keep: Keep): JsonValue {
  const { before, idsBefore, idsAfter, children } = difference;
  const move = moveAt(difference, place);
  const moved = move !== undefined && keep(move);
  const chosen = new Map<string, JsonValue>();
  for (const id of mergeOrder(idsBefore.keys(), idsAfter.keys())) {
    const child = children.get(id);
    const item =
      child === undefined ? before[idsBefore.get(id) ?? -1] : select(child, childPlace(place, difference, id), keep);
    if (item !== undefined) chosen.set(id, item);
  }
  const order = moved ? mergeOrder(idsAfter.keys(), idsBefore.keys()) : mergeOrder(idsBefore.keys(), idsAfter.keys());
  return order.flatMap((id) => {
    const item = chosen.get(id);
    return item === undefined ? [] : [item];
  });
}
