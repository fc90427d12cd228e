import { blobId, type FileMode, type FileState } from "../../../core/model/git.ts";
import { LastgoodError } from "../../../errors.ts";
import type { ObjectInfo, ObjectReader } from "./cat-file.ts";

/** A folder with half a million files; larger ones are meant to fill memory. */
const MAX_TREE_BYTES = 32 * 1024 * 1024;
/** Trees of so many bytes are kept, which take ten times as much here: the folders of ten thousand targets, and what leads to them. */
const KEPT_BYTES = 2 * 1024 * 1024;

/** Entries by name (bytes as latin1) in the order of the tree; the name of a folder ends with a slash. A folder's mode means nothing. */
export interface Tree {
  readonly entries: ReadonlyMap<string, FileState>;
  /** Why no honest git made it, and by which name that shows; missing for a sound one. */
  readonly unsound?: { readonly what: string; readonly name: string };
}

interface Kept {
  readonly trees: Map<string, Tree>;
  readonly roots: Map<string, string>;
  bytes: number;
}

/** What was read through a reader: objects never change. */
const kept = new WeakMap<ObjectReader, Kept>();

function keptOf(objects: ObjectReader): Kept {
  const known = kept.get(objects) ?? { trees: new Map(), roots: new Map(), bytes: 0 };
  kept.set(objects, known);
  return known;
}

/** The tree of a commit; a tree is its own. Throws `RepositoryObject`. */
export async function treeOf(objects: ObjectReader, id: string): Promise<string> {
  const { roots } = keptOf(objects);
  const known = roots.get(id);
  if (known !== undefined) return known;
  const [info] = await objects.info([id]);
  if (info?.type === "tree") return info.id;
  const [bytes] = info?.type === "commit" ? await objects.contents([info.id]) : [];
  const tree = /^tree ([0-9a-f]{40,64})\n/.exec(bytes?.toString("latin1", 0, 70) ?? "")?.[1];
  if (tree === undefined) throw new LastgoodError("RepositoryObject", `the commit ${id} is not in this repository`);
  if (roots.size >= MAX_ROOTS) roots.clear();
  roots.set(id, tree);
  return tree;
}

const MAX_ROOTS = 10_000;

/** The trees of these ids, each read once. Throws `RepositoryObject`, `RepositoryTree`, `LimitFiles`. */
export async function readTrees(objects: ObjectReader, ids: readonly string[]): Promise<ReadonlyMap<string, Tree>> {
  const memo = keptOf(objects);
  const found = new Map<string, Tree>();
  const missing: string[] = [];
  for (const id of new Set(ids)) {
    const known = memo.trees.get(id);
    if (known === undefined) missing.push(id);
    else found.set(id, known);
  }
  if (missing.length === 0) return found;
  const infos = await objects.info(missing);
  for (const [at, info] of infos.entries()) checkTree(missing[at] ?? "", info);
  const contents = await objects.contents(missing);
  for (const [at, id] of missing.entries()) {
    const bytes = contents[at] ?? Buffer.of();
    const tree = parseTree(id, bytes);
    found.set(id, tree);
    if (memo.bytes + bytes.length > KEPT_BYTES) {
      memo.trees.clear();
      memo.bytes = 0;
    }
    memo.trees.set(id, tree);
    memo.bytes += bytes.length;
  }
  return found;
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
  let last = "";
  let unsound: Tree["unsound"];
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
    // A folder sorts as if its name ended with a slash. Of latin1, the order of characters is that of bytes.
    const key = isTree ? `${name}/` : name;
    unsound ??= faultOf({ name, key, last, isTree }, entries);
    last = key;
    entries.set(key, { mode: modeOf(mode), id: own });
    at = end + 1 + size;
  }
  return unsound === undefined ? { entries } : { entries, unsound };
}

interface NewEntry {
  readonly name: string;
  readonly key: string;
  readonly last: string;
  readonly isTree: boolean;
}

function faultOf({ name, key, last, isTree }: NewEntry, entries: ReadonlyMap<string, FileState>): Tree["unsound"] {
  if (key <= last) return { what: "unsorted or doubled entry", name };
  if (name.includes("/")) return { what: "name with a slash", name };
  return isTree && entries.has(name) ? { what: "file and folder of one name", name } : undefined;
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
