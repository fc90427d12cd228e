/** Pairs the components of the present files with those of the checkpoint: same file first, then by identity across files. */
import { type Component, componentKey } from "../model/component.ts";
import type { Snapshot, TargetFile } from "./types.ts";

export interface Pair {
  readonly current?: Component;
  readonly wanted?: Component;
}

/** Every component of a file that differs, in file order. `paths`: the files that differ. */
export function pairComponents(current: Snapshot, wanted: Snapshot, paths: readonly string[]): readonly Pair[] {
  const here = paths.flatMap((path) => current.get(path)?.manifest.components ?? []);
  const there = paths.flatMap((path) => wanted.get(path)?.manifest.components ?? []);
  const left = new Map(there.map((component) => [slot(component), component]));
  const inPlace = here.map((component): Pair => {
    const partner = left.get(slot(component));
    if (partner !== undefined) left.delete(slot(component));
    return partner === undefined ? { current: component } : { current: component, wanted: partner };
  });
  const byKey = uniqueBy([...left.values()].filter(({ kind }) => kind === "object"), componentKey);
  const moved = inPlace.map((pair): Pair => {
    if (pair.current?.kind !== "object" || pair.wanted !== undefined) return pair;
    const partner = byKey.get(componentKey(pair.current));
    if (partner === undefined) return pair;
    byKey.delete(componentKey(pair.current));
    left.delete(slot(partner));
    return { ...pair, wanted: partner };
  });
  return [...moved, ...[...left.values()].map((component): Pair => ({ wanted: component }))];
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

/** Opaque and file components fill their file; only objects share one. */
function slot(component: Component): string {
  return `${component.path}\0${component.kind === "object" ? componentKey(component) : ""}`;
}

/** Only what has a key of its own: an identity that stands twice is never guessed. */
function uniqueBy(components: readonly Component[], keyOf: (component: Component) => string): Map<string, Component> {
  const unique = new Map<string, Component>();
  const doubled = new Set<string>();
  for (const component of components) {
    const key = keyOf(component);
    if (unique.has(key)) doubled.add(key);
    unique.set(key, component);
  }
  for (const key of doubled) unique.delete(key);
  return unique;
}
