import { blobId, type FileMode, type FileState } from "../../../core/model/git.ts";
import { LastgoodError } from "../../../errors.ts";
import type { ObjectInfo, ObjectReader } from "./cat-file.ts";
import { printable } from "./printable.ts";
import type { RawChange } from "./raw-diff.ts";
import { MAX_DEPTH, MAX_PATH_BYTES } from "./tree-path.ts";

/** Trees that are read at a time. */
const BATCH = 256;
/** A folder with half a million files; larger ones are meant to fill memory. */
const MAX_TREE_BYTES = 32 * 1024 * 1024;
/** Trees and changes together: a tree that holds itself a hundred times over and over ends here. */
const MAX_STEPS = 1_000_000;

interface Pair {
  /** With a slash at the end, as latin1: bytes. */
  readonly path: string;
  readonly depth: number;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/**
 * What differs between two commits or trees, as `git diff-tree -r --raw --no-renames` tells it, in its order. Only trees that
 * differ are read, through the process that reads objects anyway: starting one per question takes longer than most answers.
 * `paths`: only at or below these; missing: everywhere. Throws `RepositoryObject`, `RepositoryTree`, `LimitPath`, `LimitFiles`.
 */
export async function diffTrees(
  objects: ObjectReader,
  [before, after]: readonly [string, string],
  paths?: readonly string[],
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

/** The tree of a commit; a tree is its own. Throws `RepositoryObject`. */
export async function treeOf(objects: ObjectReader, id: string): Promise<string> {
  const [info] = await objects.info([id]);
  if (info?.type === "tree") return info.id;
  const [bytes] = info?.type === "commit" ? await objects.contents([info.id]) : [];
  const tree = /^tree ([0-9a-f]{40,64})\n/.exec(bytes?.toString("latin1", 0, 70) ?? "")?.[1];
  if (tree === undefined) throw new LastgoodError("RepositoryObject", `the commit ${id} is not in this repository`);
  return tree;
}

/** Name → entry; the name of a folder ends with a slash. */
type Tree = ReadonlyMap<string, FileState>;

async function readTrees(objects: ObjectReader, ids: readonly string[]): Promise<ReadonlyMap<string, Tree>> {
  const infos = await objects.info(ids);
  for (const [at, info] of infos.entries()) checkTree(ids[at] ?? "", info);
  const contents = await objects.contents(ids);
  return new Map(ids.map((id, at) => [id, parseTree(id, contents[at] ?? Buffer.of())]));
}

function checkTree(id: string, info: ObjectInfo | undefined): void {
  if (info?.type !== "tree") {
    throw new LastgoodError("RepositoryObject", `the tree ${id} is not in this repository`, {
      hint: "A partial or damaged clone cannot be used: fetch everything (git fetch --refetch), or let lastgood use its own clone.",
    });
  }
  if (info.size > MAX_TREE_BYTES) {
    throw new LastgoodError("LimitFiles", `the tree ${id} has ${info.size} bytes, more than ${MAX_TREE_BYTES}`);
  }
}

/** `<octal mode> <name>\0<id as bytes>`, one after the other (gitformat, "tree"). */
function parseTree(id: string, bytes: Buffer): Tree {
  const entries = new Map<string, FileState>();
  const size = id.length / 2;
  for (let at = 0; at < bytes.length;) {
    const blank = bytes.indexOf(0x20, at);
    const end = bytes.indexOf(0, blank);
    if (blank === -1 || end === -1 || end + 1 + size > bytes.length) {
      throw new LastgoodError("RepositoryTree", `the tree ${id} ends in the middle of an entry`);
    }
    const mode = Number.parseInt(bytes.toString("latin1", at, blank), 8);
    const own = blobId(bytes.toString("hex", end + 1, end + 1 + size));
    const name = bytes.toString("latin1", blank + 1, end);
    const isTree = (mode & KIND) === FOLDER;
    entries.set(isTree ? `${name}/` : name, { mode: modeOf(mode), id: own });
    at = end + 1 + size;
  }
  return entries;
}

const KIND = 0o170000;
const FOLDER = 0o040000;
const FILE = 0o100000;
const LINK = 0o120000;

/** As git takes the modes that old programs wrote (canon_mode). A folder's is never shown. */
function modeOf(mode: number): FileMode {
  const kind = mode & KIND;
  if (kind === FILE) return (mode & 0o100) === 0 ? "100644" : "100755";
  return kind === LINK ? "120000" : "160000";
}

type Found = Pair | (Omit<RawChange, "path"> & { readonly path: string });

/** The entries of two folders that differ. */
function comparePair({ path, depth, before, after }: Pair, trees: ReadonlyMap<string, Tree>): readonly Found[] {
  const [old, present] = [trees.get(before ?? "") ?? NONE, trees.get(after ?? "") ?? NONE];
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

const NONE: Tree = new Map();

/** Does the path, or folder, lie at, below or above one of these? */
function touches(paths: readonly string[], path: string): boolean {
  const folder = path.endsWith("/") ? path : `${path}/`;
  return paths.some((one) => folder.startsWith(`${one}/`) || (folder === path && one.startsWith(folder)));
}
