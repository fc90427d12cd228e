/**
 * Which files a target is made of at one revision, found step by step: a step says which rules it gives and what has to be
 * read next. Who calls reads those files, asks for the next steps, and stops when nothing is new (app/find-scope.ts).
 */
import type { FileEntry } from "../model/git.ts";
import type { JsonObject, JsonValue } from "../model/json.ts";
import type { ScopeRule, Target, TargetSource } from "../model/target.ts";
import { applicationSources, SOURCE_OVERRIDES } from "./argocd.ts";
import { engineKind } from "./engine-kind.ts";
import { helmReleaseSources } from "./flux.ts";
import { globRoot, isGlob } from "./glob.ts";
import { chartInputs, OTHER_VALUES } from "./helm.ts";
import { kustomizationInputs, pluginInputs } from "./kustomize.ts";
import { baseName, folderOf, relativeTo } from "./path.ts";
import { chartOf, isKustomizationPath, isRegular, kustomizationOf, type FileTree } from "./tree.ts";

/** A file that has to be read to go on. */
export interface Want {
  readonly as:
    | "kustomization"
    | "chart"
    /** A generator's or transformer's configuration; its paths start at `folder`. */
    | "plugin"
    /** Any manifest of a plain folder: an Application or HelmRelease in it may name value files. */
    | "engine-object";
  readonly path: string;
  readonly folder: string;
}

export interface Step {
  readonly rules: readonly ScopeRule[];
  readonly wants: readonly Want[];
  readonly notes: readonly string[];
}

/** What a file says: the documents of any YAML, and the Kubernetes objects among them. */
export interface FileContent {
  readonly documents: readonly JsonValue[];
  readonly objects: readonly JsonObject[];
}

/** The first step: what the target itself names. */
export function beginClosure(target: Pick<Target, "sources" | "origin">, tree: FileTree): Step {
  const isPlain = target.origin.kind === "config" || target.origin.kind === "path";
  return joinSteps(target.sources.map((source) => sourceStep(source, tree, isPlain)));
}

/** The step that follows from a wanted file. `content` undefined: it could not be read. */
export function continueClosure(
  want: Want,
  content: FileContent | undefined,
  { tree, repositoryUrls }: { readonly tree: FileTree; readonly repositoryUrls: readonly string[] },
): Step {
  if (content === undefined) {
    return want.as === "engine-object"
      ? empty
      : { ...empty, notes: [`cannot read ${want.path}; what it names is not followed`] };
  }
  switch (want.as) {
    case "kustomization":
      return joinSteps(content.documents.map((value) => kustomizationStep(want.path, value, tree)));
    case "chart":
      return joinSteps(content.documents.map((value) => chartStep(want, value, tree)));
    case "plugin":
      return joinSteps(content.documents.map((value) => pathsStep(pluginInputs(want.folder, value), want.path, tree)));
    case "engine-object":
      return joinSteps(
        content.objects.map((value) => valueFilesStep(value, { tree, repositoryUrls, manifest: want.path })),
      );
  }
}

/** Files in a shared chart's folder that belong to other targets. */
const FOR_OTHERS: readonly string[] = [...OTHER_VALUES, SOURCE_OVERRIDES];

const empty: Step = { rules: [], wants: [], notes: [] };

function joinSteps(steps: readonly Step[]): Step {
  return {
    rules: steps.flatMap((step) => step.rules),
    wants: steps.flatMap((step) => step.wants),
    notes: steps.flatMap((step) => step.notes),
  };
}

function sourceStep(source: TargetSource, tree: FileTree, isPlain: boolean): Step {
  const { path } = source;
  const named = joinSteps((source.files ?? []).map((file) => namedStep(file, tree)));
  if (tree.file(path) !== undefined) return joinSteps([{ ...empty, rules: [{ kind: "file", path }] }, named]);
  if (!tree.isFolder(path)) {
    // It may stand there at another revision, as a file or as a folder.
    const rules: readonly ScopeRule[] = [{ kind: "file", path }, folderRule(path)];
    return joinSteps([{ ...empty, rules }, named]);
  }
  return joinSteps([toolStep(source, tree, isPlain), named]);
}

function toolStep(source: TargetSource, tree: FileTree, isPlain: boolean): Step {
  const { path } = source;
  switch (source.tool) {
    case "everything":
      return { ...empty, rules: [{ ...folderRule(path), files: "all" }] };
    case "helm":
      return chartFolderStep(path, tree, isPlain ? [] : FOR_OTHERS);
    case "kustomize":
      return kustomizeFolderStep(path, tree);
    case "directory":
      return { ...empty, rules: directoryRules(source) };
    case "detect":
      if (isPlain) return plainFolderStep(path, tree);
      if (chartOf(tree, path) !== undefined) return chartFolderStep(path, tree, FOR_OTHERS);
      return kustomizationOf(tree, path) === undefined
        ? { ...empty, rules: directoryRules(source) }
        : kustomizeFolderStep(path, tree);
  }
}

function folderRule(path: string): Extract<ScopeRule, { readonly kind: "folder" }> {
  return { kind: "folder", path, recurse: true, files: "deployable" };
}

const ONLY_OVERRIDES: readonly string[] = [SOURCE_OVERRIDES];
const JSONNET: readonly string[] = ["**/*.{jsonnet,libsonnet}"];

/** Argo CD's directory: manifests and jsonnet, the top level unless `recurse`. */
function directoryRules(source: TargetSource): readonly ScopeRule[] {
  const { path, recurse = false, include } = source;
  const exclude = source.exclude === undefined ? ONLY_OVERRIDES : [...source.exclude, SOURCE_OVERRIDES];
  if (include !== undefined) return [{ kind: "folder", path, recurse, exclude, files: "all", include }];
  return [
    { kind: "folder", path, recurse, exclude, files: "manifests" },
    { kind: "folder", path, recurse, exclude, files: "all", include: JSONNET },
  ];
}

/** A person's folder: everything deployable in it, and what its kustomizations, charts and engine objects take from elsewhere. */
function plainFolderStep(path: string, tree: FileTree): Step {
  const below = tree.below(path).filter(isRegular);
  const wants = below.flatMap((file): readonly Want[] => {
    const folder = folderOf(file.path);
    if (isKustomizationPath(file.path)) return [{ as: "kustomization", path: file.path, folder }];
    if (isChartFile(file.path)) return [{ as: "chart", path: file.path, folder }];
    return /\.ya?ml$/i.test(file.path) ? [{ as: "engine-object", path: file.path, folder }] : [];
  });
  return { ...empty, rules: [folderRule(path)], wants };
}

function isChartFile(path: string): boolean {
  return baseName(path) === "Chart.yaml" || baseName(path) === "requirements.yaml";
}

/** A kustomization, or (Flux) a folder without one: then every manifest below, where a folder with one counts as a resource. */
function kustomizeFolderStep(path: string, tree: FileTree): Step {
  const own = kustomizationOf(tree, path);
  if (own !== undefined) return kustomizationFileStep(own);
  const inner = kustomizedFolders(path, tree);
  const exclude = inner.map((folder) => `${escapeGlob(relativeTo(path, folder) ?? "")}/**`);
  const rule: ScopeRule = {
    kind: "folder",
    path,
    recurse: true,
    files: "manifests",
    include: ["**/*.{yaml,yml}"],
    exclude,
  };
  return joinSteps([{ ...empty, rules: [rule] }, ...inner.map((folder) => kustomizeFolderStep(folder, tree))]);
}

/** The topmost folders below `path` that have a kustomization file. */
function kustomizedFolders(path: string, tree: FileTree): readonly string[] {
  const found: string[] = [];
  const pending = [...tree.foldersOf(path)];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    if (kustomizationOf(tree, folder) === undefined) pending.push(...tree.foldersOf(folder));
    else found.push(folder);
  }
  return found.toSorted();
}

function escapeGlob(text: string): string {
  return text.replaceAll(/[*?[\]{}\\,]/g, String.raw`\$&`);
}

function kustomizationFileStep(file: FileEntry): Step {
  const want: Want = { as: "kustomization", path: file.path, folder: folderOf(file.path) };
  return { ...empty, rules: [{ kind: "file", path: file.path }], wants: isRegular(file) ? [want] : [] };
}

function kustomizationStep(path: string, value: JsonValue, tree: FileTree): Step {
  const inputs = kustomizationInputs(path, value);
  const charts = inputs.charts.filter((chart) => tree.isFolder(chart));
  const wants = inputs.plugins
    .filter((plugin) => tree.file(plugin) !== undefined)
    .map((plugin): Want => ({ as: "plugin", path: plugin, folder: folderOf(path) }));
  return joinSteps([
    pathsStep(inputs, path, tree),
    ...charts.map((chart) => chartFolderStep(chart, tree, [])),
    { ...empty, wants },
  ]);
}

function pathsStep(
  inputs: {
    readonly paths: readonly string[];
    readonly remote: readonly string[];
    readonly outside: readonly string[];
  },
  from: string,
  tree: FileTree,
): Step {
  return joinSteps([
    ...inputs.paths.map((path) => namedStep(path, tree)),
    {
      ...empty,
      notes: [
        ...inputs.remote.map((url) => `${from} takes ${url}, which is not in this repository`),
        ...inputs.outside.map((path) => `${from} names ${path}, which is outside of the repository`),
      ],
    },
  ]);
}

/** Something named by a manifest: a file (maybe missing here), a folder with a kustomization or chart, any other folder, a glob. */
function namedStep(path: string, tree: FileTree): Step {
  const file = tree.file(path);
  if (file !== undefined && !isRegular(file)) {
    return {
      ...empty,
      rules: [{ kind: "file", path }],
      notes: [`${path} is a symbolic link or submodule: not followed`],
    };
  }
  if (file === undefined && tree.isFolder(path)) {
    if (kustomizationOf(tree, path) !== undefined) return kustomizeFolderStep(path, tree);
    return chartOf(tree, path) === undefined
      ? { ...empty, rules: [folderRule(path)] }
      : chartFolderStep(path, tree, []);
  }
  if (file === undefined && isGlob(path)) {
    const root = globRoot(path);
    const include = [relativeTo(root, path) ?? path];
    return { ...empty, rules: [{ ...folderRule(root), files: "all", include }] };
  }
  return { ...empty, rules: [{ kind: "file", path }] };
}

function chartFolderStep(path: string, tree: FileTree, exclude: readonly string[]): Step {
  const rule: ScopeRule = exclude.length === 0 ? folderRule(path) : { ...folderRule(path), exclude };
  const wants = tree
    .filesOf(path)
    .filter((file) => isChartFile(file.path) && isRegular(file))
    .map((file): Want => ({ as: "chart", path: file.path, folder: path }));
  return { ...empty, rules: [rule], wants };
}

function chartStep({ path, folder }: Want, value: JsonValue, tree: FileTree): Step {
  const { paths, remote, outside } = chartInputs(folder, value);
  return joinSteps([
    ...paths.map((dependency) => chartFolderStep(dependency, tree, [])),
    {
      ...empty,
      notes: [
        ...remote.map((dependency) => `${path} depends on ${dependency}`),
        ...outside.map((dependency) => `${path} depends on ${dependency}, which is outside of the repository`),
      ],
    },
  ]);
}

/** The value files that an Application or HelmRelease names; its own folders are targets of their own. */
function valueFilesStep(
  value: JsonObject,
  context: { readonly tree: FileTree; readonly repositoryUrls: readonly string[]; readonly manifest: string },
): Step {
  const found = engineSources(value, context);
  const files = found.flatMap((source) => [
    ...(source.files ?? []),
    ...(context.tree.file(source.path) === undefined ? [] : [source.path]),
  ]);
  return {
    ...empty,
    rules: files.filter((path) => context.tree.file(path) !== undefined).map((path) => ({ kind: "file", path })),
  };
}

function engineSources(
  value: JsonObject,
  context: { readonly tree: FileTree; readonly repositoryUrls: readonly string[]; readonly manifest: string },
): readonly TargetSource[] {
  const kind = engineKind(value);
  if (kind === "application") return applicationSources(value, context).sources;
  if (kind === "helmrelease") return helmReleaseSources(value, { ...context, gitRepositories: [] }).sources;
  return [];
}
