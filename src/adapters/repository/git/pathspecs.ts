import type { Scope } from "../../../core/model/target.ts";

/** More than these slow git down more than they save, and arguments have a limit. */
const MAX_PATHSPECS = 200;

/**
 * The paths to hand to git so that it need not look elsewhere: every file of the scope lies at or below one of them.
 * `undefined`: everywhere. An empty list: nowhere, for no tree has such a path.
 */
export function pathspecsOf(scope: Scope | undefined): readonly string[] | undefined {
  if (scope === undefined || scope.some((rule) => rule.kind === "folder" && rule.path === "")) return undefined;
  let paths = outermost(scope.map((rule) => rule.path).filter(isTreePath));
  while (paths.length > MAX_PATHSPECS) {
    const deepest = Math.max(...paths.map(depthOf));
    if (deepest === 1) return undefined;
    paths = outermost(paths.map((path) => (depthOf(path) === deepest ? parentOf(path) : path)));
  }
  return paths;
}

/** Can a tree have this path at all? git would take anything else for a file outside of the repository. */
function isTreePath(path: string): boolean {
  return !path.includes("\0") && path.split("/").every((name) => name !== "" && name !== "." && name !== "..");
}

/** Without doubles and without what lies below another one. */
function outermost(paths: readonly string[]): readonly string[] {
  const all = new Set(paths);
  return [...all].filter((path) => !ancestorsOf(path).some((folder) => all.has(folder))).sort();
}

function ancestorsOf(path: string): readonly string[] {
  const names = path.split("/");
  return names.slice(1).map((_, index) => names.slice(0, index + 1).join("/"));
}

function depthOf(path: string): number {
  return path.split("/").length;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/"));
}
