/** Objects that an engine says belong to a target, as they are now: those of the kinds that tell how it is. */
import { groupOf, identityKey, type ObjectId } from "../../core/model/component.ts";
import { LastgoodError } from "../../errors.ts";
import type { Cluster, KindQuery, LiveObject } from "../../ports/cluster.ts";
import { groupBy, inTurns } from "./in-turns.ts";

/** `live` and `failure` undefined: there is no such object. */
export interface ReadObject {
  readonly id: ObjectId;
  readonly live?: LiveObject;
  /** Why it cannot be read: no right, or no such kind. */
  readonly failure?: LastgoodError;
}

/** What lastgood's account may read (config/rbac), and what has a status worth reading: `group/Kind`. */
const KINDS: ReadonlySet<string> = new Set([
  "/Pod",
  "apps/DaemonSet",
  "apps/Deployment",
  "apps/ReplicaSet",
  "apps/StatefulSet",
  "argoproj.io/Application",
  "argoproj.io/Rollout",
  "autoscaling/HorizontalPodAutoscaler",
  "batch/CronJob",
  "batch/Job",
  "flagger.app/Canary",
  "helm.toolkit.fluxcd.io/HelmRelease",
  "kustomize.toolkit.fluxcd.io/Kustomization",
]);

/** Does this object's kind tell how a target is? Configuration, Secrets and the like do not. */
export function tellsStatus({ apiVersion, kind }: Pick<ObjectId, "apiVersion" | "kind">): boolean {
  return KINDS.has(`${groupOf(apiVersion)}/${kind}`);
}

/** So many objects of a kind and namespace are asked for one by one; more are listed. */
const FEW = 3;

/**
 * Each object once, of the kinds that `tellsStatus`; in no order that means anything. What may not be read, or whose kind the cluster
 * does not have, says so; other failures are thrown.
 */
export async function readObjects(cluster: Cluster, ids: readonly ObjectId[]): Promise<readonly ReadObject[]> {
  const wanted = new Map(
    ids.filter((id) => tellsStatus(id) && id.namespace !== undefined).map((id) => [identityKey(id), id]),
  );
  const groups = groupBy([...wanted.values()], (id) => `${id.apiVersion} ${id.kind} ${id.namespace}`);
  const read = await inTurns([...groups.values()], async (group) => readGroup(cluster, group));
  return read.flat();
}

async function readGroup(cluster: Cluster, group: readonly ObjectId[]): Promise<readonly ReadObject[]> {
  const [first] = group;
  if (first === undefined) return [];
  try {
    if (group.length <= FEW) return await Promise.all(group.map(async (id) => readOne(cluster, id)));
    const { apiVersion, kind, namespace } = first;
    const objects = await cluster.list({ apiVersion, kind, ...(namespace === undefined ? {} : { namespace }) });
    const byName = new Map(objects.map((object) => [object.id.name, object]));
    return group.map((id) => toRead(id, byName.get(id.name)));
  } catch (error) {
    const failure = refusal(error);
    return group.map((id) => ({ id, failure }));
  }
}

async function readOne(cluster: Cluster, id: ObjectId): Promise<ReadObject> {
  return toRead(id, await cluster.get(id));
}

function toRead(id: ObjectId, live: LiveObject | undefined): ReadObject {
  return live === undefined ? { id } : { id, live };
}

/** The failure, where it says that this kind is not for us; thrown on otherwise. */
function refusal(error: unknown): LastgoodError {
  if (error instanceof LastgoodError && REFUSALS.has(error.code)) return error;
  throw error;
}

const REFUSALS: ReadonlySet<string> = new Set(["EngineForbidden", "EngineKind"]);

/** A list; none where lastgood may not see the kind, or the cluster does not have it: then `onRefused` is told. */
export async function listIfAllowed(
  cluster: Cluster,
  query: KindQuery,
  onRefused: (failure: LastgoodError) => void = () => undefined,
): Promise<readonly LiveObject[]> {
  try {
    return await cluster.list(query);
  } catch (error) {
    onRefused(refusal(error));
    return [];
  }
}
