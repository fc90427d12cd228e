import type { CommitId, FileEntry, FileState, RevisionChange } from "./model/git.ts";

/** SHA-256 of a text, as 64 hex digits. Handed in: core computes nothing with the outside. */
export type Hash = (text: string) => string;

/** What a target holds at one revision, as one id: equal ids mean equal files, modes included. */
export type ContentId = string;

/** The content id of a list of files; the order does not count. */
export function contentIdOf(files: Iterable<FileEntry>, hash: Hash): ContentId {
  return digest(new Map([...files].map((file) => [file.path, file])), hash);
}

/**
 * The target's content right after each of its revisions.
 * `tip`: its files at the newest revision. `history`: what changed, newest first, without gaps.
 */
export function contentsOf(
  tip: readonly FileEntry[],
  history: readonly RevisionChange[],
  hash: Hash,
): ReadonlyMap<CommitId, ContentId> {
  const files = new Map<string, FileState>(tip.map((file) => [file.path, file]));
  const contents = new Map<CommitId, ContentId>();
  for (const { revision, changes } of history) {
    contents.set(revision.id, digest(files, hash));
    for (const { path, before } of changes) {
      if (before === undefined) files.delete(path);
      else files.set(path, before);
    }
  }
  return contents;
}

/** The content id of a target that has no files. */
export function emptyContent(hash: Hash): ContentId {
  return digest(new Map(), hash);
}

function digest(files: ReadonlyMap<string, FileState>, hash: Hash): ContentId {
  const lines = [...files].map(([path, { mode, id }]) => `${path}\0${mode} ${id}`);
  return hash(lines.sort().join("\n"));
}
