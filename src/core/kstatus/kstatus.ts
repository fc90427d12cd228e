/**
 * One live object → what it is. The rules are those of kstatus (cli-utils `pkg/kstatus/status` at 5895ad6), read against
 * Argo CD's health checks (argo-cd `gitops-engine/pkg/health` and `resource_customizations` at 37ee009). Where the two differ, or where
 * a verdict decides about a revert and theirs is for waiting, ours is:
 *
 * | object | kstatus | Argo CD | here |
 * |---|---|---|---|
 * | running Job | Current | Progressing | InProgress |
 * | suspended Job | Current | Suspended | Current, unproven; InProgress until its pods are gone |
 * | Pod, phase Failed | Current | Degraded | Failed |
 * | Pod ended by its node (evicted, drained, preempted) | Current | Degraded | Unknown: nothing is said about the revision |
 * | Pod, phase Unknown | error | Unknown | Unknown |
 * | waiting with an error (image, config, back-off) | CrashLoopBackOff of a Running Pod only | Degraded if restartPolicy is Always | Failed, in any phase and policy, init containers too |
 * | running Pod, not ready, was restarted | InProgress | Degraded | InProgress; Failed while a container lies ended with an error |
 * | unschedulable | Failed 15 s after the creation | Progressing | Failed 15 s after the scheduler said so |
 * | Deployment paused | InProgress | Suspended | Unknown |
 * | Deployment, ReplicaSet, StatefulSet, PDB without `observedGeneration` | counts decide | Progressing (PDB: Healthy) | InProgress |
 * | StatefulSet, partition 0 (the default) | enough are updated | all are ready | all are ready, and of one revision |
 * | ReplicaSet, Deployment with ReplicaFailure | InProgress | Degraded (ReplicaSet) | InProgress |
 * | StatefulSet OnDelete | Current | Healthy when ready | Current when ready, unproven while an older template runs |
 * | DaemonSet OnDelete | counts decide | Healthy | Current when available, unproven while an older template runs |
 * | 0 replicas, 0 nodes | Current | Healthy | Current, unproven |
 * | CronJob after a failed run | Current | Degraded | Current, unproven |
 * | HPA that cannot work (no scale, bad selector) | Current | Degraded | Failed |
 * | HPA without metrics | Current | Degraded | Unknown: the metrics are another system's |
 * | PDB that cannot sync | Current | Degraded | Current, unproven |
 * | PVC Lost | InProgress | Degraded | Failed |
 * | LoadBalancer, Ingress without address | Current | Progressing | Current, unproven |
 * | APIService not available | Current | Progressing | InProgress |
 * | CRD with NonStructuralSchema | Current | Degraded | Current |
 * | Ready condition of an older generation | its word | - | InProgress |
 * | neither a rule nor a Ready condition | Current | not counted | Current, unproven |
 * | Flux, failing and trying again | InProgress (Reconciling) | Degraded | Failed; Unknown if the source or a dependency is in the way |
 * | Flux suspended, generation behind | its word, InProgress | Suspended, its word | Unknown |
 * | Rollout | error (observedGeneration is a string) | its phase | its phase; Unknown while paused or behind; `rolledBack` when aborted |
 * | Canary waiting | Current | Unknown | Unknown; `rolledBack` when failed |
 * | being deleted | Terminating | Progressing | Terminating |
 */
import type { JsonValue } from "../model/json.ts";
import type { KindRule } from "./rule.ts";
import type { ObjectStatus } from "./status.ts";
import { groupOf } from "../model/component.ts";
import { isObject, property, stringAt } from "../model/json.ts";
import { ANALYSIS_RUN } from "./analysis-run.ts";
import { API_SERVICE } from "./api-service.ts";
import { APPLICATION } from "./application.ts";
import { CANARY } from "./canary.ts";
import { CRON_JOB } from "./cron-job.ts";
import { CUSTOM_RESOURCE_DEFINITION } from "./custom-resource-definition.ts";
import { DAEMON_SET } from "./daemon-set.ts";
import { DEPLOYMENT } from "./deployment.ts";
import { FLUX_KUSTOMIZATION } from "./flux-kustomization.ts";
import { FLUX_SOURCE } from "./flux-source.ts";
import { computeByReady, computeDeletion, computeGeneric } from "./generic.ts";
import { HELM_RELEASE } from "./helm-release.ts";
import { HORIZONTAL_POD_AUTOSCALER } from "./horizontal-pod-autoscaler.ts";
import { INGRESS } from "./ingress.ts";
import { JOB } from "./job.ts";
import { PERSISTENT_VOLUME_CLAIM } from "./persistent-volume-claim.ts";
import { POD_DISRUPTION_BUDGET } from "./pod-disruption-budget.ts";
import { POD } from "./pod.ts";
import { REPLICA_SET } from "./replica-set.ts";
import { ROLLOUT } from "./rollout.ts";
import { SERVICE } from "./service.ts";
import { findFault } from "./shape.ts";
import { STATEFUL_SET } from "./stateful-set.ts";
import { statusOf } from "./status.ts";

/** Any other kind: its conditions. */
const BY_CONDITIONS: KindRule = { shape: {}, generic: true, compute: computeByReady };

/** `group/Kind` → how it is judged. A new kind is a file and a row. */
const RULES: ReadonlyMap<string, KindRule> = new Map([
  ["/PersistentVolumeClaim", PERSISTENT_VOLUME_CLAIM],
  ["/Pod", POD],
  ["/Service", SERVICE],
  ["apiextensions.k8s.io/CustomResourceDefinition", CUSTOM_RESOURCE_DEFINITION],
  ["apiregistration.k8s.io/APIService", API_SERVICE],
  ["apps/DaemonSet", DAEMON_SET],
  ["apps/Deployment", DEPLOYMENT],
  ["apps/ReplicaSet", REPLICA_SET],
  ["apps/StatefulSet", STATEFUL_SET],
  ["argoproj.io/AnalysisRun", ANALYSIS_RUN],
  ["argoproj.io/Application", APPLICATION],
  ["argoproj.io/Rollout", ROLLOUT],
  ["autoscaling/HorizontalPodAutoscaler", HORIZONTAL_POD_AUTOSCALER],
  ["batch/CronJob", CRON_JOB],
  ["batch/Job", JOB],
  ["flagger.app/Canary", CANARY],
  ["helm.toolkit.fluxcd.io/HelmRelease", HELM_RELEASE],
  ["kustomize.toolkit.fluxcd.io/Kustomization", FLUX_KUSTOMIZATION],
  ["networking.k8s.io/Ingress", INGRESS],
  ["policy/PodDisruptionBudget", POD_DISRUPTION_BUDGET],
  ["source.toolkit.fluxcd.io/Bucket", FLUX_SOURCE],
  ["source.toolkit.fluxcd.io/GitRepository", FLUX_SOURCE],
  ["source.toolkit.fluxcd.io/HelmChart", FLUX_SOURCE],
  ["source.toolkit.fluxcd.io/HelmRepository", FLUX_SOURCE],
  ["source.toolkit.fluxcd.io/OCIRepository", FLUX_SOURCE],
]);

/** The kinds with a rule of their own, as `group/Kind`. */
export const KNOWN_KINDS: readonly string[] = [...RULES.keys()];

/**
 * The status of a live object as the API server answers it; undefined (the API server has none) is `NotFound`. `nowMs` is epoch ms.
 * Never throws: what is no object, or has a field of the wrong type where the rule looks, is `Unknown` with the reason `Malformed`.
 */
export function computeStatus(object: JsonValue | undefined, nowMs: number): ObjectStatus {
  if (object === undefined) return statusOf("NotFound", "NotFound", "there is no such object");
  if (!isObject(object)) return statusOf("Unknown", "Malformed", "it is no object");
  const [apiVersion, kind] = [stringAt(object, "apiVersion"), stringAt(object, "kind")];
  if (apiVersion === undefined || kind === undefined) {
    const missing = property(object, "apiVersion") === undefined ? "apiVersion" : "kind";
    return statusOf("Unknown", "Malformed", `${missing} is missing or no string`);
  }
  const rule = RULES.get(`${groupOf(apiVersion)}/${kind}`) ?? BY_CONDITIONS;
  const fault = findFault(object, rule.shape);
  if (fault !== undefined) return statusOf("Unknown", "Malformed", fault);
  return computeDeletion(object) ?? (rule.generic ? computeGeneric(object) : undefined) ?? rule.compute(object, nowMs);
}
