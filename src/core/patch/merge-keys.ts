/**
 * What names an item of a list, by kind and path, after the OpenAPI of Kubernetes: `x-kubernetes-list-map-keys` before
 * `x-kubernetes-patch-merge-key`, which knows only `containerPort`. Atomic lists whose items have an obvious name
 * (tolerations, Ingress rules, subjects) are in the table too: git merges what the API server replaces.
 * Everything is looked up in a Map: a field may be called `constructor`.
 */
import type { JsonValue } from "../model/json.ts";
import { type DiffContext, qualifiedKind } from "./diff-context.ts";
import table from "./merge-keys.json" with { type: "json" };

/** Fields that name an item together. The first must be there; the others have a default, or count as missing. */
export type MergeKeys = readonly string[];

const CONTAINER_LISTS = ["containers", "initContainers", "ephemeralContainers"];
const BY_NAME: MergeKeys = ["name"];

const defaults: ReadonlyMap<string, JsonValue> = new Map(Object.entries(table.defaults));
const podSpecs: ReadonlyMap<string, string> = new Map(Object.entries(table.podSpecs));
const fields: ReadonlyMap<string, readonly MergeKeys[]> = new Map(Object.entries(table.fields));
const kinds = readKinds();
const mergeKeys: ReadonlySet<string> = new Set([
  ...BY_NAME,
  ...[...fields.values()].flat(2),
  ...[...kinds.values()].flatMap((lists) => [...lists.values()].flat()),
]);

/**
 * The merge keys to try, in order, for the list at `names` (the keys on the way to it, without the items between):
 * those of the kind and path, else those of the field's name, then `name`.
 */
export function mergeKeysAt(names: readonly string[], context: DiffContext): readonly MergeKeys[] {
  const known = kinds.get(qualifiedKind(context) ?? "")?.get(names.join("."));
  const candidates = known === undefined ? (fields.get(names.at(-1) ?? "") ?? []) : [known];
  return [...candidates.filter((keys) => keys.length !== 1 || keys[0] !== "name"), BY_NAME];
}

/** What a merge key counts as when an item leaves it out: `TCP` for `protocol`, else null. */
export function defaultOf(key: string): JsonValue {
  return defaults.get(key) ?? null;
}

/** Does any list name its items by this field? */
export function isMergeKey(field: string): boolean {
  return mergeKeys.has(field);
}

/** Where the kind holds its pod spec, as keys; undefined for kinds that run no pods of their own. */
export function podSpecPath(context: DiffContext): readonly string[] | undefined {
  return podSpecs.get(qualifiedKind(context) ?? "")?.split(".");
}

function readKinds(): ReadonlyMap<string, ReadonlyMap<string, MergeKeys>> {
  const read = new Map<string, Map<string, MergeKeys>>();
  for (const [kind, paths] of Object.entries(table.kinds)) read.set(kind, new Map(Object.entries(paths)));
  for (const [kind, path] of podSpecs) {
    const lists = read.get(kind) ?? new Map<string, MergeKeys>();
    for (const [list, keys] of Object.entries(table.pod)) lists.set(`${path}.${list}`, keys);
    for (const containers of CONTAINER_LISTS) {
      for (const [list, keys] of Object.entries(table.container)) lists.set(`${path}.${containers}.${list}`, keys);
    }
    read.set(kind, lists);
  }
  return read;
}
