import jsonPatch, { type Operation } from "fast-json-patch";
import { parse } from "yaml";
import { isObject, type JsonObject, type JsonValue } from "../../../src/core/model/json.ts";
import { type ServedKind } from "./kube-kinds.ts";
import { badRequest, invalid, unsupportedMediaType } from "./kube-status.ts";

const JSON_PATCH = "application/json-patch+json";
const MERGE_PATCH = "application/merge-patch+json";
const STRATEGIC = "application/strategic-merge-patch+json";
const APPLY = "application/apply-patch+yaml";

export function isApply(contentType: string): boolean {
  return contentType === APPLY;
}

/** What a patch makes of an object. Strategic patches are merged as RFC 7396 does: without their lists by key. */
export function patchObject(
  kind: ServedKind,
  before: JsonObject,
  { contentType, text }: { readonly contentType: string; readonly text: string },
): JsonValue {
  const supported = kind.custom ? [JSON_PATCH, MERGE_PATCH, APPLY] : [JSON_PATCH, MERGE_PATCH, STRATEGIC, APPLY];
  if (!supported.includes(contentType)) throw unsupportedMediaType(supported);
  const patch = readBody(text);
  if (contentType !== JSON_PATCH) return merge(before, patch);
  try {
    return jsonPatch.applyPatch(structuredClone(before), patch as unknown as Operation[], true, false).newDocument;
  } catch (error) {
    throw invalid(kind.kind, "", [{ field: "patch", message: (error as Error).message.split("\n")[0] ?? "" }]);
  }
}

export function readBody(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    // Apply takes YAML, and so does everything that kubectl sends; JSON is YAML.
  }
  try {
    return parse(text) as JsonValue;
  } catch {
    throw badRequest("error decoding the body: it is neither JSON nor YAML");
  }
}

/** RFC 7396. */
function merge(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (!isObject(patch)) return patch;
  const merged: Record<string, JsonValue> = isObject(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete merged[key];
    else merged[key] = merge(merged[key], value);
  }
  return merged;
}
