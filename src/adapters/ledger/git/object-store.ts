import { access, mkdir, mkdtemp, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { commitId, isFullId, type CommitId } from "../../../core/model/git.ts";
import { LastgoodError } from "../../../errors.ts";
import { durableFs } from "./durable-fs.ts";
import type * as ObjectGit from "./object-git.ts";
import { parseTree, renderTree, type TreeEntry } from "./tree-bytes.ts";

/**
 * The objects of the ledger's own bare repository. Reading throws `LedgerObject` for one that is missing or torn, writing
 * `LedgerWrite` (disk full, read-only).
 */
export interface ObjectStore {
  /** The tree of a commit; undefined when the id names something else. */
  treeOf(commit: CommitId): Promise<string | undefined>;
  readTree(id: string): Promise<readonly TreeEntry[]>;
  readBlob(id: string): Promise<Uint8Array>;
  writeBlob(bytes: Uint8Array): Promise<string>;
  writeTree(entries: readonly TreeEntry[]): Promise<string>;
  writeCommit(commit: NewCommit): Promise<CommitId>;
  /** Where a full ref of this repository points; undefined when there is none. */
  readRef(ref: string): Promise<CommitId | undefined>;
  /** Points it there, wherever it was; undefined: deletes it. */
  writeRef(ref: string, commit: CommitId | undefined): Promise<void>;
}

export interface NewCommit {
  readonly tree: string;
  readonly parent: CommitId | undefined;
  readonly message: string;
  readonly atMs: number;
}

type Git = typeof ObjectGit;

const WRITER = { name: "lastgood", email: "lastgood@localhost" };

/** Opens the bare repository at `gitdir`, making it first when there is none. */
export async function openObjectStore(gitdir: string): Promise<ObjectStore> {
  const git = await import("./object-git.ts");
  await initBare(git, gitdir);
  const repository = { fs: durableFs, gitdir, cache: {} };

  async function read(oid: string): Promise<{ readonly type: string; readonly bytes: Uint8Array }> {
    try {
      const found = await git.readObject({ ...repository, oid, format: "content" });
      if (!(found.object instanceof Uint8Array)) throw new Error("no bytes");
      return { type: found.type ?? "unknown", bytes: found.object };
    } catch (cause) {
      throw new LastgoodError("LedgerObject", `the ledger's object ${oid} cannot be read`, { cause });
    }
  }

  async function write<T>(make: () => Promise<T>): Promise<T> {
    try {
      return await make();
    } catch (cause) {
      throw new LastgoodError("LedgerWrite", `the ledger's repository at ${gitdir} cannot be written`, { cause });
    }
  }

  return {
    async treeOf(commit) {
      const { type, bytes } = await read(commit);
      // `tree <id>` is the first line of every commit object (git's commit format).
      return type === "commit" ? /^tree ([0-9a-f]{40})\n/.exec(Buffer.from(bytes).toString("latin1"))?.[1] : undefined;
    },
    async readTree(id) {
      const { type, bytes } = await read(id);
      const entries = type === "tree" ? parseTree(bytes) : undefined;
      if (entries === undefined) throw new LastgoodError("LedgerObject", `the ledger's object ${id} is no tree`);
      return entries;
    },
    async readBlob(id) {
      return (await read(id)).bytes;
    },
    async writeBlob(bytes) {
      return write(() => git.writeObject({ ...repository, type: "blob", object: bytes, format: "content" }));
    },
    async writeTree(entries) {
      const object = renderTree(entries);
      return write(() => git.writeObject({ ...repository, type: "tree", object, format: "content" }));
    },
    async writeCommit({ tree, parent, message, atMs }) {
      const stamp = { ...WRITER, timestamp: Math.floor(atMs / 1000), timezoneOffset: 0 };
      const commit = { tree, parent: parent === undefined ? [] : [parent], author: stamp, committer: stamp, message };
      return commitId(await write(() => git.writeCommit({ ...repository, commit })));
    },
    async readRef(ref) {
      // A ref that is there and says nothing is as good as none.
      const id = await git.resolveRef({ ...repository, ref }).catch(() => undefined);
      return id !== undefined && isFullId(id) ? commitId(id) : undefined;
    },
    async writeRef(ref, commit) {
      const at = { fs: durableFs, gitdir, ref };
      await write(() =>
        commit === undefined ? git.deleteRef(at) : git.writeRef({ ...at, value: commit, force: true }),
      );
    },
  };
}

/** Made beside its place and renamed into it: nobody sees half a repository, and of two makers one wins. */
async function initBare(git: Git, gitdir: string): Promise<void> {
  if (await exists(join(gitdir, "HEAD"))) return;
  await mkdir(dirname(gitdir), { recursive: true });
  const made = await mkdtemp(join(dirname(gitdir), `.${basename(gitdir)}-`));
  try {
    await git.init({ fs: durableFs, gitdir: made, bare: true, defaultBranch: "ledger" });
    await rename(made, gitdir);
  } catch (cause) {
    await rm(made, { recursive: true, force: true });
    if (await exists(join(gitdir, "HEAD"))) return;
    throw new LastgoodError("LedgerWrite", `the ledger's repository cannot be made at ${gitdir}`, { cause });
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
