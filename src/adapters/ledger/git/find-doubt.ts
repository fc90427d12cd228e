import { type LedgerRecord, renderLines } from "../../../core/record.ts";
import type { LedgerDoubt, LedgerReading } from "../../../ports/ledger.ts";
import { fileOf } from "./ledger-path.ts";

/** What a ledger said at one moment. */
export interface Said extends Omit<LedgerReading, "doubt"> {
  /** Lines of a newer version. */
  readonly newer: number;
  /** Path of the oldest job that was read, where older ones were left out. */
  readonly oldestJob?: string;
}

/**
 * Is the ledger to be relied on? Records are only ever added: judged by what it says, not by its commits, so that a history that was
 * squashed is none the worse, and one that lost a line by a commit on top is. `before`: when it was last relied on; missing: never, by
 * what is known here.
 */
export function findDoubt(before: Said | undefined, now: Said): LedgerDoubt | undefined {
  const lost = before === undefined ? [] : findLost(before, now);
  if (now.newer > 0) {
    const message = `${countLines(now.newer)} of a newer version: upgrade this lastgood`;
    return { state: "newer", message, lost };
  }
  if (lost.length > 0) {
    const what = lost.length === 1 ? "1 record that was there is" : `${lost.length} records that were there are`;
    return { state: "rewound", message: `${what} gone, or changed`, lost };
  }
  const torn = now.damaged - (before?.damaged ?? 0);
  if (torn > 0) return { state: "damaged", message: `${countLines(torn)} that cannot be read`, lost };
  return undefined;
}

function countLines(count: number): string {
  return count === 1 ? "it has 1 line" : `it has ${count} lines`;
}

/** A job that is too old by now to be read is not lost. What was read once is the same object still: only the rest is compared as text. */
function findLost(before: Said, { records, oldestJob }: Said): readonly LedgerRecord[] {
  const same = new Set(records);
  const missing = before.records.filter((record) => {
    const isOfJob = record.type === "job" || record.type === "told";
    const isOld = isOfJob && oldestJob !== undefined && fileOf(record) < oldestJob;
    return !isOld && !same.has(record);
  });
  if (missing.length === 0) return missing;
  const known = new Set(before.records);
  const fresh = new Set(records.filter((record) => !known.has(record)).map((record) => renderLines([record])));
  return missing.filter((record) => !fresh.has(renderLines([record])));
}
