/** Workloads of a cluster without an engine: each is its own state. */
import { annotationOf, flagAt, objectsAt } from "../kstatus/fields.ts";
import { computeStatus } from "../kstatus/kstatus.ts";
import type { ObjectStatus } from "../kstatus/status.ts";
import type { ObjectId } from "../model/component.ts";
import { isFullId } from "../model/git.ts";
import { stringAt, valueAt, type JsonObject } from "../model/json.ts";
import { shellLine } from "../model/shell.ts";
import { labelsOf, lastgoodAnnotations } from "./annotations.ts";
import { computeCanaryEnd } from "./canary-end.ts";
import { engineKey, type Blocker, type EngineState } from "./engine-state.ts";

export const REVISION_ANNOTATION = "lastgood.dev/revision";

/** A live workload: untrusted. */
export interface WorkloadObject {
  readonly id: ObjectId;
  readonly uid: string;
  readonly value: JsonObject;
}

export interface WorkloadContext {
  /** The engine's name in the configuration. */
  readonly engine: string;
  /** Epoch ms. */
  readonly nowMs: number;
  /** Another workload by its `engineKey`. */
  readonly find: (key: string) => WorkloadObject | undefined;
  /** The Canary or Rollout that drives a workload, by the workload's `engineKey`. */
  readonly driverOf: (key: string) => WorkloadObject | undefined;
}

/**
 * A Deployment, StatefulSet, DaemonSet, Rollout or Canary. It is of the commit that `lastgood.dev/revision` names in full, on itself
 * (whoever applies it writes that; `app.kubernetes.io/version` is no commit). Without it there is a status and no revision. What a Canary
 * or a Rollout drives has no pods of its own: how it is, its driver says.
 */
export function workloadState(object: WorkloadObject, context: WorkloadContext): EngineState {
  const { id, uid, value } = object;
  const driver = context.driverOf(engineKey(id));
  const seen = statusOfWorkload(driver ?? object, context);
  const revision = annotationOf(value, REVISION_ANNOTATION);
  const status = revision !== undefined && isFullId(revision) ? { ...seen, revision } : seen;
  return {
    engine: context.engine,
    type: "workloads",
    id,
    uid,
    status,
    sync: syncOf(status),
    sources: [],
    history: [],
    blockers: blockersOf(object),
    dependsOn: [],
    ...(driver === undefined ? {} : { parent: driver.id }),
    annotations: lastgoodAnnotations(value),
    labels: labelsOf(value),
    workloads: { objects: objectsOf(object), ...(id.namespace === undefined ? {} : { namespace: id.namespace }) },
  };
}

function statusOfWorkload(object: WorkloadObject, { nowMs, find }: WorkloadContext): ObjectStatus {
  const target = object.id.kind === "Canary" ? drivenBy(object) : undefined;
  if (target === undefined) return computeStatus(object.value, nowMs);
  return computeCanaryEnd({
    canary: object.value,
    target: find(engineKey(target))?.value,
    primary: find(engineKey(primaryOf(target)))?.value,
    nowMs,
  });
}

/** The copy of a Canary's target that serves. */
function primaryOf(target: ObjectId): ObjectId {
  return { ...target, name: `${target.name}-primary` };
}

/** What a Canary or a Rollout drives: `spec.targetRef`, `spec.workloadRef`. Always in its own namespace. */
export function drivenBy({ id, value }: WorkloadObject): ObjectId | undefined {
  const reference = valueAt(value, "spec", id.kind === "Canary" ? "targetRef" : "workloadRef");
  const [apiVersion, kind, name] = ["apiVersion", "kind", "name"].map((key) => stringAt(reference, key));
  if ((id.kind !== "Canary" && id.kind !== "Rollout") || kind === undefined || name === undefined) return undefined;
  return {
    apiVersion: apiVersion ?? "apps/v1",
    kind,
    ...(id.namespace === undefined ? {} : { namespace: id.namespace }),
    name,
  };
}

/** Is it made by a controller (an operator's, Flagger's `-primary`)? Then it is that one's, and git has another object. */
export function isControlled({ value }: WorkloadObject): boolean {
  return objectsAt(value, "metadata", "ownerReferences").some((owner) => flagAt(owner, "controller"));
}

function syncOf({ status, rolledBack }: ObjectStatus): EngineState["sync"] {
  if (rolledBack !== undefined || status === "InProgress") return "OutOfSync";
  return status === "Current" ? "Synced" : "Unknown";
}

/** Where pods are: of a Canary at its target and the primary. */
function objectsOf(object: WorkloadObject): readonly ObjectId[] {
  const driven = drivenBy(object);
  if (driven === undefined || object.id.kind !== "Canary") return [object.id];
  return [driven, primaryOf(driven)];
}

/** What keeps a new template from being rolled out. */
function blockersOf({ id, value }: WorkloadObject): readonly Blocker[] {
  const name = `${id.kind} ${id.name}`;
  const namespace = id.namespace === undefined ? [] : ["--namespace", id.namespace];
  if (id.kind === "Deployment" && flagAt(value, "spec", "paused")) {
    const command = shellLine(["kubectl", "rollout", "resume", `deployment/${id.name}`, ...namespace]);
    return [{ reason: "Suspended", message: `${name} is paused`, command }];
  }
  if (id.kind === "Rollout" && flagAt(value, "spec", "paused")) {
    return [{ reason: "Suspended", message: `${name} is paused by hand` }];
  }
  if (id.kind === "Canary" && flagAt(value, "spec", "suspend")) {
    return [{ reason: "Suspended", message: `${name} is suspended: Flagger does not look at it` }];
  }
  if (id.kind === "Rollout" && valueAt(value, "spec", "strategy", "blueGreen", "autoPromotionEnabled") === false) {
    const command = shellLine(["kubectl", "argo", "rollouts", "promote", id.name, ...namespace]);
    return [{ reason: "AutoSyncOff", message: `${name} is promoted by hand (autoPromotionEnabled: false)`, command }];
  }
  if (stringAt(value, "spec", "updateStrategy", "type") === "OnDelete") {
    return [{ reason: "AutoSyncOff", message: `${name} replaces its pods only when they are deleted (OnDelete)` }];
  }
  return [];
}
