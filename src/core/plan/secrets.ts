/** The secret texts of components, and their removal from diffs and patches, where names and places are no longer seen. */
import type { Component } from "../model/component.ts";
import type { Operation, Patch } from "../model/field.ts";
import { isList, isObject, type JsonValue } from "../model/json.ts";
import { HIDDEN, redactText, redactValue } from "../redact.ts";
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
  return [...new Set(texts.flatMap((text) => [text, ...text.split("\n").map((line) => line.trim())]))].filter(
    (text) => text !== "",
  );
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

/** Below this a secret is only masked where it is a whole scalar: it would stand in every second word. */
const SHORTEST = 6;

/** A line of a diff without its secrets. */
export function maskLine(line: string, secrets: readonly string[]): string {
  const scalar = /^([-+ ]?\s*(?:- )*(?:[^\s:#][^:#]*:\s+)?)(["']?)(.*?)\2(\s*)$/.exec(line);
  const whole = scalar?.[3] !== undefined && secrets.includes(scalar[3]);
  const masked = whole ? `${scalar[1]}${scalar[2]}${HIDDEN}${scalar[2]}` : line;
  const inside = secrets.filter((secret) => secret.length >= SHORTEST);
  return redactText(inside.reduce((text, secret) => text.replaceAll(secret, HIDDEN), masked));
}

/** A patch without its secrets; still a patch, but not one to apply. */
export function maskPatch(patch: Patch, secrets: readonly string[]): Patch {
  return patch.map((operation): Operation =>
    "value" in operation ? { ...operation, value: maskValue(operation.value, secrets) } : operation,
  );
}

function maskValue(value: JsonValue, secrets: readonly string[]): JsonValue {
  if (isList(value)) return value.map((item) => maskValue(item, secrets));
  if (isObject(value))
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskValue(item, secrets)]));
  if (value === null || typeof value === "boolean") return value;
  if (secrets.includes(String(value))) return HIDDEN;
  return typeof value === "string" ? maskLine(value, secrets) : value;
}
