import { objectsAt } from "../kstatus/fields.ts";
import { isObject, property, valueAt, type JsonObject, type JsonValue } from "../model/json.ts";

const SOURCE_FIELDS = ["repoURL", "path", "targetRevision", "chart", "ref"];

/**
 * An Application without what `argoState` does not read: two thousand whole ones are a lot of memory. `keeps`: which of its objects are
 * worth keeping.
 */
export function trimApplication(value: JsonObject, keeps: (resource: JsonObject) => boolean): JsonObject {
  const { apiVersion, kind, metadata, spec, operation, status } = value;
  return defined({
    apiVersion,
    kind,
    metadata,
    spec: isObject(spec) ? trimSpec(spec) : spec,
    operation: isObject(operation) ? trimOperation(operation) : operation,
    status: isObject(status) ? trimStatus(status, keeps) : status,
  });
}

function trimSpec(spec: JsonObject): JsonObject {
  const { project, destination, syncPolicy, source, sources, sourceHydrator } = spec;
  const dry = valueAt(sourceHydrator, "drySource");
  return defined({
    project,
    destination,
    syncPolicy,
    source: trimSource(source),
    sources: Array.isArray(sources) ? sources.map(trimSource) : sources,
    sourceHydrator: isObject(sourceHydrator) ? defined({ drySource: trimSource(dry) }) : sourceHydrator,
  });
}

function trimStatus(status: JsonObject, keeps: (resource: JsonObject) => boolean): JsonObject {
  const { sync, health, operationState, reconciledAt, conditions, sourceHydrator, controllerNamespace } = status;
  const { history, resources } = status;
  return defined({
    sync: isObject(sync) ? pick(sync, ["status", "revision", "revisions"]) : sync,
    health,
    reconciledAt,
    conditions,
    controllerNamespace,
    sourceHydrator: trimHydrator(sourceHydrator),
    operationState: isObject(operationState) ? trimOperationState(operationState) : operationState,
    history: Array.isArray(history) ? objectsAt(status, "history").map(trimEntry) : history,
    resources: Array.isArray(resources)
      ? objectsAt(status, "resources")
          .filter(keeps)
          .map((resource) => pick(resource, ["group", "version", "kind", "namespace", "name"]))
      : resources,
  });
}

function trimEntry(entry: JsonObject): JsonObject {
  const { source, sources } = entry;
  return defined({
    ...pick(entry, ["revision", "revisions", "deployedAt", "initiatedBy"]),
    source: trimSource(source),
    sources: Array.isArray(sources) ? sources.map(trimSource) : sources,
  });
}

function trimOperationState(state: JsonObject): JsonObject {
  const { operation, syncResult } = state;
  return defined({
    ...pick(state, ["phase", "message", "startedAt", "finishedAt", "retryCount"]),
    operation: isObject(operation) ? trimOperation(operation) : operation,
    syncResult: isObject(syncResult) ? pick(syncResult, ["revision", "revisions"]) : syncResult,
  });
}

/** Of chosen resources only that there are some is of interest. */
function trimOperation(operation: JsonObject): JsonObject {
  const { sync } = operation;
  return defined({
    ...pick(operation, ["initiatedBy", "retry"]),
    sync: isObject(sync) ? pick(sync, ["revision", "revisions", "dryRun", "resources"]) : sync,
  });
}

function trimHydrator(hydrator: JsonValue | undefined): JsonValue | undefined {
  if (!isObject(hydrator)) return hydrator;
  const fields = ["drySHA", "hydratedSHA", "phase", "message"];
  const { currentOperation: current, lastSuccessfulOperation: last } = hydrator;
  return defined({
    currentOperation: isObject(current) ? pick(current, fields) : current,
    lastSuccessfulOperation: isObject(last) ? pick(last, fields) : last,
  });
}

function trimSource<T extends JsonValue | undefined>(source: T): T | JsonObject {
  return isObject(source) ? pick(source, SOURCE_FIELDS) : source;
}

/** The keys are ours: none of them is `__proto__`. */
function pick(value: JsonObject, keys: readonly string[]): JsonObject {
  const picked: Record<string, JsonValue> = {};
  for (const key of keys) {
    const item = property(value, key);
    if (item !== undefined) picked[key] = item;
  }
  return picked;
}

function defined(value: { readonly [key: string]: JsonValue | undefined }): JsonObject {
  const kept: Record<string, JsonValue> = {};
  for (const [key, item] of Object.entries(value)) if (item !== undefined) kept[key] = item;
  return kept;
}
