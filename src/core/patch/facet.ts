/** Which part of a workload a field belongs to, in the words of people. */
import type { Facet, Segment } from "../model/field.ts";
import { type DiffContext, qualifiedKind } from "./diff-context.ts";

/** Field names by facet. The first name on the way from the root that is here decides: `lifecycle.preStop.exec.command` is a probe. */
const WORDS: { readonly [facet in Facet]?: string } = {
  image: "image images imagePullPolicy imageTag imageName imageRepository imageDigest imageRegistry tag digest",
  env: "env envFrom extraEnv extraEnvs extraEnvVars extraEnvFrom envVars envVarsCM envVarsSecret environment environmentVariables",
  resources: "resources resizePolicy resourcesPreset overhead resourceClaims limits requests",
  replicas:
    "replicas replicaCount minReplicas maxReplicas minReplicaCount maxReplicaCount idleReplicaCount autoscaling hpa parallelism completions",
  probes:
    "livenessProbe readinessProbe startupProbe customLivenessProbe customReadinessProbe customStartupProbe probes lifecycle lifecycleHooks terminationGracePeriodSeconds",
  strategy:
    "strategy updateStrategy deploymentStrategy rolloutStrategy minReadySeconds progressDeadlineSeconds progressDeadlineAbort revisionHistoryLimit rollbackWindow podManagementPolicy paused maxUnavailable maxSurge minAvailable",
  command: "command args extraArgs workingDir",
  volumes:
    "volumes volumeMounts volumeDevices volumeClaimTemplates extraVolumes extraVolumeMounts persistence persistentVolumeClaimRetentionPolicy",
  ports: "ports port containerPort containerPorts servicePort targetPort nodePort hostPort",
  scheduling:
    "nodeSelector nodeName affinity podAffinityPreset podAntiAffinityPreset nodeAffinityPreset tolerations topologySpreadConstraints priorityClassName priority preemptionPolicy schedulerName runtimeClassName schedulingGates",
  security:
    "securityContext podSecurityContext containerSecurityContext serviceAccountName serviceAccount automountServiceAccountToken imagePullSecrets hostNetwork hostPID hostIPC hostUsers shareProcessNamespace rbac networkPolicy",
  metadata: "metadata labels annotations podLabels podAnnotations commonLabels commonAnnotations labelsTransformer",
  chart: "chart chartRef chartVersion",
  config: "config configMap configMaps configuration secret secrets extraConfig",
};

const FACET_OF_WORD: ReadonlyMap<string, Facet> = new Map(
  Object.entries(WORDS).flatMap(([facet, words]) => words.split(" ").map((word) => [word, facet as Facet] as const)),
);

/** Kinds of which every field but the metadata is of one facet. */
const FACET_OF_KIND: ReadonlyMap<string, Facet> = new Map([
  ["ConfigMap", "config"],
  ["Secret", "config"],
  ["SealedSecret.bitnami.com", "config"],
  ["ExternalSecret.external-secrets.io", "config"],
  ["PersistentVolume", "volumes"],
  ["PersistentVolumeClaim", "volumes"],
  ["StorageClass.storage.k8s.io", "volumes"],
  ["ServiceAccount", "security"],
  ["Role.rbac.authorization.k8s.io", "security"],
  ["ClusterRole.rbac.authorization.k8s.io", "security"],
  ["RoleBinding.rbac.authorization.k8s.io", "security"],
  ["ClusterRoleBinding.rbac.authorization.k8s.io", "security"],
  ["NetworkPolicy.networking.k8s.io", "security"],
  ["HelmChart.source.toolkit.fluxcd.io", "chart"],
  ["HelmRepository.source.toolkit.fluxcd.io", "chart"],
  ["OCIRepository.source.toolkit.fluxcd.io", "chart"],
  ["GitRepository.source.toolkit.fluxcd.io", "chart"],
  ["CustomResourceDefinition.apiextensions.k8s.io", "other"],
  ["Ingress.networking.k8s.io", "other"],
]);

/** The kustomization fields with a facet; its `resources` are files, not CPU and memory. */
const FACET_OF_KUSTOMIZATION: ReadonlyMap<string, Facet> = new Map([
  ["metadata", "metadata"],
  ["images", "image"],
  ["replicas", "replicas"],
  ["configMapGenerator", "config"],
  ["secretGenerator", "config"],
  ["labels", "metadata"],
  ["commonLabels", "metadata"],
  ["commonAnnotations", "metadata"],
  ["helmCharts", "chart"],
]);

/** The facet of the field at `path`; a whole container, pod template or object is `other`. */
export function facetOf(path: readonly Segment[], context: DiffContext): Facet {
  const names = path.flatMap((segment) => ("key" in segment ? [segment.key] : []));
  const [root = ""] = names;
  const kind = qualifiedKind(context);
  if (context.file === "chart") return "chart";
  if (context.file === "kustomization" || isKustomization(kind)) return FACET_OF_KUSTOMIZATION.get(root) ?? "other";
  if (kind !== undefined && root === "metadata") return "metadata";
  if (kind === "Application.argoproj.io" || kind === "ApplicationSet.argoproj.io") return facetOfSource(path, names);
  return FACET_OF_KIND.get(kind ?? "") ?? facetOfNames(names);
}

/** Argo CD: `source.helm.valuesObject.image.tag` and the parameter `image.tag` are the image, the rest of a source is the chart. */
function facetOfSource(path: readonly Segment[], names: readonly string[]): Facet {
  const source = names.findIndex((name) => name === "source" || name === "sources");
  if (source === -1) return "other";
  const parameter = path.flatMap((segment) => ("id" in segment ? segment.id.split(".") : []));
  const tool = names[source + 1];
  if (tool === "helm" && names[source + 2] === "parameters") return facetOfNames(parameter);
  if (tool === "helm") return facetOfNames(names.slice(source + 2));
  if (tool === "kustomize") return FACET_OF_KUSTOMIZATION.get(names[source + 2] ?? "") ?? "other";
  return "chart";
}

function facetOfNames(names: readonly string[]): Facet {
  for (const name of names) {
    const facet = FACET_OF_WORD.get(name) ?? (/Image(?:Tag|Name|Repository|Digest)?$/.test(name) ? "image" : undefined);
    if (facet !== undefined) return facet;
  }
  return "other";
}

function isKustomization(kind: string | undefined): boolean {
  return kind === "Kustomization.kustomize.config.k8s.io" || kind === "Component.kustomize.config.k8s.io";
}
