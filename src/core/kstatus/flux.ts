import type { JsonObject } from "../model/json.ts";
import type { Condition } from "./fields.ts";
import type { ObjectStatus } from "./status.ts";
import { conditionIs, describe, findCondition, flagAt, generationsOf, kindOf } from "./fields.ts";
import { fromCondition } from "./generic.ts";
import { statusOf } from "./status.ts";

/**
 * `Ready=False` that does not say that the revision is bad: somebody else is in the way, or the source could not be had
 * (fluxcd/pkg `apis/meta`, helm-controller `helmrelease_controller.go`).
 */
const EXCUSED = [
  "DependencyNotReady",
  "HealthCheckCanceled",
  "SourceNotReady",
  "RESTClientError",
  "ResourceManagerError",
  "FactoryError",
];

/** What keeps any Flux object from being judged: it is suspended, or its controller has not seen the newest spec. */
export function computeFluxHold(object: JsonObject): ObjectStatus | undefined {
  if (flagAt(object, "spec", "suspend")) {
    return statusOf("Unknown", "Suspended", `the ${kindOf(object)} is suspended: Flux does not look at it`);
  }
  const { asked, observed } = generationsOf(object);
  if (observed === undefined || observed === -1 || (asked !== undefined && asked !== observed)) {
    const seen = observed === undefined || observed === -1 ? "none" : observed;
    const text = `generation of the ${kindOf(object)} is ${asked ?? "unknown"}, observed is ${seen}`;
    return statusOf("Unknown", "GenerationBehind", text);
  }
  return undefined;
}

/**
 * `Ready`, read before `Reconciling`: a failing object keeps `Reconciling=True` while Flux tries again (ProgressingWithRetry).
 * `good` says what `Ready=True` is worth, `bad` what `Ready=False` (not excused) is.
 */
export function computeFluxReady(
  object: JsonObject,
  {
    good,
    bad,
  }: { readonly good: (ready: Condition) => ObjectStatus; readonly bad: (ready: Condition) => ObjectStatus },
): ObjectStatus {
  const ready = findCondition(object, "Ready");
  const stalled = conditionIs(object, "Stalled", "True");
  if (stalled !== undefined) return bad(stalled);
  if (ready?.status === "True") return good(ready);
  if (ready?.status === "Unknown") return fromCondition("InProgress", ready);
  if (ready?.status === "False") return isExcused(ready) ? fromCondition("Unknown", ready) : bad(ready);
  return statusOf("Unknown", "NoReadyCondition", `the ${kindOf(object)} does not say whether it is ready`);
}

/** `ArtifactFailed` is a missing artifact as well as a path that the revision does not have; only the latter is the commit's fault. */
function isExcused(ready: Condition): boolean {
  if (EXCUSED.includes(ready.reason)) return true;
  return ready.reason === "ArtifactFailed" && !/path not found/i.test(describe(ready));
}
