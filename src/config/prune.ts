/** Takes the faulty parts out of a document, so that the rules can look at the rest and all faults come at once. */
import type { z } from "zod";
import { writtenConfigSchema, type WrittenConfig } from "./schema.ts";
import { valueAt } from "./zod-faults.ts";

type Container = Record<PropertyKey, unknown>;

const REMOVED = Symbol("removed");

/** The sound rest, the same objects as in `value` (in place); undefined when nothing sound is left. */
export function pruneFaulty(value: unknown): WrittenConfig | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const root = Object.assign(value, { apiVersion: "lastgood.dev/v1alpha1", kind: "Config" });
  // Each round takes something out; a missing required key takes its owner out in the next one.
  for (let round = 0; round < 20; round++) {
    const result = writtenConfigSchema.safeParse(root);
    // The schema transforms nothing: what was checked is what was typed, and keeps its identity for its place.
    if (result.success) return root as unknown as WrittenConfig;
    for (const issue of result.error.issues) for (const path of faultyPaths(issue)) remove(root, path);
    compact(root);
  }
  return undefined;
}

function faultyPaths(issue: z.core.$ZodIssue): readonly (readonly PropertyKey[])[] {
  return issue.code === "unrecognized_keys" ? issue.keys.map((key) => [...issue.path, key]) : [issue.path];
}

function remove(root: object, path: readonly PropertyKey[]): void {
  const owner = valueAt(root, path.slice(0, -1));
  const last = path.at(-1);
  if (last === undefined || typeof owner !== "object" || owner === null) return;
  const isThere = Object.hasOwn(owner, last);
  if (!isThere) return remove(root, path.slice(0, -1));
  const value = (owner as Container)[last];
  if (!Array.isArray(owner)) delete (owner as Container)[last];
  // Items keep their places only when they are objects: of a list of texts, the whole list goes.
  else if (typeof value === "object" && value !== null) (owner as unknown as Container)[last] = REMOVED;
  else if (value !== REMOVED) remove(root, path.slice(0, -1));
}

function compact(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) value.splice(0, value.length, ...value.filter((item) => item !== REMOVED));
  for (const item of Object.values(value)) compact(item);
}
