/** Pairs the components of the present files with those of the checkpoint. An identity that stands twice is never guessed. */
import { type Component, identityKey } from "../model/component.ts";
import type { Snapshot, TargetFile } from "./types.ts";

export interface Pair {
  readonly current?: Component;
  readonly wanted?: Component;
  /** The object was moved and stands in several files, now and then: all of them. Which is which cannot be told. */
  readonly ambiguous?: readonly Component[];
}

/**
 * Every component of a file that differs, in file order; `paths`: the files that differ. Partners are looked for in the same file,
 * then there with the namespace left to the engine on one side, then by identity in other files.
 */
export function pairComponents(current: Snapshot, wanted: Snapshot, paths: readonly string[]): readonly Pair[] {
  const here = paths.flatMap((path) => componentsOf(current.get(path), wanted.get(path)));
  const there = paths.flatMap((path) => componentsOf(wanted.get(path), current.get(path)));
  const partners = findPartners(here, there);
  const taken = new Set(partners.values());
  const left = there.filter((component) => !taken.has(component));
  const ambiguous = findAmbiguous(
    here.filter((component) => !partners.has(component)),
    left,
  );
  return [
    ...here.map((component): Pair => {
      const partner = partners.get(component);
      return partner === undefined
        ? { current: component, ...ambiguityOf(component, ambiguous) }
        : { current: component, wanted: partner };
    }),
    ...left.map((component): Pair => ({ wanted: component, ...ambiguityOf(component, ambiguous) })),
  ];
}

/** A file that cannot be taken apart on one side is one whole on both: its objects have no partners there. */
function componentsOf(file: TargetFile | undefined, other: TargetFile | undefined): readonly Component[] {
  const own = file?.manifest.components ?? [];
  const others = other?.manifest.components ?? [];
  if (own.length === 0 || others.length === 0 || own[0]?.kind === "opaque") return own;
  const [first] = others;
  if (first?.kind === "opaque") return [first];
  if (first?.kind === own[0]?.kind || file === undefined) return own;
  const message = "it holds Kubernetes objects on one side only";
  return [{ kind: "opaque", path: file.path, left: { code: "ManifestShape", message, place: { file: file.path } } }];
}

type KeyOf = (component: Component) => string | undefined;

/** A move is only seen where the identity stands once on each side: overlays and patches repeat that of their base. */
function findPartners(here: readonly Component[], there: readonly Component[]): ReadonlyMap<Component, Component> {
  const partners = new Map<Component, Component>();
  const taken = new Set<Component>();
  const [onceHere, onceThere] = [uniqueBy(here, identityOf), uniqueBy(there, identityOf)];
  const movedTo: KeyOf = (component) => {
    const key = identityOf(component) ?? "";
    return onceHere.has(key) && onceThere.has(key) ? key : undefined;
  };
  for (const keyOf of [inFile, inFileWithoutNamespace, movedTo]) {
    const open = here.filter((component) => !partners.has(component));
    const free = there.filter((component) => !taken.has(component));
    const candidates = uniqueBy(free, keyOf);
    for (const [key, component] of uniqueBy(open, keyOf)) {
      const partner = candidates.get(key);
      if (partner === undefined || !mayBeOne(component, partner)) continue;
      partners.set(component, partner);
      taken.add(partner);
    }
  }
  return partners;
}

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

/** Two namespaces are two objects; none is whatever the engine fills in. */
function mayBeOne(a: Component, b: Component): boolean {
  if (a.kind !== "object" || b.kind !== "object") return true;
  const [one, other] = [a.id.namespace, b.id.namespace];
  return one === other || one === undefined || other === undefined;
}

/** By identity, the objects that stand on both sides and have no partner there. */
function findAmbiguous(
  here: readonly Component[],
  there: readonly Component[],
): ReadonlyMap<string, readonly Component[]> {
  const [now, then] = [byIdentity(here), byIdentity(there)];
  return new Map(
    [...now].flatMap(([key, components]) => {
      const others = then.get(key);
      return others === undefined ? [] : [[key, [...components, ...others]] as const];
    }),
  );
}

function byIdentity(components: readonly Component[]): ReadonlyMap<string, readonly Component[]> {
  const groups = new Map<string, Component[]>();
  for (const component of components) {
    const key = identityOf(component);
    if (key !== undefined) groups.set(key, [...(groups.get(key) ?? []), component]);
  }
  return groups;
}

function ambiguityOf(
  component: Component,
  ambiguous: ReadonlyMap<string, readonly Component[]>,
): Pick<Pair, "ambiguous"> | undefined {
  const found = ambiguous.get(identityOf(component) ?? "");
  return found === undefined ? undefined : { ambiguous: found };
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

/** Only what has a key of its own. */
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
