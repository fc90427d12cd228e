import type { JsonObject } from "../model/json.ts";
import type { Condition } from "./fields.ts";
import type { KindRule } from "./rule.ts";
import type { ObjectStatus } from "./status.ts";
import { listAt, stringAt } from "../model/json.ts";
import { describe, flagAt, wordAt } from "./fields.ts";
import { computeFluxHold, computeFluxReady } from "./flux.ts";
import { parseFluxRevision } from "./flux-revision.ts";
import { fromCondition } from "./generic.ts";
import { statusOf } from "./status.ts";

/** kustomize.toolkit.fluxcd.io Kustomization. `revision`: applied where it is `Current`, attempted where it is `Failed` or `InProgress`. */
export const FLUX_KUSTOMIZATION: KindRule = {
  shape: {
    "spec.suspend": "flag",
    "spec.wait": "flag",
    "spec.healthChecks": "list",
    "spec.sourceRef": "map",
    "status.lastAppliedRevision": "text",
    "status.lastAppliedOriginRevision": "text",
    "status.lastAttemptedRevision": "text",
  },
  generic: false,
  compute: computeKustomization,
};

function computeKustomization(object: JsonObject): ObjectStatus {
  const held = computeFluxHold(object);
  if (held !== undefined) return held;
  const attempted = revisionAt(object, "lastAttemptedRevision");
  const status = computeFluxReady(object, {
    good: (ready) => computeApplied(object, ready),
    bad: (ready) => fromCondition("Failed", ready, attempted),
  });
  return status.status === "InProgress" && attempted !== undefined ? { ...status, revision: attempted } : status;
}

/** The controller attempts, builds, applies, checks health, and only then writes what it has applied: both have to be the same revision. */
function computeApplied(object: JsonObject, ready: Condition): ObjectStatus {
  const applied = revisionAt(object, "lastAppliedRevision");
  if (applied === undefined) return statusOf("Unknown", "NoRevision", "no readable revision was applied");
  const attempted = revisionAt(object, "lastAttemptedRevision");
  if (attempted !== undefined && attempted !== applied) {
    return statusOf("Unknown", "RevisionBehind", `applied is ${applied}, attempted is ${attempted}`);
  }
  const origin = parseFluxRevision(stringAt(object, "status", "lastAppliedOriginRevision") ?? "")?.hash;
  const checked = flagAt(object, "spec", "wait") || listAt(object, "spec", "healthChecks").length > 0;
  const details = { sinceMs: ready.sinceMs, revision: origin ?? applied };
  return checked
    ? statusOf("Current", ready.reason, describe(ready), details)
    : statusOf("Current", "AppliedOnly", `${describe(ready)} (no health check is asked for)`, {
        ...details,
        unproven: true,
      });
}

/** The commit id, or `sha256:…` where the source is no git repository; undefined when Flux wrote none that can be read. */
function revisionAt(object: JsonObject, key: string): string | undefined {
  const text = wordAt(object, "status", key);
  const hash = text === undefined ? undefined : parseFluxRevision(text)?.hash;
  if (hash === undefined) return undefined;
  return stringAt(object, "spec", "sourceRef", "kind") === "GitRepository" ? hash : `sha256:${hash}`;
}
