/** What an Argo CD Application names, or an ApplicationSet's template. */
import { type JsonObject, type JsonValue, listAt, stringAt, valueAt } from "../model/json.ts";
import { chartUse, type Found, imageUse, joinImage, type Path, pointerOf } from "./image-use.ts";
import { LastgoodError } from "../../errors.ts";
import { parseStream } from "./parse.ts";
import { parseImageReference } from "./image-reference.ts";
import { isImageKey, valuesUses } from "./values-images.ts";

/** Argo CD: a source with `chart` takes its version from `targetRevision`; others name a git revision there. */
export function applicationUses(value: JsonObject, base: readonly string[]): readonly Found[] {
  const spec = valueAt(value, ...base);
  const single: readonly [Path, string, JsonValue | undefined] = [
    [...base, "source"],
    "source",
    valueAt(spec, "source"),
  ];
  const several = listAt(spec, "sources").map((source, index): readonly [Path, string, JsonValue] => {
    return [[...base, "sources", index], `sources[${index}]`, source];
  });
  return [single, ...several].flatMap(([path, display, source]) => [
    ...chartUse([...path, "targetRevision"], `${display}.targetRevision`, {
      name: stringAt(source, "chart"),
      version: stringAt(source, "targetRevision"),
      repository: stringAt(source, "repoURL"),
    }),
    ...valuesTextUses(source, [...path, "helm", "values"]),
    ...valuesUses(valueAt(source, "helm", "valuesObject") ?? null, [], [...path, "helm", "valuesObject"]),
    ...parameterUses(source, { path: [...path, "helm", "parameters"], display: `${display}.helm.parameters` }),
    ...kustomizeImages(source, { path: [...path, "kustomize", "images"], display: `${display}.kustomize.images` }),
  ]);
}

/** Values as one text; what is no YAML (a template of an ApplicationSet) is left to who looks for words. */
function valuesTextUses(source: JsonValue | undefined, path: Path): readonly Found[] {
  const text = stringAt(source, "helm", "values");
  // With `valuesObject` beside it Argo CD reads that one alone (user-guide/helm).
  if (text === undefined || valueAt(source, "helm", "valuesObject") !== undefined) return [];
  const pointer = pointerOf(path);
  return valuesUses(readText(text), []).map((use) => ({ ...use, pointer, within: use.pointer }));
}

function readText(text: string): JsonValue {
  try {
    return parseStream("helm.values", text).documents[0]?.value ?? null;
  } catch (error) {
    if (error instanceof LastgoodError) return null;
    throw error;
  }
}

interface At {
  readonly path: Path;
  readonly display: string;
}

/** Helm's `--set` as a list: an image in one parameter, or its tag with the repository in another. */
function parameterUses(source: JsonValue | undefined, { path, display }: At): readonly Found[] {
  const parameters = listAt(source, "helm", "parameters");
  const values = new Map(
    parameters.map((parameter) => [stringAt(parameter, "name") ?? "", stringAt(parameter, "value") ?? ""]),
  );
  return parameters.flatMap((parameter, index): readonly Found[] => {
    const name = stringAt(parameter, "name") ?? "";
    const text = imageOfParameter(name, values);
    return text === undefined ? [] : [imageUse([...path, index, "value"], `${display}[${name}]`, text)];
  });
}

/** The image that a parameter spells: `image=repo:tag`, or `image.tag` beside `image.repository`. */
function imageOfParameter(name: string, values: ReadonlyMap<string, string>): string | undefined {
  const value = values.get(name) ?? "";
  const [, base = "", last = name] = /^(.*)\.([^.]*)$/.exec(name) ?? [];
  if (isImageKey(last)) return isNamed(value) ? value : undefined;
  const repository = values.get(`${base}.repository`) ?? "";
  if (base === "" || repository === "" || value === "" || (last !== "tag" && last !== "digest")) return undefined;
  const registry = values.get(`${base}.registry`) ?? "";
  const digest = values.get(`${base}.digest`) ?? "";
  // One use of an image that has both.
  if (last === "tag" && digest !== "") return undefined;
  const tag = values.get(`${base}.tag`) ?? "";
  const whole = registry === "" ? repository : `${registry}/${repository}`;
  return joinImage(whole, tag === "" ? undefined : tag, digest === "" ? undefined : digest);
}

function isNamed(text: string): boolean {
  const reference = parseImageReference(text);
  return reference?.tag !== undefined || reference?.digest !== undefined;
}

/** `kustomize edit set image` as a list: `name=image:tag`, or `image:tag`. */
function kustomizeImages(source: JsonValue | undefined, { path, display }: At): readonly Found[] {
  return listAt(source, "kustomize", "images").flatMap((item, index): readonly Found[] => {
    if (typeof item !== "string") return [];
    const equals = item.indexOf("=");
    const text = item.slice(equals + 1);
    const name = equals === -1 ? parseImageReference(text)?.repository : item.slice(0, equals);
    return name === undefined || !isNamed(text) ? [] : [imageUse([...path, index], `${display}[${name}]`, text)];
  });
}
