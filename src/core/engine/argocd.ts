/** Argo CD's end: a live Application → what lastgood knows of it. Read from the object alone; everything in it is untrusted. */
import { timeAt } from "../kstatus/fields.ts";
import { computeStatus } from "../kstatus/kstatus.ts";
import type { ObjectId } from "../model/component.ts";
import { isObject, stringAt, valueAt, type JsonObject } from "../model/json.ts";
import { lastgoodAnnotations } from "./annotations.ts";
import { ARGO_POLL_MS, argoBlockers, type ArgoSurroundings } from "./argocd-blockers.ts";
import { argoParent, argoWorkloads } from "./argocd-place.ts";
import { argoHistory, argoSources, isFrozen } from "./argocd-sources.ts";
import type { EngineState } from "./engine-state.ts";

/** An Application as the cluster has it. */
export interface LiveApplication {
  readonly id: ObjectId;
  readonly uid: string;
  readonly value: JsonObject;
}

export interface ArgoFacts extends ArgoSurroundings {
  /** The engine's name in the configuration. */
  readonly engine: string;
}

/** Never throws, whatever the object says. Only the blockers depend on the time. */
export function argoState({ id, uid, value }: LiveApplication, { engine, ...around }: ArgoFacts): EngineState {
  const status = computeStatus(value, around.nowMs);
  const sources = argoSources(value, status);
  const parent = argoParent(value, id);
  const workloads = argoWorkloads(value);
  const lookedAtMs = timeAt(value, "status", "reconciledAt");
  return {
    engine,
    type: "argocd",
    id,
    uid,
    status,
    sync: syncOf(value),
    sources,
    history: argoHistory(value, status),
    blockers: argoBlockers({ id, value, sources }, around),
    dependsOn: [],
    annotations: lastgoodAnnotations(value),
    labels: labelsOf(value),
    pollMs: ARGO_POLL_MS,
    ...(parent === undefined ? {} : { parent }),
    ...(workloads === undefined ? {} : { workloads }),
    ...(lookedAtMs === undefined ? {} : { lookedAtMs }),
  };
}

function syncOf(value: JsonObject): EngineState["sync"] {
  const word = stringAt(value, "status", "sync", "status");
  return !isFrozen(value) && (word === "Synced" || word === "OutOfSync") ? word : "Unknown";
}

function labelsOf(value: JsonObject): { readonly [name: string]: string } {
  const labels = valueAt(value, "metadata", "labels");
  const entries = Object.entries(isObject(labels) ? labels : {});
  return Object.fromEntries(entries.filter((entry): entry is [string, string] => typeof entry[1] === "string"));
}

/** The AppProject that it belongs to, by name. */
export function projectOf(value: JsonObject): string {
  const name = stringAt(value, "spec", "project") ?? "";
  return name === "" ? "default" : name;
}
