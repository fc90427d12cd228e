import { readPlain } from "./read-plain.ts";

/** Keys that no manifest may have: objects of JavaScript have their own meaning for them. */
export const UNSAFE_KEYS: ReadonlySet<string> = new Set(["__proto__", "constructor", "prototype"]);

/**
 * Is a plain key the same string for every reader? Whole numbers are, and decimals that survive the float32 through which
 * sigs.k8s.io/yaml prints them (`convertToJSONableObject`).
 */
export function isStableKey(key: string): boolean {
  const value = readPlain(key);
  if (typeof value === "number" && !Number.isInteger(value)) return key.length <= 6 && String(value) === key;
  // Go gives up on uint64 keys.
  if (typeof value === "bigint") return String(value) === key && value < 2n ** 63n;
  return typeof value === "number" ? String(value) === key : typeof value === "string";
}
