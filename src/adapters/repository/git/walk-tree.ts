import type { FileEntry } from "../../../core/model/git.ts";
import { LastgoodError } from "../../../errors.ts";
import type { FolderEntries } from "../../../ports/repository.ts";
import type { ObjectReader } from "./cat-file.ts";
import { MAX_FILES, type Listing, unsound } from "./list-files.ts";
import { readTrees, type Tree, treeOf } from "./read-trees.ts";
import { checkTreePath, pathText } from "./tree-path.ts";

/** Trees that are read at a time. */
const BATCH = 256;
/** Files and folders together: trees that hold one another a hundred times over and over end here. */
const MAX_STEPS = 1_000_000;

/** What stands in a folder: its path (bytes as latin1, with a slash at the end) and what the tree holds. */
interface Entry {
  readonly path: string;
  readonly state: { readonly mode: FileEntry["mode"]; readonly id: string };
}

/**
 * A tree's entries by their whole paths: those that lie at, below or above one of these; missing: all. Throws `RepositoryTree`, `LimitPath`
 * for what no honest git makes.
 */
function entriesOf(tree: Tree, folder: string, within?: readonly string[]): readonly Entry[] {
  if (tree.unsound !== undefined) {
    throw unsound(tree.unsound.what, Buffer.from(folder + tree.unsound.name, "latin1"));
  }
  const entries: Entry[] = [];
  const names = within === undefined ? undefined : namesOn(within, folder);
  for (const name of names ?? tree.entries.keys()) {
    const state = tree.entries.get(name);
    if (state === undefined) continue;
    const path = folder + name;
    checkTreePath(Buffer.from(path.endsWith("/") ? path.slice(0, -1) : path, "latin1"));
    entries.push({ path, state });
  }
  return entries;
}

/** By which names a folder leads to these; undefined: it lies in one of them. A folder may hold ten thousand, and one is wanted. */
function namesOn(within: readonly string[], folder: string): ReadonlySet<string> | undefined {
  const names = new Set<string>();
  for (const path of within) {
    if (folder.startsWith(`${path}/`)) return undefined;
    if (!path.startsWith(folder)) continue;
    const [name = "", below] = path.slice(folder.length).split("/", 2);
    names.add(`${name}/`);
    if (below === undefined) names.add(name);
  }
  return names;
}

/**
 * The files of a commit at or below these paths, in git's order, read through the process that reads objects anyway: only folders that lead
 * there, and none of them twice. Throws `RepositoryObject`, `RepositoryTree`, `LimitPath`, `LimitFiles`.
 */
export async function walkFiles(
  objects: ObjectReader,
  { commit, paths, listing }: { readonly commit: string; readonly paths: readonly string[]; readonly listing: Listing },
): Promise<readonly FileEntry[]> {
  const within = paths.map((path) => latin1(path));
  const found: { readonly bytes: string; readonly file: FileEntry }[] = [];
  const open: { readonly path: string; readonly id: string }[] = [{ path: "", id: await treeOf(objects, commit) }];
  for (let steps = 0; open.length > 0;) {
    const folders = open.splice(-BATCH);
    const trees = await readTrees(
      objects,
      folders.map(({ id }) => id),
    );
    for (const { path: folder, id } of folders) {
      const tree = trees.get(id);
      if (tree === undefined) continue;
      for (const { path, state } of entriesOf(tree, folder, within)) {
        if (path.endsWith("/")) open.push({ path, id: state.id });
        else {
          const file = fileOf(path, state, listing);
          if (file !== undefined && listing.wanted(file.path)) found.push({ bytes: path, file });
        }
        steps += 1;
      }
    }
    if (found.length > MAX_FILES || steps > MAX_STEPS) {
      throw new LastgoodError("LimitFiles", `more than ${MAX_FILES} files are in scope`);
    }
  }
  return found.sort((a, b) => (a.bytes < b.bytes ? -1 : 1)).map(({ file }) => file);
}

/** What lies directly in these folders of a commit; undefined for what is no folder there. Throws as `walkFiles`. */
export async function readFolders(
  objects: ObjectReader,
  { commit, paths, onUnreadable }: { readonly commit: string; readonly paths: readonly string[] } & Unreadable,
): Promise<readonly (FolderEntries | undefined)[]> {
  const root = await treeOf(objects, commit);
  const found = new Map<string, FolderEntries>();
  let open = [...new Set(paths)].map((path) => ({ path, rest: path === "" ? [] : latin1(path).split("/"), id: root }));
  while (open.length > 0) {
    const trees = await readTrees(
      objects,
      open.map(({ id }) => id),
    );
    open = open.flatMap(({ path, rest: [name, ...rest], id }) => {
      const tree = trees.get(id);
      if (name === undefined && tree !== undefined) found.set(path, folderOf(tree, path, onUnreadable));
      const next = name === undefined ? undefined : tree?.entries.get(`${name}/`);
      return next === undefined ? [] : [{ path, rest, id: next.id }];
    });
  }
  return paths.map((path) => found.get(path));
}

type Unreadable = Pick<Listing, "onUnreadable">;

function folderOf(tree: Tree, folder: string, onUnreadable: Unreadable["onUnreadable"]): FolderEntries {
  const files: FileEntry[] = [];
  const folders: string[] = [];
  const prefix = folder === "" ? "" : `${latin1(folder)}/`;
  for (const { path, state } of entriesOf(tree, prefix)) {
    const isFolder = path.endsWith("/");
    const file = fileOf(isFolder ? path.slice(0, -1) : path, state, { onUnreadable });
    if (file === undefined) continue;
    if (isFolder) folders.push(file.path);
    else files.push(file);
  }
  return { files, folders };
}

function fileOf(path: string, state: Entry["state"], { onUnreadable }: Unreadable): FileEntry | undefined {
  const bytes = Buffer.from(path, "latin1");
  const text = pathText(bytes);
  if (text === undefined) onUnreadable(bytes);
  return text === undefined ? undefined : { path: text, mode: state.mode, id: state.id as FileEntry["id"] };
}

function latin1(path: string): string {
  return Buffer.from(path, "utf8").toString("latin1");
}
