/** Blobs, trees and commits by plumbing: no index, no work tree. */
import type { ReadableGitDir } from "./object-reader.ts";
import { gitText, runGit } from "./run-git.ts";
import type { GitDir } from "./run-git.ts";

export interface TreeEntry {
  readonly path: string;
  readonly mode: string;
  readonly type: "blob" | "tree" | "commit";
  readonly sha: string;
  /** Bytes, for blobs. */
  readonly size: number | undefined;
}

const ID = /^[0-9a-f]{40}$/;

/** Is it a full object id (sha1: what GitHub has)? */
export function isObjectId(text: string): boolean {
  return ID.test(text);
}

/** The type of an object: blob, tree, commit, tag; undefined when it is not there. */
export async function findType(repository: ReadableGitDir, sha: string): Promise<string | undefined> {
  return isObjectId(sha) ? (await repository.objects.find(sha))?.type : undefined;
}

export async function readBlob(repository: ReadableGitDir, sha: string): Promise<Buffer | undefined> {
  const found = isObjectId(sha) ? await repository.objects.read(sha) : undefined;
  return found?.type === "blob" ? found.bytes : undefined;
}

export async function writeBlob(repository: GitDir, content: string | Uint8Array): Promise<string> {
  return await gitText(repository, ["hash-object", "-w", "--stdin"], { input: content });
}

/** The entries of a tree-ish; undefined when there is none. Paths are from its root. */
export async function readTree(
  repository: GitDir,
  treeish: string,
  recursive = false,
): Promise<readonly TreeEntry[] | undefined> {
  const flags = recursive ? ["-r", "-t"] : [];
  const result = await runGit(repository, ["ls-tree", "-z", "-l", ...flags, "--end-of-options", treeish]);
  if (result.code !== 0) return undefined;
  return result.stdout
    .toString("utf8")
    .split("\0")
    .flatMap((line) => {
      const match = /^(\d{6}) (blob|tree|commit) ([0-9a-f]+) +(-|\d+)\t([\s\S]+)$/.exec(line);
      if (match === null) return [];
      const [, mode = "", type, sha = "", size = "-", path = ""] = match;
      return [{ mode, type: type as TreeEntry["type"], sha, path, size: size === "-" ? undefined : Number(size) }];
    });
}

/** What shall stand at a path; `entry` undefined deletes it. */
export interface TreeEdit {
  readonly path: string;
  readonly entry: { readonly mode: string; readonly sha: string } | undefined;
}

/** The tree `base` with the edits applied, written; untouched subtrees keep their ids. `base` undefined: from nothing. */
export async function writeTree(
  repository: GitDir,
  base: string | undefined,
  edits: readonly TreeEdit[],
): Promise<string> {
  const entries = new Map<string, { mode: string; sha: string }>();
  for (const { path, mode, sha } of base === undefined ? [] : ((await readTree(repository, base)) ?? []))
    entries.set(path, { mode, sha });

  const nested = new Map<string, TreeEdit[]>();
  for (const { path, entry } of edits) {
    const slash = path.indexOf("/");
    if (slash !== -1) {
      const name = path.slice(0, slash);
      nested.set(name, [...(nested.get(name) ?? []), { path: path.slice(slash + 1), entry }]);
    } else if (entry === undefined) entries.delete(path);
    else entries.set(path, entry);
  }
  for (const [name, inner] of nested) {
    const old = entries.get(name);
    const sha = await writeTree(repository, old?.mode === "040000" ? old.sha : undefined, inner);
    if (sha === EMPTY_TREE) entries.delete(name);
    else entries.set(name, { mode: "040000", sha });
  }
  const input = [...entries].map(([path, { mode, sha }]) => `${mode} ${typeOfMode(mode)} ${sha}\t${path}\0`).join("");
  return await gitText(repository, ["mktree", "-z"], { input });
}

const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

function typeOfMode(mode: string): TreeEntry["type"] {
  if (mode === "040000") return "tree";
  return mode === "160000" ? "commit" : "blob";
}

export interface Signature {
  readonly name: string;
  readonly email: string;
  readonly atMs: number;
}

export interface NewCommit {
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  /** Kept to the byte. */
  readonly message: string;
}

/** Writes a commit object. Names lose what git cannot hold (angle brackets, line ends). */
export async function writeCommit(repository: GitDir, commit: NewCommit): Promise<string> {
  const person = ({ name, email, atMs }: Signature): string =>
    `${name.replace(/[<>\r\n\0]/g, "")} <${email.replace(/[<>\s\0]/g, "")}> ${Math.floor(atMs / 1000)} +0000`;
  const lines = [
    `tree ${commit.tree}`,
    ...commit.parents.map((parent) => `parent ${parent}`),
    `author ${person(commit.author)}`,
    `committer ${person(commit.committer)}`,
  ];
  const input = `${lines.join("\n")}\n\n${commit.message.replaceAll("\0", "")}`;
  return await gitText(repository, ["hash-object", "-t", "commit", "-w", "--stdin"], { input });
}
