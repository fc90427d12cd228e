import type { Scope, ScopeRule } from "../model/target.ts";
import { compileGlob } from "./glob.ts";
import { baseName, relativeTo } from "./path.ts";

export { normalizePath } from "./path.ts";

type Matcher = (path: string) => boolean;
type FolderRule = Extract<ScopeRule, { readonly kind: "folder" }>;

/** Scopes and rules are values that never change: what they compile to is kept as long as they live. */
const matchers = new WeakMap<Scope, Matcher>();

/** Does a file (path from the root of the repository) belong to the scope? One pass over the path per folder rule, none per file rule. */
export function inScope(scope: Scope, path: string): boolean {
  return scopeMatcher(scope)(path);
}

/** `inScope`, ready for many paths. */
export function scopeMatcher(scope: Scope): Matcher {
  const known = matchers.get(scope);
  if (known !== undefined) return known;
  const files = new Set(scope.flatMap((rule) => (rule.kind === "file" ? [rule.path] : [])));
  const folders = scope.flatMap((rule) => (rule.kind === "folder" ? [folderMatcher(rule)] : []));
  const matcher: Matcher = (path) => files.has(path) || folders.some((matches) => matches(path));
  matchers.set(scope, matcher);
  return matcher;
}

function folderMatcher(rule: FolderRule): Matcher {
  const include = rule.include?.map(compileGlob);
  const exclude = rule.exclude?.map(compileGlob) ?? [];
  return (path) => {
    const relative = relativeTo(rule.path, path);
    if (relative === undefined || (!rule.recurse && relative.includes("/"))) return false;
    if (!accepts(rule.files, relative)) return false;
    if (exclude.some((glob) => glob(relative))) return false;
    return include === undefined || include.some((glob) => glob(relative));
  };
}

function accepts(files: FolderRule["files"], relative: string): boolean {
  switch (files) {
    case "all":
      return true;
    case "manifests":
      return isManifestPath(relative);
    case "deployable":
      return isDeployable(relative);
  }
}

/** `.yaml`, `.yml` or `.json`. */
export function isManifestPath(path: string): boolean {
  return /\.(?:ya?ml|json)$/i.test(path);
}

const DOCUMENTATION =
  /^(?:readme|license|licence|notice|changelog|contributing|owners|codeowners|security_contacts|\.editorconfig|\.ds_store)(?:$|\.)/i;
const DOCUMENTATION_SUFFIX = /\.(?:md|mdx|markdown|rst|adoc|png|jpe?g|gif|svg|ico|webp|pdf|drawio)$/i;

/**
 * Could a file reach a cluster? All but documentation, pictures, ownership files and what is git's or the forge's
 * (`.gitignore`, `.github/…`). `path` is taken from where the search began: its parents do not count.
 */
export function isDeployable(path: string): boolean {
  if (path.split("/").some((segment) => segment.startsWith(".git"))) return false;
  const name = baseName(path);
  return !DOCUMENTATION.test(name) && !DOCUMENTATION_SUFFIX.test(name);
}

/** Everything that belongs to any of them; rules that add nothing are left out. */
export function unionScopes(...scopes: readonly Scope[]): Scope {
  const rules = new Map(scopes.flat().map((rule) => [JSON.stringify(rule), rule]));
  const folders = [...rules.values()].filter((rule) => rule.kind === "folder");
  return [...rules.values()].filter((rule) => rule.kind === "folder" || !inScope(folders, rule.path));
}

/** `apps/api/**, base/*, charts/values.yaml and 12 more`: for people, at most `limit` rules. Paths are untrusted. */
export function describeScope(scope: Scope, limit = 6): string {
  const words = scope.map(describeRule);
  const rest = words.length - limit;
  if (words.length === 0) return "no files";
  return rest > 0 ? `${words.slice(0, limit).join(", ")} and ${rest} more` : words.join(", ");
}

function describeRule(rule: ScopeRule): string {
  if (rule.kind === "file") return rule.path;
  const prefix = rule.path === "" ? "" : `${rule.path}/`;
  const wild = rule.recurse ? "**" : "*";
  const included = rule.include ?? [wild];
  const shown = included.map((glob) => `${prefix}${glob}`).join(" ");
  return rule.exclude === undefined || rule.exclude.length === 0 ? shown : `${shown} without ${rule.exclude.join(" ")}`;
}
