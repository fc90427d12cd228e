/** Workloads with what is below them, as their controllers and the kubelet write them. */
import type { JsonObject } from "../../../src/core/model/json.ts";
import type { Manifest } from "./kube-world.ts";
import { uidOf } from "./put-objects.ts";

const SINCE = "2026-08-22T13:00:00Z";

/** `bad`: crash-looping pods. `replicas`: how many pods there are. */
export interface WorkloadShape {
  readonly namespace: string;
  readonly name: string;
  readonly replicas?: number;
  readonly bad?: boolean;
  readonly image?: string;
  /** What its older ReplicaSet or ControllerRevision names; default: the same. */
  readonly oldImage?: string;
  /** Since when there are its revisions, RFC 3339. */
  readonly since?: string;
  /** What nodes say of the image that they have pulled. */
  readonly imageId?: string;
}

/** A Deployment that is Current, or has failed; its ReplicaSet, an older one that is scaled down, and its pods. */
export function deploymentObjects(shape: WorkloadShape): readonly Manifest[] {
  const { namespace, name, replicas = 1, bad = false } = shape;
  const ready = bad ? 0 : replicas;
  const deployment: Manifest = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace, generation: 2 },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: templateOf(shape) },
    status: {
      observedGeneration: 2,
      replicas,
      updatedReplicas: replicas,
      readyReplicas: ready,
      availableReplicas: ready,
      conditions: [
        {
          type: "Progressing",
          status: bad ? "False" : "True",
          reason: bad ? "ProgressDeadlineExceeded" : "NewReplicaSetAvailable",
          message: bad ? `ReplicaSet "${name}-2" has timed out progressing.` : "it has successfully progressed.",
          lastTransitionTime: SINCE,
        },
        { type: "Available", status: bad ? "False" : "True", lastTransitionTime: SINCE },
      ],
    },
  };
  const replicaSet = (revision: number): Manifest => ({
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: {
      name: `${name}-${revision}`,
      namespace,
      generation: 1,
      creationTimestamp: shape.since ?? SINCE,
      labels: { app: name },
      annotations: { "deployment.kubernetes.io/revision": String(revision) },
      ownerReferences: [ownedBy(deployment)],
    },
    spec: {
      replicas: revision === 2 ? replicas : 0,
      selector: { matchLabels: { app: name } },
      template: revision === 2 ? templateOf(shape) : oldTemplateOf(shape),
    },
    status: {
      observedGeneration: 1,
      replicas: revision === 2 ? replicas : 0,
      fullyLabeledReplicas: revision === 2 ? replicas : 0,
      readyReplicas: revision === 2 ? ready : 0,
      availableReplicas: revision === 2 ? ready : 0,
    },
  });
  return [deployment, replicaSet(1), replicaSet(2), ...podsUnder(replicaSet(2), shape)];
}

/** A StatefulSet with its pods, and the revisions that its controller keeps. */
export function statefulSetObjects(shape: WorkloadShape): readonly Manifest[] {
  const { namespace, name, replicas = 1, bad = false } = shape;
  const statefulSet: Manifest = {
    apiVersion: "apps/v1",
    kind: "StatefulSet",
    metadata: { name, namespace, generation: 1 },
    spec: { replicas, selector: { matchLabels: { app: name } }, template: templateOf(shape) },
    status: {
      observedGeneration: 1,
      replicas,
      readyReplicas: bad ? 0 : replicas,
      currentReplicas: replicas,
      updatedReplicas: replicas,
      currentRevision: "one",
      updateRevision: "one",
    },
  };
  const revision = (number: number, template: JsonObject): Manifest => ({
    apiVersion: "apps/v1",
    kind: "ControllerRevision",
    metadata: {
      name: `${name}-${number}`,
      namespace,
      creationTimestamp: shape.since ?? SINCE,
      labels: { app: name },
      ownerReferences: [ownedBy(statefulSet)],
    },
    revision: number,
    data: { spec: { template: { ...template, $patch: "replace" } } },
  });
  const revisions = [revision(1, oldTemplateOf(shape)), revision(2, templateOf(shape))];
  return [statefulSet, ...revisions, ...podsUnder(statefulSet, shape)];
}

function podsUnder(
  owner: Manifest,
  { namespace, name, replicas = 1, bad = false, image, imageId }: WorkloadShape,
): readonly Manifest[] {
  return Array.from({ length: replicas }, (_, index) => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name: `${owner.metadata.name}-${index}`,
      namespace,
      labels: { app: name },
      ownerReferences: [ownedBy(owner)],
    },
    spec: { containers: [{ name: "main", image: image ?? "registry.example.com/app:1" }] },
    status: {
      phase: "Running",
      conditions: [{ type: "Ready", status: bad ? "False" : "True", lastTransitionTime: SINCE }],
      containerStatuses: [
        {
          name: "main",
          ready: !bad,
          restartCount: bad ? 7 : 0,
          ...(imageId === undefined ? {} : { imageID: imageId }),
          state: bad
            ? { waiting: { reason: "CrashLoopBackOff", message: "back-off 5m0s restarting failed container" } }
            : { running: { startedAt: SINCE } },
        },
      ],
    },
  }));
}

function oldTemplateOf(shape: WorkloadShape): JsonObject {
  const { oldImage } = shape;
  return templateOf(oldImage === undefined ? shape : { ...shape, image: oldImage });
}

function templateOf({ name, image }: WorkloadShape): JsonObject {
  return {
    metadata: { labels: { app: name } },
    spec: { containers: [{ name: "main", image: image ?? "registry.example.com/app:1" }] },
  };
}

export function ownedBy(owner: Manifest): JsonObject {
  const { apiVersion, kind, metadata } = owner;
  return { apiVersion, kind, name: metadata.name, uid: uidOf(owner), controller: true, blockOwnerDeletion: true };
}
