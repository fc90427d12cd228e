/** Which revision of a Kustomization runs. Its status names two, and neither is always the one. */
import { conditionIs, findCondition, flagAt, objectsAt, timeAt } from "../kstatus/fields.ts";
import { listAt, stringAt, type JsonObject } from "../model/json.ts";
import type { EngineRelease } from "./engine-state.ts";
import { hashOf, originsIn, resolveRevision, type FluxSource } from "./flux-source.ts";

/** Commit ids, or `sha256:…`: see `resolveRevision`. */
export interface KustomizationRevisions {
  readonly applied: string | undefined;
  readonly attempted: string | undefined;
  /** What is in the cluster; undefined while it is being applied, or when only a part of it was. */
  readonly live: string | undefined;
  /** What the source has fetched last. */
  readonly desired: string | undefined;
}

/** After these all objects of the attempted revision are in the cluster (kustomize-controller `reconcile`: build, apply, prune, check). */
const APPLIED: ReadonlySet<string> = new Set([
  "ReconciliationSucceeded",
  "PruneFailed",
  "HealthCheckFailed",
  "HealthCheckCanceled",
]);

export function revisionsOf(object: JsonObject, source: FluxSource): KustomizationRevisions {
  const origins = originsIn(object);
  const resolve = (revision: string | undefined): string | undefined => resolveRevision(source, revision, origins);
  return {
    applied: resolve(stringAt(object, "status", "lastAppliedRevision")),
    attempted: resolve(stringAt(object, "status", "lastAttemptedRevision")),
    live: resolve(liveRevision(object)),
    desired: resolve(source.artifact),
  };
}

/**
 * `lastAppliedRevision` is written when the health checks have passed, so while and after they fail the attempted one runs. What fails
 * before the apply (build, artifact) leaves what the newest entry of the history says; a failed apply leaves a mixture.
 */
function liveRevision(object: JsonObject): string | undefined {
  const [applied, attempted] = ["lastAppliedRevision", "lastAttemptedRevision"].map((key) =>
    stringAt(object, "status", key),
  );
  if (attempted === undefined || hashOf(attempted) === hashOf(applied)) return applied;
  const ready = findCondition(object, "Ready");
  const newest = newestEntry(object);
  if (isCheckingHealth(object)) return attempted;
  if (ready?.status === "Unknown") {
    return newest !== undefined && newest.isApplied && hashOf(newest.revision) === hashOf(attempted)
      ? attempted
      : undefined;
  }
  if (ready === undefined || ready.reason === "ReconciliationFailed") return undefined;
  if (APPLIED.has(ready.reason)) return attempted;
  if (newest === undefined) return applied;
  return newest.isApplied ? newest.revision : undefined;
}

interface NewestEntry {
  readonly revision: string | undefined;
  readonly isApplied: boolean;
}

function newestEntry(object: JsonObject): NewestEntry | undefined {
  const entry = newestFirst(object)[0];
  if (entry === undefined) return undefined;
  const status = stringAt(entry, "lastReconciledStatus") ?? "";
  return { revision: stringAt(entry, "metadata", "revision"), isApplied: APPLIED.has(status) };
}

/** Has the controller applied a revision, and waits for its objects? Then a newer one waits as well. */
export function isCheckingHealth(object: JsonObject): boolean {
  return conditionIs(object, "Ready", "True") === undefined && findCondition(object, "Healthy")?.status === "Unknown";
}

/** Does `lastAppliedRevision` mean that the objects were seen healthy? */
export function checksHealth(object: JsonObject): boolean {
  return flagAt(object, "spec", "wait") || listAt(object, "spec", "healthChecks").length > 0;
}

/**
 * `status.history`, of older versions of Flux only what was applied last, newest first. What says nothing about a revision (a missing
 * artifact, a dependency) is left out. An entry is judged by the checks that are asked for *now*: Flux does not record those of the time.
 */
export function releasesOf(object: JsonObject, source: FluxSource): readonly EngineRelease[] {
  const origins = originsIn(object);
  const good = checksHealth(object) ? "health" : "sync";
  const applied = stringAt(object, "status", "lastAppliedRevision");
  const ready = conditionIs(object, "Ready", "True");
  const recorded = newestFirst(object).flatMap((entry) => {
    const proves = provenBy(stringAt(entry, "lastReconciledStatus") ?? "", good);
    return release(stringAt(entry, "metadata", "revision"), timeAt(entry, "lastReconciled"), proves);
  });
  return recorded.length > 0 ? recorded : release(applied, ready?.sinceMs, good);

  function release(
    written: string | undefined,
    atMs: number | undefined,
    proves: EngineRelease["proves"] | undefined,
  ): readonly EngineRelease[] {
    const revision = resolveRevision(source, written, origins);
    return revision === undefined || atMs === undefined || proves === undefined
      ? []
      : [{ revisions: [revision], atMs, proves }];
  }
}

function provenBy(status: string, good: "health" | "sync"): EngineRelease["proves"] | undefined {
  if (status === "ReconciliationSucceeded") return good;
  return ["ReconciliationFailed", "HealthCheckFailed", "PruneFailed", "BuildFailed"].includes(status)
    ? "failure"
    : undefined;
}

/** When the controller has last gone through it, as far as it has recorded that. */
export function lastReconciledMs(object: JsonObject): number | undefined {
  return timeAt(newestFirst(object)[0], "lastReconciled");
}

function newestFirst(object: JsonObject): readonly JsonObject[] {
  const timed = objectsAt(object, "status", "history").flatMap((entry) => {
    const atMs = timeAt(entry, "lastReconciled");
    return atMs === undefined ? [] : [{ entry, atMs }];
  });
  return timed.toSorted((a, b) => b.atMs - a.atMs).map(({ entry }) => entry);
}
