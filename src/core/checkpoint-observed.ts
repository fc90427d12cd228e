/**
 * Checkpoints by observation: a target that was seen healthy at a revision for the whole bake time goes into the ledger once, with the
 * images that ran. What a person, or a later failure, has said of that content is never overruled.
 */
import { recordedFigures } from "./figures.ts";
import { commitId, isFullId } from "./model/git.ts";
import { formatDuration, fromIso, toIso } from "./model/time.ts";
import type { CheckpointRecord } from "./record.ts";
import type { HealthVerdict } from "./signal/verdict.ts";
import type { Figure } from "./verification.ts";

export interface ObservedFacts {
  readonly verdict: HealthVerdict;
  /** What the ledger says of the target, oldest first. */
  readonly records: readonly CheckpointRecord[];
  /** Images that run now, from `inventoryOf`. */
  readonly images: readonly string[];
  /** What metrics usually said while it was well, from `usualFigures`. */
  readonly figures?: readonly Figure[];
  /** A new ULID, used only when there is something to record. */
  readonly newId: () => string;
  /** Who writes: `lastgood`. */
  readonly by: string;
}

/**
 * The record that a verdict deserves: `good` after the bake time, `bad` after the dwell. Undefined when it is undecided, when the revision
 * is no commit (a chart version, an OCI digest), and when the ledger already has this, or better, on the same content:
 * - good: any word on it by observation, but one that was cleared before this health began
 * - bad: the same word, or one that was cleared after this failure began
 * A revision under which an older failure went on is not bad by itself, and what it holds must be known to call it good.
 */
export function recordObserved(facts: ObservedFacts): CheckpointRecord | undefined {
  const { verdict, records, images, newId, by } = facts;
  const figures = verdict.verdict === "good" ? recordedFigures(facts.figures ?? []) : [];
  const { target, revision, content, sinceMs, atMs, sources } = verdict;
  if (verdict.verdict === "undecided" || revision === undefined || sinceMs === undefined) return undefined;
  if (!isFullId(revision) || (verdict.verdict === "bad" && verdict.inherits !== undefined)) return undefined;
  // Once it is on record it is gone back to: a failure under the next commit must be known for the same content's.
  if (verdict.verdict === "good" && content === undefined) return undefined;
  const known = records.findLast(
    (record) => record.target === target && record.evidence === "observed" && isSame(record, revision, content),
  );
  if (known !== undefined && !isOverruled(known, verdict.verdict, sinceMs)) return undefined;
  const untilMs = Math.max(sinceMs, atMs);
  return {
    v: 1,
    type: "checkpoint",
    id: newId(),
    target,
    revision: commitId(revision),
    verdict: verdict.verdict,
    evidence: "observed",
    at: toIso(atMs),
    by,
    reason: reasonOf(verdict, untilMs - sinceMs, sources.length),
    ...(verdict.verdict === "good" ? { healthyForSeconds: Math.floor((untilMs - sinceMs) / 1000) } : {}),
    ...(content === undefined ? {} : { content }),
    ...(images.length === 0 ? {} : { images }),
    ...(figures.length === 0 ? {} : { figures }),
  };
}

/**
 * What metrics said of a target when it was good at a revision, or with the same content: what a revert to it is held against. The newest
 * word counts; none where nobody kept figures.
 */
export function baselineOf(
  records: readonly CheckpointRecord[],
  { target, revision, content }: { readonly target: string; readonly revision: string; readonly content?: string },
): readonly Figure[] {
  const known = records.findLast(
    (record) =>
      record.target === target &&
      record.verdict === "good" &&
      record.figures !== undefined &&
      isSame(record, revision, content),
  );
  return known?.figures ?? [];
}

function isSame(record: CheckpointRecord, revision: string, content: string | undefined): boolean {
  return record.revision === revision || (content !== undefined && record.content === content);
}

function isOverruled(known: CheckpointRecord, verdict: "good" | "bad", sinceMs: number): boolean {
  if (known.verdict === "cleared") return (fromIso(known.at) ?? Infinity) < sinceMs;
  return known.verdict === "good" && verdict === "bad";
}

function reasonOf({ verdict, message, rule }: HealthVerdict, lengthMs: number, sources: number): string {
  if (verdict === "good") {
    return `healthy for ${formatDuration(lengthMs)}, by ${sources === 1 ? "one source" : `${sources} sources`}: ${rule}`;
  }
  return message;
}
