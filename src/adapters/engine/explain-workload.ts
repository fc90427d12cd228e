/** From the objects of a target down to their pods: why it is as it is, and what runs. Shared by all engines. */
import type { ObjectId } from "../../core/model/component.ts";
import { countAt } from "../../core/kstatus/fields.ts";
import { statusOf, type ObjectStatus, type Status } from "../../core/kstatus/status.ts";
import type { LastgoodError } from "../../errors.ts";
import type { Cluster, LiveObject } from "../../ports/cluster.ts";
import type { Reason } from "../../ports/engine.ts";
import { type KindJudge, OWN_RULES } from "./kind-judge.ts";
import { readObjects, type ReadObject } from "./read-objects.ts";
import { podsBelow, readOwned, type OwnedObjects } from "./read-owned.ts";

/** So many objects are explained down to their pods, the worst of them. */
const MOST_EXPLAINED = 20;
/** And so many are shown below another one. */
const MOST_PODS = 10;

const WORST_FIRST: readonly Status[] = ["Failed", "NotFound", "InProgress", "Terminating", "Unknown", "Current"];

export interface Explaining {
  readonly nowMs: number;
  /** Default: lastgood's own rules. */
  readonly judge?: KindJudge;
}

/**
 * Why each of these objects is as it is, worst first: all that tell a status (`readObjects`), the worst of them down to the pods.
 * What lastgood may not read is `Unknown` with the reason `NotReadable`. Throws `Engine*` errors when the cluster does not answer.
 */
export async function explainObjects(
  cluster: Cluster,
  objects: readonly ObjectId[],
  { nowMs, judge = OWN_RULES }: Explaining,
): Promise<readonly Reason[]> {
  const objectsRead = await readObjects(cluster, objects, judge);
  const read = objectsRead.map((one) => ({ ...one, status: statusOfRead(one, { nowMs, judge }) }));
  const sorted = read.toSorted((a, b) => compareStatus(a.status, b.status));
  const explained = sorted.slice(0, MOST_EXPLAINED);
  const owned = await readOwned(
    cluster,
    explained.flatMap(({ live }) => live ?? []),
  );
  const tree: Tree = { owned, nowMs, judge };
  return sorted.map(({ id, live, status }, at) =>
    reasonOf({ id, status, below: live === undefined || at >= MOST_EXPLAINED ? [] : below(live, tree) }, MOST_PODS),
  );
}

/** The live pods of these objects: those of their own, of their ReplicaSets and of their Jobs. */
export async function podsOf(cluster: Cluster, objects: readonly ObjectId[]): Promise<readonly LiveObject[]> {
  const read = await readObjects(cluster, objects);
  const live = read.flatMap((one) => one.live ?? []);
  return podsBelow(live, await readOwned(cluster, live));
}

/** A reason with what is below it, worst first; of many the `most` worst, with the number of those left out. */
export function reasonOf({ id, status, below: all }: Reason, most = Number.POSITIVE_INFINITY): Reason {
  const sorted = all.toSorted((a, b) => compareStatus(a.status, b.status));
  const leftOut = Math.max(sorted.length - most, 0);
  return { id, status, below: sorted.slice(0, most), ...(leftOut > 0 ? { leftOut } : {}) };
}

/** Worse ones come first. */
export function compareStatus(a: ObjectStatus, b: ObjectStatus): number {
  const proven = (status: ObjectStatus): number => (status.unproven === true ? 0 : 1);
  return WORST_FIRST.indexOf(a.status) - WORST_FIRST.indexOf(b.status) || proven(a) - proven(b);
}

interface Tree extends Required<Explaining> {
  readonly owned: OwnedObjects;
}

function statusOfRead({ live, failure }: ReadObject, { nowMs, judge }: Required<Explaining>): ObjectStatus {
  return failure === undefined ? judge.compute(live?.value, nowMs) : notReadable(failure);
}

function notReadable({ message }: LastgoodError): ObjectStatus {
  return statusOf("Unknown", "NotReadable", message);
}

/** What is below an object. A ReplicaSet that was scaled down is of an older template, and explains nothing. */
function below(object: LiveObject, tree: Tree): readonly Reason[] {
  const { byOwner, refused } = tree.owned;
  const children = (byOwner.get(object.uid) ?? []).filter((child) => !isLeftOver(child, tree));
  const [failure] = refused;
  if (children.length === 0 && failure !== undefined) {
    const { namespace } = object.id;
    const id = { apiVersion: "v1", kind: "Pod", ...(namespace === undefined ? {} : { namespace }), name: "*" };
    return [{ id, status: notReadable(failure), below: [] }];
  }
  return children.map((child) =>
    reasonOf(
      { id: child.id, status: tree.judge.compute(child.value, tree.nowMs), below: below(child, tree) },
      MOST_PODS,
    ),
  );
}

function isLeftOver({ id, uid, value }: LiveObject, { owned }: Tree): boolean {
  if (id.kind !== "ReplicaSet" || owned.byOwner.has(uid)) return false;
  return (countAt(value, "spec", "replicas") ?? 1) === 0;
}
