/** What keeps a revert in git from reaching an Application (engines.md, 2.5, 2.6). */
import {
  comparedRevision,
  sameRevision,
  showBound,
  syncedRevision,
  type Bound,
} from "../kstatus/application-revision.ts";
import { isTransportFailure } from "../kstatus/application.ts";
import { conditionsOf, countAt, flagAt, objectsAt, timeAt, wordAt } from "../kstatus/fields.ts";
import type { ObjectId } from "../model/component.ts";
import { escapeText, shorten } from "../model/escape.ts";
import { isObject, listAt, stringAt, valueAt, type JsonObject } from "../model/json.ts";
import { maskSecrets } from "../model/secret.ts";
import { shellLine } from "../model/shell.ts";
import { isFrozen } from "./argocd-sources.ts";
import { findClosedWindow, type SyncWindow } from "./argocd-windows.ts";
import type { Blocker, EngineSource } from "./engine-state.ts";

/** Argo CD looks every 120 s and up to 60 s later (engines.md, 2.5), unless its `argocd-cm` says otherwise: that one is not read. */
export const ARGO_POLL_MS = 180_000;

/** What is known around an Application. What could not be read is missing: then nothing of it is told. */
export interface ArgoSurroundings {
  readonly nowMs: number;
  /** The windows of its AppProject. */
  readonly windows?: readonly SyncWindow[];
  /** The ApplicationSet that owns it. */
  readonly set?: JsonObject;
}

export interface ArgoApplication {
  readonly id: ObjectId;
  readonly value: JsonObject;
  readonly sources: readonly EngineSource[];
}

/** The surest first. */
export function argoBlockers(application: ArgoApplication, around: ArgoSurroundings): readonly Blocker[] {
  return [
    findSuspension(application),
    findFixed(application),
    findRolling(application, around) ?? findNoAutoSync(application, around),
    findStuck(application, around),
    findWindow(application, around),
    findSourceFault(application),
    findNoPrune(application),
  ].filter((blocker) => blocker !== undefined);
}

/** May its blockers become others only because time passes? `windows`: those of its AppProject. */
export function waitsForTime(value: JsonObject, windows: readonly SyncWindow[]): boolean {
  return isUnderWay(value) || windows.some(({ concerns }) => concerns(value));
}

function isUnderWay(value: JsonObject): boolean {
  const phase = wordAt(value, "status", "operationState", "phase");
  return phase === "Running" || phase === "Terminating";
}

function findSuspension({ id, value }: ArgoApplication): Blocker | undefined {
  if (!isFrozen(value)) return undefined;
  const inNamespace = id.namespace === undefined ? [] : ["-n", id.namespace];
  const words = ["kubectl", "annotate", "application", id.name, ...inNamespace, "argocd.argoproj.io/skip-reconcile-"];
  return {
    reason: "Suspended",
    message: "the annotation skip-reconcile tells Argo CD to leave it alone",
    command: shellLine(words),
  };
}

/** Charts are fixed by nature: they are in the way only when there is nothing else. */
function findFixed({ id, sources }: ArgoApplication): Blocker | undefined {
  const all = sources.every(({ fixed }) => fixed);
  const source = sources.find(({ fixed, chart }) => fixed && (all || chart === undefined));
  if (source === undefined) return undefined;
  const what = source.chart === undefined ? source.url : `chart ${source.chart}`;
  const message = `${what} is fixed to ${source.follows ?? "no branch"}: it changes only with the Application ${id.name} itself`;
  return { reason: "FixedRevision", message: forPeople(message) };
}

function syncsBySelf(value: JsonObject): boolean {
  const automated = valueAt(value, "spec", "syncPolicy", "automated");
  return isObject(automated) && valueAt(automated, "enabled") !== false;
}

function findNoAutoSync(application: ArgoApplication, { set }: ArgoSurroundings): Blocker | undefined {
  if (syncsBySelf(application.value) || isRolling(set)) return undefined;
  return {
    reason: "AutoSyncOff",
    message: "auto-sync is off: nothing is synced unless a person does",
    command: argocd(application, "sync"),
  };
}

/** RollingSync takes auto-sync away from the Applications, and syncs them itself, group by group (docs, "Progressive Syncs"). */
function isRolling(set: JsonObject | undefined): boolean {
  return (
    wordAt(set, "spec", "strategy", "type") === "RollingSync" &&
    listAt(set, "spec", "strategy", "rollingSync", "steps").length > 0
  );
}

function findRolling(application: ArgoApplication, { set }: ArgoSurroundings): Blocker | undefined {
  if (set === undefined || !isRolling(set)) return undefined;
  const name = wordAt(set, "metadata", "name") ?? "";
  const entries = objectsAt(set, "status", "applicationStatus");
  const own = entries.find((entry) => wordAt(entry, "application") === application.id.name);
  const command = argocd(application, "sync");
  if (stepOf(own) === -1) {
    return {
      reason: "RollingSync",
      message: `no step of ApplicationSet ${name} takes it: a person has to sync it`,
      command,
    };
  }
  if (own === undefined || wordAt(own, "status") !== "Waiting") return undefined;
  const isBefore = (entry: JsonObject): boolean => stepOf(entry) > 0 && stepOf(entry) < stepOf(own);
  const before = entries.filter((entry) => isBefore(entry) && wordAt(entry, "status") !== "Healthy");
  const waits = before
    .slice(0, 3)
    .map((entry) => `${wordAt(entry, "application") ?? "?"} (${wordAt(entry, "status") ?? "?"})`);
  const more = before.length > waits.length ? ` and ${before.length - waits.length} more` : "";
  const message = `step ${stepOf(own)} of ApplicationSet ${name} waits for ${waits.join(", ") || "the steps before it"}${more}`;
  return { reason: "RollingSync", message: forPeople(message), command };
}

/** Steps count from 1; -1: none takes it. Argo CD writes text. */
function stepOf(entry: JsonObject | undefined): number {
  const step = wordAt(entry, "step") ?? "";
  return /^-?\d{1,6}$/.test(step) ? Number(step) : 0;
}

/** A new revision waits behind the operation, however good it is (argo-cd#11494), unless retries look at git again. */
function findStuck(application: ArgoApplication, { nowMs }: ArgoSurroundings): Blocker | undefined {
  const { value } = application;
  const state = valueAt(value, "status", "operationState");
  if (!isUnderWay(value)) return undefined;
  const operation = isObject(valueAt(value, "operation")) ? valueAt(value, "operation") : valueAt(state, "operation");
  const tried = operationRevision(value);
  const retries = countAt(state, "retryCount") ?? 0;
  const waitsForRetry = retries > 0 || timeAt(state, "finishedAt") !== undefined;
  const startedMs = timeAt(state, "startedAt");
  const isLate = startedMs !== undefined && nowMs - startedMs > ARGO_POLL_MS;
  const isOld = tried !== undefined && !sameRevision(tried, comparedRevision(value));
  if (waitsForRetry && flagAt(operation, "retry", "refresh")) return undefined;
  if (!waitsForRetry && !(isOld && isLate)) return undefined;
  const why = waitsForRetry ? `failed and is tried again (retries: ${retries})` : "is still under way";
  return {
    reason: "OperationStuck",
    message: forPeople(`the sync of ${showBound(tried)} ${why}: a newer revision waits behind it`),
    command: argocd(application, "terminate-op"),
  };
}

function operationRevision(value: JsonObject): Bound | undefined {
  const asked = wordAt(value, "operation", "sync", "revision");
  return syncedRevision(value) ?? (asked === undefined ? undefined : { revision: asked });
}

function findWindow(application: ArgoApplication, { nowMs, windows = [] }: ArgoSurroundings): Blocker | undefined {
  const { value } = application;
  const closed = findClosedWindow(
    windows.filter(({ concerns }) => concerns(value)),
    nowMs,
  );
  if (closed === undefined) return undefined;
  const { window, manualSync, untilMs } = closed;
  const project = wordAt(value, "spec", "project") ?? "default";
  const place = window.kind === "deny" ? "a deny window is open" : "no allow window is open";
  return {
    reason: "SyncWindow",
    message: forPeople(`${place} in AppProject ${project} (${window.text}): nothing is synced by itself`),
    ...(manualSync ? { command: argocd(application, "sync") } : {}),
    ...(untilMs === undefined ? {} : { untilMs }),
  };
}

/**
 * The source cannot be fetched, or the spec cannot work. Manifests that cannot be made are no blocker: they are what a revert mends.
 */
function findSourceFault({ value }: ArgoApplication): Blocker | undefined {
  const fault = conditionsOf(value).find(
    ({ type, message }) => type === "InvalidSpecError" || (type === "ComparisonError" && isTransportFailure(message)),
  );
  if (fault !== undefined) return { reason: "Source", message: forPeople(fault.message) };
  const hydration = valueAt(value, "status", "sourceHydrator", "currentOperation");
  if (wordAt(hydration, "phase") !== "Failed" || !isTransportFailure(stringAt(hydration, "message") ?? ""))
    return undefined;
  return { reason: "Source", message: forPeople(`cannot hydrate: ${stringAt(hydration, "message") ?? ""}`) };
}

function findNoPrune({ value }: ArgoApplication): Blocker | undefined {
  if (!syncsBySelf(value) || flagAt(value, "spec", "syncPolicy", "automated", "prune")) return undefined;
  return {
    reason: "PruneOff",
    message:
      "auto-sync does not prune: what a revert removes stays in the cluster, and a revert that only removes is not synced",
  };
}

/** `argocd app sync NAME`; with its namespace where Argo CD lives in another one. */
function argocd({ id, value }: ArgoApplication, verb: string): string {
  const home = wordAt(value, "status", "controllerNamespace");
  const elsewhere = home !== undefined && id.namespace !== undefined && home !== id.namespace;
  return shellLine(["argocd", "app", verb, id.name, ...(elsewhere ? ["--app-namespace", id.namespace] : [])]);
}

function forPeople(text: string): string {
  return escapeText(shorten(maskSecrets(text), 500));
}
