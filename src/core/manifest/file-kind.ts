import type { FileKind } from "../model/component.ts";
import { isObject, type JsonValue, property, stringAt } from "../model/json.ts";

/** Kustomize takes these names (kubernetes-sigs/kustomize, `konfig/general.go`). */
const KUSTOMIZATION = /^(?:kustomization\.ya?ml|Kustomization)$/;
const CHART = /^(?:Chart\.ya?ml|Chart\.lock|requirements\.(?:ya?ml|lock))$/;
const VALUES = /values.*\.(?:ya?ml|json)$/i;

/** Keys that `helm create` writes into every values file. */
const VALUES_KEYS: readonly string[] = [
  "replicaCount",
  "nameOverride",
  "fullnameOverride",
  "podAnnotations",
  "podSecurityContext",
];

/** Is the file, by its name, read as YAML or JSON? */
export function isYamlPath(path: string): boolean {
  const name = nameOf(path);
  return /\.(?:ya?ml|json)$/.test(name) || KUSTOMIZATION.test(name) || CHART.test(name);
}

/** The kind that name or API group decide, whatever else the file holds. Flux' Kustomization is an ordinary object. */
export function decidedKind(path: string, documents: readonly JsonValue[]): FileKind | undefined {
  const name = nameOf(path);
  const kustomize = documents.some((value) => stringAt(value, "apiVersion")?.startsWith("kustomize.config.k8s.io/"));
  if (kustomize) return "kustomization";
  if (
    documents.some((value) => isObject(value) && Object.hasOwn(value, "apiVersion") && Object.hasOwn(value, "kind"))
  ) {
    return undefined;
  }
  if (KUSTOMIZATION.test(name)) return "kustomization";
  return CHART.test(name) ? "chart" : undefined;
}

/** The kind of a file that holds no Kubernetes object. */
export function fileKindOf(path: string, documents: readonly JsonValue[]): FileKind {
  return VALUES.test(nameOf(path)) || documents.some(looksLikeValues) ? "values" : "yaml";
}

function looksLikeValues(value: JsonValue): boolean {
  if (!isObject(value)) return false;
  return (
    VALUES_KEYS.some((key) => Object.hasOwn(value, key)) ||
    [value, ...Object.values(value)].some((part) => stringAt(property(part, "image"), "repository") !== undefined)
  );
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
