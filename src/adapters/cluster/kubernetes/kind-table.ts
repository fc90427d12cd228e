import type { LiveChange, LiveObject } from "../../../ports/cluster.ts";

/** The objects of a kind, by uid. Each method answers what it has changed; what was there already is no change. */
export interface KindTable {
  readonly objects: ReadonlyMap<string, LiveObject>;
  /** A whole list: what is not in it is gone. */
  replace(list: readonly LiveObject[]): readonly LiveChange[];
  /** One object as it is now. Another one that had its name is gone: it was made anew. */
  put(object: LiveObject): readonly LiveChange[];
  remove(uid: string): readonly LiveChange[];
}

export function createKindTable(): KindTable {
  const objects = new Map<string, LiveObject>();
  const uids = new Map<string, string>();

  function remove(uid: string): readonly LiveChange[] {
    const before = objects.get(uid);
    if (before === undefined) return [];
    objects.delete(uid);
    if (uids.get(nameOf(before)) === uid) uids.delete(nameOf(before));
    return [{ kind: "gone", before }];
  }

  function put(object: LiveObject): readonly LiveChange[] {
    const before = objects.get(object.uid);
    if (before?.resourceVersion === object.resourceVersion) return [];
    const namesake = uids.get(nameOf(object));
    const gone = namesake === undefined || namesake === object.uid ? [] : remove(namesake);
    objects.set(object.uid, object);
    uids.set(nameOf(object), object.uid);
    return [...gone, before === undefined ? { kind: "found", object } : { kind: "changed", object, before }];
  }

  return {
    objects,
    replace(list) {
      const there = new Set(list.map(({ uid }) => uid));
      const gone = [...objects.keys()].filter((uid) => !there.has(uid)).flatMap(remove);
      return [...gone, ...list.flatMap(put)];
    },
    put,
    remove,
  };
}

function nameOf({ id }: LiveObject): string {
  return `${id.namespace ?? ""}/${id.name}`;
}
