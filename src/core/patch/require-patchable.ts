import { LastgoodError } from "../../errors.ts";
import { isList, isObject, type JsonValue } from "../model/json.ts";
import { quote } from "./display.ts";

/** How deep values may be nested. Kubernetes objects stay below 30; what recurses over them needs an end. */
export const MAX_DEPTH = 200;

const UNSAFE_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/** Throws `ManifestUnsafeKey` for keys that reach into JavaScript's prototypes, `LimitDepth` for values nested too deeply. */
export function requirePatchable(value: JsonValue): void {
  visit(value, 0);
}

/** Throws `ManifestUnsafeKey` if it is such a key. */
export function requireSafeKey(key: string): void {
  if (!UNSAFE_KEYS.has(key)) return;
  throw new LastgoodError("ManifestUnsafeKey", `the key ${quote(key)} is not allowed`, {
    hint: "Rename the key, or leave this object out of the revert.",
  });
}

function visit(value: JsonValue, depth: number): void {
  if (typeof value !== "object" || value === null) return;
  if (depth >= MAX_DEPTH)
    throw new LastgoodError("LimitDepth", `the value is nested more than ${MAX_DEPTH} levels deep`);
  if (isList(value)) {
    for (const item of value) visit(item, depth + 1);
  } else if (isObject(value)) {
    for (const [key, item] of Object.entries(value)) {
      requireSafeKey(key);
      visit(item, depth + 1);
    }
  }
}
