import { type KubeWorld, type Manifest, pathOf } from "./kube-world.ts";

export interface RunningDeployment {
  readonly namespace: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly image: string;
  /** Its only pod is; else the rollout has failed. */
  readonly isReady: boolean;
  /** Since when, RFC 3339. */
  readonly since: string;
}

/** A Deployment as Kubernetes has it: with its ReplicaSet and one pod. */
export async function runDeployment(world: KubeWorld, facts: RunningDeployment): Promise<void> {
  const { namespace, name, labels, image, isReady, since } = facts;
  const template = { metadata: { labels }, spec: { containers: [{ name: "shop", image }] } };
  const metadata = { namespace, generation: 1, labels };
  const count = isReady ? 1 : 0;
  const spec = { replicas: 1, selector: { matchLabels: labels }, template };
  const available = { type: "Available", status: isReady ? "True" : "False", reason: "MinimumReplicas" };
  const progressing = isReady
    ? { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" }
    : { type: "Progressing", status: "False", reason: "ProgressDeadlineExceeded", message: "it timed out" };
  const counts = {
    observedGeneration: 1,
    replicas: 1,
    updatedReplicas: 1,
    readyReplicas: count,
    availableReplicas: count,
  };
  const ownedBy = async (kind: string, owner: string): Promise<object> => {
    const found = await world.cluster.get({ apiVersion: "apps/v1", kind, namespace, name: owner });
    return { ownerReferences: [{ apiVersion: "apps/v1", kind, name: owner, uid: found?.uid, controller: true }] };
  };
  await whole(world, {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, ...metadata },
    spec,
    status: { ...counts, conditions: [{ ...available, lastTransitionTime: since }, progressing] },
  });
  await whole(world, {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: { name: `${name}-7f`, ...metadata, ...(await ownedBy("Deployment", name)) },
    spec,
    status: counts,
  });
  await whole(world, {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: `${name}-7f-x`, ...metadata, ...(await ownedBy("ReplicaSet", `${name}-7f`)) },
    spec: template.spec,
    status: {
      phase: "Running",
      startTime: since,
      conditions: [{ type: "Ready", status: isReady ? "True" : "False", lastTransitionTime: since }],
      containerStatuses: [{ name: "shop", ready: isReady, restartCount: 0, image, state: { running: {} } }],
    },
  });
}

async function whole({ apply, server }: KubeWorld, manifest: Manifest): Promise<void> {
  await apply(manifest);
  const headers = { "content-type": "application/merge-patch+json" };
  const body = JSON.stringify({ status: manifest["status"] });
  const answer = await fetch(`${server.url}${pathOf(manifest)}/status`, { method: "PATCH", headers, body });
  if (!answer.ok) throw new Error(await answer.text());
}
