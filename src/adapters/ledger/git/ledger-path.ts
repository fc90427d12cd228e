import { fromIso, toIso } from "../../../core/model/time.ts";
import type { LedgerRecord } from "../../../core/record.ts";

/** The folder of the verdicts, in the tree of a ledger commit. */
export const CHECKPOINTS = "checkpoints";

/** The folder of the jobs, by year and month of their beginning: whoever looks at what goes on reads the newest only. */
export const JOBS = "jobs";

/** The folder of the decisions, by target, then by month. */
export const DECISIONS = "decisions";

/** The folder of the drills, by target. */
export const DRILLS = "drills";

/** The lines of every quarantine record, at the root: what is asked of them is asked of all targets at once. */
export const QUARANTINE = "quarantine.jsonl";

/** The path of a record's lines, in the tree of a ledger commit. Two targets never share a file of verdicts, two jobs never a file. */
export function fileOf(record: LedgerRecord): string {
  switch (record.type) {
    case "checkpoint":
      return `${CHECKPOINTS}/${slugOf(record.target)}.jsonl`;
    case "quarantine":
      return QUARANTINE;
    case "job":
    case "told":
      return `${JOBS}/${monthOf(record.job)}/${record.job}.jsonl`;
    case "drill":
      return `${DRILLS}/${slugOf(record.target)}.jsonl`;
    case "decision":
      return `${DECISIONS}/${slugOf(record.target)}/${toIso(fromIso(record.at) ?? 0).slice(0, 7)}.jsonl`;
  }
}

/** A target's name as one path segment: all but `A-Za-z0-9._-` percent-encoded, as UTF-8. Throws a URIError for half a surrogate pair. */
export function slugOf(target: string): string {
  return encodeURIComponent(target).replace(/[!'()*~]/g, percent);
}

function percent(char: string): string {
  return `%${char.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** Crockford's base 32, as ULIDs are written in. */
const DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** `2026/08`: all lines of a job go into one file, so it is the time in its id that counts (ULID: 48 bits of epoch ms in ten digits). */
function monthOf(job: string): string {
  const digits = Array.from(job.slice(0, 10).toUpperCase(), (digit) => DIGITS.indexOf(digit));
  const isUlid = job.length === 26 && !digits.includes(-1);
  const ms = isUlid ? digits.reduce((sum, digit) => sum * 32 + digit, 0) : 0;
  // The last day that has four digits of a year.
  return toIso(Math.min(ms, 253_402_300_799_000)).slice(0, 7).replace("-", "/");
}
