/** Fields that somebody else owns: they are kept, and said so. */
import type { Component } from "../model/component.ts";
import { property, stringAt } from "../model/json.ts";
import type { FieldChange } from "../model/field.ts";
import type { KeptReason, Snapshot } from "./types.ts";

export interface Owner {
  readonly reason: KeptReason;
  readonly name: string;
}

/** Who sets `spec.replicas` of each workload, by `Kind/name` (lower case) and namespace. */
export type Autoscalers = ReadonlyMap<string, Owner>;

/** Finds the HorizontalPodAutoscalers and KEDA ScaledObjects of the target. */
export function findAutoscalers(current: Snapshot): Autoscalers {
  const owners = new Map<string, Owner>();
  for (const { manifest } of current.values()) {
    for (const component of manifest.components) {
      if (component.kind !== "object") continue;
      const reason = scaler(component.id.kind);
      const ref = property(property(component.value, "spec"), "scaleTargetRef");
      const name = stringAt(ref, "name");
      if (reason === undefined || name === undefined) continue;
      const short = reason === "OwnedByHPA" ? "HPA" : component.id.kind;
      const owner = { reason, name: `${short}/${component.id.name}` };
      owners.set(scaledKey(stringAt(ref, "kind") ?? "Deployment", name), owner);
    }
  }
  return owners;
}

/** The owner of a field, when it is not git's own. */
export function ownerOf(component: Component, field: FieldChange, autoscalers: Autoscalers): Owner | undefined {
  if (component.kind !== "object" || field.facet !== "replicas" || field.pointer !== "/spec/replicas") return undefined;
  return autoscalers.get(scaledKey(component.id.kind, component.id.name));
}

function scaler(kind: string): KeptReason | undefined {
  if (kind === "HorizontalPodAutoscaler") return "OwnedByHPA";
  return kind === "ScaledObject" ? "OwnedByKEDA" : undefined;
}

function scaledKey(kind: string, name: string): string {
  return `${kind.toLowerCase()}/${name}`;
}
