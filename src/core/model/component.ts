import type { ErrorCode, Place } from "../../errors.ts";
import type { JsonObject, JsonValue } from "./json.ts";

/** What names a Kubernetes object. `namespace` is missing when the manifest leaves it to the engine. */
export interface ObjectId {
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace?: string;
  readonly name: string;
}

/** A file that is YAML but no Kubernetes object, by what it does. */
export type FileKind = "kustomization" | "values" | "chart" | "yaml";

/** One selectable part of a target. */
export type Component =
  /** A Kubernetes object: one document, or one item of a List. */
  | {
      readonly kind: "object";
      readonly id: ObjectId;
      readonly path: string;
      /** Index of the YAML document in the file, from 0. */
      readonly document: number;
      /** Index in `items` when the document is a List. */
      readonly item?: number;
      readonly value: JsonObject;
      readonly place: Place;
    }
  /** A YAML file that is no Kubernetes object: kustomization, values, Chart, …; all its documents together. */
  | {
      readonly kind: "file";
      readonly path: string;
      readonly fileKind: FileKind;
      readonly documents: readonly JsonValue[];
    }
  /** A file that is taken whole, never re-printed: templates, SOPS, binary, YAML that does not parse. */
  | { readonly kind: "opaque"; readonly path: string; readonly left: Left };

/** Why a file or an object is only moved whole. */
export interface Left {
  readonly code: ErrorCode;
  readonly message: string;
  readonly place: Place;
}

/** `apps/v1/Deployment/payments/api`; a cluster-scoped or namespaceless one `v1/Namespace//payments`. */
export function objectKey(id: ObjectId): string {
  return `${id.apiVersion}/${id.kind}/${id.namespace ?? ""}/${id.name}`;
}

/**
 * What makes two manifests one object: group, kind, namespace, name. The version is only how it is written
 * (a HelmRelease moved from v2beta2 to v2 is the same object).
 */
export function identityKey(id: ObjectId): string {
  return `${groupOf(id.apiVersion)}/${id.kind}/${id.namespace ?? ""}/${id.name}`;
}

/** The key of a component: unique in a file. */
export function componentKey(component: Component): string {
  return component.kind === "object" ? objectKey(component.id) : `./${component.path}`;
}

/** What people see and type: `Deployment/api`, `./values.yaml`. */
export function componentName(component: Component): string {
  return component.kind === "object" ? `${component.id.kind}/${component.id.name}` : `./${component.path}`;
}

/** The API group of `apps/v1` is `apps`; of `v1` it is "". */
export function groupOf(apiVersion: string): string {
  const slash = apiVersion.indexOf("/");
  return slash === -1 ? "" : apiVersion.slice(0, slash);
}
