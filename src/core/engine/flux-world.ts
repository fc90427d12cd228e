/** Flux' objects as its engine sees them together: a Kustomization means nothing without its source. */
import type { ObjectId } from "../model/component.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import { stringAt } from "../model/json.ts";

export const KUSTOMIZATION = "Kustomization";
export const HELM_RELEASE = "HelmRelease";

/** A live object: untrusted. */
export interface FluxObject {
  readonly id: ObjectId;
  readonly uid: string;
  readonly value: JsonObject;
}

/** An object of Flux as others name it. */
export interface FluxName {
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
}

/** All of Flux' objects at one moment. Kinds are told apart by their name alone: Flux has no two of the same. */
export interface FluxWorld {
  find(name: FluxName): FluxObject | undefined;
  /** Are all objects of the kind known? Else one that is missing may be there. */
  knows(kind: string): boolean;
}

/** What a state is computed with. */
export interface FluxContext {
  /** The engine's name in the configuration. */
  readonly engine: string;
  readonly world: FluxWorld;
  /** Epoch ms. */
  readonly nowMs: number;
}

/** `GitRepository/flux-system/deploy`: for keys and for people. */
export function fluxName({ kind, namespace, name }: FluxName): string {
  return `${kind}/${namespace}/${name}`;
}

/** A reference of an object (`spec.sourceRef`): in its own namespace where it names none. Undefined when it names nothing. */
export function referenceIn(
  object: FluxObject,
  reference: JsonValue | undefined,
  defaultKind?: string,
): FluxName | undefined {
  const [kind = defaultKind, name] = [stringAt(reference, "kind"), stringAt(reference, "name")];
  if (kind === undefined || name === undefined || name === "") return undefined;
  return { kind, namespace: stringAt(reference, "namespace") ?? namespaceOf(object), name };
}

export function namespaceOf({ id }: Pick<FluxObject, "id">): string {
  return id.namespace ?? "default";
}
