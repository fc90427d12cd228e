import type { LedgerRecord } from "../../../core/record.ts";

/** The folder of the verdicts, in the tree of a ledger commit. */
export const CHECKPOINTS = "checkpoints";

/** The file name of a record's lines, below `checkpoints/`. Two targets never share one. */
export function fileOf(record: LedgerRecord): string {
  return `${slugOf(record.target)}.jsonl`;
}

/** A target's name as one path segment: all but `A-Za-z0-9._-` percent-encoded, as UTF-8. Throws a URIError for half a surrogate pair. */
export function slugOf(target: string): string {
  return encodeURIComponent(target).replace(/[!'()*~]/g, percent);
}

function percent(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
}
