import { argoResourceFaults, argoWorkloads, type ResourceFault } from "../../../core/engine/argocd-place.ts";
import type { EngineState } from "../../../core/engine/engine-state.ts";
import { computeStatus } from "../../../core/kstatus/kstatus.ts";
import { identityKey } from "../../../core/model/component.ts";
import type { Cluster } from "../../../ports/cluster.ts";
import type { Reason } from "../../../ports/engine.ts";
import { compareStatus, explainObjects, type Explaining, reasonOf } from "../explain-workload.ts";

/** More objects than people read; the worst of them. */
const MOST_OBJECTS = 50;

/**
 * Why an Application is as it is now: its own words, what Argo CD says of single objects, and, where they are in this cluster, the live
 * objects down to their pods.
 */
export async function explainApplication(cluster: Cluster, { id }: EngineState, by: Explaining): Promise<Reason> {
  const application = await cluster.get(id);
  const status = computeStatus(application?.value, by.nowMs);
  if (application === undefined) return { id, status, below: [] };
  const objects = argoWorkloads(application.value)?.objects ?? [];
  const live = await explainObjects(
    cluster,
    // An Application may list itself.
    objects.filter((object) => identityKey(object) !== identityKey(id)),
    by,
  );
  const below = unite(live, argoResourceFaults(application.value));
  return reasonOf({ id, status, below }, MOST_OBJECTS);
}

/** One reason per object: the worse word of both, above what is below the live one. */
function unite(live: readonly Reason[], faults: readonly ResourceFault[]): readonly Reason[] {
  const reasons = new Map(live.map((reason) => [identityKey(reason.id), reason]));
  for (const { id, status } of faults) {
    const known = reasons.get(identityKey(id));
    // What could not be synced is the news, whatever runs in its place.
    const isWorse = known === undefined || status.status === "Failed" || compareStatus(status, known.status) < 0;
    if (isWorse) reasons.set(identityKey(id), { ...(known ?? { id, below: [] }), status });
  }
  return [...reasons.values()];
}
