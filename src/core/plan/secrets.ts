/** The secret texts of components, and their removal from values and lines where names and places are no longer seen. */
import type { Component } from "../model/component.ts";
import type { FieldChange, Operation, Patch } from "../model/field.ts";
import { isList, isObject, type JsonValue } from "../model/json.ts";
import { formatPath } from "../patch/display.ts";
import { HIDDEN, redactChange, redactText, redactValue } from "../redact.ts";
import { documentsOf } from "./decide.ts";

/** What `core/redact.ts` goes by. */
export function kindOf(component: Component): string {
  switch (component.kind) {
    case "object":
      return component.id.kind;
    case "file":
      return component.fileKind;
    case "opaque":
      return "";
  }
}

/** Every scalar of a component that is secret by where it stands, as text; multi-line ones also line by line. */
export function secretTexts(component: Component): readonly string[] {
  const texts = documentsOf(component).flatMap((value) => hidden(value, redactValue(kindOf(component), [], value)));
  const lines = texts.flatMap((text) => text.split("\n").map((line) => line.trim()));
  return [...new Set([...texts, ...lines])].filter((text) => text !== "").sort((a, b) => b.length - a.length);
}

function hidden(value: JsonValue, shown: JsonValue): readonly string[] {
  if (shown === HIDDEN) return leaves(value);
  if (isList(value) && isList(shown)) return value.flatMap((item, i) => hidden(item, shown[i] as JsonValue));
  if (isObject(value) && isObject(shown)) {
    return Object.entries(value).flatMap(([key, item]) => hidden(item, shown[key] as JsonValue));
  }
  return [];
}

function leaves(value: JsonValue): readonly string[] {
  if (isList(value)) return value.flatMap(leaves);
  if (isObject(value)) return Object.values(value).flatMap(leaves);
  return value === null || typeof value === "boolean" ? [] : [String(value)];
}

/** Below this a secret is only hidden where it is all of a value: it would stand in every second word. */
const SHORTEST = 6;

/** A text without the secrets in it. `secrets`: longest first. */
export function maskString(text: string, secrets: readonly string[]): string {
  const long = secrets.filter((secret) => secret.length >= SHORTEST);
  return redactText(long.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), text));
}

/** A value without the secrets in it. */
export function maskValue(value: JsonValue, secrets: readonly string[]): JsonValue {
  if (isList(value)) return value.map((item) => maskValue(item, secrets));
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskValue(item, secrets)]));
  }
  if (value === null || typeof value === "boolean") return value;
  if (secrets.includes(String(value))) return HIDDEN;
  return typeof value === "string" ? maskString(value, secrets) : value;
}

/** A patch without its secrets; still a patch, but not one to apply. */
export function maskPatch(patch: Patch, secrets: readonly string[]): Patch {
  return patch.map((operation): Operation =>
    "value" in operation ? { ...operation, value: maskValue(operation.value, secrets) } : operation,
  );
}

/** What may be shown of a field: where it stands, and its values. */
export function maskField(
  kind: string,
  field: FieldChange,
  secrets: readonly string[],
): { readonly display: string; readonly from?: JsonValue; readonly to?: JsonValue } {
  const { from, to } = redactChange(kind, field);
  return {
    display: maskDisplay(field, secrets),
    ...(from === undefined ? {} : { from: maskValue(from, secrets) }),
    ...(to === undefined ? {} : { to: maskValue(to, secrets) }),
  };
}

/** `args[••••]`: the items of a list of texts are named by themselves. */
function maskDisplay({ display, path }: FieldChange, secrets: readonly string[]): string {
  return path.reduce((shown, segment) => {
    if (!("item" in segment) || maskValue(segment.item, secrets) === segment.item) return shown;
    return shown.replace(formatPath([segment]), () => `[${HIDDEN}]`);
  }, display);
}
