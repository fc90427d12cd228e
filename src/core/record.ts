import { type DecisionRecord, decisionRecordOf } from "./decision/decision-record.ts";
import { type DrillRecord, drillRecordOf } from "./drill.ts";
import { parseFigures } from "./figures.ts";
import { type JobRecord, jobRecordOf } from "./job/job-record.ts";
import { type ToldRecord, toldRecordOf } from "./job/told-record.ts";
import { EVIDENCE_KINDS, type EvidenceKind } from "./model/evidence.ts";
import { isFullId, type CommitId } from "./model/git.ts";
import { isObject, type JsonObject } from "./model/json.ts";
import { isId, isName, isText } from "./model/record-field.ts";
import { fromIso } from "./model/time.ts";
import { type QuarantineRecord, quarantineRecordOf } from "./quarantine/record.ts";
import type { Figure } from "./verification.ts";

/**
 * What the ledger holds: one JSON object per line. Fields are only ever added within a version; a record with an unknown
 * `type` or a newer `v` is kept on merge and left out of decisions.
 */
export type LedgerRecord = CheckpointRecord | QuarantineRecord | JobRecord | ToldRecord | DecisionRecord | DrillRecord;

/** The types of records that this version reads. */
export const RECORD_TYPES = [
  "checkpoint",
  "quarantine",
  "job",
  "told",
  "decision",
  "drill",
] as const satisfies readonly LedgerRecord["type"][];

/** A verdict on one revision of a target. The newest record of the same (target, revision, kind) counts. */
export interface CheckpointRecord {
  readonly v: 1;
  readonly type: "checkpoint";
  /** ULID: unites doubles and orders. */
  readonly id: string;
  readonly target: string;
  readonly revision: CommitId;
  /** `cleared` takes back what the same kind said of that revision before. */
  readonly verdict: "good" | "bad" | "cleared";
  readonly evidence: EvidenceKind;
  /** RFC 3339, UTC. */
  readonly at: string;
  /** Who or what says so. */
  readonly by: string;
  readonly reason: string;
  /** `observed`: seconds of continuous health. */
  readonly healthyForSeconds?: number;
  /** Content id of the target there: found again after history was rewritten. */
  readonly content?: string;
  /** Images that ran, `registry/repo:tag@digest`. */
  readonly images?: readonly string[];
  /** `observed` and good: what metrics usually said in that time. */
  readonly figures?: readonly Figure[];
}

/** What the lines of a ledger file say. */
export interface ParsedLines {
  /** In the order of the lines, doubles included: see `orderRecords`. */
  readonly records: readonly LedgerRecord[];
  /** Lines of a newer version or an unknown type: sound, but not for us. */
  readonly unknown: number;
  /** Of these: of a newer version. What they say may matter, and we cannot know. */
  readonly newer: number;
  /** Lines that say nothing: torn, no JSON, or a field that is missing or wrong. */
  readonly damaged: number;
}

/** A longer line is taken for damage: a record is a few hundred characters, each text in it at most some thousand. */
const LINE_LIMIT = 65_536;

/** Reads the lines of a ledger file, each by itself: one bad line costs nothing but itself. Empty lines do not count. */
export function parseLines(text: string): ParsedLines {
  const lines = linesOf(text).map(parseLine);
  return {
    records: lines.filter((line) => typeof line === "object"),
    unknown: lines.filter((line) => line === "unknown" || line === "newer").length,
    newer: lines.filter((line) => line === "newer").length,
    damaged: lines.filter((line) => line === "damaged").length,
  };
}

/** One line of a ledger file. Lines count from 1, empty ones too. */
export type InspectedLine =
  | { readonly line: number; readonly kind: "record"; readonly record: LedgerRecord }
  /** Of a newer version, or of a type that is not known. */
  | { readonly line: number; readonly kind: "unknown"; readonly type: string; readonly v: number }
  | { readonly line: number; readonly kind: "damaged"; readonly text: string };

/** As `parseLines`, with the place of each line: for who looks after the ledger itself. */
export function inspectLines(text: string): readonly InspectedLine[] {
  return text.split("\n").flatMap((written, index): readonly InspectedLine[] => {
    if (written.trim() === "") return [];
    const line = index + 1;
    const parsed = parseLine(written);
    if (typeof parsed === "object") return [{ line, kind: "record", record: parsed }];
    if (parsed === "damaged") return [{ line, kind: "damaged", text: written }];
    const { type, v } = parseObject(written) ?? {};
    return [{ line, kind: "unknown", type: typeof type === "string" ? type : "", v: Number(v) }];
  });
}

/** One line per record, each ended by a newline; `parseLines` reads the same records back. */
export function renderLines(records: readonly LedgerRecord[]): string {
  return records.map((record) => `${renderLine(record)}\n`).join("");
}

/**
 * The lines of `base` as they stand, then those of `added` that `base` lacks. Lines are compared as text and never read,
 * so what a newer version wrote, and what is damaged, stays byte for byte. Idempotent; the set of lines does not depend on the order.
 */
export function unite(base: string, added: string): string {
  const known = new Set(linesOf(base));
  const fresh = [...new Set(linesOf(added))].filter((line) => !known.has(line));
  if (fresh.length === 0) return base;
  const torn = base !== "" && !base.endsWith("\n");
  return `${base}${torn ? "\n" : ""}${fresh.join("\n")}\n`;
}

/** Oldest first by (at, id), doubles of an id removed. The answer does not depend on the order of `records`. */
export function orderRecords(records: readonly LedgerRecord[]): readonly LedgerRecord[] {
  const keyed = records.map((record) => ({ record, at: timeOf(record) }));
  const byText = (a: LedgerRecord, b: LedgerRecord): number => (a === b ? 0 : compare(renderLine(a), renderLine(b)));
  keyed.sort((a, b) => a.at - b.at || compare(a.record.id, b.record.id) || byText(a.record, b.record));
  const seen = new Set<string>();
  return keyed.flatMap(({ record }) => {
    if (seen.has(record.id)) return [];
    seen.add(record.id);
    return [record];
  });
}

/** Epoch ms. Records are put in order over and over. */
const times = new WeakMap<LedgerRecord, number>();

function timeOf(record: LedgerRecord): number {
  const known = times.get(record) ?? fromIso(record.at) ?? 0;
  times.set(record, known);
  return known;
}

function linesOf(text: string): readonly string[] {
  return text.split("\n").filter((line) => line.trim() !== "");
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function parseLine(line: string): LedgerRecord | "unknown" | "newer" | "damaged" {
  const value = parseObject(line);
  if (value === undefined) return "damaged";
  const { v, type } = value;
  if (typeof v !== "number" || !Number.isSafeInteger(v) || v < 1 || typeof type !== "string" || type === "") {
    return "damaged";
  }
  if (v > 1) return "newer";
  switch (type) {
    case "checkpoint":
      return checkpointOf(value) ?? "damaged";
    case "quarantine":
      return quarantineRecordOf(value) ?? "damaged";
    case "job":
      return jobRecordOf(value) ?? "damaged";
    case "told":
      return toldRecordOf(value) ?? "damaged";
    case "decision":
      return decisionRecordOf(value) ?? "damaged";
    case "drill":
      return drillRecordOf(value) ?? "damaged";
    default:
      return "unknown";
  }
}

function parseObject(line: string): JsonObject | undefined {
  if (line.length > LINE_LIMIT) return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined; // torn, or nested deeper than the stack
  }
}

/** The record with exactly the fields we know; undefined when one of them is missing or wrong. */
function checkpointOf(value: JsonObject): CheckpointRecord | undefined {
  const { id, target, revision, verdict, evidence, at, by, reason, healthyForSeconds, content, images } = value;
  const figures = value["figures"] === undefined ? undefined : parseFigures(value["figures"]);
  if (!isId(id) || !isName(target) || !isText(revision) || !isFullId(revision)) return undefined;
  if (verdict !== "good" && verdict !== "bad" && verdict !== "cleared") return undefined;
  const kind = EVIDENCE_KINDS.find((known) => known === evidence);
  if (kind === undefined || !isText(at) || fromIso(at) === undefined || !isText(by) || !isText(reason))
    return undefined;
  if (healthyForSeconds !== undefined && !isAmount(healthyForSeconds)) return undefined;
  if (content !== undefined && !isText(content)) return undefined;
  if (images !== undefined && !(Array.isArray(images) && images.every(isText))) return undefined;
  if (figures === undefined && value["figures"] !== undefined) return undefined;
  return {
    v: 1,
    type: "checkpoint",
    id,
    target,
    revision: revision as CommitId,
    verdict,
    evidence: kind,
    at,
    by,
    reason,
    ...(healthyForSeconds === undefined ? {} : { healthyForSeconds }),
    ...(content === undefined ? {} : { content }),
    ...(images === undefined ? {} : { images }),
    ...(figures === undefined ? {} : { figures }),
  };
}

function isAmount(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

/** JSON leaves DEL, C1, the line separators and the marks that turn the direction of text as they are; a terminal would obey them. */
const UNPRINTABLE = /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g;

function renderLine(record: LedgerRecord): string {
  return JSON.stringify(record).replace(
    UNPRINTABLE,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
