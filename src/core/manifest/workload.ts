import { type Component, groupOf } from "../model/component.ts";
import { listAt, stringAt, valueAt } from "../model/json.ts";

/** `group/Kind` → where its pod template is. A Pod is one itself. */
const POD_TEMPLATES: ReadonlyMap<string, readonly string[]> = new Map([
  ["/Pod", []],
  ["/PodTemplate", ["template"]],
  ["/ReplicationController", ["spec", "template"]],
  ["apps/DaemonSet", ["spec", "template"]],
  ["apps/Deployment", ["spec", "template"]],
  ["apps/ReplicaSet", ["spec", "template"]],
  ["apps/StatefulSet", ["spec", "template"]],
  ["batch/CronJob", ["spec", "jobTemplate", "spec", "template"]],
  ["batch/Job", ["spec", "template"]],
]);

/** Does the component run pods? Known kinds, HelmReleases, and any object with a pod template under `spec.template`. */
export function isWorkload(component: Component): boolean {
  if (component.kind !== "object") return false;
  return typeOf(component) === "helm.toolkit.fluxcd.io/HelmRelease" || runsPods(component);
}

function runsPods(component: Component): boolean {
  return podTemplatePath(component) !== undefined || workloadRefOf(component) !== undefined;
}

/** The keys from the object to its pod template; undefined when it has none of its own (HelmRelease, `workloadRef`). */
export function podTemplatePath(component: Component): readonly string[] | undefined {
  if (component.kind !== "object") return undefined;
  const known = POD_TEMPLATES.get(typeOf(component));
  if (known !== undefined) return known;
  const containers = listAt(component.value, "spec", "template", "spec", "containers");
  return containers.length > 0 ? ["spec", "template"] : undefined;
}

/** What an Argo Rollout takes its pod template from. */
export interface WorkloadRef {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
}

/** `spec.workloadRef` of an Argo Rollout; undefined when it has none, or one that names nothing. */
export function workloadRefOf(component: Component): WorkloadRef | undefined {
  if (component.kind !== "object" || typeOf(component) !== "argoproj.io/Rollout") return undefined;
  const reference = valueAt(component.value, "spec", "workloadRef");
  const [apiVersion, kind, name] = ["apiVersion", "kind", "name"].map((key) => stringAt(reference, key));
  return apiVersion === undefined || kind === undefined || name === undefined ? undefined : { apiVersion, kind, name };
}

/** The kinds that Argo Rollouts follows (argoproj/argo-rollouts, `utils/workloadref`). */
export function supportsWorkloadRef(kind: string): boolean {
  return ["Deployment", "ReplicaSet", "PodTemplate"].includes(kind);
}

function typeOf({ id }: Component & { readonly kind: "object" }): string {
  return `${groupOf(id.apiVersion)}/${id.kind}`;
}
