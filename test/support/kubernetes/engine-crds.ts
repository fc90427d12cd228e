/**
 * CustomResourceDefinitions of the engines' kinds, written by us: names, versions, scope and whether status is apart are theirs, the
 * schema takes anything. The published ones are given by path: see published-crds.ts.
 */

interface Crd {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: object;
}

function crd(kind: string, group: string, facts: { readonly version: string; readonly statusApart: boolean }): Crd {
  const plural = pluralOf(kind);
  const anything = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  const version = {
    name: facts.version,
    served: true,
    storage: true,
    schema: {
      openAPIV3Schema: { type: "object", properties: { spec: anything, status: anything, operation: anything } },
    },
    ...(facts.statusApart ? { subresources: { status: {} } } : {}),
  };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: "Namespaced",
      names: { kind, plural, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [version],
    },
  };
}

/** As Kubernetes' own tools form it: `gitrepositories`, `canaries`. */
function pluralOf(kind: string): string {
  const word = kind.toLowerCase();
  return /[^aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`;
}

/** Argo CD's Application and AppProject have no status apart (v3.5.1); its ApplicationSet, Rollouts and Flux's kinds do. */
export const ENGINE_CRDS: readonly Crd[] = [
  crd("Application", "argoproj.io", { version: "v1alpha1", statusApart: false }),
  crd("Rollout", "argoproj.io", { version: "v1alpha1", statusApart: true }),
  crd("Kustomization", "kustomize.toolkit.fluxcd.io", { version: "v1", statusApart: true }),
  crd("HelmRelease", "helm.toolkit.fluxcd.io", { version: "v2", statusApart: true }),
  ...["GitRepository", "OCIRepository", "Bucket", "HelmRepository", "HelmChart"].map((kind) =>
    crd(kind, "source.toolkit.fluxcd.io", { version: "v1", statusApart: true }),
  ),
  crd("Canary", "flagger.app", { version: "v1beta1", statusApart: true }),
  crd("AppProject", "argoproj.io", { version: "v1alpha1", statusApart: false }),
  crd("ApplicationSet", "argoproj.io", { version: "v1alpha1", statusApart: true }),
];
