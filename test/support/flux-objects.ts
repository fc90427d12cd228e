/** Flux' fixtures as the engine reads them, each object changed as a test wants it. */
import type { EngineState } from "../../src/core/engine/engine-state.ts";
import { helmReleaseState } from "../../src/core/engine/flux-helm-release.ts";
import { kustomizationState } from "../../src/core/engine/flux-kustomization.ts";
import { fluxName, namespaceOf, type FluxObject, type FluxWorld } from "../../src/core/engine/flux-world.ts";
import { isObject, type JsonObject, type JsonValue } from "../../src/core/model/json.ts";
import type { Manifest } from "./kubernetes/kube-world.ts";
import { readEngineFixtures, uidOf } from "./kubernetes/put-objects.ts";
import { FIXTURE_NOW } from "./live-objects.ts";

/** Commits in the fixtures: what runs, what was bad before it, and what is newer. */
export const RUNS = "9b1de37a50c2f4de8a71c3d9e0f62b74815a6c02";
export const BAD = "4c8a0f2e61d75b93e8f1a2d6c40b97583e1f2a6d";
export const NEWER = "77d0c1b2a3948576e6f5d4c3b2a1908f7e6d5c4b";

/** An object's changes: merged into it; `undefined` takes a key away, lists are taken as they are. */
export type Change = { readonly [key: string]: Change | JsonValue | undefined };

/** `Kind/name` → its changes; undefined: it is not there. */
export type Changes = Readonly<Record<string, Change | undefined>>;

export interface FluxStates {
  readonly world: FluxWorld;
  /** The state of a Kustomization or HelmRelease, by `Kind/name`. */
  readonly state: (name: string) => EngineState;
}

/** The fixtures of `fixtures/engines/flux/<file>.yaml`, changed. `unknown`: kinds that could not be read. */
export function fluxStates(file: string, changes: Changes = {}, unknown: readonly string[] = []): FluxStates {
  const objects = fixturesOf(`flux/${file}`).flatMap((manifest): readonly FluxObject[] => {
    const name = `${manifest.kind}/${manifest.metadata.name}`;
    if (unknown.includes(manifest.kind) || (name in changes && changes[name] === undefined)) return [];
    const value = mergeChange(manifest as unknown as JsonObject, changes[name] ?? {});
    const { apiVersion, kind, metadata } = manifest;
    const namespace = metadata.namespace ?? "default";
    return [{ id: { apiVersion, kind, namespace, name: metadata.name }, uid: uidOf(manifest), value }];
  });
  const byName = new Map(objects.map((object) => [fluxName({ ...object.id, namespace: namespaceOf(object) }), object]));
  const world: FluxWorld = { find: (name) => byName.get(fluxName(name)), knows: (kind) => !unknown.includes(kind) };
  const context = { engine: "edge", world, nowMs: FIXTURE_NOW };
  return {
    world,
    state(name) {
      const object = objects.find(({ id }) => `${id.kind}/${id.name}` === name);
      if (object === undefined) throw new Error(`there is no ${name}`);
      return object.id.kind === "Kustomization"
        ? kustomizationState(object, context)
        : helmReleaseState(object, context);
    },
  };
}

const read = new Map<string, readonly Manifest[]>();

function fixturesOf(path: string): readonly Manifest[] {
  const manifests = read.get(path) ?? readEngineFixtures(path);
  read.set(path, manifests);
  return manifests;
}

/** `reason: message` of each blocker. */
export function blockersOf({ blockers }: EngineState): readonly string[] {
  return blockers.map(({ reason, message }) => `${reason}: ${message}`);
}

/** A condition as Flux writes it. */
export function condition(
  type: string,
  status: "True" | "False" | "Unknown",
  reason: string,
  message = "",
): JsonObject {
  return { type, status, reason, message, lastTransitionTime: "2026-03-01T11:58:00Z" };
}

/** A copy of an object with its changes. */
export function mergeChange(value: JsonObject, change: Change): JsonObject {
  const merged: Record<string, JsonValue> = { ...value };
  for (const [key, wanted] of Object.entries(change)) {
    const before = merged[key];
    if (wanted === undefined) delete merged[key];
    else if (isObject(wanted)) merged[key] = mergeChange(isObject(before) ? before : {}, wanted);
    else merged[key] = wanted as JsonValue;
  }
  return merged;
}
