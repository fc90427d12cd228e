/** Reads `git log --name-only` at the speed at which git writes it. */
import { PLAIN_LOG } from "../log-args.ts";
import type { Touches } from "./folder-history.ts";

/** First-parent history, the newest commit first, with the paths that each changes. Nothing needs the content of a file: clones without blobs do. */
export const NAME_LOG_ARGS = [...PLAIN_LOG, "--name-only", "--format=%x00%H"] as const;

/** The same for few commits: each id is followed by a space and the ids of its parents. */
export const NAME_LOG_PARENTS_ARGS = [...NAME_LOG_ARGS.slice(0, -1), "--format=%x00%H %P"] as const;

const NEWLINE = 0x0a;

/**
 * Takes the output in chunks: an empty field, an id, then paths, the first of them after a newline; no path is empty. `end` throws when it
 * ended in the middle.
 */
export function nameLogParser(touches: Touches): { push(chunk: Buffer): void; end(): void } {
  let rest: Buffer | undefined;
  let state: "paths" | "id" | "first" = "paths";
  let last = "";

  function take(bytes: Buffer, from: number, to: number): void {
    if (state === "id") {
      touches.commit(bytes.toString("latin1", from, to));
      state = "first";
      last = "";
      return;
    }
    if (from === to) {
      state = "id";
      return;
    }
    const start = state === "first" && bytes[from] === NEWLINE ? from + 1 : from;
    state = "paths";
    // Only the folder counts: of neighbours that change together, one is enough.
    const end = bytes.lastIndexOf(SLASH, to - 1);
    if (end < start) return;
    const folder = bytes.toString("latin1", start, end + 1);
    if (folder === last) return;
    last = folder;
    touches.path(folder);
  }

  return {
    push(chunk) {
      const bytes = rest === undefined ? chunk : Buffer.concat([rest, chunk]);
      let from = 0;
      for (let at = bytes.indexOf(0); at !== -1; at = bytes.indexOf(0, from)) {
        take(bytes, from, at);
        from = at + 1;
      }
      rest = from < bytes.length ? bytes.subarray(from) : undefined;
    },
    end() {
      if (rest !== undefined || state === "id") throw new Error("git log ended in the middle of a record");
    },
  };
}

const SLASH = 0x2f;
