import type { JsonObject } from "../../../src/core/model/json.ts";
import { checkLease } from "./kube-leases.ts";
import { badRequest } from "./kube-status.ts";
import type { KubeSchema } from "./kube-schema.ts";

/** One kind in one version, as the server serves it. */
export interface ServedKind {
  /** Empty: the core group. */
  readonly group: string;
  readonly version: string;
  readonly kind: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Status is written by `…/status` only, and by that nothing else. */
  readonly statusApart: boolean;
  /** `spec`: counts changes outside metadata and status; `all`: outside metadata; `none`: has no generation. */
  readonly generation: "spec" | "all" | "none";
  /** Missing: a built-in kind, of which nothing is checked but by `check`. */
  readonly schema?: KubeSchema;
  /** Of a built-in kind: refuses what the server cannot decode, or holds for invalid. */
  readonly check?: (object: JsonObject, how: "given" | "patched") => void;
  readonly custom: boolean;
  /** Fields to select by, besides name and namespace. */
  readonly fields: readonly string[];
}

export function resourceOf({ plural, group }: ServedKind): string {
  return group === "" ? plural : `${plural}.${group}`;
}

export function apiVersionOf({ group, version }: ServedKind): string {
  return group === "" ? version : `${group}/${version}`;
}

const WITH_STATUS = { namespaced: true, statusApart: true, generation: "spec", custom: false, fields: [] } as const;
const PLAIN = { namespaced: true, statusApart: false, generation: "none", custom: false, fields: [] } as const;

/** The built-in kinds that lastgood reads, and those it writes. */
export const BUILT_IN: readonly ServedKind[] = [
  { ...PLAIN, group: "", version: "v1", kind: "ConfigMap", plural: "configmaps" },
  { ...PLAIN, group: "", version: "v1", kind: "Secret", plural: "secrets" },
  { ...PLAIN, group: "", version: "v1", kind: "Event", plural: "events", fields: ["involvedObject.name", "reason"] },
  { ...PLAIN, group: "", version: "v1", kind: "Namespace", plural: "namespaces", namespaced: false, statusApart: true },
  { ...WITH_STATUS, group: "", version: "v1", kind: "Pod", plural: "pods", fields: ["status.phase", "spec.nodeName"] },
  { ...WITH_STATUS, group: "", version: "v1", kind: "Service", plural: "services", generation: "none" },
  { ...WITH_STATUS, group: "apps", version: "v1", kind: "Deployment", plural: "deployments" },
  { ...WITH_STATUS, group: "apps", version: "v1", kind: "StatefulSet", plural: "statefulsets" },
  { ...WITH_STATUS, group: "apps", version: "v1", kind: "DaemonSet", plural: "daemonsets" },
  { ...WITH_STATUS, group: "apps", version: "v1", kind: "ReplicaSet", plural: "replicasets" },
  { ...PLAIN, group: "apps", version: "v1", kind: "ControllerRevision", plural: "controllerrevisions" },
  { ...WITH_STATUS, group: "batch", version: "v1", kind: "Job", plural: "jobs" },
  { ...WITH_STATUS, group: "batch", version: "v1", kind: "CronJob", plural: "cronjobs" },
  {
    ...WITH_STATUS,
    group: "autoscaling",
    version: "v2",
    kind: "HorizontalPodAutoscaler",
    plural: "horizontalpodautoscalers",
    generation: "none",
  },
  { ...WITH_STATUS, group: "policy", version: "v1", kind: "PodDisruptionBudget", plural: "poddisruptionbudgets" },
  { ...WITH_STATUS, group: "networking.k8s.io", version: "v1", kind: "Ingress", plural: "ingresses" },
  { ...PLAIN, group: "coordination.k8s.io", version: "v1", kind: "Lease", plural: "leases", check: checkLease },
  {
    ...PLAIN,
    group: "apiextensions.k8s.io",
    version: "v1",
    kind: "CustomResourceDefinition",
    plural: "customresourcedefinitions",
    namespaced: false,
    statusApart: true,
    generation: "spec",
  },
];

interface CrdSpec {
  readonly group: string;
  readonly scope: string;
  readonly names: { readonly kind: string; readonly plural: string };
  readonly versions: readonly {
    readonly name: string;
    readonly served: boolean;
    readonly schema?: { readonly openAPIV3Schema?: KubeSchema };
    readonly subresources?: { readonly status?: object };
  }[];
}

/** The kinds that a CustomResourceDefinition brings. */
export function kindsOfCrd(crd: unknown): readonly ServedKind[] {
  const spec = (crd as { readonly spec?: CrdSpec }).spec;
  if (spec?.names === undefined || spec.versions === undefined) throw badRequest("this is no CustomResourceDefinition");
  return spec.versions
    .filter(({ served }) => served)
    .map(({ name, schema, subresources }) => {
      const statusApart = subresources?.status !== undefined;
      return {
        group: spec.group,
        version: name,
        kind: spec.names.kind,
        plural: spec.names.plural,
        namespaced: spec.scope === "Namespaced",
        statusApart,
        generation: statusApart ? "spec" : "all",
        schema: schema?.openAPIV3Schema ?? { "x-kubernetes-preserve-unknown-fields": true },
        custom: true,
        fields: [],
      };
    });
}
