import type { JsonObject } from "../model/json.ts";
import { groupOf } from "../model/component.ts";
import { isObject, listAt, stringAt, valueAt } from "../model/json.ts";

/** The objects of engines that say what is deployed from where. */
export type EngineKind = "application" | "applicationset" | "kustomization" | "helmrelease" | "gitrepository";

const KINDS: readonly (readonly [group: string, kind: string, is: EngineKind])[] = [
  ["argoproj.io", "Application", "application"],
  ["argoproj.io", "ApplicationSet", "applicationset"],
  ["kustomize.toolkit.fluxcd.io", "Kustomization", "kustomization"],
  ["helm.toolkit.fluxcd.io", "HelmRelease", "helmrelease"],
  ["source.toolkit.fluxcd.io", "GitRepository", "gitrepository"],
];

/** What a file must hold to define one of them: a cheap search before any parsing. */
export const ENGINE_GROUPS: readonly string[] = ["argoproj.io", "toolkit.fluxcd.io"];

/** Which of them is this? Undefined for every other object. */
export function engineKind(value: JsonObject): EngineKind | undefined {
  const group = groupOf(stringAt(value, "apiVersion") ?? "");
  const kind = stringAt(value, "kind");
  return KINDS.find((row) => row[0] === group && row[1] === kind)?.[2];
}

/**
 * Does it stand alone? A strategic merge patch has the kind and name of the object it changes, but not the fields
 * that the object cannot be without.
 */
export function isDefinition(value: JsonObject, kind: EngineKind): boolean {
  const has = (...path: readonly string[]): boolean => isObject(valueAt(value, "spec", ...path));
  switch (kind) {
    case "application":
      return (
        has("destination") && (has("source") || has("sourceHydrator") || listAt(value, "spec", "sources").length > 0)
      );
    case "applicationset":
      return has("template") && listAt(value, "spec", "generators").length > 0;
    case "kustomization":
      return has("sourceRef");
    case "helmrelease":
      return has("chartRef") || has("chart", "spec", "sourceRef");
    case "gitrepository":
      return stringAt(value, "spec", "url") !== undefined;
  }
}
