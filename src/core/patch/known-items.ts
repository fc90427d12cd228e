import { isObject, type JsonObject, type JsonValue, toJson } from "../model/json.ts";
import { isNamedBy, isScalar, keyValue } from "./align.ts";
import type { DiffContext } from "./diff-context.ts";
import { isMergeKey, type MergeKeys, mergeKeysAt } from "./merge-keys.ts";

/**
 * Knows which items are in the lists of one document, so that none is added twice. It remembers identities per list:
 * never too few of them, so that only a hit needs a look at every item, and thousands of adds stay cheap.
 */
export class KnownItems {
  readonly #context: DiffContext;
  #identities = new WeakMap<readonly JsonValue[], Set<string>>();

  constructor(context: DiffContext) {
    this.#context = context;
  }

  /**
   * Is an item with the identity of `item` in the list? Two items are the same when they agree in all merge keys of the list
   * that both have, and have some in common; scalars when they are equal. If not, `item` counts as added.
   */
  hold(list: readonly JsonValue[], item: JsonValue, names: readonly string[]): boolean {
    if (isScalar(item)) return list.includes(item);
    const candidates = mergeKeysAt(names, this.#context);
    const known = this.#identities.get(list) ?? new Set(list.flatMap((other) => identitiesOf(other, candidates)));
    this.#identities.set(list, known);
    const identities = identitiesOf(item, candidates);
    if (identities.some((identity) => known.has(identity)) && list.some((other) => isTwin(item, other, candidates)))
      return true;
    for (const identity of identities) known.add(identity);
    return false;
  }

  /** To be told of each change: the last step of its pointer, and whether something else took the place. */
  noteChange(step: string, isOther: boolean): void {
    if (isOther || isMergeKey(step)) this.#identities = new WeakMap();
  }
}

function identitiesOf(item: JsonValue, candidates: readonly MergeKeys[]): readonly string[] {
  return candidates.flatMap((keys) =>
    isNamedBy(item, keys) ? [toJson([keys, keys.map((key) => keyValue(item, key))])] : [],
  );
}

function isTwin(item: JsonValue, other: JsonValue, candidates: readonly MergeKeys[]): boolean {
  if (!isObject(item) || !isObject(other)) return false;
  const common = candidates.filter((keys) => isNamedBy(item, keys) && isNamedBy(other, keys));
  return common.length > 0 && common.every((keys) => keys.every((key) => isSame(item, other, key)));
}

function isSame(item: JsonObject, other: JsonObject, key: string): boolean {
  return keyValue(item, key) === keyValue(other, key);
}
