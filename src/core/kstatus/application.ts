import type { JsonObject } from "../model/json.ts";
import type { KindRule } from "./rule.ts";
import type { ObjectStatus, Status } from "./status.ts";
import { isObject, stringAt, valueAt } from "../model/json.ts";
import {
  comparedRevision,
  findRollback,
  sameRevision,
  showBound,
  syncedRevision,
  toWritten,
} from "./application-revision.ts";
import { annotationOf, conditionsOf, countAt, timeAt } from "./fields.ts";
import { statusOf } from "./status.ts";

/**
 * argoproj.io/v1alpha1 Application. Its health is believed only when nothing is under way, the last reconciliation is not older than the last
 * operation, and the revision is known (the rule of kargo `pkg/health/checker/builtin/argocd.go`). The verdict belongs to `revision`:
 * what the cluster equals when it is Synced, else what was synced last.
 */
export const APPLICATION: KindRule = {
  shape: {
    "spec.sources": "list",
    operation: "map",
    "status.operationState.operation": "map",
    "status.operationState.operation.sync": "map",
    "status.health": "map",
    "status.health.status": "text",
    "status.health.message": "text",
    "status.sync": "map",
    "status.sync.status": "text",
    "status.sync.revision": "text",
    "status.sync.revisions": "texts",
    "status.operationState": "map",
    "status.operationState.phase": "text",
    "status.operationState.message": "text",
    "status.operationState.syncResult": "map",
    "status.reconciledAt": "text",
    "status.history": "list",
  },
  generic: false,
  compute: (object) =>
    computeFrozen(object) ??
    computeOperation(object) ??
    computeErrors(object) ??
    computeStale(object) ??
    computeSync(object),
};

/** Argo CD's health → ours. Everything else is `Unknown`: Missing, Suspended, Unknown, and words that are not known. */
const HEALTH: ReadonlyMap<string, Status> = new Map([
  ["Healthy", "Current"],
  ["Progressing", "InProgress"],
  ["Degraded", "Failed"],
]);

/** Manifests that cannot be made, or a spec that cannot work (kargo takes the same two as unhealthy). */
const ERRORS = ["ComparisonError", "InvalidSpecError"];

/** Texts of a repo-server, API server or forge that cannot be reached or asked: the revision has no part in it. */
const TRANSPORT =
  /code = (?:Unavailable|DeadlineExceeded|Canceled|ResourceExhausted|Unauthenticated|PermissionDenied|Aborted)\b|connection (?:refused|reset)|i\/o timeout|dial tcp|TLS handshake|context deadline exceeded|no such host|authentication required|failed to list refs|too many requests/i;

/** Does a text of Argo CD tell of a repo-server, API server or forge that did not answer? It says nothing about a revision then. */
export function isTransportFailure(text: string): boolean {
  return TRANSPORT.test(text);
}

function computeFrozen(object: JsonObject): ObjectStatus | undefined {
  if (annotationOf(object, "argocd.argoproj.io/skip-reconcile") === "true") {
    return statusOf("Unknown", "Suspended", "its status is frozen by the annotation skip-reconcile");
  }
  if (!isObject(valueAt(object, "status", "health")) || !isObject(valueAt(object, "status", "sync"))) {
    return statusOf("Unknown", "NoStatus", "Argo CD has not judged the Application yet");
  }
  return undefined;
}

function computeOperation(object: JsonObject): ObjectStatus | undefined {
  const state = valueAt(object, "status", "operationState");
  const phase = stringAt(state, "phase") ?? "";
  const tried = showBound(syncedRevision(object));
  const sinceMs = timeAt(state, "startedAt");
  if (phase === "Running" || phase === "Terminating") {
    const retries = countAt(state, "retryCount") ?? 0;
    // Argo CD leaves the phase Running between the attempts, and writes finishedAt.
    const waits = retries > 0 || timeAt(state, "finishedAt") !== undefined;
    const said = stringAt(state, "message") ?? "";
    return waits
      ? statusOf(
          "Unknown",
          "OperationRetrying",
          `the sync of ${tried} failed and is tried again (retries: ${retries}): ${said}`,
          { sinceMs },
        )
      : statusOf("Unknown", "OperationRunning", `a sync of ${tried} is under way: ${said}`, { sinceMs });
  }
  if (isObject(valueAt(object, "operation"))) {
    return statusOf("Unknown", "OperationPending", "a sync is asked for and has not begun");
  }
  return undefined;
}

function computeErrors(object: JsonObject): ObjectStatus | undefined {
  const error = conditionsOf(object).find(({ type }) => ERRORS.includes(type));
  if (error === undefined) return undefined;
  if (isTransportFailure(error.message)) {
    return statusOf("Unknown", "ComparisonUnavailable", error.message, { sinceMs: error.sinceMs });
  }
  const bound = comparedRevision(object);
  return statusOf("Failed", error.type, error.message, {
    sinceMs: error.sinceMs,
    ...(bound === undefined ? {} : toWritten(object, bound)),
  });
}

/** A spec that cannot work is never reconciled: errors are asked before. */
function computeStale(object: JsonObject): ObjectStatus | undefined {
  const finishedMs = timeAt(object, "status", "operationState", "finishedAt");
  const reconciledMs = timeAt(object, "status", "reconciledAt");
  const stale = reconciledMs === undefined || (finishedMs !== undefined && reconciledMs < finishedMs);
  return stale ? statusOf("Unknown", "Stale", "its health was read before the last sync ended") : undefined;
}

function computeSync(object: JsonObject): ObjectStatus {
  const sync = stringAt(object, "status", "sync", "status") ?? "";
  const [compared, tried] = [comparedRevision(object), syncedRevision(object)];
  if (compared === undefined || (sync !== "Synced" && sync !== "OutOfSync")) {
    return statusOf(
      "Unknown",
      "NoRevision",
      `it does not tell the revision that it is at (sync is ${sync === "" ? "missing" : sync})`,
    );
  }
  const phase = stringAt(object, "status", "operationState", "phase") ?? "";
  const broken = phase === "Failed" || phase === "Error";
  if (broken && sameRevision(compared, tried)) return computeFailedSync(object);
  if (sync === "Synced") return computeHealth(object);
  if (tried === undefined)
    return statusOf("Unknown", "NeverSynced", "it is out of sync, and no whole sync is on record");
  if (broken) {
    return statusOf(
      "Unknown",
      "OperationOutdated",
      `the sync of ${showBound(tried)} failed; ${showBound(compared)} is not synced yet`,
    );
  }
  return computeHealth(object);
}

/** The revision was tried and did not get in: manifests refused, a hook or its test failed. */
function computeFailedSync(object: JsonObject): ObjectStatus {
  const state = valueAt(object, "status", "operationState");
  const message = stringAt(state, "message") ?? "the sync failed";
  const tried = syncedRevision(object) ?? {};
  const sinceMs = timeAt(state, "finishedAt");
  return isTransportFailure(message)
    ? statusOf("Unknown", "SyncUnavailable", message, { sinceMs })
    : statusOf("Failed", "SyncFailed", message, { sinceMs, ...toWritten(object, tried) });
}

/** Out of sync, the health is that of what was synced last, as far as nobody has changed it since: never a proof that it is good. */
function computeHealth(object: JsonObject): ObjectStatus {
  const word = stringAt(object, "status", "health", "status") ?? "";
  const status = HEALTH.get(word) ?? "Unknown";
  const synced = stringAt(object, "status", "sync", "status") === "Synced";
  const bound = synced ? comparedRevision(object) : syncedRevision(object);
  const said = stringAt(object, "status", "health", "message") ?? "";
  const text = said === "" ? `Argo CD calls it ${word === "" ? "nothing" : word}` : said;
  const drifted = status === "Current" && !synced;
  return statusOf(status, drifted ? "OutOfSync" : word, text, {
    sinceMs: timeAt(object, "status", "health", "lastTransitionTime"),
    ...(bound === undefined ? {} : toWritten(object, bound)),
    rolledBack: findRollback(object),
    unproven: drifted,
  });
}
