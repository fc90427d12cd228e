import type { CommitId } from "../../../core/model/git.ts";
import { unite } from "../../../core/record.ts";
import { LastgoodError } from "../../../errors.ts";
import { CHECKPOINTS, DECISIONS, DRILLS, JOBS, QUARANTINE, slugOf } from "./ledger-path.ts";
import type { ObjectStore } from "./object-store.ts";
import { FILE_MODE, isFile, isTree, TREE_MODE, withEntry, type TreeEntry } from "./tree-bytes.ts";

/** The root tree of one ledger commit. Everything in it and below that we do not change is carried along untouched. */
export interface LedgerTree {
  readonly root: readonly TreeEntry[];
}

/** What a ledger's root may hold; a root with none of them, and not empty, is somebody else's branch. */
const OURS = [
  { name: CHECKPOINTS, is: isTree },
  { name: JOBS, is: isTree },
  { name: DECISIONS, is: isTree },
  { name: DRILLS, is: isTree },
  { name: QUARANTINE, is: isFile },
] as const;

/** The ledger at a tip; empty without one. Throws `LedgerFormat` when the tip is no ledger commit. */
export async function readLedgerTree(store: ObjectStore, tip: CommitId | undefined): Promise<LedgerTree> {
  if (tip === undefined) return { root: [] };
  const tree = await store.treeOf(tip);
  if (tree === undefined) throw noLedger(tip, "is no commit");
  const root = await store.readTree(tree);
  const strange = OURS.find(({ name, is }) => root.some((entry) => entry.name === name && !is(entry)));
  if (strange !== undefined) throw noLedger(tip, `holds ${strange.name} as something else`);
  if (root.length > 0 && !root.some((entry) => OURS.some(({ name }) => name === entry.name))) {
    throw noLedger(tip, "holds other files");
  }
  return { root };
}

/** So many jobs are read, the newest; whoever wants an older one knows its id, and so its file. */
export const MOST_JOBS = 500;

/** The files whose lines are read: all verdicts and drills, the quarantine, and the newest jobs. */
export interface LineFiles {
  readonly files: readonly TreeEntry[];
  /** Path of the oldest job that is read, where older ones may be left out. */
  readonly oldestJob?: string;
}

export async function lineFiles(store: ObjectStore, { root }: LedgerTree): Promise<LineFiles> {
  const verdicts = (await childrenOf(store, root, CHECKPOINTS)).filter(isLines);
  const drills = (await childrenOf(store, root, DRILLS)).filter(isLines);
  const jobs = await newestJobs(store, root);
  const oldest = jobs.length < MOST_JOBS ? undefined : jobs.at(-1)?.path;
  return {
    files: [
      ...verdicts,
      ...drills,
      ...root.filter(({ name }) => name === QUARANTINE),
      ...jobs.map(({ entry }) => entry),
    ],
    ...(oldest === undefined ? {} : { oldestJob: oldest }),
  };
}

async function newestJobs(store: ObjectStore, root: readonly TreeEntry[]): Promise<readonly LedgerEntry[]> {
  const found: LedgerEntry[] = [];
  const jobs = await childrenOf(store, root, JOBS);
  for (const year of newestFirst(jobs, /^\d{4}$/)) {
    for (const month of newestFirst(await store.readTree(year.id), /^\d{2}$/)) {
      const folder = `${JOBS}/${year.name}/${month.name}/`;
      const files = (await store.readTree(month.id)).filter(isLines).toSorted((a, b) => (a.name < b.name ? 1 : -1));
      const newest = files.slice(0, MOST_JOBS - found.length);
      found.push(...newest.map((entry) => ({ path: `${folder}${entry.name}`, entry })));
      if (found.length >= MOST_JOBS) return found;
    }
  }
  return found;
}

/** The files with the newest decisions on a target: of so many months that have any. */
export async function decisionFiles(
  store: ObjectStore,
  { root }: LedgerTree,
  { target, months }: { readonly target: string; readonly months: number },
): Promise<readonly TreeEntry[]> {
  const own = await childrenOf(store, await childrenOf(store, root, DECISIONS), slugOf(target));
  const files = own.filter((entry) => isLines(entry) && /^\d{4}-\d{2}\.jsonl$/.test(entry.name));
  return files.toSorted((a, b) => (a.name < b.name ? 1 : -1)).slice(0, months);
}

/** A file of the ledger, whatever it holds. */
export interface LedgerEntry {
  /** From the root of the ledger, one character per byte. */
  readonly path: string;
  readonly entry: TreeEntry;
}

/** Every file below the root, by path. Deeper than the ledger ever goes nothing is looked at. */
export async function allFiles(store: ObjectStore, { root }: LedgerTree): Promise<readonly LedgerEntry[]> {
  const found: LedgerEntry[] = [];
  const walk = async (entries: readonly TreeEntry[], folder: string, depth: number): Promise<void> => {
    for (const entry of entries) {
      const path = `${folder}${entry.name}`;
      if (!isTree(entry)) found.push({ path, entry });
      else if (depth < DEEPEST) await walk(await store.readTree(entry.id), `${path}/`, depth + 1);
    }
  };
  await walk(root, "", 0);
  return found.sort((a, b) => (a.path < b.path ? -1 : 1));
}

const DEEPEST = 8;

function newestFirst(entries: readonly TreeEntry[], name: RegExp): readonly TreeEntry[] {
  return entries
    .filter((entry) => isTree(entry) && name.test(entry.name))
    .toSorted((a, b) => (a.name < b.name ? 1 : -1));
}

function isLines(entry: TreeEntry): boolean {
  return isFile(entry) && entry.name.endsWith(".jsonl");
}

async function childrenOf(
  store: ObjectStore,
  entries: readonly TreeEntry[],
  name: string,
): Promise<readonly TreeEntry[]> {
  const folder = entries.find((entry) => entry.name === name && isTree(entry));
  return folder === undefined ? [] : store.readTree(folder.id);
}

/**
 * Writes the ledger with these lines added, path → UTF-8 text, and answers the new root tree's id; undefined when every
 * line is there already.
 */
export async function writeLines(
  store: ObjectStore,
  { root }: LedgerTree,
  added: ReadonlyMap<string, string>,
): Promise<string | undefined> {
  const written = await withLines(store, { entries: root, folder: "" }, added);
  return written === root ? undefined : store.writeTree(written);
}

interface Folder {
  readonly entries: readonly TreeEntry[];
  /** For people: `checkpoints/`. */
  readonly folder: string;
}

/** The entries of one folder with lines added below it; the same list when every line is there already. */
async function withLines(
  store: ObjectStore,
  { entries, folder }: Folder,
  added: ReadonlyMap<string, string>,
): Promise<readonly TreeEntry[]> {
  let written = entries;
  for (const [name, below] of byFirstSegment(added)) {
    const entry = written.find((other) => other.name === name);
    const place = { entry, name, path: `${folder}${name}` };
    const next =
      typeof below === "string" ? await fileWith(store, place, below) : await folderWith(store, place, below);
    if (next !== undefined) written = withEntry(written, next);
  }
  return written;
}

/** What goes into files here, as text, and what goes into folders here, as paths below them. */
function byFirstSegment(added: ReadonlyMap<string, string>): ReadonlyMap<string, string | Map<string, string>> {
  const groups = new Map<string, string | Map<string, string>>();
  for (const [path, text] of added) {
    const slash = path.indexOf("/");
    if (slash === -1) {
      groups.set(path, text);
      continue;
    }
    const name = path.slice(0, slash);
    const known = groups.get(name);
    const group = typeof known === "object" ? known : new Map<string, string>();
    groups.set(name, group.set(path.slice(slash + 1), text));
  }
  return groups;
}

interface Place {
  readonly entry: TreeEntry | undefined;
  readonly name: string;
  readonly path: string;
}

/** Undefined: nothing is new. */
async function folderWith(
  store: ObjectStore,
  { entry, name, path }: Place,
  added: ReadonlyMap<string, string>,
): Promise<TreeEntry | undefined> {
  if (entry !== undefined && !isTree(entry)) throw notSo(path, "folder");
  const entries = entry === undefined ? [] : await store.readTree(entry.id);
  const written = await withLines(store, { entries, folder: `${path}/` }, added);
  return written === entries ? undefined : { mode: TREE_MODE, name, id: await store.writeTree(written) };
}

async function fileWith(
  store: ObjectStore,
  { entry, name, path }: Place,
  text: string,
): Promise<TreeEntry | undefined> {
  if (entry !== undefined && !isFile(entry)) throw notSo(path, "file");
  // One character per byte: bytes that are not UTF-8 pass through unharmed.
  const before = entry === undefined ? "" : latin1(await store.readBlob(entry.id));
  const after = unite(before, latin1(Buffer.from(text)));
  if (after === before) return undefined;
  return { mode: entry?.mode ?? FILE_MODE, name, id: await store.writeBlob(Buffer.from(after, "latin1")) };
}

function notSo(path: string, what: string): LastgoodError {
  return new LastgoodError("LedgerFormat", `the ledger holds ${path} as something that is no ${what}`);
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}

function noLedger(tip: CommitId, why: string): LastgoodError {
  return new LastgoodError("LedgerFormat", `the ledger's ref points to ${tip}, which ${why}`, {
    hint: "Set `ledger.ref` to a ref that nothing else uses, such as refs/lastgood/ledger.",
  });
}
