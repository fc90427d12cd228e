import type { JsonObject, JsonValue } from "../model/json.ts";
import { isObject, listAt, stringAt, valueAt } from "../model/json.ts";
import { kustomizationInputs } from "./kustomize.ts";
import { folderOf } from "./path.ts";

/** kubectl's short names of what people revert (kubectl api-resources). */
const SHORT_NAMES: { readonly [short: string]: string } = {
  deploy: "deployment",
  sts: "statefulset",
  ds: "daemonset",
  rs: "replicaset",
  cj: "cronjob",
  po: "pod",
  ro: "rollout",
  svc: "service",
  cm: "configmap",
  ing: "ingress",
  hpa: "horizontalpodautoscaler",
  pdb: "poddisruptionbudget",
  netpol: "networkpolicy",
  sa: "serviceaccount",
  pvc: "persistentvolumeclaim",
};

/** Does the word a person typed (`deploy`, `Deployments`, `sts`) mean this kind? */
export function isKindWord(word: string, kind: string): boolean {
  const typed = word.toLowerCase();
  const wanted = kind.toLowerCase();
  const full = Object.hasOwn(SHORT_NAMES, typed) ? SHORT_NAMES[typed] : typed;
  return full === wanted || full === `${wanted}s` || full === `${wanted}es`;
}

const KNOWN_KINDS = new Set([...Object.keys(SHORT_NAMES), ...Object.values(SHORT_NAMES), "job"]);

/** Is this word one of the kinds that people name all the time, in any of its forms? */
export function isCommonKindWord(word: string): boolean {
  const typed = word.toLowerCase();
  return (
    KNOWN_KINDS.has(typed) || KNOWN_KINDS.has(typed.replace(/e?s$/, "")) || KNOWN_KINDS.has(typed.replace(/s$/, ""))
  );
}

/** Kinds that cannot be without a selector: a manifest of one without it is a patch. */
const SELECTING = new Set(["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Rollout"]);

/** Does the manifest define the object, or only change it (a strategic merge patch)? */
export function definesWorkload(value: JsonObject): boolean {
  const kind = stringAt(value, "kind") ?? "";
  if (kind === "CronJob") return valueAt(value, "spec", "schedule") !== undefined;
  if (!SELECTING.has(kind)) return true;
  return isObject(valueAt(value, "spec", "selector")) || isObject(valueAt(value, "spec", "workloadRef"));
}

/** The image names (without tag and digest) of its containers: what a kustomization's `images` refers to. */
export function imageNames(value: JsonObject): readonly string[] {
  const template =
    stringAt(value, "kind") === "CronJob"
      ? valueAt(value, "spec", "jobTemplate", "spec", "template")
      : valueAt(value, "spec", "template");
  const pod = valueAt(template, "spec") ?? valueAt(value, "spec");
  const containers = [...listAt(pod, "initContainers"), ...listAt(pod, "containers")];
  return containers.flatMap((container) => {
    const image = stringAt(container, "image");
    return image === undefined ? [] : [image.replace(/@.*$/, "").replace(/:[^/:]*$/, "")];
  });
}

/** The object that an Argo Rollout runs pods from, if it names one. */
export function workloadReference(value: JsonObject): { readonly kind: string; readonly name: string } | undefined {
  const kind = stringAt(value, "spec", "workloadRef", "kind");
  const name = stringAt(value, "spec", "workloadRef", "name");
  return kind === undefined || name === undefined ? undefined : { kind, name };
}

/** A kustomization file and its content. */
export interface KustomizationFile {
  readonly path: string;
  readonly value: JsonValue;
}

/** The kustomizations that use a file, directly or through others (overlays of a base), nearest first. */
export function kustomizationsUsing(file: string, all: readonly KustomizationFile[]): readonly KustomizationFile[] {
  const users = new Map<string, KustomizationFile[]>();
  for (const one of all) {
    for (const path of kustomizationInputs(one.path, one.value).paths)
      users.set(path, [...(users.get(path) ?? []), one]);
  }
  const found = new Map<string, KustomizationFile>();
  const pending = [file];
  for (let path = pending.shift(); path !== undefined; path = pending.shift()) {
    for (const user of users.get(path) ?? []) {
      if (found.has(user.path)) continue;
      found.set(user.path, user);
      pending.push(user.path, folderOf(user.path));
    }
  }
  return [...found.values()];
}
