/** What is stored, in which version, and what has happened since when: etcd and the watch cache in small. */
import { stringAt, type JsonObject } from "../../../src/core/model/json.ts";
import { resourceOf, type ServedKind } from "./kube-kinds.ts";
import type { Matcher } from "./kube-selectors.ts";

export type Stored = JsonObject & { readonly metadata: JsonObject };

export interface Happening {
  readonly version: number;
  readonly resource: string;
  readonly type: "ADDED" | "MODIFIED" | "DELETED";
  readonly object: Stored;
  /** Before it; what a selector sees leaves or enters by this. */
  readonly before?: Stored;
}

export interface KubeStore {
  readonly version: () => number;
  readonly find: (kind: ServedKind, namespace: string, name: string) => Stored | undefined;
  readonly all: (kind: ServedKind, namespace: string | undefined) => readonly Stored[];
  /** Stores it with a new version, and tells the watchers. */
  readonly put: (kind: ServedKind, object: Stored) => Stored;
  readonly remove: (kind: ServedKind, object: Stored) => Stored;
  /** What has happened after a version; undefined when that is forgotten by now (410). */
  readonly since: (version: number) => readonly Happening[] | undefined;
  /** Forgets all that has happened, as etcd's compaction does. */
  readonly compact: () => void;
  /** Sets everything back, versions too, as a restored backup does. */
  readonly snapshot: () => () => void;
  readonly subscribe: (listener: (happening: Happening) => void) => () => void;
}

export function createKubeStore(): KubeStore {
  let objects = new Map<string, Stored>();
  let history: Happening[] = [];
  // A real one does not begin at 1 either; two digits more or less matter to those who compare versions as text.
  let version = 97;
  let compactedAt = version;
  const listeners = new Set<(happening: Happening) => void>();

  function keyOf(kind: ServedKind, namespace: string, name: string): string {
    return `${resourceOf(kind)}|${kind.namespaced ? namespace : ""}/${name}`;
  }

  function keyOfObject(kind: ServedKind, object: Stored): string {
    return keyOf(kind, stringAt(object, "metadata", "namespace") ?? "", stringAt(object, "metadata", "name") ?? "");
  }

  function happen(happening: Happening): Stored {
    history.push(happening);
    for (const listener of listeners) listener(happening);
    return happening.object;
  }

  function next(object: Stored): Stored {
    version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
  }

  return {
    version: () => version,
    find: (kind, namespace, name) => objects.get(keyOf(kind, namespace, name)),
    all(kind, namespace) {
      const prefix = `${resourceOf(kind)}|`;
      const keys = [...objects.keys()].filter((key) => key.startsWith(prefix)).sort();
      return keys.flatMap((key) => {
        const object = objects.get(key);
        if (object === undefined) return [];
        return namespace === undefined || object.metadata["namespace"] === namespace ? [object] : [];
      });
    },
    put(kind, object) {
      const key = keyOfObject(kind, object);
      const before = objects.get(key);
      const stored = next(object);
      objects.set(key, stored);
      const type = before === undefined ? "ADDED" : "MODIFIED";
      return happen({ version, resource: resourceOf(kind), type, object: stored, ...(before && { before }) });
    },
    remove(kind, object) {
      const key = keyOfObject(kind, object);
      const before = objects.get(key) ?? object;
      objects.delete(key);
      return happen({
        version: version + 1,
        resource: resourceOf(kind),
        type: "DELETED",
        object: next(before),
        before,
      });
    },
    since: (from) => (from < compactedAt ? undefined : history.filter((happening) => happening.version > from)),
    compact() {
      history = [];
      // The version of now is too old as well: a watch that stands there has to be told.
      version += 1;
      compactedAt = version;
    },
    snapshot() {
      const then = { objects: new Map(objects), history: [...history], version, compactedAt };
      return () => {
        objects = new Map(then.objects);
        history = [...then.history];
        version = then.version;
        compactedAt = then.compactedAt;
      };
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** What a watcher with a selector is told: an object that enters it is ADDED to it, one that leaves it is DELETED. */
export function tellThrough(happening: Happening, matches: Matcher): Pick<Happening, "type" | "object"> | undefined {
  const { type, object, before } = happening;
  const was = before !== undefined && matches(before);
  const is = type !== "DELETED" && matches(object);
  if (is) return { type: was ? "MODIFIED" : "ADDED", object };
  if (!was) return undefined;
  // The object as it was in the selector, with the version of now (k8s.io/apiserver, cacher).
  const { resourceVersion } = object.metadata;
  const metadata = { ...before.metadata, ...(resourceVersion === undefined ? {} : { resourceVersion }) };
  return { type: "DELETED", object: { ...before, metadata } };
}
