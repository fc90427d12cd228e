import type { Place } from "../errors.ts";
import { formatPlace } from "../errors.ts";
import type { Component } from "../core/model/component.ts";
import type { BlobId, CommitId, FileEntry } from "../core/model/git.ts";
import type { JsonObject, JsonValue } from "../core/model/json.ts";
import { stringAt } from "../core/model/json.ts";
import type { Target, TargetSource } from "../core/model/target.ts";
import { readManifest } from "../core/manifest/read-manifest.ts";
import { expandApplicationSet, generatorFiles } from "../core/target/applicationset.ts";
import { applicationSources, isTemplate, withManifest, type FoundSources } from "../core/target/argocd.ts";
import { ENGINE_GROUPS, engineKind, isDefinition, type EngineKind } from "../core/target/engine-kind.ts";
import { type DefinedTarget, withDependents } from "../core/target/dependents.ts";
import { helmReleaseSources, kustomizationSources, type FluxContext } from "../core/target/flux.ts";
import { isManifestPath } from "../core/target/scope.ts";
import { withUniqueNames } from "../core/target/target-names.ts";
import { buildTree, isRegular, type FileTree } from "../core/target/tree.ts";
import type { Log } from "../ports/log.ts";
import type { Repository } from "../ports/repository.ts";
import { holdsAny, readContent, readFiles } from "./read-files.ts";

export interface FindTargets {
  readonly repository: Pick<Repository, "files" | "blobs">;
  readonly commit: CommitId;
  /** All known addresses of this repository; empty: sources are taken by whether their path exists. */
  readonly repositoryUrls: readonly string[];
  /** Is told which engine objects could not be understood. */
  readonly log?: Pick<Log, "warn">;
  /** What was read at another commit: a manifest that is the same is not read again. */
  readonly memory?: SurveyMemory;
}

/** What was read of the manifests of a repository. */
export interface SurveyMemory {
  manifests: ReadonlyMap<string, Surveyed>;
}

/** Nothing was read yet. */
export function newSurveyMemory(): SurveyMemory {
  return { manifests: new Map() };
}

/** The engines' objects in one version of a file. */
interface Surveyed {
  readonly id: BlobId;
  readonly found: readonly Found[];
}

/** An engine's object in a manifest. */
interface Found {
  readonly kind: EngineKind;
  readonly value: JsonObject;
  readonly place: Place;
  /** How many other objects stand in the same file. */
  readonly neighbours: number;
}

interface Survey extends FluxContext {
  /** The objects that stand alone. */
  readonly found: readonly Found[];
  /** Manifests that only change an object, by `identityOf` what they change. */
  readonly patches: ReadonlyMap<string, readonly Found[]>;
  readonly read: (path: string) => readonly JsonValue[] | undefined;
  readonly warn: (place: Place, message: string) => void;
}

/**
 * Finds every Argo CD Application (also those that ApplicationSets make), Flux Kustomization and HelmRelease that the
 * repository defines at a commit and that is deployed from this repository. Sorted by name; names are unique.
 */
export async function findTargets(options: FindTargets): Promise<readonly Target[]> {
  const survey = await takeSurvey(options);
  const defined = survey.found.flatMap((found) => targetsOf(found, survey));
  const named = withUniqueNames(defined.map(({ target }) => target));
  const targets = withDependents(defined.map((one, i) => ({ ...one, target: named[i] ?? one.target })));
  return targets.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

async function takeSurvey(options: FindTargets): Promise<Survey> {
  const { repository, commit, repositoryUrls, log, memory = newSurveyMemory() } = options;
  const warn: Survey["warn"] = (place, message) => log?.warn(`${formatPlace(place)}: ${message}`);
  const files = await repository.files(commit);
  const tree = buildTree(files);
  const manifests = files.filter((file) => isRegular(file) && isManifestPath(file.path));
  memory.manifests = await readManifests(repository, manifests, { known: memory.manifests, warn });
  const found = [...memory.manifests.values()].flatMap((one) => one.found);
  const definitions = found.filter(({ kind, value }) => isDefinition(value, kind));
  const gitRepositories = definitions
    .filter(({ kind }) => kind === "gitrepository")
    .map(({ value, place }) => ({ value, manifest: place.file }));
  return {
    tree,
    repositoryUrls,
    gitRepositories,
    manifest: "",
    found: definitions,
    patches: byIdentity(found.filter(({ kind, value }) => !isDefinition(value, kind))),
    read: await readGeneratorFiles(repository, definitions, tree),
    warn,
  };
}

/** The engines' objects of every file, in the order of the files. */
async function readManifests(
  repository: Pick<Repository, "blobs">,
  files: readonly FileEntry[],
  { known, warn }: { readonly known: SurveyMemory["manifests"]; readonly warn: Survey["warn"] },
): Promise<SurveyMemory["manifests"]> {
  const fresh = new Map<string, readonly Found[]>();
  const changed = files.filter(({ path, id }) => known.get(path)?.id !== id);
  for await (const { file, bytes } of readFiles(repository, changed)) {
    if (!holdsAny(bytes, ENGINE_GROUPS)) continue;
    const { components } = readManifest(file.path, bytes);
    fresh.set(file.path, engineObjects(components));
    if (holdsAny(bytes, TARGET_KINDS)) warnUnread(components, warn);
  }
  return new Map(
    files.map(({ path, id }) => {
      const before = known.get(path);
      return [path, before?.id === id ? before : { id, found: fresh.get(path) ?? NONE }];
    }),
  );
}

const NONE: readonly Found[] = [];

function engineObjects(components: readonly Component[]): readonly Found[] {
  return components.flatMap((component) => {
    const kind = component.kind === "object" ? engineKind(component.value) : undefined;
    if (component.kind !== "object" || kind === undefined) return [];
    return [{ kind, value: component.value, place: component.place, neighbours: components.length - 1 }];
  });
}

/** How a file that defines a target says so, as nearly everybody writes it: good enough for a warning. */
const TARGET_KINDS = ["kind: Application", "kind: Kustomization", "kind: HelmRelease"];

/** A Helm template, broken YAML: its Applications are known to the engine only. */
function warnUnread(components: readonly Component[], warn: Survey["warn"]): void {
  for (const component of components) {
    if (component.kind === "opaque")
      warn(component.left.place, `the engine's objects here are not seen: ${component.left.message}`);
  }
}

/** Git files generators take parameters from files: one batch for all of them. */
async function readGeneratorFiles(
  repository: Pick<Repository, "blobs">,
  found: readonly Found[],
  tree: FileTree,
): Promise<Survey["read"]> {
  const paths = found.flatMap(({ kind, value }) => (kind === "applicationset" ? generatorFiles(value, tree) : []));
  const files = [...new Set(paths)].flatMap((path) => tree.file(path) ?? []);
  const contents = new Map<string, readonly JsonValue[] | undefined>();
  for await (const { file, bytes } of readFiles(repository, files)) {
    contents.set(file.path, readContent(file.path, bytes)?.documents);
  }
  return (path) => contents.get(path);
}

function targetsOf(found: Found, survey: Survey): readonly DefinedTarget[] {
  const context = { ...survey, manifest: found.place.file };
  switch (found.kind) {
    case "application":
      return targetOf(found, survey, applicationSources(found.value, context));
    case "applicationset":
      return childrenOf(found, survey);
    case "kustomization":
      return targetOf(found, survey, kustomizationSources(found.value, context));
    case "helmrelease":
      return targetOf(found, survey, helmReleaseSources(found.value, context));
    case "gitrepository":
      return [];
  }
}

function childrenOf(set: Found, survey: Survey): readonly DefinedTarget[] {
  const manifest = set.place.file;
  const { applications, notes } = expandApplicationSet(set.value, { ...survey, manifest });
  for (const note of notes) survey.warn(set.place, note);
  return applications.flatMap(({ application, files, inSet }) => {
    const own = applicationSources(application, { ...survey, manifest });
    if (own.sources.length === 0) return targetOf({ ...set, value: application }, survey, own);
    const [first, ...rest] = inSet ? withManifest(own.sources, manifest) : own.sources;
    const sources = first === undefined ? [] : [withFiles(first, files), ...rest];
    return targetOf({ ...set, value: application }, survey, { sources, notes: own.notes });
  });
}

/** One target, or none: when its name is still a template, or nothing of it lies here. */
function targetOf(found: Found, survey: Survey, { sources, notes }: FoundSources): readonly DefinedTarget[] {
  const name = stringAt(found.value, "metadata", "name") ?? "";
  if (!isObjectName(name)) {
    const why = isTemplate(name) ? "its name is a template" : "it has no valid name";
    survey.warn(found.place, `${found.kind} left out: ${why}`);
    return [];
  }
  const [first, ...rest] = sources;
  if (first === undefined) {
    const why = notes.length === 0 ? "nothing of it lies in this repository" : notes.join("; ");
    survey.warn(found.place, `${found.kind} ${name} left out: ${why}`);
    return [];
  }
  const namespace = stringAt(found.value, "metadata", "namespace");
  const isFlux = found.kind === "kustomization" || found.kind === "helmrelease";
  const patches = patchesOf(found, survey);
  const target: Target = {
    name: isFlux && namespace !== undefined && isObjectName(namespace) ? `${namespace}/${name}` : name,
    origin: { kind: found.kind === "gitrepository" ? "path" : found.kind, place: found.place },
    sources: [withFiles(first, patches), ...rest],
    notes: [...notes, ...manifestNotes(found, sources), ...patches.map((path) => `changed by the patch ${path}`)],
  };
  return [{ target, value: found.value }];
}

function withFiles(source: TargetSource, files: readonly string[]): TargetSource {
  return files.length === 0 ? source : { ...source, files: [...new Set([...(source.files ?? []), ...files])] };
}

/** A revert of a manifest with several objects brings all of them back, unless a person selects. */
function manifestNotes({ place, neighbours }: Found, sources: readonly TargetSource[]): readonly string[] {
  const isPart = sources.some((source) => source.path === place.file || source.files?.includes(place.file) === true);
  return isPart && neighbours > 0
    ? [`${place.file} also defines ${neighbours} other ${neighbours === 1 ? "object" : "objects"}`]
    : [];
}

/** Files with a strategic merge patch for that object: kustomize overlays change engine objects too. */
function patchesOf({ kind, value }: Found, { patches }: Survey): readonly string[] {
  const namespace = stringAt(value, "metadata", "namespace");
  const files = (patches.get(identityOf(kind, value)) ?? [])
    .filter((patch) => {
      const own = stringAt(patch.value, "metadata", "namespace");
      return own === undefined || namespace === undefined || own === namespace;
    })
    .map((patch) => patch.place.file);
  return [...new Set(files)];
}

function identityOf(kind: EngineKind, value: JsonObject): string {
  return `${kind}/${stringAt(value, "metadata", "name") ?? ""}`;
}

function byIdentity(found: readonly Found[]): ReadonlyMap<string, readonly Found[]> {
  const groups = new Map<string, Found[]>();
  for (const one of found) {
    const key = identityOf(one.kind, one.value);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [one]);
    else group.push(one);
  }
  return groups;
}

/** RFC 1123, as loosely as the API server takes it for these kinds. */
function isObjectName(text: string): boolean {
  return /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/i.test(text);
}
