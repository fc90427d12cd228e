import { wordAt } from "../kstatus/fields.ts";
import { computeStatus } from "../kstatus/kstatus.ts";
import { statusOf, type ObjectStatus } from "../kstatus/status.ts";
import { isList, isObject, property, valueAt, type JsonObject, type JsonValue } from "../model/json.ts";

/** A Canary with the two workloads that belong to it, as far as they are there. */
export interface CanaryParts {
  readonly canary: JsonObject;
  readonly target: JsonObject | undefined;
  readonly primary: JsonObject | undefined;
  /** Epoch ms. */
  readonly nowMs: number;
}

/**
 * A Canary stays `Failed` after git has followed: a template that equals the promoted one starts no analysis (flagger#682). Then the
 * primary says how it is. After a change of a ConfigMap alone the templates say nothing, and the Canary is taken at its word.
 */
export function computeCanaryEnd({ canary, target, primary, nowMs }: CanaryParts): ObjectStatus {
  const status = computeStatus(canary, nowMs);
  if (status.rolledBack === undefined || target === undefined || primary === undefined) return status;
  const [applied, promoted] = ["lastAppliedSpec", "lastPromotedSpec"].map((key) => wordAt(canary, "status", key));
  if (applied === promoted || !isSameTemplate(target, primary)) return status;
  const served = computeStatus(primary, nowMs);
  if (served.status !== "Current") return served;
  const text = "the analysis failed, and since then the target has the template of the primary again, which serves";
  return statusOf("Current", "Reverted", text, { sinceMs: served.sinceMs, unproven: served.unproven });
}

function isSameTemplate(target: JsonObject, primary: JsonObject): boolean {
  const [wanted, made] = [target, primary].map((object) => valueAt(object, "spec", "template"));
  return (
    isCopy(property(wanted, "spec"), property(made, "spec")) &&
    isCopy(ownKeys(wanted, "labels"), ownKeys(made, "labels")) &&
    isCopy(ownKeys(wanted, "annotations"), ownKeys(made, "annotations"))
  );
}

/** Without what Flagger adds or leaves out (`pkg/canary/util.go`, makeAnnotations, makePrimaryLabels). */
function ownKeys(template: JsonValue | undefined, which: string): JsonObject {
  const all = valueAt(template, "metadata", which);
  const kept = Object.entries(isObject(all) ? all : {}).filter(
    ([key]) => key !== "flagger-id" && !key.includes("toolkit.fluxcd.io"),
  );
  return Object.fromEntries(kept);
}

/** Equal, but for names to which Flagger puts `-primary` (ConfigMaps, Secrets, the selector's label). */
function isCopy(wanted: JsonValue | undefined, made: JsonValue | undefined): boolean {
  if (wanted === made) return true;
  if (typeof wanted === "string") return made === `${wanted}-primary`;
  if (isList(wanted) && isList(made)) {
    return wanted.length === made.length && wanted.every((item, at) => isCopy(item, made[at]));
  }
  if (!isObject(wanted) || !isObject(made)) return false;
  const keys = Object.keys(wanted);
  return (
    keys.length === Object.keys(made).length && keys.every((key) => isCopy(property(wanted, key), property(made, key)))
  );
}
