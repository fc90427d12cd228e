/**
 * Which files belong to an Argo CD Application (argo-cd `pkg/apis/application/v1alpha1/types.go` and docs/user-guide:
 * multiple_sources, tool_detection, helm, directory). Everything in a manifest is untrusted: paths cannot leave the repository.
 */
import type { JsonObject, JsonValue } from "../model/json.ts";
import { isObject, listAt, property, stringAt, valueAt } from "../model/json.ts";
import type { SourceTool, TargetSource } from "../model/target.ts";
import { isGlob } from "./glob.ts";
import { joinPath, normalizePath } from "./path.ts";
import { isManagedUrl, isPinnedRevision } from "./repository-url.ts";
import type { FileTree } from "./tree.ts";

/** What an engine's object is read against. */
export interface SourceContext {
  readonly tree: FileTree;
  /** The known addresses of the managed repository; empty: sources are taken by whether their path exists. */
  readonly repositoryUrls: readonly string[];
  /** The manifest that defines the object. */
  readonly manifest: string;
}

/** Where an engine's object is read from, and what could not be followed. No sources: nothing of it lies in this repository. */
export interface FoundSources {
  readonly sources: readonly TargetSource[];
  readonly notes: readonly string[];
}

interface Reading extends SourceContext {
  readonly application: JsonObject;
  readonly name: string;
  /** `ref` → does it name the managed repository, at a revision that moves? */
  readonly refs: ReadonlyMap<string, boolean>;
  readonly notes: string[];
}

/** Finds the sources of an Application that lie in the managed repository. */
export function applicationSources(application: JsonObject, context: SourceContext): FoundSources {
  const notes: string[] = [];
  const written = writtenSources(application, notes);
  const name = stringAt(application, "metadata", "name") ?? "";
  const reading: Reading = { ...context, application, name, notes, refs: new Map() };
  const refs = new Map(
    written.flatMap((source) => {
      const ref = stringAt(source, "ref");
      return ref === undefined ? [] : [[ref, reachOf(source, reading, false) === "moves"] as const];
    }),
  );
  const read = written.map((source) => readSource(source, { ...reading, refs }));
  const sources = read.flatMap(({ source }) => (source === undefined ? [] : [source]));
  const carries = read.some(({ inManifest }) => inManifest);
  return { sources: carries ? withManifest(sources, context.manifest) : sources, notes: [...new Set(notes)] };
}

/** Adds the manifest itself: to the first source, or as one of its own. */
export function withManifest(sources: readonly TargetSource[], manifest: string): readonly TargetSource[] {
  const [first, ...rest] = sources;
  if (first === undefined) return [{ path: manifest, tool: "directory" }];
  return [{ ...first, files: [...(first.files ?? []), manifest] }, ...rest];
}

/** Is the text still a template (Go, Helm, fasttemplate), or a Flux substitution? Then it names nothing that could be looked up. */
export function isTemplate(text: string): boolean {
  return text.includes("{{") || text.includes("${");
}

/** `spec.sourceHydrator`, else `spec.sources` if not empty, else `spec.source`. */
function writtenSources(application: JsonObject, notes: string[]): readonly JsonObject[] {
  const dry = valueAt(application, "spec", "sourceHydrator", "drySource");
  if (isObject(dry)) {
    notes.push("hydrated by Argo CD: the dry source is reverted, the next hydration follows");
    return [dry];
  }
  const several = listAt(application, "spec", "sources").filter(isObject);
  if (several.length > 0) return several;
  const single = valueAt(application, "spec", "source");
  return isObject(single) ? [single] : [];
}

/**
 * `moves`: the managed repository at a branch. `pinned`: the managed repository, but a commit there changes nothing.
 * `chart`: a chart from a registry. `elsewhere`: another repository.
 */
type Reach = "moves" | "pinned" | "chart" | "elsewhere";

function reachOf(source: JsonObject, reading: Reading, needsPath: boolean): Reach {
  const url = stringAt(source, "repoURL") ?? "";
  if (stringAt(source, "chart") !== undefined) return "chart";
  const managed = isTemplate(url) ? undefined : isManagedUrl(url, reading.repositoryUrls);
  if (managed === false) {
    reading.notes.push(`reads from another repository: ${url}`);
    return "elsewhere";
  }
  const path = normalizePath(stringAt(source, "path") ?? "");
  if (managed === undefined && needsPath && (path === undefined || !exists(reading.tree, path))) {
    reading.notes.push(`reads from ${url}, which has ${stringAt(source, "path") ?? "no path"}; not found here`);
    return "elsewhere";
  }
  if (managed === undefined && needsPath)
    reading.notes.push(`took ${url} for this repository, because its path exists here`);
  const revision = stringAt(source, "targetRevision") ?? "";
  if (!isPinnedRevision(revision)) return "moves";
  reading.notes.push(`pinned to ${revision}: a change arrives only with a new targetRevision in ${reading.manifest}`);
  return "pinned";
}

function readSource(
  source: JsonObject,
  reading: Reading,
): { readonly source?: TargetSource; readonly inManifest: boolean } {
  const path = stringAt(source, "path");
  const isRefOnly =
    stringAt(source, "ref") !== undefined && path === undefined && stringAt(source, "chart") === undefined;
  if (isRefOnly) return { inManifest: isPinnedRevision(stringAt(source, "targetRevision") ?? "") };
  const reach = reachOf(source, reading, true);
  if (reach === "chart") return readChart(source, reading);
  if (reach === "elsewhere") return { inManifest: false };
  if (reach === "pinned") return { inManifest: true };
  if (path === undefined || isTemplate(path)) {
    reading.notes.push(path === undefined ? "a source without a path" : `path is a template: ${path}`);
    return { inManifest: false };
  }
  const folder = normalizePath(path);
  if (folder === undefined) {
    reading.notes.push(`path leaves the repository: ${path}`);
    return { inManifest: false };
  }
  return { source: readFolder(source, folder, reading), inManifest: hasInlineSettings(source) };
}

/** The chart's version and inline values are in the manifest; value files may still be here, by `$ref`. */
function readChart(
  source: JsonObject,
  reading: Reading,
): { readonly source?: TargetSource; readonly inManifest: boolean } {
  const chart = `${stringAt(source, "chart") ?? ""} ${stringAt(source, "targetRevision") ?? ""}`.trim();
  reading.notes.push(`chart ${chart} comes from ${stringAt(source, "repoURL") ?? "a registry"}`);
  const [first, ...rest] = helmFiles(source, undefined, reading);
  if (first === undefined) return { inManifest: true };
  return { source: { path: first, tool: "directory", ...(rest.length > 0 ? { files: rest } : {}) }, inManifest: true };
}

function readFolder(source: JsonObject, folder: string, reading: Reading): TargetSource {
  const files = [
    ...helmFiles(source, folder, reading),
    ...joined(folder, listAt(source, "kustomize", "components"), reading),
    ...jsonnetFolders(source),
    ...sourceOverrides(folder, reading),
    ...annotatedPaths(folder, reading),
  ];
  return { path: folder, ...toolOf(source), files: [...new Set(files)] };
}

/** The explicit block decides; without one Argo CD looks into the folder. */
function toolOf(source: JsonObject): Pick<TargetSource, "tool" | "recurse" | "include" | "exclude"> {
  const has = (key: string): boolean => {
    const block = property(source, key);
    return isObject(block) && Object.keys(block).length > 0;
  };
  const explicit: readonly SourceTool[] = has("helm") ? ["helm"] : has("kustomize") ? ["kustomize"] : [];
  if (isObject(property(source, "plugin"))) return { tool: "everything" };
  if (explicit[0] !== undefined) return { tool: explicit[0] };
  if (!has("directory")) return { tool: "detect" };
  const directory = property(source, "directory");
  const include = stringAt(directory, "include");
  const exclude = stringAt(directory, "exclude");
  return {
    tool: "directory",
    recurse: property(directory, "recurse") === true,
    ...(include === undefined || include === "" ? {} : { include: [directoryGlob(include)] }),
    ...(exclude === undefined || exclude === "" ? {} : { exclude: [directoryGlob(exclude)] }),
  };
}

/**
 * In `directory.include` and `exclude`, `*` crosses folders: Argo CD compiles them without a separator
 * (argo-cd `reposerver/repository/repository.go` getPotentiallyValidManifestFile, `util/glob`).
 */
function directoryGlob(pattern: string): string {
  return pattern.replaceAll(/\*+/g, "**").replaceAll("**/", "**[/]");
}

/** `helm.valueFiles` and `fileParameters`: relative to `path`, `/` the repository's root, `$ref/` another source's root. */
function helmFiles(source: JsonObject, folder: string | undefined, reading: Reading): readonly string[] {
  const helm = property(source, "helm");
  const parameters = listAt(helm, "fileParameters").map((parameter) => stringAt(parameter, "path") ?? null);
  return [...listAt(helm, "valueFiles"), ...parameters].flatMap((item) => {
    const path = typeof item === "string" ? helmFile(item, folder, reading) : undefined;
    return path === undefined ? [] : [path];
  });
}

function helmFile(written: string, folder: string | undefined, reading: Reading): string | undefined {
  const { application, name, notes, refs } = reading;
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(written)) return noted(notes, `value file from ${written}`);
  const ref = /^\$([A-Za-z0-9_-]+)\/(.*)$/.exec(written);
  if (ref?.[1] !== undefined && refs.has(ref[1])) {
    if (refs.get(ref[1]) !== true) return undefined;
    const path = normalizePath(ref[2] ?? "") ?? noted(notes, `value file leaves the repository: ${written}`);
    const isHere =
      reading.repositoryUrls.length > 0 || path === undefined || isGlob(path) || exists(reading.tree, path);
    return isHere ? path : noted(notes, `value file not found here: ${written}`);
  }
  // Build variables (argo-cd docs/user-guide/build-environment.md).
  const text = written
    .replaceAll(/\$(?:ARGOCD_APP_NAME\b|\{ARGOCD_APP_NAME\})/g, () => name)
    .replaceAll(
      /\$(?:ARGOCD_APP_NAMESPACE\b|\{ARGOCD_APP_NAMESPACE\})/g,
      () => stringAt(application, "spec", "destination", "namespace") ?? "",
    );
  if (text.includes("$") || isTemplate(text)) return noted(notes, `value file with a variable: ${written}`);
  if (text.startsWith("/")) {
    return normalizePath(text.replace(/^\/+/, "")) ?? noted(notes, `value file leaves the repository: ${written}`);
  }
  if (folder === undefined) return noted(notes, `value file inside a chart from a registry: ${written}`);
  return joinPath(folder, text) ?? noted(notes, `value file leaves the repository: ${written}`);
}

function noted(notes: string[], note: string): undefined {
  notes.push(note);
  return undefined;
}

function joined(folder: string, items: readonly JsonValue[], reading: Reading): readonly string[] {
  return items.flatMap((item) => {
    if (typeof item !== "string") return [];
    const path = isTemplate(item) ? undefined : joinPath(folder, item);
    return path === undefined ? (noted(reading.notes, `cannot follow ${item}`) ?? []) : [path];
  });
}

/** `directory.jsonnet.libs` are folders from the repository's root. */
function jsonnetFolders(source: JsonObject): readonly string[] {
  return listAt(source, "directory", "jsonnet", "libs").flatMap((item) => {
    const path = typeof item === "string" ? normalizePath(item) : undefined;
    return path === undefined || path === "" ? [] : [path];
  });
}

/** Overrides lie in the source's folder, also those of other Applications: an Application's own come back by name. */
export const SOURCE_OVERRIDES = "**/.argocd-source*.yaml";

/** Files that override the source; the image updater writes there. They may be missing. */
function sourceOverrides(folder: string, { application, name }: Reading): readonly string[] {
  const namespace = stringAt(application, "metadata", "namespace");
  const suffixes = ["", `-${name}`, ...(namespace === undefined ? [] : [`-${namespace}_${name}`])];
  return suffixes.flatMap((suffix) => {
    const path = suffix.includes("/") ? undefined : joinPath(folder, `.argocd-source${suffix}.yaml`);
    return path === undefined ? [] : [path];
  });
}

const MANIFEST_PATHS = "argocd.argoproj.io/manifest-generate-paths";

/**
 * What the annotation says besides the source's own folder. That one (nearly everybody writes `.`) only says when Argo CD
 * should look: what it reads there is known better from the tool.
 */
function annotatedPaths(folder: string, { application }: Reading): readonly string[] {
  const written = stringAt(valueAt(application, "metadata", "annotations"), MANIFEST_PATHS) ?? "";
  return written
    .split(";")
    .map((item) => item.trim())
    .filter((item) => item !== "" && !isTemplate(item))
    .flatMap((item) => {
      const path = item.startsWith("/") ? normalizePath(item.replace(/^\/+/, "")) : joinPath(folder, item);
      return path === undefined || path === "" || path === folder ? [] : [path];
    });
}

/** Does the Application itself say something about what is deployed? Then its manifest is a file of the target. */
function hasInlineSettings(source: JsonObject): boolean {
  const settings: readonly (readonly [string, readonly string[]])[] = [
    ["helm", ["parameters", "values", "valuesObject", "version", "releaseName"]],
    [
      "kustomize",
      ["images", "patches", "replicas", "namePrefix", "nameSuffix", "namespace", "commonLabels", "commonAnnotations"],
    ],
    ["directory", ["jsonnet"]],
    ["plugin", ["env", "parameters"]],
  ];
  return settings.some(([block, fields]) => fields.some((field) => valueAt(source, block, field) !== undefined));
}

/** Is there a file or a folder at this path? */
export function exists(tree: FileTree, path: string): boolean {
  return tree.file(path) !== undefined || tree.isFolder(path);
}
