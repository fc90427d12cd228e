import { groupOf } from "../model/component.ts";
import type { FileKind } from "../model/component.ts";
import { type JsonValue, stringAt } from "../model/json.ts";

/** What a value is: it decides merge keys, facets and the paths that people see. All of it may be unknown. */
export interface DiffContext {
  readonly apiVersion?: string;
  readonly kind?: string;
  /** What the file does, when the value is no Kubernetes object. */
  readonly file?: FileKind;
}

/** The context that a Kubernetes object states itself. */
export function contextOf(value: JsonValue): DiffContext {
  const apiVersion = stringAt(value, "apiVersion");
  const kind = stringAt(value, "kind");
  return { ...(apiVersion === undefined ? {} : { apiVersion }), ...(kind === undefined ? {} : { kind }) };
}

/** `Deployment.apps`, `Service`; undefined when there is no kind. */
export function qualifiedKind(context: DiffContext): string | undefined {
  if (context.kind === undefined) return undefined;
  const group = groupOf(context.apiVersion ?? "");
  return group === "" ? context.kind : `${context.kind}.${group}`;
}
