/**
 * Which files belong to a Flux Kustomization or HelmRelease (fluxcd docs/spec/v1/kustomizations.md, v2/helmreleases.md).
 */
import type { JsonObject, JsonValue } from "../model/json.ts";
import { isObject, listAt, stringAt, valueAt } from "../model/json.ts";
import type { TargetSource } from "../model/target.ts";
import { exists, isTemplate, withManifest, type FoundSources, type SourceContext } from "./argocd.ts";
import { joinPath, normalizePath } from "./path.ts";
import { isManagedUrl, isPinnedRevision } from "./repository-url.ts";

export interface FluxContext extends SourceContext {
  /** The GitRepositories of this repository: where a `sourceRef` may lead. */
  readonly gitRepositories: readonly { readonly manifest: string; readonly value: JsonObject }[];
}

type Reach =
  | { readonly kind: "moves" | "elsewhere" }
  /** A commit on a branch changes nothing; the revision stands in `manifest`, if that is in this repository. */
  | { readonly kind: "pinned"; readonly manifest: string | undefined };

/** Finds what a Flux Kustomization applies. Its own manifest belongs to it when it says more than where to look. */
export function kustomizationSources(object: JsonObject, context: FluxContext): FoundSources {
  const notes: string[] = [];
  const written = stringAt(object, "spec", "path") ?? "";
  const path = isTemplate(written) ? undefined : rootPath(written);
  if (path === undefined) return { sources: [], notes: [`cannot follow path ${written}`] };
  const reach = sourceReach(object, valueAt(object, "spec", "sourceRef"), { path, context, notes });
  const substitutes = listAt(object, "spec", "postBuild", "substituteFrom").map(referenceName);
  if (substitutes.length > 0) notes.push(`substitutes from ${substitutes.join(", ")}, which may not be in git`);
  const own = hasInlineSettings(object);
  if (reach.kind === "elsewhere") return { sources: own ? withManifest([], context.manifest) : [], notes };
  if (reach.kind === "pinned") {
    const pinnedIn = withManifest([], reach.manifest ?? context.manifest);
    return {
      sources: own && reach.manifest !== undefined ? withManifest(pinnedIn, context.manifest) : pinnedIn,
      notes,
    };
  }
  const components = listAt(object, "spec", "components").flatMap((item) => {
    const component = typeof item === "string" && !isTemplate(item) ? joinPath(path, item) : undefined;
    return component ?? [];
  });
  const source: TargetSource = { path, tool: "kustomize", ...(components.length > 0 ? { files: components } : {}) };
  return { sources: own ? withManifest([source], context.manifest) : [source], notes };
}

/** Finds what a HelmRelease installs: always its own manifest (chart version, values), and the chart if it lies in git here. */
export function helmReleaseSources(object: JsonObject, context: FluxContext): FoundSources {
  const notes: string[] = [];
  for (const item of listAt(object, "spec", "valuesFrom")) notes.push(`takes values from ${referenceName(item)}`);
  const chart = valueAt(object, "spec", "chart", "spec");
  const own = withManifest([], context.manifest);
  if (!isObject(chart)) {
    const reference = valueAt(object, "spec", "chartRef");
    if (isObject(reference)) notes.push(`chart comes from ${referenceName(reference)}`);
    return { sources: own, notes };
  }
  const name = stringAt(chart, "chart") ?? "";
  const reference = valueAt(chart, "sourceRef");
  if (stringAt(reference, "kind") !== "GitRepository") {
    notes.push(
      `chart ${name} ${stringAt(chart, "version") ?? ""}`.trimEnd() + ` comes from ${referenceName(reference ?? null)}`,
    );
    return { sources: own, notes };
  }
  const path = isTemplate(name) ? undefined : rootPath(name);
  if (path === undefined) return { sources: own, notes: [...notes, `cannot follow chart ${name}`] };
  const reach = sourceReach(object, reference, { path, context, notes });
  if (reach.kind === "elsewhere") return { sources: own, notes };
  if (reach.kind === "pinned")
    return { sources: reach.manifest === undefined ? own : withManifest(own, reach.manifest), notes };
  if (stringAt(chart, "reconcileStrategy") !== "Revision") {
    notes.push(
      `Flux builds chart ${name} again only when the version in its Chart.yaml changes (reconcileStrategy ChartVersion)`,
    );
  }
  const valuesFiles = listAt(chart, "valuesFiles").flatMap((item) => valuesFile(item, path, context));
  return { sources: withManifest([{ path, tool: "helm", files: valuesFiles }], context.manifest), notes };
}

/** Relative to the source's root; read from the chart's folder when it is only there, as older releases did. */
function valuesFile(item: JsonValue, chart: string, { tree }: FluxContext): readonly string[] {
  if (typeof item !== "string" || isTemplate(item)) return [];
  const fromRoot = rootPath(item);
  const fromChart = joinPath(chart, item);
  const found = [fromRoot, fromChart].find((path) => path !== undefined && tree.file(path) !== undefined) ?? fromRoot;
  return found === undefined ? [] : [found];
}

/** Flux joins paths securely: `/apps` and `./apps` are the same. */
function rootPath(path: string): string | undefined {
  return normalizePath(path.replace(/^\/+/, ""));
}

function sourceReach(
  object: JsonObject,
  reference: JsonValue | undefined,
  { path, context, notes }: { readonly path: string; readonly context: FluxContext; readonly notes: string[] },
): Reach {
  const isHere = exists(context.tree, path);
  const named = referenceName(reference ?? null);
  if (reference === undefined) return isHere ? { kind: "moves" } : { kind: "elsewhere" };
  if (stringAt(reference, "kind") !== "GitRepository") {
    notes.push(`reads from ${named}, which is not a git repository`);
    return { kind: "elsewhere" };
  }
  const candidates = findSource(object, reference, context);
  const source = candidates.find(({ value }) => isManagedUrl(urlOf(value), context.repositoryUrls) !== false);
  if (source === undefined && candidates.length > 0) {
    notes.push(`reads from another repository: ${urlOf(candidates[0]?.value)}`);
    return { kind: "elsewhere" };
  }
  if (!isHere) {
    notes.push(`${named} has path ${path}, which is not here`);
    return context.repositoryUrls.length > 0 && source !== undefined ? { kind: "moves" } : { kind: "elsewhere" };
  }
  if (source === undefined) {
    notes.push(`took ${named} for this repository, because the path exists here`);
    return { kind: "moves" };
  }
  const pin = pinOf(source.value);
  if (pin === undefined) return { kind: "moves" };
  notes.push(`${named} is pinned to ${pin}: a change arrives only when that changes in ${source.manifest}`);
  return { kind: "pinned", manifest: source.manifest };
}

function findSource(
  object: JsonObject,
  reference: JsonValue,
  { gitRepositories }: FluxContext,
): FluxContext["gitRepositories"] {
  const namespace = stringAt(reference, "namespace") ?? stringAt(object, "metadata", "namespace");
  return gitRepositories.filter(({ value }) => {
    const own = stringAt(value, "metadata", "namespace");
    const isNamed = stringAt(value, "metadata", "name") === stringAt(reference, "name");
    return isNamed && (own === undefined || namespace === undefined || own === namespace);
  });
}

function urlOf(source: JsonObject | undefined): string {
  return stringAt(source, "spec", "url") ?? "";
}

/** Precedence of `spec.ref`: branch < tag < semver < name < commit (docs/spec/v1/gitrepositories.md). */
function pinOf(source: JsonObject): string | undefined {
  const ref = valueAt(source, "spec", "ref");
  const [commit, name, semver, tag] = ["commit", "name", "semver", "tag"].map((key) => stringAt(ref, key));
  if (commit !== undefined) return commit;
  if (name !== undefined) return isPinnedRevision(name) ? name : undefined;
  return semver ?? tag;
}

function referenceName(reference: JsonValue): string {
  return `${stringAt(reference, "kind") ?? "?"}/${stringAt(reference, "name") ?? "?"}`;
}

function hasInlineSettings(object: JsonObject): boolean {
  const fields = [
    "patches",
    "patchesStrategicMerge",
    "patchesJson6902",
    "images",
    "namePrefix",
    "nameSuffix",
    "targetNamespace",
  ];
  return [...fields.map((field) => [field]), ["postBuild", "substitute"]].some(
    (path) => valueAt(object, "spec", ...path) !== undefined,
  );
}
