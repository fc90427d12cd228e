import { describe, expect, it } from "vitest";
import { FACETS, type Facet, type Segment } from "../../../src/core/model/field.ts";
import type { DiffContext } from "../../../src/core/patch/diff-context.ts";
import { facetOf } from "../../../src/core/patch/facet.ts";

/** `spec/containers/[api]/image`: keys, and items of lists in brackets. */
function pathOf(text: string): readonly Segment[] {
  return text.split("/").map((step) => {
    const id = /^\[(.*)\]$/.exec(step)?.[1];
    return id === undefined ? { key: step } : { id, match: { name: id } };
  });
}

const KINDS: Readonly<Record<string, DiffContext>> = {
  Deployment: { apiVersion: "apps/v1", kind: "Deployment" },
  StatefulSet: { apiVersion: "apps/v1", kind: "StatefulSet" },
  CronJob: { apiVersion: "batch/v1", kind: "CronJob" },
  Rollout: { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout" },
  HPA: { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler" },
  HelmRelease: { apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease" },
  Application: { apiVersion: "argoproj.io/v1alpha1", kind: "Application" },
  ConfigMap: { apiVersion: "v1", kind: "ConfigMap" },
  Secret: { apiVersion: "v1", kind: "Secret" },
  Service: { apiVersion: "v1", kind: "Service" },
  ServiceAccount: { apiVersion: "v1", kind: "ServiceAccount" },
  PVC: { apiVersion: "v1", kind: "PersistentVolumeClaim" },
  Role: { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role" },
  Kustomization: { apiVersion: "kustomize.toolkit.fluxcd.io/v1", kind: "Kustomization" },
  kustomization: { file: "kustomization" },
  values: { file: "values" },
  chart: { file: "chart" },
};

const POD = "spec/template/spec";
const API = `${POD}/containers/[api]`;

const TABLE: readonly (readonly [string, string, Facet])[] = [
  ["Deployment", `${API}/image`, "image"],
  ["Deployment", `${POD}/initContainers/[wait]/image`, "image"],
  ["Deployment", `${API}/imagePullPolicy`, "image"],
  ["Deployment", `${API}/env/[A]/value`, "env"],
  ["Deployment", `${API}/env`, "env"],
  ["Deployment", `${API}/envFrom`, "env"],
  ["Deployment", `${API}/env/[A]/valueFrom/resourceFieldRef/resource`, "env"],
  ["Deployment", `${API}/resources/limits/memory`, "resources"],
  ["Deployment", "spec/replicas", "replicas"],
  ["Deployment", `${API}/readinessProbe/httpGet/port`, "probes"],
  ["Deployment", `${API}/lifecycle/preStop/exec/command`, "probes"],
  ["Deployment", `${POD}/terminationGracePeriodSeconds`, "probes"],
  ["Deployment", "spec/strategy/rollingUpdate/maxSurge", "strategy"],
  ["Deployment", "spec/minReadySeconds", "strategy"],
  ["Deployment", "spec/progressDeadlineSeconds", "strategy"],
  ["Deployment", "spec/revisionHistoryLimit", "strategy"],
  ["Deployment", `${API}/args/[--verbose]`, "command"],
  ["Deployment", `${API}/workingDir`, "command"],
  ["Deployment", `${POD}/volumes/[data]/configMap/name`, "volumes"],
  ["Deployment", `${API}/volumeMounts/[data]/readOnly`, "volumes"],
  ["Deployment", `${API}/ports/[8080]/name`, "ports"],
  ["Deployment", `${POD}/nodeSelector/pool`, "scheduling"],
  ["Deployment", `${POD}/affinity/podAffinity`, "scheduling"],
  ["Deployment", `${POD}/priorityClassName`, "scheduling"],
  ["Deployment", `${API}/securityContext/privileged`, "security"],
  ["Deployment", `${POD}/serviceAccountName`, "security"],
  ["Deployment", `${POD}/imagePullSecrets/[x]`, "security"],
  ["Deployment", "metadata/labels/image", "metadata"],
  ["Deployment", "spec/template/metadata/annotations/env", "metadata"],
  ["Deployment", "spec/selector/matchLabels/app", "other"],
  ["Deployment", API, "other"],
  ["Deployment", `${POD}/containers`, "other"],
  ["Deployment", "spec", "other"],
  ["StatefulSet", "spec/volumeClaimTemplates/[data]/spec/resources/requests/storage", "volumes"],
  ["StatefulSet", "spec/updateStrategy/type", "strategy"],
  ["CronJob", "spec/jobTemplate/spec/template/spec/containers/[a]/image", "image"],
  ["CronJob", "spec/schedule", "other"],
  ["Rollout", "spec/strategy/canary/steps", "strategy"],
  ["HPA", "spec/maxReplicas", "replicas"],
  ["HPA", "spec/metrics/[Resource]/resource/target", "other"],
  ["HelmRelease", "spec/chart/spec/version", "chart"],
  ["HelmRelease", "spec/chartRef/name", "chart"],
  ["HelmRelease", "spec/values/image/tag", "image"],
  ["HelmRelease", "spec/values/replicaCount", "replicas"],
  ["Application", "spec/source/targetRevision", "chart"],
  ["Application", "spec/source/chart", "chart"],
  ["Application", "spec/sources", "chart"],
  ["Application", "spec/source/helm/valuesObject/resources/limits", "resources"],
  ["Application", "spec/source/helm/parameters/[image.tag]/value", "image"],
  ["Application", "spec/source/kustomize/images/[a]", "image"],
  ["Application", "spec/syncPolicy/automated", "other"],
  ["ConfigMap", "data/image", "config"],
  ["ConfigMap", "metadata/annotations/a", "metadata"],
  ["Secret", "stringData/env", "config"],
  ["Service", "spec/ports/[80]/targetPort", "ports"],
  ["Service", "spec/type", "other"],
  ["ServiceAccount", "imagePullSecrets", "security"],
  ["PVC", "spec/resources/requests/storage", "volumes"],
  ["Role", "rules", "security"],
  ["Kustomization", "spec/images/[a]/newTag", "image"],
  ["Kustomization", "spec/path", "other"],
  ["kustomization", "images/[a]/newTag", "image"],
  ["kustomization", "resources/[../base]", "other"],
  ["kustomization", "configMapGenerator/[a]/literals", "config"],
  ["kustomization", "replicas/[a]/count", "replicas"],
  ["kustomization", "commonLabels/a", "metadata"],
  ["values", "image/tag", "image"],
  ["values", "api/imageTag", "image"],
  ["values", "sidecarImage", "image"],
  ["values", "extraEnvVars/[A]/value", "env"],
  ["values", "resources/limits", "resources"],
  ["values", "replicaCount", "replicas"],
  ["values", "autoscaling/minReplicas", "replicas"],
  ["values", "service/port", "ports"],
  ["values", "podAnnotations/a", "metadata"],
  ["values", "config/a", "config"],
  ["values", "constructor/toString", "other"],
  ["chart", "dependencies/[redis]/version", "chart"],
  ["chart", "version", "chart"],
];

describe("facetOf", () => {
  it.each(TABLE)("in a %s takes %s for %s", (kind, path, facet) => {
    expect(facetOf(pathOf(path), KINDS[kind] ?? {})).toBe(facet);
  });

  it("has an example of each facet in the table", () => {
    expect(new Set(TABLE.map(([, , facet]) => facet))).toEqual(new Set(FACETS));
  });
});
