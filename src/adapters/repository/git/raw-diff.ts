import {
  blobId,
  commitId,
  type CommitId,
  type FileMode,
  type FileState,
  type Revision,
} from "../../../core/model/git.ts";
import { secondsToMs } from "./commit-object.ts";
import { PLAIN_LOG } from "./log-args.ts";

/** One path of git's raw diff format with `-z`. The path is bytes: it need not be text. */
export interface RawChange {
  readonly path: Buffer;
  readonly before?: FileState;
  readonly after?: FileState;
}

export interface RawCommit {
  readonly revision: Revision;
  readonly changes: readonly RawChange[];
}

/** The format for `git log` that `logParser` reads: with `-z` every field ends with NUL, and no field can hold one. */
const LOG_FORMAT = "%H%x00%P%x00%an%x00%ae%x00%at%x00%ct%x00%B";
const FIELDS = 7;

/** First-parent history as `logParser` reads it. */
export const LOG_ARGS = [...PLAIN_LOG, "--raw", "--no-abbrev", "--encoding=UTF-8", `--format=${LOG_FORMAT}`] as const;

/** Takes the output of `git log --raw -z --no-abbrev --format=LOG_FORMAT` in chunks; a commit is handed out once it is complete. */
export function logParser(): { push(chunk: Buffer): readonly RawCommit[]; end(): readonly RawCommit[] } {
  const split = nulSplitter();
  let fields: Buffer[] = [];
  let changes: RawChange[] = [];
  let meta: string | undefined;

  const flush = (): readonly RawCommit[] => {
    const done = fields.length < FIELDS ? [] : [{ revision: readFields(fields), changes }];
    fields = [];
    changes = [];
    return done;
  };
  const take = (token: Buffer): readonly RawCommit[] => {
    if (meta !== undefined) {
      changes.push(readChange(meta, token));
      meta = undefined;
      return [];
    }
    if (fields.length < FIELDS) {
      fields.push(token);
      return [];
    }
    // After the message: `:` lines (the first one after a line end), or the next commit.
    if (token[0] === COLON || (token[0] === NEWLINE && token[1] === COLON)) {
      meta = token.toString("latin1").trimStart();
      return [];
    }
    const done = flush();
    fields.push(token);
    return done;
  };
  return { push: (chunk) => split(chunk).flatMap(take), end: flush };
}

const COLON = 0x3a;
const NEWLINE = 0x0a;

/** Cuts a stream at its NULs; what follows the last one waits for more. */
export function nulSplitter(): (chunk: Buffer) => readonly Buffer[] {
  let rest: Buffer | undefined;
  return (chunk) => {
    const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
    const tokens: Buffer[] = [];
    let from = 0;
    for (let at = bytes.indexOf(0); at !== -1; at = bytes.indexOf(0, from)) {
      tokens.push(bytes.subarray(from, at));
      from = at + 1;
    }
    rest = from < bytes.length ? bytes.subarray(from) : undefined;
    return tokens;
  };
}

function readFields(fields: readonly Buffer[]): Revision {
  const [id = "", parents = "", author = "", authorEmail = "", authored, committed, message = ""] = fields.map(
    (field) => field.toString("utf8"),
  );
  return {
    id: commitId(id),
    parents: parents === "" ? [] : parents.split(" ").map((parent): CommitId => commitId(parent)),
    author,
    authorEmail,
    authoredAtMs: secondsToMs(authored),
    committedAtMs: secondsToMs(committed),
    message,
  };
}

/** `:100644 100644 <id> <id> M` (git-diff-tree(1), raw output format). */
function readChange(meta: string, path: Buffer): RawChange {
  const [before = "", after = "", beforeId = "", afterId = ""] = meta.slice(1).split(" ");
  return {
    path,
    ...(before === ABSENT ? {} : { before: { mode: before as FileMode, id: blobId(beforeId) } }),
    ...(after === ABSENT ? {} : { after: { mode: after as FileMode, id: blobId(afterId) } }),
  };
}

const ABSENT = "000000";
