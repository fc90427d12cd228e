import { engineKey } from "../../core/engine/engine-state.ts";
import type { LiveChange, LiveObject } from "../../ports/cluster.ts";
import type { KindsState } from "./follow-kinds.ts";

/** The objects of several kinds in one table, kept by their changes: to go through thousands for each single one is too much. */
export interface ObjectTable {
  /** By `engineKey`, and by the other key that some have. */
  readonly objects: ReadonlyMap<string, LiveObject>;
  /** The keys of those that are a state of their own. */
  readonly wanted: ReadonlySet<string>;
  /**
   * Takes the state of the kinds. `changes`: what has changed in it since the last time; undefined when that is not known. Answers the
   * keys that are touched; undefined: any may be.
   */
  take(kinds: KindsState, changes: readonly LiveChange[] | undefined): readonly string[] | undefined;
}

export interface TableRules {
  readonly isWanted: (object: LiveObject) => boolean;
  readonly alsoKey?: ((object: LiveObject) => string | undefined) | undefined;
}

export function createObjectTable({ isWanted, alsoKey }: TableRules): ObjectTable {
  const objects = new Map<string, LiveObject>();
  const wanted = new Set<string>();
  let sources: readonly ReadonlyMap<string, LiveObject>[] = [];

  function keysOf(object: LiveObject): readonly string[] {
    const other = alsoKey?.(object);
    return other === undefined ? [engineKey(object.id)] : [engineKey(object.id), other];
  }

  function put(object: LiveObject): readonly string[] {
    const keys = keysOf(object);
    for (const key of keys) objects.set(key, object);
    if (isWanted(object)) wanted.add(engineKey(object.id));
    else wanted.delete(engineKey(object.id));
    return keys;
  }

  function remove(object: LiveObject): readonly string[] {
    const keys = keysOf(object).filter((key) => objects.get(key)?.uid === object.uid);
    for (const key of keys) {
      objects.delete(key);
      wanted.delete(key);
    }
    return keys;
  }

  function apply(change: LiveChange): readonly string[] {
    const gone = change.kind === "found" ? [] : remove(change.before);
    return change.kind === "gone" ? gone : [...gone, ...put(change.object)];
  }

  /** The kinds that are followed may be others than before, or in another version: then their changes do not tell everything. */
  function areSame(kinds: KindsState): boolean {
    const before = sources;
    sources = [...kinds.objects.values()];
    return sources.length === before.length && sources.every((map, at) => map === before[at]);
  }

  return {
    objects,
    wanted,
    take(kinds, changes) {
      if (areSame(kinds) && changes !== undefined) return changes.flatMap(apply);
      objects.clear();
      wanted.clear();
      for (const byUid of kinds.objects.values()) for (const object of byUid.values()) put(object);
      return undefined;
    },
  };
}
