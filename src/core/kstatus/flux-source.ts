import type { JsonObject } from "../model/json.ts";
import type { Condition } from "./fields.ts";
import type { KindRule } from "./rule.ts";
import type { ObjectStatus } from "./status.ts";
import { stringAt } from "../model/json.ts";
import { conditionIs, kindOf, wordAt } from "./fields.ts";
import { computeFluxHold, computeFluxReady } from "./flux.ts";
import { parseFluxRevision } from "./flux-revision.ts";
import { fromCondition } from "./generic.ts";
import { statusOf } from "./status.ts";

/**
 * source.toolkit.fluxcd.io: GitRepository, OCIRepository, Bucket, HelmRepository, HelmChart. A source that cannot be fetched is the
 * environment's fault (`Unknown`); a chart that cannot be built from what was fetched is the revision's (`Failed`).
 */
export const FLUX_SOURCE: KindRule = {
  shape: { "spec.suspend": "flag", "spec.type": "text", "status.artifact": "map", "status.artifact.revision": "text" },
  generic: false,
  compute: (object) =>
    computeStatic(object) ??
    computeFluxHold(object) ??
    computeFluxReady(object, { good: (ready) => judge(object, ready), bad: (ready) => judgeBad(object, ready) }),
};

/** A HelmRepository of an OCI registry is only an address: source-controller writes no status (docs/spec/v1/helmrepositories.md). */
function computeStatic(object: JsonObject): ObjectStatus | undefined {
  const isStatic = kindOf(object) === "HelmRepository" && stringAt(object, "spec", "type") === "oci";
  return isStatic
    ? statusOf("Current", "Static", "an address of a registry: nothing is fetched", { unproven: true })
    : undefined;
}

function judge(object: JsonObject, ready: Condition): ObjectStatus {
  return fromCondition("Current", ready, artifactRevision(object));
}

function judgeBad(object: JsonObject, ready: Condition): ObjectStatus {
  const built = conditionIs(object, "BuildFailed", "True");
  const fetched = conditionIs(object, "FetchFailed", "True");
  if (built !== undefined && fetched === undefined) return fromCondition("Failed", built);
  return fromCondition(ready.type === "Stalled" ? "Failed" : "Unknown", ready);
}

/** The commit id, chart version, or digest of the artifact that is in store. */
function artifactRevision(object: JsonObject): string | undefined {
  const text = wordAt(object, "status", "artifact", "revision");
  const hash = text === undefined ? undefined : parseFluxRevision(text)?.hash;
  if (hash === undefined) return text;
  return kindOf(object) === "GitRepository" ? hash : `sha256:${hash}`;
}
