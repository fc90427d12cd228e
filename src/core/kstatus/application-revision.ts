import type { JsonObject, JsonValue } from "../model/json.ts";
import { isObject, jsonEqual, listAt, stringAt, valueAt } from "../model/json.ts";
import { flagAt, objectsAt, wordAt } from "./fields.ts";

/** What an Application reports to be at: `revision` of one source, or `revisions` of several, in the order of the sources. */
export interface Bound {
  readonly revision?: string;
  readonly revisions?: readonly string[];
}

/** What the cluster is compared with: the revision that is asked for. Undefined when it is empty, or does not fit the sources. */
export function comparedRevision(object: JsonObject): Bound | undefined {
  return boundAt(object, "status", "sync");
}

/**
 * What the last operation synced, or tried to. A dry run synced nothing. A sync of chosen resources (a self-heal is one) left the others as they
 * were: it counts only if the history says that the whole of this revision was synced before.
 */
export function syncedRevision(object: JsonObject): Bound | undefined {
  const sync = valueAt(object, "status", "operationState", "operation", "sync");
  if (flagAt(sync, "dryRun")) return undefined;
  const tried = boundAt(object, "status", "operationState", "syncResult");
  if (listAt(sync, "resources").length === 0) return tried;
  const last = objectsAt(object, "status", "history").at(-1);
  return last !== undefined && sameRevision(tried, boundIn(object, last)) ? tried : undefined;
}

/** The same revision of every source? */
export function sameRevision(a: Bound | undefined, b: Bound | undefined): boolean {
  return (
    a !== undefined && b !== undefined && a.revision === b.revision && jsonEqual(a.revisions ?? [], b.revisions ?? [])
  );
}

/**
 * The revision as a commit of the branch that people write. The source hydrator renders a *dry* commit into another branch, and syncs that one:
 * the pair is known only for its last run. A chart may be reported as its constraint; then the history knows the version.
 */
export function toWritten(object: JsonObject, bound: Bound): Bound {
  if (isHydrated(object)) {
    const done = valueAt(object, "status", "sourceHydrator", "lastSuccessfulOperation");
    const dry = stringAt(done, "hydratedSHA") === bound.revision ? wordAt(done, "drySHA") : undefined;
    return dry === undefined ? {} : { revision: dry };
  }
  const isChart = wordAt(object, "spec", "source", "chart") !== undefined && bound.revision !== undefined;
  if (!isChart || /^v?\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?$/.test(bound.revision ?? "")) return bound;
  const version = wordAt(objectsAt(object, "status", "history").at(-1), "revision");
  return version === undefined ? {} : { revision: version };
}

/** For people; several are joined by a comma. */
export function showBound(bound: Bound | undefined): string {
  return bound?.revision ?? bound?.revisions?.join(", ") ?? "no revision";
}

/**
 * `argocd app rollback`, or a sync by hand to an older revision: the history ends with a revision that an earlier entry has too, another one lies
 * between, and git asks for something else. A git revert is a new commit, and never looks like this. (Concluded from `status.history`, engines.md 2.3.)
 */
export function findRollback(object: JsonObject): { readonly from: string; readonly to: string } | undefined {
  const history = objectsAt(object, "status", "history");
  const last = history.at(-1);
  const to = wordAt(last, "revision");
  if (to === undefined || flagAt(last, "initiatedBy", "automated")) return undefined;
  if (stringAt(object, "status", "sync", "status") !== "OutOfSync" || to === comparedRevision(object)?.revision)
    return undefined;
  if (to !== syncedRevision(object)?.revision) return undefined;
  const earlier = history.slice(0, -1).map((entry) => wordAt(entry, "revision"));
  const between = earlier
    .slice(earlier.indexOf(to) + 1)
    .findLast((revision) => revision !== undefined && revision !== to);
  return earlier.includes(to) && between !== undefined ? { from: between, to } : undefined;
}

function boundAt(object: JsonObject, ...path: readonly string[]): Bound | undefined {
  return boundIn(object, valueAt(object, ...path));
}

function boundIn(object: JsonObject, holder: JsonValue | undefined): Bound | undefined {
  const sources = isHydrated(object) ? [] : listAt(object, "spec", "sources");
  if (sources.length === 0) {
    const revision = wordAt(holder, "revision");
    return revision === undefined ? undefined : { revision };
  }
  const revisions = listAt(holder, "revisions").filter(isWord);
  return revisions.length === sources.length ? { revisions } : undefined;
}

function isHydrated(object: JsonObject): boolean {
  return isObject(valueAt(object, "spec", "sourceHydrator"));
}

function isWord(value: JsonValue): value is string {
  return wordAt({ value }, "value") !== undefined;
}
