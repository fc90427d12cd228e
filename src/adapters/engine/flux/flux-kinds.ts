import { isObject, property, type JsonObject } from "../../../core/model/json.ts";
import type { KindChoice } from "../follow-kinds.ts";

/** The sources, and what is made of them. Without the right to read them it is not known what git has that the cluster has not. */
const SOURCES: readonly KindChoice[] = ["GitRepository", "OCIRepository", "Bucket", "HelmRepository", "HelmChart"].map(
  (kind) => ({
    kind,
    apiVersions: ["source.toolkit.fluxcd.io/v1", "source.toolkit.fluxcd.io/v1beta2"],
    optional: true,
  }),
);

/**
 * Flux' kinds, in the versions of Flux 2.0 and later. In this order, for a HelmRelease is read after the Kustomization that has applied
 * it: what a Kustomization says that it has applied is in the HelmRelease then.
 */
export const FLUX_KINDS: readonly KindChoice[] = [
  { kind: "Kustomization", apiVersions: ["kustomize.toolkit.fluxcd.io/v1"], optional: false },
  ...SOURCES,
  {
    kind: "HelmRelease",
    apiVersions: ["helm.toolkit.fluxcd.io/v2", "helm.toolkit.fluxcd.io/v2beta2", "helm.toolkit.fluxcd.io/v2beta1"],
    optional: false,
  },
];

/** What is never looked at, and may be large or secret: the values of a release, patches, substitutes. */
const UNUSED_SPEC: readonly string[] = ["values", "patches", "postBuild", "postRenderers", "images", "components"];

export function trimFlux(value: JsonObject): JsonObject {
  const spec = property(value, "spec");
  if (!isObject(spec)) return value;
  const kept = Object.fromEntries(Object.entries(spec).filter(([key]) => !UNUSED_SPEC.includes(key)));
  return { ...value, spec: kept };
}
