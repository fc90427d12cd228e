import type { Place } from "../../errors.ts";
import type { ObjectId } from "../model/component.ts";
import { isObject, type JsonObject, property } from "../model/json.ts";
import { fault, quote } from "./fault.ts";

const API_VERSION = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?\/)?[a-z][a-z0-9]{0,62}$/;
const KIND = /^[A-Za-z][A-Za-z0-9]{0,62}$/;

/**
 * ASCII only, so that no letter passes for another. Wider than DNS names: RBAC allows `system:node`, and Flux fills in
 * `${cluster}` later.
 */
const NAME = /^[A-Za-z0-9$][A-Za-z0-9._:@+~$={}-]{0,252}$/;

/** What an item of a typed List leaves to the List (kubectl: `DeploymentList` → `Deployment`). */
export interface ListType {
  readonly apiVersion: string;
  readonly kind: string;
}

/** Does a document mean to be a Kubernetes object? Then it is one, or it is refused. */
export function isObjectLike(value: JsonObject): boolean {
  const typed = ["apiVersion", "kind"].filter((key) => Object.hasOwn(value, key)).length;
  const described = Object.hasOwn(value, "metadata");
  return typed === 2 || (described && (typed === 1 || Object.hasOwn(value, "spec")));
}

/** The identity of an object. Throws ManifestShape, ManifestIdentity (only `generateName`), ManifestTemplate. */
export function identify(value: JsonObject, place: Place, list?: ListType): ObjectId {
  const apiVersion = requireText(property(value, "apiVersion") ?? list?.apiVersion, "apiVersion", API_VERSION);
  const kind = requireText(property(value, "kind") ?? list?.kind, "kind", KIND);
  const metadata = property(value, "metadata");
  if (!isObject(metadata)) throw fault("ManifestShape", `${kind} has no metadata`, place);
  if (property(value, "spec") === null) throw fault("ManifestShape", `${kind} has an empty spec`, place);
  const given = property(metadata, "name") ?? "";
  if (given === "" && Object.hasOwn(metadata, "generateName")) {
    throw fault("ManifestIdentity", `${kind} has only a generateName`, place);
  }
  const name = requireText(given, "metadata.name", NAME);
  const namespace = property(metadata, "namespace") ?? "";
  if (namespace === "") return { apiVersion, kind, name };
  return { apiVersion, kind, namespace: requireText(namespace, "metadata.namespace", NAME), name };

  function requireText(found: unknown, field: string, pattern: RegExp): string {
    if (found === undefined || found === "") throw fault("ManifestShape", `an object has no ${field}`, place);
    if (typeof found !== "string") throw fault("ManifestShape", `${field} is no string`, place);
    if (found.includes("{{")) throw fault("ManifestTemplate", `${field} is a template`, place);
    if (!pattern.test(found)) throw fault("ManifestShape", `${field} ${quote(found)} is not allowed`, place);
    return found;
  }
}
