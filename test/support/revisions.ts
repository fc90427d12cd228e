import { createHash } from "node:crypto";

import {
  blobId,
  type CommitId,
  commitId,
  type FileChange,
  type Revision,
  type RevisionChange,
} from "../../src/core/model/git.ts";

/** A made-up commit id that looks like a real one, always the same: `id(1)`, `id(2)`, … */
export function id(number: number): CommitId {
  return commitId(createHash("sha1").update(`commit ${number}`).digest("hex"));
}

/** A made-up blob id. */
export function blob(number: number): ReturnType<typeof blobId> {
  return blobId(`b${number.toString(16).padStart(39, "0")}`);
}

/** The time of commit `number`, one hour after the one before. */
export function hour(number: number): number {
  return Date.UTC(2026, 7, 1) + number * 3_600_000;
}

/** Commit `number` of a straight line. */
export function revision(number: number, message = `change ${number}`): Revision {
  return {
    id: id(number),
    parents: number === 1 ? [] : [id(number - 1)],
    author: "Dana Lee",
    authorEmail: "dana@example.com",
    authoredAtMs: hour(number),
    committedAtMs: hour(number),
    message,
  };
}

/** One file that goes from one content to another (undefined: it is not there). */
export function fileChange(path: string, before: number | undefined, after: number | undefined): FileChange {
  return {
    path,
    ...(before === undefined ? {} : { before: { mode: "100644" as const, id: blob(before) } }),
    ...(after === undefined ? {} : { after: { mode: "100644" as const, id: blob(after) } }),
  };
}

/**
 * A target of one file, as a line of contents, oldest first: `[7, 8, 7]` are three revisions, the third with the content of the
 * first. Messages may be given by number (from 1). Newest first, as the repository tells it.
 */
export function line(
  contents: readonly number[],
  messages: Readonly<Record<number, string>> = {},
): readonly RevisionChange[] {
  return contents
    .map((content, i): RevisionChange => ({
      revision: revision(i + 1, messages[i + 1]),
      changes: [fileChange("app.yaml", contents[i - 1], content)],
    }))
    .reverse();
}
