/**
 * Which Applications an Argo CD ApplicationSet makes from this repository (argo-cd docs/operator-manual/applicationset):
 * git directories, git files, lists, and their matrix and merge. What depends on anything else (clusters, pull requests,
 * an SCM) cannot be known from git: noted, and left to the engine.
 */
import type { JsonObject, JsonValue } from "../model/json.ts";
import { isList, isObject, listAt, property, stringAt, toJson, valueAt } from "../model/json.ts";
import type { SourceContext } from "./argocd.ts";
import { compileGlob, globRoot } from "./glob.ts";
import { baseName, folderOf, normalizePath } from "./path.ts";
import { flatten, renderTemplate, renderText, type Parameters } from "./placeholder.ts";
import { isManagedUrl } from "./repository-url.ts";
import { isRegular, type FileTree } from "./tree.ts";

/** One Application that the set makes. */
export interface GeneratedApplication {
  readonly application: JsonObject;
  /** Files of git files generators that gave its parameters. */
  readonly files: readonly string[];
  /** Its parameters are written in the ApplicationSet itself (a list). */
  readonly inSet: boolean;
}

export interface Expansion {
  readonly applications: readonly GeneratedApplication[];
  readonly notes: readonly string[];
}

/** More than any real set; stops a matrix of matrices. */
const MAX_APPLICATIONS = 2000;
const MAX_FILES = 2000;

interface Reading extends SourceContext {
  /** The documents of a file; undefined when it could not be read. */
  readonly read: (path: string) => readonly JsonValue[] | undefined;
  readonly style: "go" | "fasttemplate";
  readonly notes: string[];
}

interface Row extends Parameters {
  readonly files: readonly string[];
  readonly inSet: boolean;
}

/** The files that `expandApplicationSet` will ask for: all that its git files generators may match. */
export function generatorFiles(set: JsonObject, tree: FileTree): readonly string[] {
  const generators = listAt(set, "spec", "generators").flatMap((generator) => [
    generator,
    ...["matrix", "merge"].flatMap((kind) => listAt(generator, kind, "generators")),
  ]);
  // A path may hold placeholders of the other half of a matrix: any text can stand there.
  const patterns = generators
    .flatMap((generator) => listAt(generator, "git", "files"))
    .map((item) => stringAt(item, "path")?.replaceAll(/\{\{.*?\}\}/g, "**"))
    .filter((pattern) => pattern !== undefined);
  return [...new Set(patterns.flatMap((pattern) => matchingFiles(tree, pattern)))].slice(0, MAX_FILES);
}

/** Makes the Applications. Placeholders that are no plain look-ups stay in them (see `isTemplate`). */
export function expandApplicationSet(
  set: JsonObject,
  context: SourceContext & { readonly read: Reading["read"] },
): Expansion {
  const style = valueAt(set, "spec", "goTemplate") === true ? "go" : "fasttemplate";
  const reading: Reading = { ...context, style, notes: [] };
  const template = valueAt(set, "spec", "template");
  if (!isObject(template)) return { applications: [], notes: ["has no template"] };
  if (valueAt(set, "spec", "templatePatch") !== undefined) {
    reading.notes.push("templatePatch is not applied");
  }
  const rows = listAt(set, "spec", "generators").flatMap((generator) => rowsOf(generator, reading, undefined));
  if (rows.length > MAX_APPLICATIONS)
    reading.notes.push(`makes more than ${MAX_APPLICATIONS} Applications; the rest is left out`);
  const namespace = stringAt(set, "metadata", "namespace");
  const applications = rows.slice(0, MAX_APPLICATIONS).map((row) => ({
    application: applicationOf(renderTemplate(template, row, style) as JsonObject, namespace),
    files: row.files,
    inSet: row.inSet,
  }));
  return { applications, notes: [...new Set(reading.notes)] };
}

function applicationOf(rendered: JsonObject, namespace: string | undefined): JsonObject {
  const metadata = property(rendered, "metadata");
  return {
    ...rendered,
    metadata: { ...(namespace === undefined ? {} : { namespace }), ...(isObject(metadata) ? metadata : {}) },
  };
}

/** `outer`: the parameters of the first half of a matrix, which the second may use. */
function rowsOf(generator: JsonValue, reading: Reading, outer: Parameters | undefined): readonly Row[] {
  const keys = isObject(generator) ? Object.keys(generator) : [];
  const kind = keys.find((key) => key !== "selector" && key !== "template") ?? "empty";
  const rows = ((): readonly Row[] => {
    switch (kind) {
      case "list":
        return listRows(generator, reading);
      case "git":
        return gitRows(property(generator, "git") as JsonValue, reading, outer);
      case "matrix":
        return outer === undefined
          ? matrixRows(listAt(generator, "matrix", "generators"), reading)
          : unknown(reading, "nested matrix");
      case "merge":
        return outer === undefined ? mergeRows(generator, reading) : unknown(reading, "nested merge");
      default:
        return unknown(reading, kind);
    }
  })();
  return rows.filter((row) => isSelected(generator, row, reading));
}

function unknown(reading: Reading, kind: string): readonly Row[] {
  reading.notes.push(`the ${kind} generator depends on more than git; its Applications are known to the engine only`);
  return [];
}

function isSelected(generator: JsonValue, row: Row, reading: Reading): boolean {
  const selector = property(generator, "selector");
  if (!isObject(selector)) return true;
  if (listAt(selector, "matchExpressions").length > 0) {
    reading.notes.push("a generator's selector with matchExpressions is not evaluated; its Applications are left out");
    return false;
  }
  const labels = property(selector, "matchLabels");
  const flat = { ...flatten(row.nested), ...row.flat };
  return Object.entries(isObject(labels) ? labels : {}).every(
    ([key, value]) => Object.hasOwn(flat, key) && flat[key] === value,
  );
}

function listRows(generator: JsonValue, reading: Reading): readonly Row[] {
  if (valueAt(generator, "list", "elementsYaml") !== undefined) reading.notes.push("elementsYaml is not evaluated");
  return listAt(generator, "list", "elements")
    .filter(isObject)
    .map((element) => ({ nested: element, flat: flatten(element), files: [], inSet: true }));
}

function gitRows(git: JsonValue, reading: Reading, outer: Parameters | undefined): readonly Row[] {
  const url = stringAt(git, "repoURL") ?? "";
  if (isManagedUrl(url, reading.repositoryUrls) === false) {
    reading.notes.push(`a generator reads another repository: ${url}`);
    return [];
  }
  const fill = (text: string): string => (outer === undefined ? text : renderText(text, outer, reading.style));
  const prefix = stringAt(git, "pathParamPrefix") ?? "";
  const values = property(git, "values");
  const rows = isList(property(git, "files"))
    ? fileRows(patternsOf(git, "files", fill), reading, prefix)
    : directoryRows(patternsOf(git, "directories", fill), reading.tree, prefix);
  return isObject(values) ? rows.map((row) => withValues(row, values, reading.style)) : rows;
}

interface Patterns {
  readonly include: readonly string[];
  readonly exclude: readonly string[];
}

function patternsOf(git: JsonValue, kind: "files" | "directories", fill: (text: string) => string): Patterns {
  const items = listAt(git, kind).flatMap((item) => {
    const path = stringAt(item, "path");
    const pattern = path === undefined ? undefined : normalizePath(fill(path));
    if (pattern?.includes("{{") === true) return [];
    return pattern === undefined ? [] : [{ pattern, exclude: property(item, "exclude") === true }];
  });
  return {
    include: items.filter((item) => !item.exclude).map((item) => item.pattern),
    exclude: items.filter((item) => item.exclude).map((item) => item.pattern),
  };
}

/** Hidden folders never match (argo-cd `reposerver/repository` GetGitDirectories). */
function directoryRows({ include, exclude }: Patterns, tree: FileTree, prefix: string): readonly Row[] {
  const wanted = include.map(compileGlob);
  const unwanted = exclude.map(compileGlob);
  return tree
    .folders()
    .filter((folder) => !folder.split("/").some((segment) => segment.startsWith(".")))
    .filter((folder) => wanted.some((glob) => glob(folder)) && !unwanted.some((glob) => glob(folder)))
    .toSorted()
    .map((folder) => ({ ...pathParameters(folder, undefined, prefix), files: [], inSet: false }));
}

function fileRows({ include, exclude }: Patterns, reading: Reading, prefix: string): readonly Row[] {
  const unwanted = exclude.map(compileGlob);
  const files = [...new Set(include.flatMap((pattern) => matchingFiles(reading.tree, pattern)))].toSorted();
  return files
    .filter((file) => !unwanted.some((glob) => glob(file)))
    .slice(0, MAX_FILES)
    .flatMap((file) => {
      const documents = reading.read(file);
      if (documents === undefined) reading.notes.push(`cannot read ${file}`);
      return (documents ?? [])
        .flatMap((document) => (isList(document) ? document : [document]))
        .flatMap((content) => {
          if (!isObject(content)) return [];
          const path = pathParameters(folderOf(file), baseName(file), prefix);
          const row = { nested: { ...content, ...path.nested }, flat: { ...flatten(content), ...path.flat } };
          return [{ ...row, files: [file], inSet: false }];
        });
    });
}

function matchingFiles(tree: FileTree, pattern: string): readonly string[] {
  const glob = compileGlob(pattern);
  return tree
    .below(globRoot(pattern))
    .filter((file) => isRegular(file) && glob(file.path))
    .map((file) => file.path);
}

/** The `path` parameters of a folder, and of a file in it. `{{path}}` is the folder; Go templates say `.path.path`. */
function pathParameters(folder: string, file: string | undefined, prefix: string): Parameters {
  const segments = folder === "" ? [] : folder.split("/");
  const basename = baseName(folder);
  const named = {
    basename,
    basenameNormalized: normalizeName(basename),
    ...(file === undefined ? {} : { filename: file, filenameNormalized: normalizeName(file) }),
  };
  const path = { path: folder, segments, ...named };
  const key = prefix === "" ? "path" : `${prefix}.path`;
  return {
    nested: prefix === "" ? { path } : { [prefix]: { path } },
    flat: {
      [key]: folder,
      ...Object.fromEntries(Object.entries(named).map(([name, text]) => [`${key}.${name}`, text])),
      ...Object.fromEntries(segments.map((segment, index) => [`${key}[${index}]`, segment])),
    },
  };
}

/** What Kubernetes takes as a name (argo-cd `applicationset/utils` SanitizeName). */
function normalizeName(text: string): string {
  return text
    .toLowerCase()
    .replaceAll(/[^a-z0-9-.]/g, "-")
    .slice(0, 253)
    .replaceAll(/^[-_.]+|[-_.]+$/g, "");
}

/** `values` of a generator, which may use its parameters: `values.env`. */
function withValues(row: Row, values: JsonObject, style: Reading["style"]): Row {
  const rendered = renderTemplate(values, row, style);
  return { ...row, nested: { ...row.nested, values: rendered }, flat: { ...row.flat, ...flatten(rendered, "values") } };
}

/** Every combination of two generators; the second may use what the first found. */
function matrixRows(generators: readonly JsonValue[], reading: Reading): readonly Row[] {
  const [first, second, ...rest] = generators;
  if (first === undefined || second === undefined || rest.length > 0) return unknown(reading, "matrix");
  const combined: Row[] = [];
  for (const outer of rowsOf(first, reading, { nested: {}, flat: {} })) {
    for (const inner of rowsOf(second, reading, outer)) combined.push(joinRows(outer, inner));
    if (combined.length > MAX_APPLICATIONS) break;
  }
  return combined;
}

/** The first generator's rows, each overridden by the later ones' with the same merge keys. */
function mergeRows(generator: JsonValue, reading: Reading): readonly Row[] {
  const keys = listAt(generator, "merge", "mergeKeys").filter((key) => typeof key === "string");
  const [base, ...overrides] = listAt(generator, "merge", "generators").map((child) =>
    rowsOf(child, reading, { nested: {}, flat: {} }),
  );
  if (base === undefined || keys.length === 0) return unknown(reading, "merge");
  const keyOf = (row: Row): string => toJson(keys.map((key) => row.flat[key] ?? null));
  return overrides.reduce((rows, layer) => {
    const byKey = new Map(layer.map((row) => [keyOf(row), row]));
    return rows.map((row) => {
      const override = byKey.get(keyOf(row));
      return override === undefined ? row : joinRows(row, override);
    });
  }, base);
}

function joinRows(first: Row, second: Row): Row {
  return {
    nested: { ...first.nested, ...second.nested },
    flat: { ...first.flat, ...second.flat },
    files: [...first.files, ...second.files],
    inSet: first.inSet || second.inSet,
  };
}
