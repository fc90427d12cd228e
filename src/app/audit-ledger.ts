/** Reads a whole ledger, file by file, and everything that can be said of it. */
import {
  auditFile,
  countRecords,
  findExpired,
  findGone,
  findUnfinished,
  commitsOf,
  type LedgerCount,
  type LedgerFinding,
} from "../core/audit.ts";
import { foldJobs } from "../core/job/job.ts";
import { artifactText } from "../core/quarantine/artifact.ts";
import { quarantineAt } from "../core/quarantine/state.ts";
import { type LedgerRecord, orderRecords, type ParsedLines, parseLines } from "../core/record.ts";
import type { Ledger, LedgerFile } from "../ports/ledger.ts";
import type { Repository } from "../ports/repository.ts";
import { inLanes } from "./in-lanes.ts";

export interface AuditRequest {
  readonly nowMs: number;
  /** Jobs without an end that have not moved for so long are told. */
  readonly olderMs: number;
  /** Whose commits are looked for; missing: everybody's. */
  readonly isHere?: (record: LedgerRecord) => boolean;
}

export interface LedgerAudit {
  readonly files: number;
  readonly counts: readonly LedgerCount[];
  /** In the order of the files and lines, then what is about records. */
  readonly findings: readonly LedgerFinding[];
}

const LANES = 8;

/** Nothing is written. Throws `Ledger*`, and the errors of the way there. */
export async function auditLedger(
  ledger: Ledger,
  repository: Pick<Repository, "resolve">,
  { nowMs, olderMs, isHere = () => true }: AuditRequest,
): Promise<LedgerAudit> {
  const findings: LedgerFinding[] = [];
  const stamps: Pick<LedgerRecord, "type" | "at" | "id">[] = [];
  const kept: LedgerRecord[] = [];
  let files = 0;
  for await (const file of filesOf(ledger)) {
    files += 1;
    const audited = auditFile(file);
    findings.push(...audited.findings);
    for (const record of audited.records) {
      stamps.push({ type: record.type, at: record.at, id: record.id });
      // Decisions are large, and say nothing of commits that are looked for.
      if (record.type !== "decision") kept.push(record);
    }
  }
  const records = orderRecords(kept);
  const here = records.filter(isHere);
  const there = await findThere(new Set(here.flatMap(commitsOf)), repository);
  const quarantine = records.filter((record) => record.type === "quarantine");
  const entries = quarantineAt(quarantine, Number.NEGATIVE_INFINITY);
  return {
    files,
    counts: countRecords(new Map(stamps.map((stamp) => [`${stamp.type} ${stamp.id}`, stamp])).values()),
    findings: [
      ...findings,
      ...findGone(here, (commit) => there.has(commit)),
      ...findUnfinished(foldJobs(records), { nowMs, olderMs }),
      ...findExpired(entries, { nowMs, textOf: ({ artifact }) => artifactText(artifact) }),
    ],
  };
}

async function findThere(
  commits: ReadonlySet<string>,
  repository: Pick<Repository, "resolve">,
): Promise<ReadonlySet<string>> {
  const found = await inLanes([...commits], LANES, async (commit) =>
    (await repository.resolve(commit)) === undefined ? [] : [commit],
  );
  return new Set(found.flat());
}

/** Every record of every kind, oldest first, each once; what cannot be read is counted. */
export async function readWholeLedger(ledgers: readonly Ledger[]): Promise<Pick<ParsedLines, "records" | "damaged">> {
  const records: LedgerRecord[] = [];
  let damaged = 0;
  for (const ledger of ledgers) {
    for await (const { text } of filesOf(ledger)) {
      const parsed = parseLines(text);
      records.push(...parsed.records);
      damaged += parsed.damaged;
    }
  }
  return { records: orderRecords(records), damaged };
}

function filesOf(ledger: Ledger): AsyncIterable<LedgerFile> {
  return ledger.files?.() ?? none();
}

async function* none(): AsyncGenerator<LedgerFile> {
  // A ledger that is kept elsewhere than in files.
}
