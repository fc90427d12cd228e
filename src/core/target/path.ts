/** Paths inside a repository: `/` between, no leading `/`, "" is the root. */

/**
 * Resolves `.`, `..` and doubled slashes of a path from the root of the repository.
 * Undefined when it leaves the repository, is absolute, or holds a NUL or line break (no tool means that).
 */
export function normalizePath(path: string): string | undefined {
  if (path.startsWith("/") || /[\0\r\n]/.test(path)) return undefined;
  const segments: string[] = [];
  for (const segment of path.split("/")) {
    if (segment === "" || segment === ".") continue;
    if (segment !== "..") segments.push(segment);
    else if (segments.pop() === undefined) return undefined;
  }
  return segments.join("/");
}

/** A path as written in a file of `folder`, from the root; undefined as in `normalizePath`. */
export function joinPath(folder: string, path: string): string | undefined {
  if (path.startsWith("/")) return undefined;
  return normalizePath(folder === "" ? path : `${folder}/${path}`);
}

/** `apps/api/values.yaml` → `apps/api`; "" for a file at the root. */
export function folderOf(path: string): string {
  const slash = path.lastIndexOf("/");
  return slash === -1 ? "" : path.slice(0, slash);
}

/** `apps/api/values.yaml` → `values.yaml` */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** `path` below `folder`, from there; undefined when it is elsewhere (or the folder itself). */
export function relativeTo(folder: string, path: string): string | undefined {
  if (folder === "") return path === "" ? undefined : path;
  return path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : undefined;
}

/** Is `path` that place, or below it? */
export function isWithin(place: string, path: string): boolean {
  return place === path || relativeTo(place, path) !== undefined;
}
