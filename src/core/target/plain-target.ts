import type { Target } from "../model/target.ts";

/** A target of plain paths (normalised, from the root of the repository): all that is deployable there, and what it takes from elsewhere. */
export function plainTarget(
  paths: readonly string[],
  named: { readonly name?: string; readonly environment?: string; readonly notes?: readonly string[] } = {},
): Target {
  const [first = ""] = paths;
  return {
    name: named.name ?? (first === "" ? "." : first),
    ...(named.environment === undefined ? {} : { environment: named.environment }),
    origin: { kind: named.name === undefined ? "path" : "config" },
    sources: paths.map((path) => ({ path, tool: "detect" })),
    notes: named.notes ?? [],
  };
}
