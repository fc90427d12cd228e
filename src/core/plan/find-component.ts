/** The same component in another version of a file: thousands of them are looked up in one pass. */
import type { Manifest } from "../manifest/read-manifest.ts";
import { type Component, identityKey } from "../model/component.ts";

interface Index {
  readonly exact: ReadonlyMap<string, Component>;
  /** By identity without the namespace, in file order. */
  readonly named: ReadonlyMap<string, readonly Component[]>;
}

const indexes = new WeakMap<Manifest, Index>();

/** By identity; else with the namespace left to the engine on one side. A file that holds no objects is one component. */
export function findComponent(component: Component, manifest: Manifest | undefined): Component | undefined {
  if (manifest === undefined || component.kind !== "object") return manifest?.components[0];
  const { exact, named } = indexOf(manifest);
  const { namespace, ...id } = component.id;
  return (
    exact.get(identityKey(component.id)) ??
    named
      .get(identityKey(id))
      ?.find((other) => other.kind === "object" && (namespace === undefined || other.id.namespace === undefined))
  );
}

function indexOf(manifest: Manifest): Index {
  const known = indexes.get(manifest);
  if (known !== undefined) return known;
  const exact = new Map<string, Component>();
  const named = new Map<string, Component[]>();
  for (const component of manifest.components) {
    if (component.kind !== "object") continue;
    const { namespace: _, ...id } = component.id;
    const [key, name] = [identityKey(component.id), identityKey(id)];
    if (!exact.has(key)) exact.set(key, component);
    const same = named.get(name);
    if (same === undefined) named.set(name, [component]);
    else same.push(component);
  }
  const index = { exact, named };
  indexes.set(manifest, index);
  return index;
}
