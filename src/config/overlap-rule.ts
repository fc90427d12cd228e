import { meet, NAME, normalPath } from "./paths.ts";
import type { RuleContext } from "./rule.ts";
import type { WrittenTarget } from "./schema.ts";

interface OwnedPath {
  readonly target: WrittenTarget;
  readonly index: number;
  readonly repository: string;
  readonly path: string;
}

/**
 * No path inside another one: two targets would revert the same file. What a kustomization refers to elsewhere belongs to
 * its target anyway and need not be written. A target of its own name is allowed beside the wildcard that would give it.
 */
export function overlapRule({ config, lineOf, report }: RuleContext): void {
  const only = config.repositories?.length === 1 ? config.repositories[0]?.name : undefined;
  const owned = (config.targets ?? []).flatMap((target) =>
    target.paths.map((path, index) => ({
      target,
      index,
      repository: target.repository ?? only ?? "",
      path: normalPath(path),
    })),
  );
  for (const [outer, inner] of [...plainOverlaps(owned), ...wildOverlaps(owned)]) {
    const owner =
      outer.target === inner.target
        ? "this target"
        : `target ${outer.target.name}, line ${lineOf(outer.target) ?? "?"}`;
    const whose = outer.path === "" ? "the whole repository" : `"${outer.path}"`;
    report({ owner: inner.target, path: ["paths", inner.index], message: `overlaps ${whose} of ${owner}` });
  }
}

type Pair = readonly [outer: OwnedPath, inner: OwnedPath];

/** Sorted, everything below a folder follows it directly: one pass finds each path's nearest owner above. */
function plainOverlaps(owned: readonly OwnedPath[]): readonly Pair[] {
  const sorted = owned
    .filter(({ path }) => !path.includes(NAME))
    .map((entry) => ({ entry, key: `${entry.repository}\0${entry.path === "" ? "" : `${entry.path}/`}` }))
    .sort((a, b) => (a.key === b.key ? 0 : a.key < b.key ? -1 : 1));
  const above: (typeof sorted)[number][] = [];
  return sorted.flatMap((current): readonly Pair[] => {
    while (above.length > 0 && !current.key.startsWith(above.at(-1)?.key ?? "")) above.pop();
    const outer = above.at(-1);
    above.push(current);
    return outer === undefined ? [] : [[outer.entry, current.entry]];
  });
}

function wildOverlaps(owned: readonly OwnedPath[]): readonly Pair[] {
  const wild = owned.filter(({ path }) => path.includes(NAME));
  return wild.flatMap((pattern, index) =>
    owned.flatMap((other): readonly Pair[] => {
      const isPattern = other.path.includes(NAME);
      if (other.repository !== pattern.repository || (isPattern && wild.indexOf(other) <= index)) return [];
      const met = meet(pattern.path, other.path);
      if (met === undefined) return [];
      const isNamed =
        !isPattern && met.name !== undefined && pattern.target.name.replace("*", met.name) === other.target.name;
      return isNamed && met.same ? [] : [[pattern, other]];
    }),
  );
}
