/** Where a HelmRelease takes its chart from: `spec.chart`, or an OCIRepository or HelmChart by `spec.chartRef`. */
import { objectsAt, wordAt } from "../kstatus/fields.ts";
import { escapeText, shorten } from "../model/escape.ts";
import { isObject, stringAt, valueAt, type JsonObject, type JsonValue } from "../model/json.ts";
import { baseName, normalizePath } from "../target/path.ts";
import type { Blocker, EngineSource } from "./engine-state.ts";
import { blocker, sourceBlockers } from "./flux-blockers.ts";
import { readFluxSource, resolveRevision, type FluxSource } from "./flux-source.ts";
import { fluxName, namespaceOf, referenceIn, type FluxName, type FluxObject, type FluxWorld } from "./flux-world.ts";

/** The chart of a HelmRelease. */
export interface FluxChart {
  readonly source: FluxSource;
  /** Its name in a Helm repository, its folder in git; missing: the source is the chart. */
  readonly chart?: string;
  readonly version?: string;
  readonly strategy: "ChartVersion" | "Revision";
  /** What source-controller has made of it. */
  readonly made?: FluxObject;
}

const HELM_CHART = "HelmChart";

export function readFluxChart(release: FluxObject, world: FluxWorld): FluxChart | undefined {
  const reference = referenceIn(release, valueAt(release.value, "spec", "chartRef"));
  if (reference !== undefined) return chartByReference(reference, world);
  const spec = valueAt(release.value, "spec", "chart", "spec");
  const named = referenceIn(release, valueAt(spec, "sourceRef"));
  if (!isObject(spec) || named === undefined) return undefined;
  return { ...chartBySpec(spec, readFluxSource(named, world)), ...madeOf(release, named, world) };
}

function chartByReference(reference: FluxName, world: FluxWorld): FluxChart | undefined {
  const source = readFluxSource(reference, world);
  if (reference.kind !== HELM_CHART) return { source, strategy: "Revision" };
  const made = source.object;
  const spec = valueAt(made?.value, "spec");
  if (made === undefined || !isObject(spec)) return { source, strategy: "Revision" };
  const below = referenceIn(made, valueAt(spec, "sourceRef"));
  return below && { ...chartBySpec(spec, readFluxSource(below, world)), made };
}

function chartBySpec(spec: JsonObject, source: FluxSource): FluxChart {
  const [chart, version] = [text(stringAt(spec, "chart")), text(stringAt(spec, "version"))];
  return {
    source,
    ...(chart === undefined ? {} : { chart }),
    ...(version === undefined ? {} : { version }),
    strategy: stringAt(spec, "reconcileStrategy") === "Revision" ? "Revision" : "ChartVersion",
  };
}

/** `status.helmChart` says `namespace/name`; it is named after the release (helm-controller `GetHelmChartName`). */
function madeOf(release: FluxObject, source: FluxName, world: FluxWorld): Pick<FluxChart, "made"> {
  const [namespace = source.namespace, name = `${namespaceOf(release)}-${release.id.name}`] = (
    stringAt(release.value, "status", "helmChart") ?? ""
  )
    .split("/")
    .map((part) => (part === "" ? undefined : part));
  const made = world.find({ kind: HELM_CHART, namespace, name });
  return made === undefined ? {} : { made };
}

/** The chart as a source of the release. `fixed`: its version is written where the release is. */
export function chartSource(release: FluxObject, from: FluxChart): EngineSource {
  const { source, chart, version } = from;
  const isFolder = source.kind === "GitRepository" || source.kind === "Bucket";
  const follows = isFolder || chart === undefined ? source.follows : (version ?? "*");
  const place = isFolder
    ? { path: normalizePath((chart ?? "").replace(/^\/+/, "")) ?? "" }
    : { chart: chart ?? (source.url === "" ? source.name : baseName(source.url)) };
  const { live, desired } = chartRevisions(release, from);
  return {
    url: source.url,
    ...place,
    ...(follows === undefined ? {} : { follows }),
    fixed: source.fixed || (!isFolder && chart !== undefined),
    ...(live === undefined ? {} : { live }),
    ...(desired === undefined ? {} : { desired }),
  };
}

/** Digests of an OCI chart; commits of one that is built from git at each of them; else versions. */
function chartRevisions(release: FluxObject, { source, strategy, made }: FluxChart): FluxReach {
  const entry = deployedEntry(release.value);
  if (source.kind === "OCIRepository") {
    const [live, desired] = [stringAt(entry, "ociDigest"), source.artifact];
    return { live: resolveRevision(source, live), desired: resolveRevision(source, desired) };
  }
  const [deployed, offered] = [wordAt(entry, "chartVersion"), wordAt(made?.value, "status", "artifact", "revision")];
  if (source.kind !== "GitRepository" || strategy !== "Revision" || made === undefined || deployed !== offered) {
    return { live: deployed, desired: offered };
  }
  const built = stringAt(made.value, "status", "observedSourceArtifactRevision");
  return { live: resolveRevision(source, built), desired: resolveRevision(source, source.artifact) };
}

interface FluxReach {
  readonly live: string | undefined;
  readonly desired: string | undefined;
}

/** What Helm calls deployed; `history` is newest first. */
function deployedEntry(release: JsonObject): JsonObject | undefined {
  return objectsAt(release, "status", "history").find((one) => stringAt(one, "status") === "deployed");
}

/** What keeps a change of the chart itself from arriving; the release's values take another way. */
export function chartBlockers({ source, chart, strategy, made }: FluxChart, world: FluxWorld): readonly Blocker[] {
  const isGit = source.kind === "GitRepository";
  const still =
    isGit && strategy === "ChartVersion"
      ? [
          blocker(
            "ChartVersion",
            `the chart ${chart ?? ""} of ${fluxName(source)} is built again only when the version in its Chart.yaml changes ` +
              "(reconcileStrategy ChartVersion)",
          ),
        ]
      : [];
  const own = sourceBlockers(source, world).filter(({ reason }) => isGit || reason !== "FixedRevision");
  const chartName = made && { kind: HELM_CHART, namespace: namespaceOf(made), name: made.id.name };
  const notMade = chartName === undefined ? [] : sourceBlockers(readFluxSource(chartName, world), world);
  return [...own, ...notMade, ...still];
}

function text(value: JsonValue | undefined): string | undefined {
  return typeof value === "string" ? escapeText(shorten(value, 300)) : undefined;
}
