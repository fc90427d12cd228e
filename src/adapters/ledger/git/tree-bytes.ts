/**
 * git's tree objects, byte for byte. isomorphic-git's own reader refuses modes that git accepts (100664), and its writer
 * normalises them and names that are not UTF-8 (read in isomorphic-git 1.44, GitTree); here what we do not know stays as it is.
 */
export interface TreeEntry {
  /** As written: `40000` is a tree. */
  readonly mode: string;
  /** The name's bytes, one character each (latin1). */
  readonly name: string;
  /** 40 hex digits. */
  readonly id: string;
}

export const TREE_MODE = "40000";
export const FILE_MODE = "100644";

/** Is this an ordinary file, executable or not, by any of git's modes? */
export function isFile(entry: TreeEntry): boolean {
  return entry.mode.startsWith("100");
}

export function isTree(entry: TreeEntry): boolean {
  return entry.mode === TREE_MODE;
}

/** The entries of a tree object's content; undefined when it is no tree. */
export function parseTree(bytes: Uint8Array): readonly TreeEntry[] | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const entries: TreeEntry[] = [];
  for (let at = 0; at < buffer.length;) {
    const space = buffer.indexOf(0x20, at);
    const end = buffer.indexOf(0, space + 1);
    if (space === -1 || end === -1 || end + 21 > buffer.length) return undefined;
    entries.push({
      mode: buffer.toString("latin1", at, space),
      name: buffer.toString("latin1", space + 1, end),
      id: buffer.toString("hex", end + 1, end + 21),
    });
    at = end + 21;
  }
  return entries;
}

/** The content of a tree object with these entries, sorted as git wants them. */
export function renderTree(entries: readonly TreeEntry[]): Uint8Array {
  const sorted = entries.toSorted((a, b) => (sortName(a) < sortName(b) ? -1 : 1));
  return Buffer.concat(
    sorted.flatMap((entry) => [Buffer.from(`${entry.mode} ${entry.name}\0`, "latin1"), Buffer.from(entry.id, "hex")]),
  );
}

/** These entries, with `entry` in the place of the one of its name. */
export function withEntry(entries: readonly TreeEntry[], entry: TreeEntry): readonly TreeEntry[] {
  return [...entries.filter((other) => other.name !== entry.name), entry];
}

// git compares a tree's name as if it ended with a slash (git's base_name_compare).
function sortName(entry: TreeEntry): string {
  return isTree(entry) ? `${entry.name}/` : entry.name;
}
