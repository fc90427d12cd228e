import type { CommitId, FileEntry } from "../core/model/git.ts";
import { folderOf, relativeTo } from "../core/target/path.ts";
import { buildTree, type FileTree } from "../core/target/tree.ts";
import { LastgoodError } from "../errors.ts";
import type { FolderEntries, Repository } from "../ports/repository.ts";

/** The folders of a commit, loaded as they are looked into. */
export interface PartialTree {
  /** Asks until everything that was looked at is loaded. `ask` is asked several times: it must be pure. */
  answer<T>(ask: (tree: FileTree) => T): Promise<T>;
}

/** More files and folders than any target has; trees that hold one another over and over end here. */
const MAX_ENTRIES = 250_000;

/** Folders that are read at a time. */
const BATCH = 512;

export type TreeSource = Pick<Repository, "files"> & Partial<Pick<Repository, "folders">>;

/** Opens the tree of a commit; where folders cannot be read one by one, all of it is listed. */
export function openTree(repository: TreeSource, commit: CommitId): PartialTree {
  const { folders } = repository;
  if (folders === undefined) {
    return { answer: async (ask) => ask(buildTree(await repository.files(commit))) };
  }
  const loaded = new LoadedFolders();
  return {
    async answer(ask) {
      for (;;) {
        const tree = new LookingTree(loaded);
        const answer = ask(tree);
        if (tree.missing.size === 0) return answer;
        await load(loaded, tree.missing, (paths) => folders(commit, paths));
      }
    },
  };
}

/** What is missing: a folder, and whether all below it is wanted too. */
type Missing = ReadonlyMap<string, "itself" | "below">;

async function load(
  loaded: LoadedFolders,
  missing: Missing,
  read: (paths: readonly string[]) => ReturnType<Repository["folders"]>,
): Promise<void> {
  const deep = [...missing].flatMap(([path, how]) => (how === "below" ? [path] : []));
  const isDeep = (path: string): boolean =>
    deep.some((folder) => folder === path || relativeTo(folder, path) !== undefined);
  const wanted = [...missing].flatMap(([path, how]) => (how === "below" ? loaded.unloadedBelow(path) : [path]));
  while (wanted.length > 0) {
    const paths = wanted.splice(-BATCH);
    for (const [at, entries] of (await read(paths)).entries()) {
      const path = paths[at] ?? "";
      loaded.add(path, entries);
      for (const folder of isDeep(path) ? (entries?.folders ?? []) : []) wanted.push(...loaded.unloadedBelow(folder));
    }
  }
}

class LoadedFolders {
  readonly folders = new Map<string, FolderEntries | undefined>();
  readonly files = new Map<string, FileEntry>();
  /** Those that folders tell of, whether they are loaded or not. */
  readonly named = new Set<string>();
  #entries = 0;

  add(path: string, entries: FolderEntries | undefined): void {
    if (this.folders.has(path)) return;
    this.folders.set(path, entries);
    for (const file of entries?.files ?? []) this.files.set(file.path, file);
    for (const folder of entries?.folders ?? []) this.named.add(folder);
    this.#entries += (entries?.files.length ?? 0) + (entries?.folders.length ?? 0);
    if (this.#entries > MAX_ENTRIES) {
      throw new LastgoodError("LimitFiles", `more than ${MAX_ENTRIES} files and folders are looked through`);
    }
  }

  /** A folder and all below it, as far as they are loaded, each before what lies in it. */
  *walk(path: string): Generator<{ readonly path: string; readonly entries: FolderEntries | undefined }> {
    const pending = [path];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const entries = this.folders.get(next);
      yield { path: next, entries };
      for (const folder of entries?.folders.toReversed() ?? []) pending.push(folder);
    }
  }

  unloadedBelow(path: string): readonly string[] {
    return [...this.walk(path)].flatMap((one) => (this.folders.has(one.path) ? [] : [one.path]));
  }
}

/** Answers from what is loaded, and notes what is not. */
class LookingTree implements FileTree {
  readonly missing = new Map<string, "itself" | "below">();
  readonly #loaded: LoadedFolders;

  constructor(loaded: LoadedFolders) {
    this.#loaded = loaded;
  }

  #folder(path: string): FolderEntries | undefined {
    if (!this.#loaded.folders.has(path) && !this.missing.has(path)) this.missing.set(path, "itself");
    return this.#loaded.folders.get(path);
  }

  file(path: string): FileEntry | undefined {
    this.#folder(folderOf(path));
    return this.#loaded.files.get(path);
  }

  isFolder(path: string): boolean {
    const isKnown = path !== "" && this.#loaded.folders.has(folderOf(path));
    return isKnown ? this.#loaded.named.has(path) : this.#folder(path) !== undefined;
  }

  filesOf(folder: string): readonly FileEntry[] {
    return this.#folder(folder)?.files ?? [];
  }

  foldersOf(folder: string): readonly string[] {
    return this.#folder(folder)?.folders ?? [];
  }

  below(folder: string): readonly FileEntry[] {
    return this.#all(folder).flatMap(({ entries }) => entries?.files ?? []);
  }

  folders(): readonly string[] {
    return this.#all("").flatMap(({ path }) => (path === "" ? [] : [path]));
  }

  #all(folder: string): readonly { readonly path: string; readonly entries: FolderEntries | undefined }[] {
    const all = [...this.#loaded.walk(folder)];
    if (all.some(({ path }) => !this.#loaded.folders.has(path))) this.missing.set(folder, "below");
    return all;
  }
}
