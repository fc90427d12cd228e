import { groupOf, type ObjectId } from "../../core/model/component.ts";
import { type PastWorkload, type SeenImages, seenImages } from "../../core/seen-images.ts";
import type { Cluster, LiveObject } from "../../ports/cluster.ts";
import { readObjects } from "./read-objects.ts";
import { type OwnedObjects, PAST, podsBelow, readOwned } from "./read-owned.ts";

/**
 * What the workloads among these objects show of images, in a few lists: their pods, and the revisions that their controllers keep. Of what
 * runs to its end (Jobs) nothing is kept for long: nothing is told of it. Undefined where there is no workload, or it may not be read.
 */
export async function readImages(
  cluster: Cluster,
  objects: readonly ObjectId[],
  signal?: AbortSignal,
): Promise<SeenImages | undefined> {
  const lasting = objects.filter(({ apiVersion, kind }) => PAST.has(`${groupOf(apiVersion)}/${kind}`));
  const workloads = (await readObjects(cluster, lasting)).flatMap(({ live }) => live ?? []);
  if (workloads.length === 0) return undefined;
  const owned = await readOwned(cluster, workloads, { below: PAST, signal });
  return owned.refusedKinds.has("Pod") ? undefined : seenImages(workloads.map((workload) => pastOf(workload, owned)));
}

function pastOf(workload: LiveObject, owned: OwnedObjects): PastWorkload {
  const { byOwner, refusedKinds } = owned;
  const { kind: name } = workload.id;
  const kind = name === "StatefulSet" || name === "DaemonSet" ? "ControllerRevision" : "ReplicaSet";
  const made = byOwner.get(workload.uid) ?? [];
  const revisions = made.filter(({ id }) => id.kind === kind).map(({ value }) => value);
  return {
    value: workload.value,
    pods: podsBelow([workload], owned).map(({ value }) => value),
    ...(refusedKinds.has(kind) ? {} : { revisions }),
  };
}
