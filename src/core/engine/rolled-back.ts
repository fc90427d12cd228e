/**
 * Rollouts and Canaries undo a deploy by themselves, and their engine may call itself healthy all the same: the cluster is old, git is
 * new. git must follow, so it is said of the target.
 */
import { statusOf, type ObjectStatus } from "../kstatus/status.ts";
import { compileSelector } from "../target/label-selector.ts";
import { engineKey, type EngineState } from "./engine-state.ts";

/**
 * The status of a target, given those of the objects below it: where one of them was rolled back, the target is `Failed` and rolled back,
 * of the revision that it says it is of. A target that is rolled back itself stays as it is. The same object when nothing was.
 */
export function withRolledBack(status: ObjectStatus, below: readonly ObjectStatus[]): ObjectStatus {
  const child = below.find(({ rolledBack }) => rolledBack !== undefined);
  if (child?.rolledBack === undefined || status.rolledBack !== undefined) return status;
  const { revision, revisions } = status;
  const { reason, message, sinceMs, rolledBack } = child;
  return statusOf("Failed", reason, message, { sinceMs, revision, revisions, rolledBack });
}

/**
 * A state of any engine with what its workloads have undone. `workloads`: what the engine of plain workloads sees in the same cluster
 * (its view's states), by key. Where the target's objects are not listed, those in its namespace count that its labels select.
 */
export function observeRolledBack(state: EngineState, workloads: ReadonlyMap<string, EngineState>): EngineState {
  const status = withRolledBack(
    state.status,
    childrenOf(state, workloads).map((child) => child.status),
  );
  return status === state.status ? state : { ...state, status, sync: "OutOfSync" };
}

function childrenOf(
  { workloads: place }: EngineState,
  workloads: ReadonlyMap<string, EngineState>,
): readonly EngineState[] {
  if (place === undefined) return [];
  if (place.objects.length > 0) return place.objects.flatMap((object) => workloads.get(engineKey(object)) ?? []);
  const { namespace, labels: selector } = place;
  const selects = selector === undefined ? undefined : compileSelector(selector);
  if (namespace === undefined || selects === undefined) return [];
  return [...workloads.values()].filter(({ id, labels = {} }) => id.namespace === namespace && selects(labels));
}
