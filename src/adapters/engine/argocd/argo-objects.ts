import { trimApplication } from "../../../core/engine/argocd-trim.ts";
import { resourceId } from "../../../core/engine/argocd-place.ts";
import { isObject, stringAt, valueAt, type JsonObject } from "../../../core/model/json.ts";
import type { KindChoice } from "../follow-kinds.ts";
import { tellsStatus } from "../kind-judge.ts";

const API = ["argoproj.io/v1alpha1"];

export const APPLICATION = "Application";
export const APP_PROJECT = "AppProject";
export const APPLICATION_SET = "ApplicationSet";

/** Without projects no sync windows are known, without sets no rolling syncs; Applications are worth having all the same. */
export const ARGO_KINDS: readonly KindChoice[] = [
  { kind: APPLICATION, apiVersions: API, optional: false },
  { kind: APP_PROJECT, apiVersions: API, optional: true },
  { kind: APPLICATION_SET, apiVersions: API, optional: true },
];

/** Keeps of each object what its state is computed from. Of an Application's own objects: those that tell a status. */
export function trimArgo(value: JsonObject): JsonObject {
  const kind = stringAt(value, "kind");
  if (kind === APPLICATION) return trimApplication(value, isWorthKeeping);
  if (kind === APP_PROJECT) return keep(value, { spec: ["syncWindows"] });
  return kind === APPLICATION_SET ? keep(value, { spec: ["strategy"], status: ["applicationStatus"] }) : value;
}

function isWorthKeeping(resource: JsonObject): boolean {
  const id = resourceId(resource);
  return id !== undefined && tellsStatus(id);
}

function keep(value: JsonObject, parts: Readonly<Record<string, readonly string[]>>): JsonObject {
  const kept = Object.entries(parts).map(([part, keys]) => {
    const fields = keys.flatMap((key) => {
      const field = valueAt(value, part, key);
      return field === undefined ? [] : [[key, field] as const];
    });
    return [part, Object.fromEntries(fields)] as const;
  });
  const { apiVersion = "", kind = "", metadata } = value;
  return { apiVersion, kind, ...(isObject(metadata) ? { metadata } : {}), ...Object.fromEntries(kept) };
}
