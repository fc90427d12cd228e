/** Fields that somebody else owns: they are kept, and said so. */
import type { Component } from "../model/component.ts";
import { stringAt, valueAt } from "../model/json.ts";
import type { FieldChange } from "../model/field.ts";
import { workloadRefOf } from "../manifest/workload.ts";
import type { KeptReason } from "./types.ts";

interface Owner {
  readonly reason: KeptReason;
  readonly name: string;
}

interface Scaled extends Owner {
  /** As its manifest says; undefined is whatever the engine fills in. */
  readonly namespace: string | undefined;
}

/** Who sets `spec.replicas` of a workload, by `kind/name` in lower case. */
export type Autoscalers = ReadonlyMap<string, readonly Scaled[]>;

/**
 * Finds what scales workloads: HorizontalPodAutoscalers, KEDA's ScaledObjects, and Rollouts that scale down the Deployment they
 * take their pods from. `components`: those that stand now and stay; what the revert takes away owns nothing any more.
 */
export function findAutoscalers(components: readonly Component[]): Autoscalers {
  const owners = new Map<string, readonly Scaled[]>();
  for (const component of components) {
    const found = scaledBy(component);
    if (found === undefined || component.kind !== "object") continue;
    const owner = { reason: found.reason, name: found.name, namespace: component.id.namespace };
    owners.set(found.key, [...(owners.get(found.key) ?? []), owner]);
  }
  return owners;
}

/** The owner of a field, when it is not git's own. */
export function ownerOf(component: Component, field: FieldChange, autoscalers: Autoscalers): Owner | undefined {
  if (component.kind !== "object" || field.pointer !== "/spec/replicas") return undefined;
  const { kind, name, namespace } = component.id;
  return autoscalers
    .get(scaledKey(kind, name))
    ?.find((owner) => owner.namespace === namespace || owner.namespace === undefined || namespace === undefined);
}

function scaledBy(component: Component): (Owner & { readonly key: string }) | undefined {
  if (component.kind !== "object") return undefined;
  const { kind, name } = component.id;
  const target = valueAt(component.value, "spec", "scaleTargetRef");
  const scaled = stringAt(target, "name");
  const key = scaled === undefined ? undefined : scaledKey(stringAt(target, "kind") ?? "Deployment", scaled);
  if (kind === "HorizontalPodAutoscaler" && key !== undefined)
    return { reason: "OwnedByHPA", name: `HPA/${name}`, key };
  if (kind === "ScaledObject" && key !== undefined) return { reason: "OwnedByKEDA", name: `ScaledObject/${name}`, key };
  const ref = workloadRefOf(component);
  // argoproj.github.io/argo-rollouts/features/specification: "never" is the default.
  const scaleDown = stringAt(component.value, "spec", "workloadRef", "scaleDown") ?? "never";
  if (ref === undefined || scaleDown === "never") return undefined;
  return { reason: "OwnedByRollout", name: `Rollout/${name}`, key: scaledKey(ref.kind, ref.name) };
}

function scaledKey(kind: string, name: string): string {
  return `${kind.toLowerCase()}/${name}`;
}
