import type { JsonValue } from "../model/json.ts";
import { isObject, listAt, property, stringAt } from "../model/json.ts";
import { folderOf, joinPath } from "./path.ts";

/** What a kustomization is made of, besides itself. */
export interface KustomizationInputs {
  /** Files or folders (bases, components, local charts) of the repository, from its root. They may be missing. */
  readonly paths: readonly string[];
  /** Files that name further files (`generators`, `transformers`, `validators`): a part of `paths`. */
  readonly plugins: readonly string[];
  /** Folders in which kustomize would find or unpack a chart of `helmCharts`. */
  readonly charts: readonly string[];
  /** URLs of remote bases and files: never followed. */
  readonly remote: readonly string[];
  /** As written: paths that leave the repository. */
  readonly outside: readonly string[];
}

/** Fields that are lists of paths (kustomize `api/types/kustomization.go`). An entry with a line break is inline YAML. */
const PATH_LISTS = [
  "resources",
  "bases",
  "components",
  "patchesStrategicMerge",
  "crds",
  "configurations",
  "generators",
  "transformers",
  "validators",
] as const;

const PLUGIN_LISTS = ["generators", "transformers", "validators"] as const;

/** Finds everything that a kustomization file (at `path`, from the root of the repository) names. */
export function kustomizationInputs(path: string, value: JsonValue): KustomizationInputs {
  const written = [
    ...PATH_LISTS.flatMap((field) => texts(listAt(value, field))),
    ...["patches", "patchesJson6902", "replacements"].flatMap((field) => pathsOf(listAt(value, field))),
    ...texts([stringAt(value, "openapi", "path") ?? null]),
    ...["configMapGenerator", "secretGenerator"].flatMap((field) => listAt(value, field).flatMap(generatorFiles)),
    ...listAt(value, "helmCharts").flatMap(chartValues),
    ...pathsOf(listAt(value, "helmChartInflationGenerator"), "values"),
  ];
  const folder = folderOf(path);
  const sorted = sortPaths(folder, written);
  const plugins = PLUGIN_LISTS.flatMap((field) => texts(listAt(value, field)));
  return {
    ...sorted,
    plugins: sortPaths(folder, plugins).paths,
    charts: sortPaths(folder, chartFolders(value)).paths,
  };
}

/**
 * Finds the files that the configuration of a generator or transformer names: ksops' `files` and `secretFrom`,
 * the built-in ones' `path`, `paths`, `files`, `envs`, `valuesFile`. kustomize reads them from the kustomization's folder.
 */
export function pluginInputs(
  folder: string,
  value: JsonValue,
): Pick<KustomizationInputs, "paths" | "remote" | "outside"> {
  const written = [
    ...texts([stringAt(value, "path") ?? null, ...listAt(value, "paths")]),
    ...generatorFiles(value),
    ...listAt(value, "secretFrom").flatMap(generatorFiles),
    ...pathsOf(listAt(value, "replacements")),
    ...chartValues(value),
  ];
  return sortPaths(folder, written);
}

/** Is this the address of something outside, in one of the forms that kustomize takes for a repository or a download? */
export function isRemote(text: string): boolean {
  return (
    /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ||
    /^(?:git::|gh:|git@|[\w.-]+@[\w.-]+:)/i.test(text) ||
    /^(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org)[/:]/i.test(text) ||
    /[?&](?:ref|version|timeout|submodules)=/.test(text) ||
    /\.git(?:\/|$)/.test(text) ||
    /^[a-z0-9-]+(?:\.[a-z0-9-]+)+(?::\d+)?\/.+\/\//i.test(text)
  );
}

/** Does this kustomization change that workload: a patch aimed at it, or an image or replica count of it? */
export function namesWorkload(
  value: JsonValue,
  workload: { readonly kind: string; readonly name: string; readonly images: readonly string[] },
): boolean {
  const isNamed = (item: JsonValue): boolean => stringAt(item, "name") === workload.name;
  const isImage = (item: JsonValue): boolean => workload.images.includes(stringAt(item, "name") ?? "");
  return (
    aimedPatches(value).some((patch) => isAimedAt(patch, workload)) ||
    inlinePatches(value).some((text) => isPatchOf(text, workload)) ||
    listAt(value, "replicas").some(isNamed) ||
    listAt(value, "images").some(isImage)
  );
}

/** The files of the patches that are aimed (by `target`) at that workload, as written. */
export function patchFilesFor(
  value: JsonValue,
  workload: { readonly kind: string; readonly name: string },
): readonly string[] {
  return pathsOf(aimedPatches(value).filter((patch) => isAimedAt(patch, workload)));
}

function aimedPatches(value: JsonValue): readonly JsonValue[] {
  return [...listAt(value, "patches"), ...listAt(value, "patchesJson6902")];
}

function inlinePatches(value: JsonValue): readonly string[] {
  const patches = aimedPatches(value).flatMap((patch) => stringAt(patch, "patch") ?? []);
  const merged = listAt(value, "patchesStrategicMerge").filter((item) => typeof item === "string");
  return [...patches, ...merged].filter((text) => text.includes("\n"));
}

/** A strategic merge patch names its object itself: lines `kind: Deployment` and `name: api`. */
function isPatchOf(text: string, workload: { readonly kind: string; readonly name: string }): boolean {
  const lines = new Set(text.split("\n").map((line) => line.trim().replaceAll(/["']/g, "")));
  return lines.has(`kind: ${workload.kind}`) && lines.has(`name: ${workload.name}`);
}

/** kustomize reads `target` names as anchored regular expressions; a plain name is its own, `.*` and nothing mean all. */
function isAimedAt(patch: JsonValue, workload: { readonly kind: string; readonly name: string }): boolean {
  const target = property(patch, "target");
  if (!isObject(target)) return false;
  const fits = (key: "kind" | "name"): boolean => {
    const wanted = stringAt(target, key);
    return wanted === undefined || wanted === "" || wanted === ".*" || wanted === workload[key];
  };
  return fits("kind") && fits("name");
}

function generatorFiles(generator: JsonValue): readonly string[] {
  const files = texts(listAt(generator, "files")).map((text) => text.slice(text.indexOf("=") + 1));
  return [...files, ...texts(listAt(generator, "envs")), ...texts([stringAt(generator, "env") ?? null])];
}

function chartValues(chart: JsonValue): readonly string[] {
  return texts([stringAt(chart, "valuesFile") ?? null, ...listAt(chart, "additionalValuesFiles")]);
}

/** A chart is read from `<chartHome>/<name>`, and downloaded to there when it is missing (kustomize `HelmChartInflationGenerator`). */
function chartFolders(value: JsonValue): readonly string[] {
  const home = stringAt(value, "helmGlobals", "chartHome") ?? "charts";
  const named = listAt(value, "helmCharts").flatMap((chart) => texts([stringAt(chart, "name") ?? null]));
  const legacy = listAt(value, "helmChartInflationGenerator").flatMap((chart) => {
    const name = stringAt(chart, "chartName");
    return name === undefined ? [] : [`${stringAt(chart, "chartHome") ?? "charts"}/${name}`];
  });
  return [...named.map((name) => `${home}/${name}`), ...legacy];
}

function pathsOf(items: readonly JsonValue[], key = "path"): readonly string[] {
  return texts(items.map((item) => stringAt(item, key) ?? null));
}

function texts(items: readonly JsonValue[]): readonly string[] {
  return items.filter((item): item is string => typeof item === "string" && item !== "" && !item.includes("\n"));
}

function sortPaths(
  folder: string,
  written: readonly string[],
): { readonly paths: readonly string[]; readonly remote: readonly string[]; readonly outside: readonly string[] } {
  const unique = [...new Set(written)];
  const remote = unique.filter(isRemote);
  const local = unique.filter((text) => !isRemote(text)).map((text) => ({ text, path: joinPath(folder, text) }));
  return {
    paths: [...new Set(local.flatMap(({ path }) => (path === undefined ? [] : [path])))],
    remote,
    outside: local.flatMap(({ text, path }) => (path === undefined ? [text] : [])),
  };
}
