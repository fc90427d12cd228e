/** Of very many scopes: which of them a few changed files belong to, without asking each. */
import type { Scope } from "../model/target.ts";
import { scopeMatcher } from "./scope.ts";

export interface ScopeIndex {
  /** Takes a scope under a name, in place of the one that had it. Answers whether it says something else than that. */
  set(name: string, scope: Scope): boolean;
  /** The names whose scopes hold any of these paths, or name as a file the folder that one of them lies in: there was none, or another thing. */
  touchedBy(paths: Iterable<string>): ReadonlySet<string>;
}

/** An empty index. What a question costs grows with the paths and with what they touch, not with how many scopes there are. */
export function createScopeIndex(): ScopeIndex {
  const scopes = new Map<string, Scope>();
  /** Path of a rule (a file, or a folder) → names that have such a rule. */
  const byPath = new Map<string, Set<string>>();

  function remove(name: string): void {
    for (const { path } of scopes.get(name) ?? []) {
      const names = byPath.get(path);
      names?.delete(name);
      if (names?.size === 0) byPath.delete(path);
    }
  }

  return {
    set(name, scope) {
      const before = scopes.get(name);
      if (before === scope || (before !== undefined && JSON.stringify(before) === JSON.stringify(scope))) return false;
      remove(name);
      scopes.set(name, scope);
      for (const { path } of scope) {
        const names = byPath.get(path) ?? new Set();
        byPath.set(path, names.add(name));
      }
      return true;
    },
    touchedBy(paths) {
      const touched = new Set<string>();
      for (const path of paths) {
        for (const place of placesOf(path)) {
          for (const name of byPath.get(place) ?? []) {
            if (touched.has(name)) continue;
            const scope = scopes.get(name) ?? [];
            if (scopeMatcher(scope)(path) || (place !== path && scope.some((rule) => isFile(rule, place))))
              touched.add(name);
          }
        }
      }
      return touched;
    },
  };
}

function isFile({ kind, path }: Scope[number], place: string): boolean {
  return kind === "file" && path === place;
}

/** The path itself, and every folder above it, the root last. */
function placesOf(path: string): readonly string[] {
  const places = [path];
  for (let end = path.lastIndexOf("/"); end !== -1; end = path.lastIndexOf("/", end - 1))
    places.push(path.slice(0, end));
  return [...places, ""];
}
