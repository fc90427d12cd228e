/** Pairs the components of the present files with those of the checkpoint: same file first, then by identity across files. */
import { type Component, identityKey } from "../model/component.ts";
import type { Snapshot, TargetFile } from "./types.ts";

export interface Pair {
  readonly current?: Component;
  readonly wanted?: Component;
}

/**
 * Every component of a file that differs, in file order; `paths`: the files that differ. Partners are looked for in the same file,
 * then there with the namespace left to the engine on one side, then by identity in other files.
 */
export function pairComponents(current: Snapshot, wanted: Snapshot, paths: readonly string[]): readonly Pair[] {
  const here = paths.flatMap((path) => current.get(path)?.manifest.components ?? []);
  const there = paths.flatMap((path) => wanted.get(path)?.manifest.components ?? []);
  const partners = new Map<Component, Component>();
  for (const keyOf of [inFile, inFileWithoutNamespace, identityOf]) {
    const taken = new Set(partners.values());
    const open = here.filter((component) => !partners.has(component));
    const candidates = uniqueBy(
      there.filter((component) => !taken.has(component)),
      keyOf,
    );
    for (const [key, component] of uniqueBy(open, keyOf)) {
      const partner = candidates.get(key);
      if (partner !== undefined) partners.set(component, partner);
    }
  }
  const taken = new Set(partners.values());
  const pairs = here.map((component): Pair => {
    const partner = partners.get(component);
    return partner === undefined ? { current: component } : { current: component, wanted: partner };
  });
  return [
    ...pairs,
    ...there.filter((component) => !taken.has(component)).map((component): Pair => ({ wanted: component })),
  ];
}

type KeyOf = (component: Component) => string | undefined;

/** Opaque and file components fill their file; only objects share one. */
function inFile(component: Component): string {
  return `${component.path}\0${identityOf(component) ?? ""}`;
}

function inFileWithoutNamespace(component: Component): string | undefined {
  if (component.kind !== "object") return undefined;
  const { apiVersion, kind, name } = component.id;
  return `${component.path}\0${identityKey({ apiVersion, kind, name })}`;
}

function identityOf(component: Component): string | undefined {
  return component.kind === "object" ? identityKey(component.id) : undefined;
}

/** Does the component change its file? */
export function isMoved(pair: Pair): boolean {
  return pair.current !== undefined && pair.wanted !== undefined && pair.current.path !== pair.wanted.path;
}

/** The paths that differ between two snapshots, sorted. */
export function differingPaths(current: Snapshot, wanted: Snapshot): readonly string[] {
  const paths = new Set([...current.keys(), ...wanted.keys()]);
  return [...paths].filter((path) => !sameState(current.get(path), wanted.get(path))).sort();
}

function sameState(a: TargetFile | undefined, b: TargetFile | undefined): boolean {
  return a?.state.id === b?.state.id && a?.state.mode === b?.state.mode;
}

/** Only what has a key of its own: an identity that stands twice is never guessed. */
function uniqueBy(components: readonly Component[], keyOf: KeyOf): ReadonlyMap<string, Component> {
  const unique = new Map<string, Component>();
  const doubled = new Set<string>();
  for (const component of components) {
    const key = keyOf(component);
    if (key === undefined) continue;
    if (unique.has(key)) doubled.add(key);
    unique.set(key, component);
  }
  for (const key of doubled) unique.delete(key);
  return unique;
}
