import type { CommitId } from "../../../core/model/git.ts";
import { unite } from "../../../core/record.ts";
import { LastgoodError } from "../../../errors.ts";
import { CHECKPOINTS, QUARANTINE } from "./ledger-path.ts";
import type { ObjectStore } from "./object-store.ts";
import { FILE_MODE, isFile, isTree, TREE_MODE, withEntry, type TreeEntry } from "./tree-bytes.ts";

/** The trees of one ledger commit that we read or change. Everything else in them is carried along untouched. */
export interface LedgerTree {
  readonly root: readonly TreeEntry[];
  readonly checkpoints: readonly TreeEntry[];
}

/** What a ledger's root may hold; a root with none of them, and not empty, is somebody else's branch. */
const OURS = [
  { name: CHECKPOINTS, is: isTree },
  { name: "jobs", is: isTree },
  { name: QUARANTINE, is: isFile },
] as const;

/** The ledger at a tip; empty without one. Throws `LedgerFormat` when the tip is no ledger commit. */
export async function readLedgerTree(store: ObjectStore, tip: CommitId | undefined): Promise<LedgerTree> {
  if (tip === undefined) return { root: [], checkpoints: [] };
  const tree = await store.treeOf(tip);
  if (tree === undefined) throw noLedger(tip, "is no commit");
  const root = await store.readTree(tree);
  const strange = OURS.find(({ name, is }) => root.some((entry) => entry.name === name && !is(entry)));
  if (strange !== undefined) throw noLedger(tip, `holds ${strange.name} as something else`);
  if (root.length > 0 && !root.some((entry) => OURS.some(({ name }) => name === entry.name))) {
    throw noLedger(tip, "holds other files");
  }
  const checkpoints = root.find((entry) => entry.name === CHECKPOINTS);
  return { root, checkpoints: checkpoints === undefined ? [] : await store.readTree(checkpoints.id) };
}

/** The files of lines: those below `checkpoints/`, and the quarantine. */
export function lineFiles({ root, checkpoints }: LedgerTree): readonly TreeEntry[] {
  const verdicts = checkpoints.filter((entry) => isFile(entry) && entry.name.endsWith(".jsonl"));
  return [...verdicts, ...root.filter(({ name }) => name === QUARANTINE)];
}

/**
 * Writes the ledger with these lines added, path → UTF-8 text, and answers the new root tree's id; undefined when every
 * line is there already.
 */
export async function writeLines(
  store: ObjectStore,
  tree: LedgerTree,
  added: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  const folder = `${CHECKPOINTS}/`;
  const below = new Map([...added].filter(([path]) => path.startsWith(folder)));
  const above = new Map([...added].filter(([path]) => !path.startsWith(folder)));
  const verdicts = new Map([...below].map(([path, text]) => [path.slice(folder.length), text]));
  const checkpoints = await withLines(store, { entries: tree.checkpoints, folder }, verdicts);
  const root = await withLines(store, { entries: tree.root, folder: "" }, above);
  if (checkpoints === tree.checkpoints && root === tree.root) return undefined;
  if (checkpoints === tree.checkpoints) return store.writeTree(root);
  const id = await store.writeTree(checkpoints);
  return store.writeTree(withEntry(root, { mode: TREE_MODE, name: CHECKPOINTS, id }));
}

interface Folder {
  readonly entries: readonly TreeEntry[];
  /** For people: `checkpoints/`. */
  readonly folder: string;
}

/** The entries of one folder with lines added to its files; the same list when every line is there already. */
async function withLines(
  store: ObjectStore,
  { entries, folder }: Folder,
  added: ReadonlyMap<string, string>,
): Promise<readonly TreeEntry[]> {
  let written = entries;
  for (const [name, text] of added) {
    const entry = written.find((other) => other.name === name);
    if (entry !== undefined && !isFile(entry)) {
      throw new LastgoodError("LedgerFormat", `the ledger holds ${folder}${name} as something that is no file`);
    }
    // One character per byte: bytes that are not UTF-8 pass through unharmed.
    const before = entry === undefined ? "" : latin1(await store.readBlob(entry.id));
    const after = unite(before, latin1(Buffer.from(text)));
    if (after === before) continue;
    const id = await store.writeBlob(Buffer.from(after, "latin1"));
    written = withEntry(written, { mode: entry?.mode ?? FILE_MODE, name, id });
  }
  return written;
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

function noLedger(tip: CommitId, why: string): LastgoodError {
  return new LastgoodError("LedgerFormat", `the ledger's ref points to ${tip}, which ${why}`, {
    hint: "Set `ledger.ref` to a ref that nothing else uses, such as refs/lastgood/ledger.",
  });
}
