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

const known = new WeakMap<Component, readonly string[]>();

/** Every scalar of a component that is secret by where it stands, as text; multi-line ones also line by line. Found once. */
export function secretTexts(component: Component): readonly string[] {
  const texts = known.get(component) ?? findSecretTexts(component);
  known.set(component, texts);
  return texts;
}

function findSecretTexts(component: Component): readonly string[] {
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

/** Secrets made ready to be looked for: thousands of them cost one text no more than a few. */
interface Matcher {
  readonly whole: ReadonlySet<string>;
  /** The first characters of every secret that is looked for inside of texts. */
  readonly starts: ReadonlySet<string>;
  /** The secrets of each length, longest first. */
  readonly byLength: readonly (readonly [number, ReadonlySet<string>])[];
}

const matchers = new WeakMap<readonly string[], Matcher>();

function matcherOf(secrets: readonly string[]): Matcher {
  const known = matchers.get(secrets);
  if (known !== undefined) return known;
  const lengths = new Map<number, Set<string>>();
  for (const secret of secrets) {
    if (secret.length < SHORTEST) continue;
    const same = lengths.get(secret.length) ?? new Set();
    lengths.set(secret.length, same.add(secret));
  }
  const byLength = [...lengths].sort(([a], [b]) => b - a);
  const starts = new Set(byLength.flatMap(([, same]) => [...same].map((secret) => secret.slice(0, SHORTEST))));
  const matcher = { whole: new Set(secrets), starts, byLength };
  matchers.set(secrets, matcher);
  return matcher;
}

/** A text without the secrets in it: at each place the longest one goes. */
export function maskString(text: string, secrets: readonly string[]): string {
  const { starts, byLength } = matcherOf(secrets);
  if (starts.size === 0) return redactText(text);
  let masked = "";
  let from = 0;
  for (let at = 0; at + SHORTEST <= text.length; at += 1) {
    if (!starts.has(text.slice(at, at + SHORTEST))) continue;
    const found = byLength.find(([length, same]) => same.has(text.slice(at, at + length)));
    if (found === undefined) continue;
    masked += text.slice(from, at) + HIDDEN;
    from = at + found[0];
    at = from - 1;
  }
  return redactText(masked + text.slice(from));
}

/** A value without the secrets in it. */
export function maskValue(value: JsonValue, secrets: readonly string[]): JsonValue {
  if (isList(value)) return value.map((item) => maskValue(item, secrets));
  if (isObject(value)) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, maskValue(item, secrets)]));
  }
  if (value === null || typeof value === "boolean") return value;
  if (matcherOf(secrets).whole.has(String(value))) return HIDDEN;
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
