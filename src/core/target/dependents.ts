/** Who waits for a target: as the engines' objects in the repository say it. */
import type { JsonObject } from "../model/json.ts";
import { isObject, listAt, stringAt } from "../model/json.ts";
import type { Dependents, Target } from "../model/target.ts";

/** A target and the object that makes it. */
export interface DefinedTarget {
  readonly target: Target;
  readonly value: JsonObject;
}

/** Names that are kept of those that wait; a large parent has thousands. */
const MAX_NAMES = 10;

/**
 * The targets, each with those that wait for it: Flux objects of the same kind that name it in `spec.dependsOn` (fluxcd.io, Kustomization and
 * HelmRelease API: the namespace is that of the object where it is left out), and Applications in later sync waves of the same parent
 * (argo-cd docs, user-guide/sync-waves and operator-manual/cluster-bootstrapping: a wave is synced when those before it are healthy).
 */
export function withDependents(defined: readonly DefinedTarget[]): readonly Target[] {
  const waiting = new Map<Target, Dependents[]>();
  const add = (target: Target, dependents: Dependents): void => {
    waiting.set(target, [...(waiting.get(target) ?? []), dependents]);
  };
  for (const [target, names] of namedBy(defined)) {
    add(target, { by: "dependsOn", names: [...names].toSorted().slice(0, MAX_NAMES), count: names.size });
  }
  for (const family of familiesOf(defined)) {
    for (const [target, dependents] of laterWaves(family)) add(target, dependents);
  }
  return defined.map(({ target }) => {
    const dependents = waiting.get(target);
    return dependents === undefined ? target : { ...target, dependents };
  });
}

/** By `spec.dependsOn`: the target that is named → those that name it. */
function namedBy(defined: readonly DefinedTarget[]): ReadonlyMap<Target, ReadonlySet<string>> {
  const byName = groupBy(defined, keyOf);
  const found = new Map<Target, Set<string>>();
  for (const { target, value } of defined) {
    if (!isFlux(target)) continue;
    const own = stringAt(value, "metadata", "namespace");
    for (const entry of listAt(value, "spec", "dependsOn").filter(isObject)) {
      const namespace = stringAt(entry, "namespace") ?? own;
      const called = byName.get(`${target.origin.kind}/${stringAt(entry, "name") ?? ""}`) ?? [];
      for (const other of called) {
        if (other.target === target || !isSame(namespace, stringAt(other.value, "metadata", "namespace"))) continue;
        found.set(other.target, (found.get(other.target) ?? new Set()).add(target.name));
      }
    }
  }
  return found;
}

/** Where a manifest leaves the namespace to its kustomization, it may be any. */
function isSame(one: string | undefined, other: string | undefined): boolean {
  return one === undefined || other === undefined || one === other;
}

function keyOf({ target, value }: DefinedTarget): string {
  return `${target.origin.kind}/${stringAt(value, "metadata", "name") ?? ""}`;
}

function isFlux({ origin }: Target): boolean {
  return origin.kind === "kustomization" || origin.kind === "helmrelease";
}

/** Applications that one and the same Application is made of: their manifests lie in one of its folders, the nearest. */
function familiesOf(defined: readonly DefinedTarget[]): Iterable<readonly DefinedTarget[]> {
  const applications = defined.filter(({ target }) => !isFlux(target));
  if (!applications.some(({ value }) => waveOf(value) !== 0)) return [];
  const folders = new Map(applications.flatMap(({ target }) => target.sources.map(({ path }) => [path, target])));
  const children = applications.flatMap((one) => {
    const parent = parentOf(one.target, folders);
    return parent === undefined ? [] : [{ ...one, parent }];
  });
  return groupBy(children, ({ parent }) => parent.name).values();
}

function parentOf({ origin }: Target, folders: ReadonlyMap<string, Target>): Target | undefined {
  const file = origin.place?.file ?? "";
  for (let folder = file; folder !== "";) {
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/")));
    const parent = folders.get(folder);
    if (parent !== undefined && parent.origin.place?.file !== file) return parent;
  }
  return undefined;
}

/** Of the children of one parent: each that later waves come after, with those. */
function laterWaves(family: readonly DefinedTarget[]): readonly (readonly [Target, Dependents])[] {
  const ordered = family
    .map(({ target, value }) => ({ target, wave: waveOf(value) }))
    .toSorted((a, b) => a.wave - b.wave || (a.target.name < b.target.name ? -1 : 1));
  const starts = new Map(ordered.map(({ wave }, at) => [wave, at + 1]));
  return ordered.flatMap(({ target, wave }) => {
    const start = starts.get(wave) ?? ordered.length;
    const names = ordered.slice(start, start + MAX_NAMES).map((one) => one.target.name);
    return names.length === 0 ? [] : [[target, { by: "sync-wave", names, count: ordered.length - start }] as const];
  });
}

/** `argocd.argoproj.io/sync-wave`: an integer, 0 where nothing is said. */
function waveOf(value: JsonObject): number {
  const wave = Number(stringAt(value, "metadata", "annotations", "argocd.argoproj.io/sync-wave") ?? "0");
  return Number.isInteger(wave) ? wave : 0;
}

function groupBy<T>(items: readonly T[], key: (item: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const name = key(item);
    const group = groups.get(name);
    if (group === undefined) groups.set(name, [item]);
    else group.push(item);
  }
  return groups;
}
