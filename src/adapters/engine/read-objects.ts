/** Objects that an engine says belong to a target, as they are now: those of the kinds that tell how it is. */
import { identityKey, type ObjectId } from "../../core/model/component.ts";
import { LastgoodError } from "../../errors.ts";
import type { Cluster, KindQuery, LiveObject } from "../../ports/cluster.ts";
import { groupBy, inTurns } from "./in-turns.ts";
import { isCustom, type KindJudge, OWN_RULES, tellsStatus } from "./kind-judge.ts";

/** `live` and `failure` undefined: there is no such object. */
export interface ReadObject {
  readonly id: ObjectId;
  readonly live?: LiveObject;
  /** Why it cannot be read: no right, or no such kind. */
  readonly failure?: LastgoodError;
}

/** So many objects of a kind and namespace are asked for one by one; more are listed. */
const FEW = 3;

/**
 * Each object once, of the kinds that `tellsStatus` and those of the judge; in no order that means anything. What may not be read, or whose
 * kind the cluster does not have, says so; other failures are thrown.
 */
export async function readObjects(
  cluster: Cluster,
  ids: readonly ObjectId[],
  judge: KindJudge = OWN_RULES,
): Promise<readonly ReadObject[]> {
  // Kinds of our own are all in namespaces; of others nobody knows.
  const isWorthReading = (id: ObjectId): boolean =>
    (tellsStatus(id) && id.namespace !== undefined) || isCustom(id, judge);
  const wanted = new Map(ids.filter(isWorthReading).map((id) => [identityKey(id), id]));
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
    const byKey = new Map(objects.map((object) => [identityKey(object.id), object]));
    return group.map((id) => toRead(id, byKey.get(identityKey(id))));
  } catch (error) {
    const failure = isIncomplete(error) ? error : refusal(error);
    return group.map((id) => ({ id, failure }));
  }
}

async function readOne(cluster: Cluster, id: ObjectId): Promise<ReadObject> {
  return toRead(id, await cluster.get(id));
}

function toRead(id: ObjectId, live: LiveObject | undefined): ReadObject {
  return live === undefined ? { id } : { id, live };
}

/** An engine lists an object without the namespace that its kind has. */
function isIncomplete(error: unknown): error is LastgoodError {
  return error instanceof LastgoodError && error.code === "EngineValidation";
}

/** The failure, where it says that this kind is not for us; thrown on otherwise. */
function refusal(error: unknown): LastgoodError {
  if (error instanceof LastgoodError && REFUSALS.has(error.code)) return error;
  throw error;
}

const REFUSALS: ReadonlySet<string> = new Set(["EngineForbidden", "EngineKind"]);

interface ListIfAllowed {
  readonly onRefused?: (failure: LastgoodError) => void;
  readonly signal?: AbortSignal | undefined;
}

/** A list; none where lastgood may not see the kind, or the cluster does not have it: then `onRefused` is told. */
export async function listIfAllowed(
  cluster: Cluster,
  query: KindQuery,
  { onRefused = () => undefined, signal }: ListIfAllowed = {},
): Promise<readonly LiveObject[]> {
  try {
    return await cluster.list(query, signal);
  } catch (error) {
    onRefused(refusal(error));
    return [];
  }
}
