/** An Argo Rollout may take its pods from another object: whoever means the one means the other. */
import { type Component, componentName } from "../model/component.ts";
import { listAt, stringAt } from "../model/json.ts";
import { supportsWorkloadRef, workloadRefOf } from "../manifest/workload.ts";
import { namesComponent, type Selection, type Selector } from "../selection.ts";
import type { Risk } from "./types.ts";

/** The selection with the objects that its Rollouts take their pod template from. `components`: now and at the checkpoint. */
export function withWorkloadRefs(selection: Selection, components: readonly Component[]): Selection {
  return { only: expand(selection.only, components), except: expand(selection.except, components) };
}

function expand(selectors: readonly Selector[], components: readonly Component[]): readonly Selector[] {
  return selectors.flatMap((selector) => {
    if (selector.object === undefined) return [selector];
    const named = components.filter((component) => namesComponent(selector, component));
    return [selector, ...named.flatMap((component) => referenced(selector, component))];
  });
}

function referenced(selector: Selector, component: Component): readonly Selector[] {
  const ref = workloadRefOf(component);
  if (ref === undefined || !supportsWorkloadRef(ref.kind)) return [];
  const facet = selector.facet === undefined ? {} : { facet: selector.facet };
  const text = `${selector.text} (${componentName(component)})`;
  return [{ text, object: { kind: ref.kind, name: ref.name }, ...facet }];
}

/** What a person has to know of the Rollouts among what goes back: `components` now and at the checkpoint, `all` of the target. */
export function workloadRefRisks(components: readonly Component[], all: readonly Component[]): readonly Risk[] {
  const messages = components.flatMap((component) => {
    const ref = workloadRefOf(component);
    if (ref === undefined) return [];
    const [rollout, workload] = [componentName(component), `${ref.kind}/${ref.name}`];
    if (!supportsWorkloadRef(ref.kind)) {
      return [
        `${rollout} takes its pods from ${workload}: Argo Rollouts knows no such reference, ${workload} is left as it is`,
      ];
    }
    const owner = all.find((other) => componentName(other) === workload && ownerKind(other) === "Deployment");
    return owner === undefined
      ? []
      : [`${workload}, from which ${rollout} takes its pods, is owned by a Deployment that may change it back`];
  });
  return [...new Set(messages)].map((message) => ({ code: "WorkloadRef", message, blocks: true }));
}

function ownerKind(component: Component): string | undefined {
  if (component.kind !== "object") return undefined;
  return listAt(component.value, "metadata", "ownerReferences").flatMap((owner) => stringAt(owner, "kind") ?? [])[0];
}
