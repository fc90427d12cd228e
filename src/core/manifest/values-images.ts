/** Images in Helm values. */
import { isList, isObject, type JsonValue, stringAt, valueAt } from "../model/json.ts";
import { parseImageReference } from "./image-reference.ts";
import { type Found, imageUse, joinImage, type Path, scalarText } from "./image-use.ts";

/** Images in Helm values, in the layouts that charts use; `from` leads to the values, `prefix` to where `root` stands. */
export function valuesUses(root: JsonValue, from: readonly string[], prefix: Path = from): readonly Found[] {
  return walkValues(valueAt(root, ...from) ?? null, prefix, []);
}

function walkValues(value: JsonValue, path: Path, shown: Path): readonly Found[] {
  const whole = shown.length > 0 ? splitImage(value, String(shown.at(-1))) : undefined;
  if (whole !== undefined) return [imageUse(path, displayOf(shown), whole)];
  return entriesOf(value).flatMap(([key, inner]) => {
    const [to, see] = [
      [...path, key],
      [...shown, key],
    ];
    if (typeof inner !== "string") return walkValues(inner, to, see);
    const text = isImageKey(String(key)) ? textImage(value, String(key), inner) : undefined;
    return text === undefined ? [] : [imageUse(to, displayOf(see), text)];
  });
}

/** `{registry?, repository, tag?, digest?}` under `image` or `…Image`, or anywhere when a tag or digest is with it. */
function splitImage(value: JsonValue, key: string): string | undefined {
  const repository = stringAt(value, "repository") ?? (isImageKey(key) ? stringAt(value, "name") : undefined);
  if (!isObject(value) || repository === undefined || repository === "") return undefined;
  const tag = scalarText(value["tag"]);
  const digest = scalarText(value["digest"]) ?? scalarText(value["sha"]);
  if (tag === undefined && digest === undefined && !isImageKey(key)) return undefined;
  const registry = stringAt(value, "registry") ?? "";
  return joinImage(registry === "" ? repository : `${registry}/${repository}`, tag, digest);
}

/** `image: repo:tag`, or `image: repo` with the tag beside it (`imageTag`, `tag`). */
function textImage(parent: JsonValue, key: string, text: string): string | undefined {
  if (parseImageReference(text) === undefined || !isObject(parent)) return undefined;
  if (/[:@]/.test(text.slice(text.lastIndexOf("/") + 1))) return text;
  const tag = scalarText(parent[`${key}Tag`]) ?? (key === "image" ? scalarText(parent["tag"]) : undefined);
  if (tag !== undefined) return joinImage(text, tag, undefined);
  return key === "image" || text.includes("/") ? text : undefined;
}

/** `image`, `sidecarImage`: charts name images so. */
export function isImageKey(key: string): boolean {
  return key === "image" || key.endsWith("Image");
}

function entriesOf(value: JsonValue): readonly (readonly [string | number, JsonValue])[] {
  if (isList(value)) return value.map((item, index) => [index, item] as const);
  return isObject(value) ? Object.entries(value) : [];
}

function displayOf(path: Path): string {
  return path.reduce<string>((text, key) => {
    if (typeof key === "number") return `${text}[${key}]`;
    return text === "" ? key : `${text}.${key}`;
  }, "");
}
