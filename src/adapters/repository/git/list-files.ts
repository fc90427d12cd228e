import { blobId, type FileEntry, type FileMode } from "../../../core/model/git.ts";
import { LastgoodError } from "../../../errors.ts";
import { printable, printablePath } from "./printable.ts";
import { nulSplitter } from "./raw-diff.ts";
import { checkTreePath, pathText } from "./tree-path.ts";

/** More files than any target has; a listing ends here. */
export const MAX_FILES = 100_000;

export interface Listing {
  /** Is this path wanted? */
  readonly wanted: (path: string) => boolean;
  /** Told about paths that are no UTF-8 and left out. */
  readonly onUnreadable: (path: Uint8Array) => void;
}

const TAB = 0x09;
const SLASH = 0x2f;
const MODES: ReadonlySet<string> = new Set(["100644", "100755", "120000", "160000"]);

/** What `listFiles` reads; a commit follows. */
export const LIST_ARGS = ["ls-tree", "-r", "-t", "-z", "--full-tree", "--end-of-options"] as const;

/**
 * Reads `git ls-tree -r -t -z` as it comes, and with the folders that `-t` shows proves that the trees are sound: sorted, nothing
 * twice, no name that holds a slash or means something to a file system. Throws `RepositoryTree`, `LimitPath`, `LimitFiles`.
 */
export async function listFiles(output: AsyncIterable<Buffer>, listing: Listing): Promise<readonly FileEntry[]> {
  const files: FileEntry[] = [];
  const check = treeChecker();
  const split = nulSplitter();
  for await (const chunk of output) {
    for (const token of split(chunk)) {
      const tab = token.indexOf(TAB);
      const [mode = "", type = "", id = ""] = token.toString("latin1", 0, tab).split(" ");
      const bytes = token.subarray(tab + 1);
      check(bytes, type === "tree");
      if (type === "tree") continue;
      const path = pathText(bytes);
      if (path === undefined) listing.onUnreadable(bytes);
      else if (listing.wanted(path)) files.push({ path, mode: fileMode(mode, path), id: blobId(id) });
      if (files.length > MAX_FILES) throw new LastgoodError("LimitFiles", `more than ${MAX_FILES} files are in scope`);
    }
  }
  return files;
}

/** Entries come in git's order, depth first: each one greater than the one before, and its folder listed before it. */
function treeChecker(): (path: Buffer, isTree: boolean) => void {
  let last: Buffer | undefined;
  let open: readonly string[] = [];
  const blobs = new Set<string>();
  return (path, isTree) => {
    checkTreePath(path);
    // A folder sorts as if its name ended with a slash.
    const key = isTree ? Buffer.concat([path, Buffer.of(SLASH)]) : path;
    if (last !== undefined && Buffer.compare(last, key) >= 0) throw unsound("unsorted or doubled entry", path);
    last = key;
    const name = path.toString("latin1");
    const folder = name.slice(0, Math.max(0, name.lastIndexOf("/")));
    open = open.filter((one) => name.startsWith(`${one}/`));
    if ((open.at(-1) ?? "") !== folder) throw unsound("name with a slash", path);
    if (isTree) {
      if (blobs.has(name)) throw unsound("file and folder of one name", path);
      open = [...open, name];
    } else if (!isTree) blobs.add(name);
  };
}

/** A tree that was made to confuse. */
export function unsound(what: string, path: Uint8Array): LastgoodError {
  return new LastgoodError("RepositoryTree", `${what} in the tree: ${printablePath(path)}`, {
    hint: "No honest git makes such a tree: run git fsck in a clone, and find out who pushed it.",
  });
}

function fileMode(mode: string, path: string): FileMode {
  if (MODES.has(mode)) return mode as FileMode;
  throw new LastgoodError("RepositoryTree", `unknown file mode ${printable(mode)} in the tree: ${printable(path)}`);
}
