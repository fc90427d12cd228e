import type { FileEntry } from "../model/git.ts";
import { baseName, folderOf } from "./path.ts";

/** The files of one revision by folder, for questions that have many answers. Symlinks and gitlinks are entries, never followed. */
export interface FileTree {
  /** What stands at exactly this path. */
  file(path: string): FileEntry | undefined;
  isFolder(path: string): boolean;
  /** Every file below a folder, sorted by path within each folder. */
  below(folder: string): readonly FileEntry[];
  /** The files of a folder itself. */
  filesOf(folder: string): readonly FileEntry[];
  /** The paths of the folders directly inside a folder. */
  foldersOf(folder: string): readonly string[];
  /** The paths of all folders, without the root. */
  folders(): readonly string[];
}

interface Folder {
  readonly files: FileEntry[];
  readonly folders: string[];
}

/** Many targets are looked for in one and the same list. */
const trees = new WeakMap<readonly FileEntry[], FileTree>();

/** Arranges a list of files, as `Repository.files` gives it. The same list is arranged once. */
export function buildTree(files: readonly FileEntry[]): FileTree {
  const known = trees.get(files) ?? arrange(files);
  trees.set(files, known);
  return known;
}

function arrange(files: readonly FileEntry[]): FileTree {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const folders = new Map<string, Folder>([["", { files: [], folders: [] }]]);
  const folderAt = (path: string): Folder => {
    const known = folders.get(path);
    if (known !== undefined) return known;
    const made: Folder = { files: [], folders: [] };
    folders.set(path, made);
    folderAt(folderOf(path)).folders.push(path);
    return made;
  };
  for (const file of files) folderAt(folderOf(file.path)).files.push(file);

  const below = (path: string): readonly FileEntry[] => {
    const found: FileEntry[] = [];
    const pending = [path];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const folder = folders.get(next);
      if (folder === undefined) continue;
      for (const file of folder.files) found.push(file);
      for (const inner of folder.folders.toReversed()) pending.push(inner);
    }
    return found;
  };
  return {
    file: (path) => byPath.get(path),
    isFolder: (path) => folders.has(path),
    below,
    filesOf: (path) => folders.get(path)?.files ?? [],
    foldersOf: (path) => folders.get(path)?.folders ?? [],
    folders: () => [...folders.keys()].filter((path) => path !== ""),
  };
}

/** Is it content that can be read: neither a symbolic link nor a gitlink? */
export function isRegular(file: FileEntry): boolean {
  return file.mode === "100644" || file.mode === "100755";
}

/** In the order in which kustomize looks for them (`konfig.RecognizedKustomizationFileNames`). */
const KUSTOMIZATION_NAMES = ["kustomization.yaml", "kustomization.yml", "Kustomization"] as const;

/** Would kustomize read a file of this name as a kustomization? */
export function isKustomizationPath(path: string): boolean {
  return KUSTOMIZATION_NAMES.some((name) => name === baseName(path));
}

/** The kustomization file of a folder. */
export function kustomizationOf(tree: FileTree, folder: string): FileEntry | undefined {
  return fileIn(tree, folder, KUSTOMIZATION_NAMES);
}

/** The `Chart.yaml` of a folder. */
export function chartOf(tree: FileTree, folder: string): FileEntry | undefined {
  return fileIn(tree, folder, ["Chart.yaml"]);
}

function fileIn(tree: FileTree, folder: string, names: readonly string[]): FileEntry | undefined {
  return names.map((name) => tree.file(folder === "" ? name : `${folder}/${name}`)).find((file) => file !== undefined);
}
