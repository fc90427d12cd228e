import type { FieldChange } from "../model/field.ts";
import type { JsonValue } from "../model/json.ts";
import { changeAt, childPlace, moveAt, type Place, rootPlace } from "./changes.ts";
import { compareValues, type Difference } from "./compare.ts";
import type { DiffContext } from "./diff-context.ts";

/**
 * What differs, at the depth at which people think of it and in document order: scalars, whole added or removed items and
 * subtrees, whole lists where items have no names, and the order of lists. Empty when the values are equal.
 * Throws `ManifestUnsafeKey` and `LimitDepth`.
 */
export function fieldChanges(before: JsonValue, after: JsonValue, context: DiffContext): readonly FieldChange[] {
  const difference = compareValues(before, after, context);
  const changes: FieldChange[] = [];
  if (difference !== undefined) collect(difference, rootPlace(context), changes);
  return changes;
}

function collect(difference: Difference, place: Place, changes: FieldChange[]): void {
  const change = changeAt(difference, place);
  if (change !== undefined) changes.push(change);
  if (change !== undefined || difference.kind === "leaf") return;
  const move = difference.kind === "keyed" ? moveAt(difference, place) : undefined;
  if (move !== undefined) changes.push(move);
  for (const [step, child] of difference.children) collect(child, childPlace(place, difference, step), changes);
}
