/** What an account may do, asked by a SelfSubjectAccessReview (kubernetes.io/docs, "Authorization"). */
import { isObject, stringAt, valueAt, type JsonObject } from "../../../src/core/model/json.ts";
import { badRequest } from "./kube-status.ts";

/** As a Role has it; `*` is everything. */
export interface AccessRule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  /** Undefined: in all of them, as a ClusterRole has it. */
  readonly namespace?: string;
  /** Undefined: every object. Who does not name one is not covered (kubernetes.io/docs, "Referring to resources"). */
  readonly resourceNames?: readonly string[];
}

export const ACCESS_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/** `rules` undefined: everything is allowed. */
export function reviewAccess(text: string, rules: readonly AccessRule[] | undefined): JsonObject {
  const body: unknown = JSON.parse(text);
  const asked = isObject(body) ? valueAt(body, "spec", "resourceAttributes") : undefined;
  if (!isObject(body) || !isObject(asked)) {
    throw badRequest("at least one of nonResourceAttributes or resourceAttributes must be specified");
  }
  const allowed = rules === undefined || rules.some((rule) => covers(rule, asked));
  return {
    kind: "SelfSubjectAccessReview",
    apiVersion: "authorization.k8s.io/v1",
    metadata: {},
    spec: { resourceAttributes: asked },
    status: { allowed },
  };
}

function covers({ apiGroups, resources, verbs, namespace, resourceNames }: AccessRule, asked: JsonObject): boolean {
  const text = (key: string): string => stringAt(asked, key) ?? "";
  const resource = text("subresource") === "" ? text("resource") : `${text("resource")}/${text("subresource")}`;
  const has = (list: readonly string[], value: string): boolean => list.includes("*") || list.includes(value);
  const here = namespace === undefined || namespace === text("namespace");
  if (resourceNames !== undefined && !resourceNames.includes(text("name"))) return false;
  return here && has(apiGroups, text("group")) && has(resources, resource) && has(verbs, text("verb"));
}
