/** Where an Application's files come from, and what it has deployed before (engines.md, 2.1 to 2.3). */
import {
  comparedRevision,
  sameRevision,
  syncedRevision,
  toWritten,
  type Bound,
} from "../kstatus/application-revision.ts";
import { annotationOf, objectsAt, timeAt, wordAt } from "../kstatus/fields.ts";
import type { ObjectStatus } from "../kstatus/status.ts";
import { isObject, stringAt, valueAt, type JsonObject } from "../model/json.ts";
import { normalizePath } from "../target/path.ts";
import { isPinnedRevision, normalizeRepositoryUrl } from "../target/repository-url.ts";
import type { EngineRelease, EngineSource } from "./engine-state.ts";

/** Its sources in their order, each with what runs and what is asked for. */
export function argoSources(application: JsonObject, status: ObjectStatus): readonly EngineSource[] {
  const isFrozen = status.reason === "Suspended";
  const desired = isFrozen ? undefined : desiredRevision(application);
  const live = isFrozen ? undefined : liveRevision(application, status);
  return writtenSources(application).map((source, index) => {
    const [isLive, isDesired] = [revisionAt(live, index), revisionAt(desired, index)];
    // V8 gives each literal that begins with a spread a shape of its own: 200 bytes, for as long as it lives (Node 20).
    const { url, ...others } = sourceOf(source);
    return {
      url,
      ...others,
      ...(isLive === undefined ? {} : { live: isLive }),
      ...(isDesired === undefined ? {} : { desired: isDesired }),
    };
  });
}

/** `spec.sourceHydrator`, else `spec.sources` if not empty, else `spec.source`. */
function writtenSources(application: JsonObject): readonly JsonObject[] {
  const dry = valueAt(application, "spec", "sourceHydrator", "drySource");
  if (isObject(dry)) return [dry];
  const several = objectsAt(application, "spec", "sources");
  const single = valueAt(application, "spec", "source");
  return several.length > 0 ? several : isObject(single) ? [single] : [];
}

/** A path that leaves the repository is none. A source that others only take files from (`ref`) renders nothing, and has none either. */
function sourceOf(source: JsonObject): EngineSource {
  const url = stringAt(source, "repoURL") ?? "";
  const chart = stringAt(source, "chart") ?? "";
  const follows = stringAt(source, "targetRevision") ?? "";
  const written = stringAt(source, "path");
  const isRefOnly = stringAt(source, "ref") !== undefined && (written === undefined || written === "");
  const path = chart !== "" || isRefOnly ? undefined : normalizePath(written ?? "");
  const isBranch = chart === "" && !url.startsWith("oci://") && !isPinnedRevision(follows);
  return {
    url: withoutLogin(url),
    ...(path === undefined ? {} : { path }),
    ...(chart === "" ? {} : { chart }),
    ...(follows === "" ? {} : { follows }),
    fixed: !isBranch,
  };
}

function withoutLogin(url: string): string {
  return url.replace(/^(https?:\/\/)[^@/]*@/i, "$1");
}

function revisionAt(bound: Bound | undefined, index: number): string | undefined {
  return bound?.revisions === undefined ? (index === 0 ? bound?.revision : undefined) : bound.revisions[index];
}

/** What Argo CD compares with; of the hydrator what it renders at present, or has rendered last. */
function desiredRevision(application: JsonObject): Bound | undefined {
  const dry = wordAt(valueAt(application, "status", "sourceHydrator", "currentOperation"), "drySHA");
  if (dry !== undefined && isObject(valueAt(application, "spec", "sourceHydrator"))) return { revision: dry };
  const compared = comparedRevision(application);
  return compared && toWritten(application, compared);
}

/**
 * What the cluster equals: what it was found to be in sync with, else what was synced last. Nobody can tell while a sync is under way, or
 * when one ended half-way.
 */
function liveRevision(application: JsonObject, { reason }: ObjectStatus): Bound | undefined {
  const isSynced = stringAt(application, "status", "sync", "status") === "Synced" && reason !== "Stale";
  const succeeded = stringAt(application, "status", "operationState", "phase") === "Succeeded";
  const bound = isSynced ? comparedRevision(application) : succeeded ? syncedRevision(application) : undefined;
  return bound && toWritten(application, bound);
}

/**
 * What it has deployed, newest first. An entry proves that a sync succeeded; the one that runs proves more, when its health can be trusted.
 * Entries of another repository, folder or chart than today's say nothing of today's files.
 */
export function argoHistory(application: JsonObject, status: ObjectStatus): readonly EngineRelease[] {
  const today = writtenSources(application);
  const isHydrated = isObject(valueAt(application, "spec", "sourceHydrator"));
  const releases = objectsAt(application, "status", "history").flatMap((entry): readonly EngineRelease[] => {
    const atMs = timeAt(entry, "deployedAt");
    const bound = boundOf(entry);
    const written = isHydrated && bound !== undefined ? toWritten(application, bound) : bound;
    const revisions = written?.revisions ?? (written?.revision === undefined ? [] : [written.revision]);
    if (atMs === undefined || revisions.length !== today.length || today.length === 0) return [];
    const then = sourcesOfEntry(entry);
    const isOfToday = isHydrated || then.length === 0 || areSamePlaces(then, today);
    return isOfToday ? [{ revisions, atMs, proves: "sync" }] : [];
  });
  return releases
    .toReversed()
    .map((release, at) => (at === 0 ? { ...release, proves: provenBy(status, release) } : release));
}

function boundOf(entry: JsonObject): Bound | undefined {
  const several = objectsAt(entry, "sources");
  if (several.length === 0) {
    const revision = wordAt(entry, "revision");
    return revision === undefined ? undefined : { revision };
  }
  const list = valueAt(entry, "revisions");
  const revisions = Array.isArray(list) ? list.map((_, index) => wordAt({ value: list[index] }, "value")) : [];
  const words = revisions.filter((revision) => revision !== undefined);
  return words.length === several.length ? { revisions: words } : undefined;
}

function sourcesOfEntry(entry: JsonObject): readonly JsonObject[] {
  const several = objectsAt(entry, "sources");
  const single = valueAt(entry, "source");
  return several.length > 0 ? several : isObject(single) ? [single] : [];
}

/** The same repository, folder and chart, source by source? */
function areSamePlaces(some: readonly JsonObject[], others: readonly JsonObject[]): boolean {
  return (
    some.length === others.length &&
    some.every((source, index) => {
      const other = others[index] ?? {};
      return PLACE.every((key) => stringAt(source, key) === stringAt(other, key)) || placeOf(source) === placeOf(other);
    })
  );
}

const PLACE = ["repoURL", "path", "chart"];

function placeOf(source: JsonObject): string {
  const { url, path, chart } = sourceOf(source);
  return [normalizeRepositoryUrl(url), path ?? "", chart ?? ""].join(" ");
}

/** The trust rule is in the status: without a revision it belongs to none. */
function provenBy(
  { status, revision, revisions, unproven }: ObjectStatus,
  release: EngineRelease,
): EngineRelease["proves"] {
  const said: Bound = {
    ...(revision === undefined ? {} : { revision }),
    ...(revisions === undefined ? {} : { revisions }),
  };
  const [first = ""] = release.revisions;
  const released: Bound = revisions === undefined ? { revision: first } : { revisions: release.revisions };
  if (!sameRevision(said, released)) return "sync";
  if (status === "Failed") return "failure";
  return status === "Current" && unproven !== true ? "health" : "sync";
}

/** Is its status frozen? */
export function isFrozen(application: JsonObject): boolean {
  return annotationOf(application, "argocd.argoproj.io/skip-reconcile") === "true";
}
