import type { LedgerRecord } from "../../../core/record.ts";

/** The folder of the verdicts, in the tree of a ledger commit. */
export const CHECKPOINTS = "checkpoints";

/** The lines of every quarantine record, at the root: what is asked of them is asked of all targets at once. */
export const QUARANTINE = "quarantine.jsonl";

/** The path of a record's lines, in the tree of a ledger commit. Two targets never share a file of verdicts. */
export function fileOf(record: LedgerRecord): string {
  return record.type === "quarantine" ? QUARANTINE : `${CHECKPOINTS}/${slugOf(record.target)}.jsonl`;
}

/** A target's name as one path segment: all but `A-Za-z0-9._-` percent-encoded, as UTF-8. Throws a URIError for half a surrogate pair. */
export function slugOf(target: string): string {
  return encodeURIComponent(target).replace(/[!'()*~]/g, percent);
}

function percent(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
}
