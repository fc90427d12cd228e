import { isObject, property, stringAt, type JsonObject } from "../../../core/model/json.ts";
import { LastgoodError } from "../../../errors.ts";
import type { KindName, LiveObject } from "../../../ports/cluster.ts";
import { clusterText } from "./cluster-text.ts";

/** Whole manifests, with what was secret in them (kubectl apply). */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * An object as the API server sends it. `trim` sees it without `managedFields` and without kubectl's copy. Items of the lists of
 * built-in kinds carry neither apiVersion nor kind: they get the kind's. Throws `EngineAnswer` for what is no object.
 */
export function toLiveObject(
  value: unknown,
  { apiVersion, kind }: KindName,
  trim: (value: JsonObject) => JsonObject = (whole) => whole,
): LiveObject {
  const metadata = isObject(value) ? property(value, "metadata") : undefined;
  const [name, uid, resourceVersion] = ["name", "uid", "resourceVersion"].map((key) => stringAt(metadata, key));
  if (!isObject(value) || !isObject(metadata) || !name || !uid || !resourceVersion) {
    throw new LastgoodError("EngineAnswer", `the cluster has sent a ${clusterText(kind)} without name, uid or version`);
  }
  const namespace = stringAt(metadata, "namespace");
  return {
    id: { apiVersion, kind, ...(namespace === undefined || namespace === "" ? {} : { namespace }), name },
    uid,
    resourceVersion,
    value: trim({ ...value, apiVersion, kind, metadata: lighten(metadata) }),
  };
}

function lighten(metadata: JsonObject): JsonObject {
  const { managedFields: _, ...rest } = metadata;
  const annotations = property(metadata, "annotations");
  if (!isObject(annotations) || !Object.hasOwn(annotations, LAST_APPLIED)) return rest;
  const { [LAST_APPLIED]: __, ...others } = annotations;
  return { ...rest, annotations: others };
}
