import type { JsonValue } from "../model/json.ts";
import { isList, isObject, property } from "../model/json.ts";

/** What a generator knows about one Application to be: nested as Go templates see it; `flat` as fasttemplate does. */
export interface Parameters {
  readonly nested: { readonly [key: string]: JsonValue };
  readonly flat: { readonly [key: string]: string };
}

/** Rendered texts stay near the size of what people write, whatever the parameters hold. */
const MAX_TEXT = 4096;

/**
 * Fills the placeholders of an ApplicationSet's template, in all its texts and keys' values. Only plain look-ups are known:
 * `{{path.basename}}` (fasttemplate), `{{ .path.basename }}` and `{{ index .path.segments 1 }}` (Go). What is anything
 * else stays as it is, and whoever reads that field sees that it is still a template.
 */
export function renderTemplate(value: JsonValue, parameters: Parameters, style: "go" | "fasttemplate"): JsonValue {
  if (typeof value === "string") return renderText(value, parameters, style);
  if (isList(value)) return value.map((item) => renderTemplate(item, parameters, style));
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, renderTemplate(item, parameters, style)]));
}

/** As `renderTemplate`, for one text. */
export function renderText(text: string, parameters: Parameters, style: "go" | "fasttemplate"): string {
  if (!text.includes("{{")) return text;
  const rendered = text
    .split("{{")
    .map((part, index) => (index === 0 ? part : renderPart(part, parameters, style)))
    .join("");
  return rendered.length > MAX_TEXT ? text : rendered;
}

/** `part` begins after `{{`. */
function renderPart(part: string, parameters: Parameters, style: "go" | "fasttemplate"): string {
  const close = part.indexOf("}}");
  if (close === -1) return `{{${part}`;
  const words = part.slice(0, close).trim();
  const found = style === "go" ? lookUpGo(words, parameters) : lookUpFlat(words, parameters);
  return found === undefined ? `{{${part}` : `${found}${part.slice(close + 2)}`;
}

function lookUpFlat(key: string, { flat }: Parameters): string | undefined {
  return Object.hasOwn(flat, key) ? flat[key] : undefined;
}

function lookUpGo(expression: string, { nested }: Parameters): string | undefined {
  const indexed = /^index\s+(\.[\w.]+)\s+(\d{1,4}|"[^"\\]*")$/.exec(expression);
  if (indexed?.[1] !== undefined && indexed[2] !== undefined) {
    const holder = follow(nested, indexed[1]);
    const at = indexed[2];
    return textOf(isList(holder) ? holder[Number(at)] : property(holder, at.replaceAll('"', "")));
  }
  return /^(?:\.\w+)+$/.test(expression) ? textOf(follow(nested, expression)) : undefined;
}

/** `.path.basename` */
function follow(value: JsonValue, expression: string): JsonValue | undefined {
  return expression
    .split(".")
    .slice(1)
    .reduce<JsonValue | undefined>((found, key) => property(found, key), value);
}

function textOf(value: JsonValue | undefined): string | undefined {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" || typeof value === "bigint"
    ? String(value)
    : undefined;
}

/** `{a: {b: 1}, c: [2]}` → `a.b`, `c[0]`: how fasttemplate names what a file or an element holds. */
export function flatten(value: JsonValue, prefix = ""): { readonly [key: string]: string } {
  const entries: (readonly [string, string])[] = [];
  const pending: (readonly [string, JsonValue])[] = [[prefix, value]];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const [key, item] = next;
    if (isList(item)) item.forEach((one, index) => pending.push([`${key}[${index}]`, one]));
    else if (isObject(item)) {
      for (const [name, one] of Object.entries(item)) pending.push([key === "" ? name : `${key}.${name}`, one]);
    } else {
      const text = textOf(item);
      if (text !== undefined && key !== "") entries.push([key, text]);
    }
  }
  return Object.fromEntries(entries);
}
