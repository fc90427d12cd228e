import { LastgoodError } from "../../../errors.ts";
import type { ObjectReader } from "./cat-file.ts";
import { unsound } from "./list-files.ts";
import { printable } from "./printable.ts";
import type { RawChange } from "./raw-diff.ts";
import { readTrees, type Tree, treeOf } from "./read-trees.ts";
import { MAX_DEPTH, MAX_PATH_BYTES } from "./tree-path.ts";

/** Trees that are read at a time. */
const BATCH = 256;
/** Trees and changes together: a tree that holds itself a hundred times over and over ends here. */
const MAX_STEPS = 1_000_000;

interface Pair {
  /** With a slash at the end, as latin1: bytes. */
  readonly path: string;
  readonly depth: number;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface DiffOptions {
  /** Only at or below these; missing: everywhere. */
  readonly paths?: readonly string[] | undefined;
  /** Refuse what no honest git makes in the folders that are new. */
  readonly strict?: boolean;
}

/**
 * What differs between two commits or trees, as `git diff-tree -r --raw --no-renames` tells it, in its order. Only trees that
 * differ are read, through the process that reads objects anyway: starting one per question takes longer than most answers.
 * Throws `RepositoryObject`, `RepositoryTree`, `LimitPath`, `LimitFiles`.
 */
export async function diffTrees(
  objects: ObjectReader,
  [before, after]: readonly [string, string],
  { paths, strict = false }: DiffOptions = {},
): Promise<readonly RawChange[]> {
  const changes: RawChange[] = [];
  const within = paths?.map((path) => Buffer.from(path, "utf8").toString("latin1"));
  const [from, to] = await Promise.all([treeOf(objects, before), treeOf(objects, after)]);
  const open: Pair[] = from === to ? [] : [{ path: "", depth: 0, before: from, after: to }];
  for (let steps = 0; open.length > 0;) {
    const pairs = open.splice(-BATCH);
    const ids = new Set(pairs.flatMap((pair) => [pair.before ?? [], pair.after ?? []].flat()));
    const trees = await readTrees(objects, [...ids]);
    for (const pair of pairs) {
      const fault = strict ? trees.get(pair.after ?? "")?.unsound : undefined;
      if (fault !== undefined) throw unsound(fault.what, Buffer.from(pair.path + fault.name, "latin1"));
      const found = comparePair(pair, trees).filter(({ path }) => within === undefined || touches(within, path));
      for (const one of found) {
        if ("depth" in one) open.push(one);
        else changes.push({ ...one, path: Buffer.from(one.path, "latin1") });
      }
      steps += found.length + 1;
    }
    if (steps > MAX_STEPS) throw new LastgoodError("LimitFiles", `more than ${MAX_STEPS} files and folders differ`);
  }
  return changes.sort((a, b) => Buffer.compare(a.path, b.path));
}

type Found = Pair | (Omit<RawChange, "path"> & { readonly path: string });

/** The entries of two folders that differ. */
function comparePair({ path, depth, before, after }: Pair, trees: ReadonlyMap<string, Tree>): readonly Found[] {
  const old = trees.get(before ?? "")?.entries ?? NONE;
  const present = trees.get(after ?? "")?.entries ?? NONE;
  const added = [...present.keys()].filter((name) => !old.has(name));
  return [...old.keys(), ...added].flatMap((name): readonly Found[] => {
    const [was, is] = [old.get(name), present.get(name)];
    if (was?.id === is?.id && was?.mode === is?.mode) return [];
    const place = path + name;
    if (place.length > MAX_PATH_BYTES || depth >= MAX_DEPTH) {
      throw new LastgoodError("LimitPath", `a path is too long: ${printable(place.slice(0, 100))}`);
    }
    if (name.endsWith("/")) return [{ path: place, depth: depth + 1, before: was?.id, after: is?.id }];
    return [{ path: place, ...(was === undefined ? {} : { before: was }), ...(is === undefined ? {} : { after: is }) }];
  });
}

const NONE: Tree["entries"] = new Map();

/** Does the path, or folder (with a slash at its end), lie at, below or above one of these? */
export function touches(paths: readonly string[], path: string): boolean {
  const folder = path.endsWith("/") ? path : `${path}/`;
  return paths.some((one) => folder.startsWith(`${one}/`) || (folder === path && one.startsWith(folder)));
}
