/** A live HelmRelease as what it deploys (helm-controller 0f61a86; fluxcd docs/spec/v2/helmreleases.md). */
import { conditionIs, countAt, findCondition, flagAt, objectsAt } from "../kstatus/fields.ts";
import { computeStatus } from "../kstatus/kstatus.ts";
import type { ObjectStatus } from "../kstatus/status.ts";
import { stringAt, valueAt } from "../model/json.ts";
import { labelsOf, lastgoodAnnotations } from "./annotations.ts";
import {
  engineKey,
  type Blocker,
  type EngineRelease,
  type EngineSource,
  type EngineState,
  type WorkloadPlace,
} from "./engine-state.ts";
import { blocker, dependenciesOf, dependencyBlockers, suspendedBlocker } from "./flux-blockers.ts";
import { chartBlockers, chartSource, readFluxChart, type FluxChart } from "./flux-chart.ts";
import { applierOf, inventoryObjects, leftAloneBy } from "./flux-inventory.ts";
import {
  kustomizationBlockers,
  kustomizationSource,
  pollOf,
  sourceOfKustomization,
  syncOf,
} from "./flux-kustomization.ts";
import { releasesOf } from "./flux-revisions.ts";
import type { FluxSource } from "./flux-source.ts";
import { fluxName, namespaceOf, type FluxContext, type FluxObject, type FluxWorld } from "./flux-world.ts";
import { parseGoDuration } from "./go-duration.ts";

/** The Kustomization that writes the release, with its files. */
interface Applier {
  readonly object: FluxObject;
  readonly source: FluxSource;
  readonly files: EngineSource;
}

/**
 * A HelmRelease knows no commit. Its manifest has one: that of the Kustomization that applies it, as long as the release has taken up
 * its newest spec. Its first source is that Kustomization's then, the second one the chart.
 */
export function helmReleaseState(object: FluxObject, context: FluxContext): EngineState {
  const { id, uid, value } = object;
  const { engine, world, nowMs } = context;
  const applier = findApplier(object, world);
  const chart = readFluxChart(object, world);
  const seen = computeStatus(value, nowMs);
  const chartFrom = chart && chartSource(object, chart);
  const revision =
    applier === undefined || leftAloneBy(object) !== undefined || (chart !== undefined && lags(chart, chartFrom))
      ? undefined
      : boundRevision(object, applier);
  const status = applier === undefined ? seen : rebind(seen, revision);
  const sources = [
    ...(applier === undefined ? [] : [withLive(applier.files, isRunning(status) ? revision : undefined)]),
    ...(chartFrom === undefined ? [] : [chartFrom]),
  ];
  const workloads = workloadsOf(object);
  const pollMs =
    applier === undefined
      ? parseGoDuration(stringAt(value, "spec", "interval"))
      : pollOf(applier.object, applier.source);
  return {
    engine,
    type: "flux",
    id,
    uid,
    status,
    sync: status.rolledBack === undefined ? syncOf(sources) : "OutOfSync",
    sources,
    history: applier === undefined ? [] : historyOf(object, applier),
    blockers: blockersOf(object, { context, applier, chart }),
    dependsOn: dependenciesOf(object).map((name) => engineKey(name)),
    ...(applier === undefined ? {} : { parent: applier.object.id }),
    annotations: lastgoodAnnotations(value),
    labels: labelsOf(value),
    ...(workloads === undefined ? {} : { workloads }),
    ...(pollMs === undefined ? {} : { pollMs }),
  };
}

function findApplier(object: FluxObject, world: FluxWorld): Applier | undefined {
  const applier = applierOf(object, world);
  const source = applier && sourceOfKustomization(applier, world);
  return applier && source && { object: applier, source, files: kustomizationSource(applier, source) };
}

/** The commit that the release's spec is of, when the release has taken it up. */
function boundRevision({ value }: FluxObject, { files }: Applier): string | undefined {
  const generation = countAt(value, "metadata", "generation");
  const attempted = countAt(value, "status", "lastAttemptedGeneration") ?? generation;
  const isTakenUp = generation === countAt(value, "status", "observedGeneration") && attempted === generation;
  return isTakenUp && !flagAt(value, "spec", "suspend") ? files.live : undefined;
}

/** A chart that is built anew at each commit: until the newest one runs, what runs is of no single commit. */
function lags({ source, strategy }: FluxChart, from: EngineSource | undefined): boolean {
  if (source.kind !== "GitRepository" || strategy !== "Revision") return false;
  return from?.live !== undefined && from.desired !== undefined && from.live !== from.desired;
}

/** The status speaks of the chart's version: a change of the values would be the same revision. */
function rebind(status: ObjectStatus, revision: string | undefined): ObjectStatus {
  const { revision: _, ...unbound } = status;
  return revision === undefined ? unbound : { ...unbound, revision };
}

/** Is what the revision asks for what runs, well or badly? */
function isRunning({ status, rolledBack }: ObjectStatus): boolean {
  return rolledBack === undefined && (status === "Current" || status === "Failed");
}

function withLive(source: EngineSource, live: string | undefined): EngineSource {
  const { live: _, ...rest } = source;
  return live === undefined ? rest : { ...rest, live };
}

/** What its Kustomization has seen healthy, where it has waited for this release too. That it failed may be another object's fault. */
function historyOf(object: FluxObject, { object: { value }, source }: Applier): readonly EngineRelease[] {
  const isWaitedFor =
    flagAt(value, "spec", "wait") ||
    objectsAt(value, "spec", "healthChecks").some(
      (check) =>
        stringAt(check, "kind") === object.id.kind &&
        stringAt(check, "name") === object.id.name &&
        stringAt(check, "namespace") === object.id.namespace,
    );
  return releasesOf(value, source)
    .filter(({ proves }) => proves !== "failure")
    .map((release) => (isWaitedFor ? release : { ...release, proves: "sync" as const }));
}

/** Its objects, where they are in this cluster; before helm-controller 1.5 only their labels are known. */
function workloadsOf(object: FluxObject): WorkloadPlace | undefined {
  const { value } = object;
  if (valueAt(value, "spec", "kubeConfig") !== undefined) return undefined;
  const namespace = stringAt(value, "spec", "targetNamespace") ?? namespaceOf(object);
  const labels = [
    `helm.toolkit.fluxcd.io/name=${object.id.name}`,
    `helm.toolkit.fluxcd.io/namespace=${namespaceOf(object)}`,
  ].join(",");
  return { namespace, objects: inventoryObjects(value) ?? [], labels };
}

interface Surroundings {
  readonly context: FluxContext;
  readonly applier: Applier | undefined;
  readonly chart: FluxChart | undefined;
}

function blockersOf(object: FluxObject, { context, applier, chart }: Surroundings): readonly Blocker[] {
  const { world, nowMs } = context;
  const name = { ...object.id, namespace: namespaceOf(object) };
  const above =
    applier === undefined
      ? []
      : kustomizationBlockers(applier.object, { world, source: applier.source, nowMs }).filter(
          ({ reason }) => reason !== "PruneOff",
        );
  return [
    ...suspendedBlocker(name, object),
    ...leftAloneBlocker(object, applier),
    ...above,
    ...dependencyBlockers(object, world),
    ...helmActionBlocker(object),
    ...(chart === undefined ? [] : chartBlockers(chart, world)),
  ];
}

function leftAloneBlocker(object: FluxObject, applier: Applier | undefined): readonly Blocker[] {
  const why = leftAloneBy(object);
  if (why === undefined || applier === undefined) return [];
  const by = fluxName({ ...applier.object.id, namespace: namespaceOf(applier.object) });
  return [blocker("Suspended", `${by} does not write it anew (${why})`)];
}

/** Helm works on an older spec: it has to end before the newest one is taken up. */
function helmActionBlocker({ value }: FluxObject): readonly Blocker[] {
  const working = conditionIs(value, "Reconciling", "True");
  const attempted = countAt(value, "status", "lastAttemptedGeneration");
  const isOlder = attempted !== undefined && attempted < (countAt(value, "metadata", "generation") ?? 0);
  if (working === undefined || !isOlder || !working.message.startsWith("Running '")) return [];
  if (findCondition(value, "Ready")?.status === "True") return [];
  return [blocker("OperationStuck", `the newest spec waits until Helm is done: ${working.message}`)];
}
