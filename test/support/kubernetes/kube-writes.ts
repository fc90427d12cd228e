/** What a write does to an object: identity, generation, status apart from the rest, finalizers. No field ownership, no admission. */
import { randomUUID } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import { isObject, stringAt, type JsonObject, type JsonValue } from "../../../src/core/model/json.ts";
import { apiVersionOf, resourceOf, type ServedKind } from "./kube-kinds.ts";
import { faultsBySchema, shapeBySchema } from "./kube-schema.ts";
import { alreadyExists, badRequest, conflict, invalid, notFound, type Cause } from "./kube-status.ts";
import type { KubeStore, Stored } from "./kube-store.ts";

export interface WriteTarget {
  readonly store: KubeStore;
  readonly kind: ServedKind;
  readonly namespace: string;
  readonly nowMs: number;
}

/** POST. */
export function createObject({ store, kind, namespace, nowMs }: WriteTarget, value: unknown): Stored {
  const given = readObject(kind, value);
  const { generateName } = given.metadata;
  const made = typeof generateName === "string" ? generateName + randomUUID().slice(0, 5) : "";
  const name = typeof given.metadata["name"] === "string" ? given.metadata["name"] : made;
  if (name === "")
    throw invalid(kind.kind, "", [
      { field: "metadata.name", message: "Required value: name or generateName is required" },
    ]);
  checkName(kind, name);
  if (given.metadata["resourceVersion"] !== undefined)
    throw badRequest("resourceVersion should not be set on objects to be created");
  const inBody = given.metadata["namespace"];
  if (kind.namespaced && inBody !== undefined && inBody !== namespace) {
    throw badRequest("the namespace of the provided object does not match the namespace sent on the request");
  }
  kind.check?.(given, "given");
  if (store.find(kind, namespace, name) !== undefined) throw alreadyExists(resourceOf(kind), name);
  const { status: _, ...rest } = given;
  const metadata = {
    ...given.metadata,
    name,
    ...(kind.namespaced ? { namespace } : {}),
    uid: randomUUID(),
    creationTimestamp: stamp(nowMs),
    ...(kind.generation === "none" ? {} : { generation: 1 }),
  };
  return store.put(kind, shaped(kind, { ...(kind.statusApart ? rest : given), metadata }));
}

/** PUT, or what a patch has made of `before`. `part`: "status" writes status alone, and otherwise it is left as it was, where it is apart. */
export function replaceObject(target: WriteTarget, before: Stored, value: unknown, part: "status" | "whole"): Stored {
  const { store, kind } = target;
  const given = readObject(kind, value);
  const name = nameOf(before);
  const { uid = before.metadata["uid"], resourceVersion } = given.metadata;
  if (uid !== before.metadata["uid"]) {
    throw invalid(kind.kind, name, [
      { field: "metadata.uid", message: `Invalid value: ${JSON.stringify(uid)}: field is immutable` },
    ]);
  }
  if (resourceVersion !== undefined && resourceVersion !== before.metadata["resourceVersion"]) {
    throw conflict(resourceOf(kind), name);
  }
  const { status: newStatus, ...newRest } = given;
  const { status: oldStatus, ...oldRest } = before;
  const withStatus = (rest: JsonObject, status: JsonValue | undefined): JsonObject =>
    status === undefined ? rest : { ...rest, status };
  const merged =
    part === "status" ? withStatus(oldRest, newStatus) : kind.statusApart ? withStatus(newRest, oldStatus) : given;
  const metadata = part === "status" ? before.metadata : keepOurs(before.metadata, given.metadata);
  const next = shaped(kind, { ...merged, metadata });
  const changed = contentOf(kind, next);
  const isNew = !isDeepStrictEqual(changed, contentOf(kind, before));
  const generation = Number(before.metadata["generation"] ?? 0) + (isNew ? 1 : 0);
  const whole: Stored = kind.generation === "none" ? next : { ...next, metadata: { ...next.metadata, generation } };
  if (isDeepStrictEqual(whole, before)) return before;
  const stays = whole.metadata["deletionTimestamp"] === undefined || hasFinalizers(whole);
  return stays ? store.put(kind, whole) : store.remove(kind, whole);
}

/** DELETE. An object with finalizers stays until the last one is taken away. */
export function deleteObject({ store, kind, nowMs }: WriteTarget, before: Stored, uid: string | undefined): Stored {
  const name = nameOf(before);
  if (uid !== undefined && uid !== before.metadata["uid"]) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${stringAt(before, "metadata", "uid") ?? ""}`;
    throw conflict(resourceOf(kind), name, why);
  }
  if (!hasFinalizers(before)) return store.remove(kind, before);
  if (before.metadata["deletionTimestamp"] !== undefined) return before;
  const generation = Number(before.metadata["generation"] ?? 0) + 1;
  const metadata: JsonObject = {
    ...before.metadata,
    deletionTimestamp: stamp(nowMs),
    deletionGracePeriodSeconds: 0,
    ...(kind.generation === "none" ? {} : { generation }),
  };
  return store.put(kind, { ...before, metadata });
}

export function mustFind({ store, kind, namespace }: WriteTarget, name: string): Stored {
  const found = store.find(kind, namespace, name);
  if (found === undefined) throw notFound(resourceOf(kind), name);
  return found;
}

function readObject(kind: ServedKind, value: unknown): Stored {
  if (!isObject(value)) throw badRequest("the object provided is unrecognized (must be of type Object)");
  const { apiVersion, kind: found, metadata = {} } = value;
  if (apiVersion !== apiVersionOf(kind) || found !== kind.kind) {
    throw badRequest(
      `the API version in the data (${JSON.stringify(apiVersion)}) does not match the expected API version (${apiVersionOf(kind)})`,
    );
  }
  if (!isObject(metadata)) throw badRequest("metadata is no object");
  return { ...value, metadata };
}

function checkName(kind: ServedKind, name: string): void {
  if (name.length <= 253 && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/.test(name)) return;
  const message = `Invalid value: ${JSON.stringify(name)}: a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.'`;
  throw invalid(kind.kind, name, [{ field: "metadata.name", message }]);
}

function shaped(kind: ServedKind, object: Stored): Stored {
  if (kind.schema === undefined) return object;
  const pruned = shapeBySchema(object, kind.schema) as Stored;
  const faults: readonly Cause[] = faultsBySchema(pruned, kind.schema);
  if (faults.length > 0) throw invalid(kind.kind, nameOf(object), faults);
  return pruned;
}

/** What nobody may write. */
function keepOurs(before: JsonObject, given: JsonObject): JsonObject {
  const { deletionTimestamp: _, deletionGracePeriodSeconds: __, ...rest } = given;
  const ours = [
    "name",
    "namespace",
    "uid",
    "resourceVersion",
    "creationTimestamp",
    "generation",
    "deletionTimestamp",
    "deletionGracePeriodSeconds",
  ];
  return { ...rest, ...Object.fromEntries(Object.entries(before).filter(([key]) => ours.includes(key))) };
}

function contentOf(kind: ServedKind, object: Stored): JsonObject {
  const { metadata: _, ...rest } = object;
  if (kind.generation !== "spec") return rest;
  const { status: __, ...content } = rest;
  return content;
}

function nameOf(object: Stored): string {
  return stringAt(object, "metadata", "name") ?? "";
}

function hasFinalizers({ metadata }: Stored): boolean {
  const { finalizers } = metadata;
  return Array.isArray(finalizers) && finalizers.length > 0;
}

function stamp(nowMs: number): string {
  return `${new Date(nowMs).toISOString().slice(0, 19)}Z`;
}
