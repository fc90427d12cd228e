/** What controllers have made of workloads: ReplicaSets, Jobs, Pods, found by who owns them. */
import { groupOf } from "../../core/model/component.ts";
import { isObject, listAt, stringAt, valueAt, type JsonObject } from "../../core/model/json.ts";
import type { LastgoodError } from "../../errors.ts";
import type { Cluster, KindName, KindQuery, LiveObject } from "../../ports/cluster.ts";
import { groupBy, inTurns } from "./in-turns.ts";
import { listIfAllowed } from "./read-objects.ts";

export interface OwnedObjects {
  /** By the uid of their controller. */
  readonly byOwner: ReadonlyMap<string, readonly LiveObject[]>;
  /** What could not be read, for want of a right. */
  readonly refused: readonly LastgoodError[];
  /** Of which kinds. */
  readonly refusedKinds: ReadonlySet<string>;
}

const POD: KindName = { apiVersion: "v1", kind: "Pod" };
const REPLICA_SET: KindName = { apiVersion: "apps/v1", kind: "ReplicaSet" };
const CONTROLLER_REVISION: KindName = { apiVersion: "apps/v1", kind: "ControllerRevision" };
const JOB: KindName = { apiVersion: "batch/v1", kind: "Job" };

/** Kind, as `group/Kind` → kinds of what is made of it. */
type KindsBelow = ReadonlyMap<string, readonly KindName[]>;

/** Down to the pods. */
const BELOW: KindsBelow = new Map([
  ["apps/Deployment", [REPLICA_SET, POD]],
  ["argoproj.io/Rollout", [REPLICA_SET, POD]],
  ["batch/CronJob", [JOB, POD]],
  ["apps/ReplicaSet", [POD]],
  ["apps/StatefulSet", [POD]],
  ["apps/DaemonSet", [POD]],
  ["batch/Job", [POD]],
]);

/** What controllers keep of the past of workloads, with the pods of now. */
export const PAST: KindsBelow = new Map([
  ["apps/Deployment", [REPLICA_SET, POD]],
  ["argoproj.io/Rollout", [REPLICA_SET, POD]],
  ["apps/StatefulSet", [CONTROLLER_REVISION, POD]],
  ["apps/DaemonSet", [CONTROLLER_REVISION, POD]],
]);

/** So many workloads of a namespace are asked for by their selectors; for more the whole namespace is listed once. */
const FEW = 3;

interface ReadOwned {
  /** Default: all that explains how they are. */
  readonly below?: KindsBelow;
  readonly signal?: AbortSignal | undefined;
}

/** All that is below these workloads, in a few lists. */
export async function readOwned(
  cluster: Cluster,
  workloads: readonly LiveObject[],
  { below = BELOW, signal }: ReadOwned = {},
): Promise<OwnedObjects> {
  const refused: LastgoodError[] = [];
  const refusedKinds = new Set<string>();
  const groups = groupBy(workloads, ({ id }) => id.namespace ?? "");
  const queries = [...groups.values()].flatMap((group) => queriesFor(group, below));
  const lists = await inTurns(queries, async (query) =>
    listIfAllowed(cluster, query, {
      signal,
      onRefused(failure) {
        refused.push(failure);
        refusedKinds.add(query.kind);
      },
    }),
  );
  const byUid = new Map(lists.flat().map((object) => [object.uid, object]));
  const owned = [...byUid.values()].filter((object) => ownerOf(object) !== undefined);
  return { byOwner: groupBy(owned, (object) => ownerOf(object) ?? ""), refused, refusedKinds };
}

/** The pods below workloads, and the workloads that are pods themselves. Each once. */
export function podsBelow(workloads: readonly LiveObject[], { byOwner }: OwnedObjects): readonly LiveObject[] {
  const pods = new Map<string, LiveObject>();
  const pending = [...workloads];
  const seen = new Set<string>();
  for (let object = pending.pop(); object !== undefined; object = pending.pop()) {
    if (seen.has(object.uid)) continue;
    seen.add(object.uid);
    if (object.id.kind === POD.kind && object.id.apiVersion === POD.apiVersion) pods.set(object.uid, object);
    else pending.push(...(byOwner.get(object.uid) ?? []));
  }
  return [...pods.values()].sort((a, b) => (a.id.name < b.id.name ? -1 : 1));
}

/** The uid of the controller. */
function ownerOf({ value }: LiveObject): string | undefined {
  const owners = listAt(value, "metadata", "ownerReferences");
  return stringAt(
    owners.find((owner) => valueAt(owner, "controller") === true),
    "uid",
  );
}

function belowOf({ id }: LiveObject, below: KindsBelow): readonly KindName[] {
  return below.get(`${groupOf(id.apiVersion)}/${id.kind}`) ?? [];
}

/** The lists for the workloads of one namespace. */
function queriesFor(workloads: readonly LiveObject[], below: KindsBelow): readonly KindQuery[] {
  const above = workloads.filter((workload) => belowOf(workload, below).length > 0);
  const namespace = above[0]?.id.namespace;
  if (namespace === undefined) return [];
  const kinds = new Set(above.flatMap((workload) => belowOf(workload, below)));
  const selectors = above.map(selectorOf);
  if (above.length > FEW || selectors.includes(undefined)) return [...kinds].map((kind) => ({ ...kind, namespace }));
  return above.flatMap((workload, at) => {
    const labels = selectors[at] ?? "";
    return belowOf(workload, below).map((kind) => ({ ...kind, namespace, labels }));
  });
}

/** Operators of a label selector → as `kubectl -l` writes them. */
const OPERATORS: Readonly<Record<string, (key: string, values: string) => string>> = {
  In: (key, values) => `${key} in (${values})`,
  NotIn: (key, values) => `${key} notin (${values})`,
  Exists: (key) => key,
  DoesNotExist: (key) => `!${key}`,
};

/** `spec.selector` as `kubectl -l` takes it; undefined when there is none, or one that we cannot read: then nothing may be left out. */
function selectorOf({ value }: LiveObject): string | undefined {
  const selector = valueAt(value, "spec", "selector");
  if (!isObject(selector)) return undefined;
  const labels = valueAt(selector, "matchLabels");
  const equal = Object.entries(isObject(labels) ? labels : {}).map(([key, label]) =>
    typeof label === "string" ? `${key}=${label}` : undefined,
  );
  const parts = [...equal, ...listAt(selector, "matchExpressions").filter(isObject).map(expressionOf)];
  const words = parts.filter((part) => part !== undefined && /^[\w./,()! =-]+$/.test(part));
  return words.length === 0 || words.length < parts.length ? undefined : words.join(",");
}

function expressionOf(expression: JsonObject): string | undefined {
  const operator = stringAt(expression, "operator") ?? "";
  const values = listAt(expression, "values").filter((value) => typeof value === "string");
  const write = Object.hasOwn(OPERATORS, operator) ? OPERATORS[operator] : undefined;
  return write?.(stringAt(expression, "key") ?? "", values.join(","));
}
