/** What an Application belongs to, and what belongs to it (engines.md, 2.2, 2.6). */
import { annotationOf, objectsAt, wordAt } from "../kstatus/fields.ts";
import { statusOf, type ObjectStatus } from "../kstatus/status.ts";
import type { ObjectId } from "../model/component.ts";
import { stringAt, valueAt, type JsonObject } from "../model/json.ts";
import type { WorkloadPlace } from "./engine-state.ts";

const GROUP = "argoproj.io";

/**
 * What makes it: the ApplicationSet that owns it, else the Application that tracks it (app of apps). The label `app.kubernetes.io/instance`
 * is not believed: charts write it too.
 */
export function argoParent(application: JsonObject, id: ObjectId): ObjectId | undefined {
  const owner = objectsAt(application, "metadata", "ownerReferences").find(
    (reference) =>
      wordAt(reference, "kind") === "ApplicationSet" && (wordAt(reference, "apiVersion") ?? "").startsWith(`${GROUP}/`),
  );
  const set = wordAt(owner, "name");
  if (set !== undefined) return { ...id, kind: "ApplicationSet", name: set };
  const tracked = trackedBy(application, id);
  if (tracked === undefined) return undefined;
  // An Application of another namespace than Argo CD's own is tracked as `<namespace>_<name>` (docs/operator-manual/app-any-namespace).
  const [namespace, name] = tracked.includes("_") ? tracked.split("_", 2) : [controlPlane(application, id), tracked];
  if (name === undefined || name === "" || (name === id.name && namespace === id.namespace)) return undefined;
  return { apiVersion: id.apiVersion, kind: id.kind, ...(namespace === undefined ? {} : { namespace }), name };
}

/** The tracking id names the object it was written for: one that was copied along is not believed (docs/user-guide/resource_tracking). */
function trackedBy(application: JsonObject, id: ObjectId): string | undefined {
  const tracking = annotationOf(application, "argocd.argoproj.io/tracking-id");
  const [name, ...rest] = (tracking ?? "").split(":");
  if (rest.join(":") === `${GROUP}/${id.kind}:${id.namespace ?? ""}/${id.name}`) return toName(name);
  if (tracking !== undefined) return undefined;
  const key = "argocd.argoproj.io/instance";
  return toName(stringAt(application, "metadata", "labels", key) ?? annotationOf(application, key));
}

function toName(text: string | undefined): string | undefined {
  return text !== undefined && /^[a-z0-9][a-z0-9._-]{0,300}$/.test(text) ? text : undefined;
}

function controlPlane(application: JsonObject, { namespace }: ObjectId): string | undefined {
  return wordAt(application, "status", "controllerNamespace") ?? namespace;
}

/** The cluster that Argo CD itself runs in, by its address and by its name (argo-cd `common/common.go`). */
const HERE = ["https://kubernetes.default.svc", "in-cluster"];

/** Its objects, as Argo CD lists them; undefined when they are in another cluster than the Application. */
export function argoWorkloads(application: JsonObject): WorkloadPlace | undefined {
  const destination = valueAt(application, "spec", "destination");
  const where = [stringAt(destination, "server")?.replace(/\/$/, ""), stringAt(destination, "name")];
  if (!where.some((word) => word !== undefined && HERE.includes(word))) return undefined;
  const namespace = wordAt(destination, "namespace");
  const objects = objectsAt(application, "status", "resources").flatMap((resource) => resourceId(resource) ?? []);
  return { objects, ...(namespace === undefined ? {} : { namespace }) };
}

/** What an entry of `status.resources` or `syncResult.resources` names. */
export function resourceId(resource: JsonObject): ObjectId | undefined {
  const [group, version] = [wordAt(resource, "group"), wordAt(resource, "version")];
  const [kind, name] = [wordAt(resource, "kind"), wordAt(resource, "name")];
  if (version === undefined || kind === undefined || name === undefined) return undefined;
  const namespace = wordAt(resource, "namespace");
  const apiVersion = group === undefined ? version : `${group}/${version}`;
  return { apiVersion, kind, ...(namespace === undefined ? {} : { namespace }), name };
}

/** One of its objects, and what Argo CD says is wrong with it. */
export interface ResourceFault {
  readonly id: ObjectId;
  readonly status: ObjectStatus;
}

/**
 * What Argo CD itself says of single objects: what could not be synced, hooks that failed, and health where it writes that down (not by
 * default: `resourceHealthSource`). Only what is wrong.
 */
export function argoResourceFaults(application: JsonObject): readonly ResourceFault[] {
  const synced = objectsAt(application, "status", "operationState", "syncResult", "resources").flatMap(syncFault);
  const judged = objectsAt(application, "status", "resources").flatMap(healthFault);
  return [...synced, ...judged];
}

function syncFault(resource: JsonObject): readonly ResourceFault[] {
  const id = resourceId(resource);
  const isRefused = wordAt(resource, "status") === "SyncFailed";
  const hook = wordAt(resource, "hookPhase") ?? "";
  const isHook = wordAt(resource, "hookType") !== undefined;
  const isBroken = hook === "Failed" || hook === "Error";
  if (id === undefined || (!isRefused && !(isHook && isBroken))) return [];
  const message = stringAt(resource, "message") ?? "Argo CD does not say why";
  return [{ id, status: statusOf("Failed", isRefused ? "SyncFailed" : "HookFailed", message) }];
}

function healthFault(resource: JsonObject): readonly ResourceFault[] {
  const id = resourceId(resource);
  const health = wordAt(resource, "health", "status") ?? "";
  const message = stringAt(resource, "health", "message") ?? `Argo CD calls it ${health}`;
  if (id === undefined) return [];
  if (health === "Degraded") return [{ id, status: statusOf("Failed", "Degraded", message) }];
  return health === "Progressing" ? [{ id, status: statusOf("InProgress", "Progressing", message) }] : [];
}
