/** The nouns of git, as the stations see them. */

declare const brand: unique symbol;

/** A full commit id: 40 (sha1) or 64 (sha256) lower-case hex digits. */
export type CommitId = string & { readonly [brand]: "CommitId" };

/** A full blob id. */
export type BlobId = string & { readonly [brand]: "BlobId" };

/** Regular file, executable, symbolic link, gitlink. Directories never appear in lastgood's lists. */
export type FileMode = "100644" | "100755" | "120000" | "160000";

/** What stands at a path at one revision. */
export interface FileState {
  readonly mode: FileMode;
  readonly id: BlobId;
}

/** A path from the root of the repository, `/` between, and what stands there. */
export interface FileEntry extends FileState {
  readonly path: string;
}

/** One path that differs between two revisions; `before` is missing when it was added, `after` when it was removed. */
export interface FileChange {
  readonly path: string;
  readonly before?: FileState;
  readonly after?: FileState;
}

/** A commit. Times are epoch milliseconds; they are for people, never for order or safety. */
export interface Revision {
  readonly id: CommitId;
  readonly parents: readonly CommitId[];
  readonly author: string;
  readonly authorEmail: string;
  readonly authoredAtMs: number;
  readonly committedAtMs: number;
  /** The whole message, subject included. Untrusted. */
  readonly message: string;
}

/** A commit on the branch's first-parent line and what it changed there against its first parent. */
export interface RevisionChange {
  readonly revision: Revision;
  readonly changes: readonly FileChange[];
}

/** A tag or a note, as a statement about a commit. Texts are untrusted. */
export interface Annotation {
  readonly kind: "tag" | "note";
  /** The tag's name without `refs/tags/`; the notes ref without `refs/notes/`. */
  readonly name: string;
  readonly commit: CommitId;
  /** Message of an annotated tag, text of a note; "" for a light tag. */
  readonly text: string;
  readonly tagger?: string;
  readonly atMs: number;
}

/** One path of the new commit: a blob that exists, new bytes, or gone. */
export type FileWrite =
  | { readonly path: string; readonly mode: FileEntry["mode"]; readonly blob: BlobId }
  | { readonly path: string; readonly mode: FileEntry["mode"]; readonly bytes: Uint8Array }
  | { readonly path: string; readonly remove: true };

const FULL_ID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

/** Is this a full object id? */
export function isFullId(text: string): boolean {
  return FULL_ID.test(text);
}

/** Takes a full id as it comes from git. Throws a plain Error (a bug) for anything else. */
export function commitId(text: string): CommitId {
  if (!isFullId(text)) throw new Error(`not a full commit id: ${JSON.stringify(text.slice(0, 80))}`);
  return text as CommitId;
}

/** As `commitId`, for blobs. */
export function blobId(text: string): BlobId {
  if (!isFullId(text)) throw new Error(`not a full blob id: ${JSON.stringify(text.slice(0, 80))}`);
  return text as BlobId;
}

/** What people are shown: 7 digits, as git does in small repositories. */
export function shortId(id: string): string {
  return id.slice(0, 7);
}

/** The first line of a commit message. */
export function subjectOf(revision: Revision): string {
  return revision.message.split("\n", 1)[0] ?? "";
}

/** The trailers of a message (git-interpret-trailers): `Key: value` lines of its last paragraph. Keys lower-case. */
export function trailersOf(message: string): readonly { readonly key: string; readonly value: string }[] {
  const paragraphs = message.trimEnd().split(/\n[ \t]*\n/);
  const last = paragraphs.at(-1);
  if (last === undefined || paragraphs.length < 2) return [];
  return last.split("\n").flatMap((line) => {
    const match = /^([A-Za-z0-9][A-Za-z0-9-]*)[ \t]*:[ \t]*(.+)$/.exec(line);
    return match?.[1] === undefined || match[2] === undefined
      ? []
      : [{ key: match[1].toLowerCase(), value: match[2].trim() }];
  });
}

/** The pull request a commit came from, by GitHub's two habits: `… (#482)` and `Merge pull request #482 from …`. */
export function pullRequestOf(revision: Revision): number | undefined {
  const subject = subjectOf(revision);
  const match = /\(#(\d{1,9})\)\s*$/.exec(subject) ?? /^Merge pull request #(\d{1,9}) from /.exec(subject);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}
