import type { EngineState } from "../../../core/engine/engine-state.ts";
import type { ObjectId } from "../../../core/model/component.ts";
import type { Cluster, KindName } from "../../../ports/cluster.ts";
import { inTurns } from "../in-turns.ts";
import { listIfAllowed } from "../read-objects.ts";

/** What helm-controller labels, and what tells how it is. */
const LABELLED: readonly KindName[] = [
  { apiVersion: "apps/v1", kind: "Deployment" },
  { apiVersion: "apps/v1", kind: "StatefulSet" },
  { apiVersion: "apps/v1", kind: "DaemonSet" },
  { apiVersion: "batch/v1", kind: "Job" },
  { apiVersion: "batch/v1", kind: "CronJob" },
  { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout" },
];

/**
 * The objects of a Kustomization or HelmRelease: as it lists them, else by its labels, with those of these kinds. None where they are in
 * another cluster.
 */
export async function objectsOfFlux(
  cluster: Cluster,
  { workloads }: EngineState,
  kinds: readonly KindName[] = [],
): Promise<readonly ObjectId[]> {
  if (workloads === undefined) return [];
  const { objects, labels, namespace } = workloads;
  if (objects.length > 0 || labels === undefined) return objects;
  const within = { ...(namespace === undefined ? {} : { namespace }), labels };
  const lists = await inTurns([...LABELLED, ...kinds], async (kind) => listIfAllowed(cluster, { ...kind, ...within }));
  return lists.flat().map(({ id }) => id);
}
