/** A live Kustomization as what it deploys (kustomize-controller 186fb3b; fluxcd docs/spec/v1/kustomizations.md). */
import { findCondition, flagAt } from "../kstatus/fields.ts";
import { computeStatus } from "../kstatus/kstatus.ts";
import type { ObjectStatus } from "../kstatus/status.ts";
import { stringAt, valueAt } from "../model/json.ts";
import { normalizePath } from "../target/path.ts";
import { labelsOf, lastgoodAnnotations } from "./annotations.ts";
import { engineKey, type Blocker, type EngineSource, type EngineState, type WorkloadPlace } from "./engine-state.ts";
import { blocker, dependenciesOf, dependencyBlockers, sourceBlockers, suspendedBlocker } from "./flux-blockers.ts";
import { applierOf, inventoryObjects } from "./flux-inventory.ts";
import { isCheckingHealth, lastReconciledMs, releasesOf, revisionsOf } from "./flux-revisions.ts";
import { originsIn, readFluxSource, resolveRevision, type FluxSource } from "./flux-source.ts";
import { namespaceOf, referenceIn, type FluxContext, type FluxObject, type FluxWorld } from "./flux-world.ts";
import { parseGoDuration } from "./go-duration.ts";

/** What the Kustomization is, and where its files come from; the source is missing when it names none. */
export function kustomizationState(object: FluxObject, context: FluxContext): EngineState {
  const { id, uid, value } = object;
  const { engine, world, nowMs } = context;
  const source = sourceOfKustomization(object, world);
  const sources = source === undefined ? [] : [kustomizationSource(object, source)];
  const parent = applierOf(object, world)?.id;
  const workloads = workloadsOf(object);
  const lookedAtMs = lastReconciledMs(value);
  const pollMs = pollOf(object, source);
  return {
    engine,
    type: "flux",
    id,
    uid,
    status: withOrigin(computeStatus(value, nowMs), object, source),
    sync: syncOf(sources),
    sources,
    history: source === undefined ? [] : releasesOf(value, source),
    blockers: kustomizationBlockers(object, { world, source, nowMs }),
    dependsOn: dependenciesOf(object).map((name) => engineKey(name)),
    ...(parent === undefined ? {} : { parent }),
    annotations: lastgoodAnnotations(value),
    labels: labelsOf(value),
    ...(workloads === undefined ? {} : { workloads }),
    ...(lookedAtMs === undefined ? {} : { lookedAtMs }),
    ...(pollMs === undefined ? {} : { pollMs }),
  };
}

export function sourceOfKustomization(object: FluxObject, world: FluxWorld): FluxSource | undefined {
  const name = referenceIn(object, valueAt(object.value, "spec", "sourceRef"));
  return name && readFluxSource(name, world);
}

/** Its files, and which revision of them runs. */
export function kustomizationSource({ value }: FluxObject, source: FluxSource): EngineSource {
  const { url, follows, fixed } = source;
  const { live, desired } = revisionsOf(value, source);
  return {
    url,
    path: normalizePath((stringAt(value, "spec", "path") ?? "").replace(/^\/+/, "")) ?? "",
    ...(follows === undefined ? {} : { follows }),
    fixed,
    ...(live === undefined ? {} : { live }),
    ...(desired === undefined ? {} : { desired }),
  };
}

/** Different wherever both are known: out of sync. */
export function syncOf(sources: readonly EngineSource[]): EngineState["sync"] {
  const known = sources.filter(({ live, desired }) => live !== undefined && desired !== undefined);
  if (known.some(({ live, desired }) => live !== desired)) return "OutOfSync";
  return known.length > 0 && known.length === sources.length ? "Synced" : "Unknown";
}

/** How often a new commit is looked for: that is the source's interval, for a new artifact wakes the Kustomization. */
export function pollOf({ value }: FluxObject, source: FluxSource | undefined): number | undefined {
  const own = parseGoDuration(stringAt(value, "spec", "interval"));
  return parseGoDuration(stringAt(source?.object?.value, "spec", "interval")) ?? own;
}

/** The status names the digest of an OCI artifact: the commit that it was made from says more. */
function withOrigin(status: ObjectStatus, { value }: FluxObject, source: FluxSource | undefined): ObjectStatus {
  if (source === undefined || source.kind === "GitRepository" || !status.revision?.startsWith("sha256:")) return status;
  const revision = resolveRevision(source, status.revision, originsIn(value));
  return revision === undefined ? status : { ...status, revision };
}

/** Its objects, where they are in this cluster. */
function workloadsOf({ value }: FluxObject): WorkloadPlace | undefined {
  if (valueAt(value, "spec", "kubeConfig") !== undefined) return undefined;
  const objects = inventoryObjects(value);
  const namespace = stringAt(value, "spec", "targetNamespace");
  return objects && { objects, ...(namespace === undefined ? {} : { namespace }) };
}

interface BlockerContext {
  readonly world: FluxWorld;
  readonly source: FluxSource | undefined;
  readonly nowMs: number;
}

export function kustomizationBlockers(
  object: FluxObject,
  { world, source, nowMs }: BlockerContext,
): readonly Blocker[] {
  const name = { ...object.id, namespace: namespaceOf(object) };
  const prune = flagAt(object.value, "spec", "prune");
  return [
    ...suspendedBlocker(name, object),
    ...(source === undefined ? [] : sourceBlockers(source, world)),
    ...dependencyBlockers(object, world, source),
    ...healthCheckBlocker(object, source, nowMs),
    ...(prune ? [] : [blocker("PruneOff", "prune is off: what only a revert would take away stays in the cluster")]),
  ];
}

/** A new commit waits until the check of the old one has passed or timed out, unless the controller was told to cancel it. */
function healthCheckBlocker({ value }: FluxObject, source: FluxSource | undefined, nowMs: number): readonly Blocker[] {
  if (source === undefined || !isCheckingHealth(value)) return [];
  const { attempted, desired } = revisionsOf(value, source);
  if (attempted === undefined || desired === undefined || attempted === desired) return [];
  const sinceMs = findCondition(value, "Healthy")?.sinceMs;
  const untilMs = sinceMs === undefined ? undefined : sinceMs + timeoutOf(value);
  const text =
    `${desired} waits until the health check of ${attempted} has passed or timed out ` +
    "(feature gate CancelHealthCheckOnNewRevision would end it)";
  return [blocker("OperationStuck", text, untilMs === undefined || untilMs < nowMs ? {} : { untilMs })];
}

const LEAST_TIMEOUT_MS = 30_000;

/** `spec.timeout`, else the interval less 30 s; 30 s at least (kustomize-controller `GetTimeout`). */
function timeoutOf(value: FluxObject["value"]): number {
  const [timeout, interval] = ["timeout", "interval"].map((key) => parseGoDuration(stringAt(value, "spec", key)));
  return Math.max(timeout ?? (interval ?? 0) - LEAST_TIMEOUT_MS, LEAST_TIMEOUT_MS);
}
