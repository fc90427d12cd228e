/** Looking after the ledger itself: what is in it, what is damaged, and what is on record although nobody needs it any more. */
import type { Job } from "./job/job.ts";
import { isEnded } from "./job/job.ts";
import { formatDuration, fromIso } from "./model/time.ts";
import type { QuarantineEntry } from "./quarantine/state.ts";
import { inspectLines, type LedgerRecord, RECORD_TYPES } from "./record.ts";

/** What was found in the ledger's lines. */
export interface LedgerCount {
  readonly type: string;
  readonly records: number;
  /** Epoch ms. */
  readonly oldestMs?: number;
  readonly newestMs?: number;
}

/** Something about the ledger that people ought to know. `damaged` alone is a fault. */
export interface LedgerFinding {
  readonly kind: "damaged" | "unknown" | "foreign" | "gone" | "unfinished" | "expired";
  /** `checkpoints/payments%2Fapi.jsonl:7`; missing where it is about records, not about a line. */
  readonly place?: string;
  /** One sentence. Untrusted parts are escaped by who shows it. */
  readonly message: string;
  /** What comes of it, and what to do; escaped in the same way. `REF`: where the ledger lies. */
  readonly hint: string;
  /** Where a commit is gone: which. */
  readonly commit?: string;
  readonly job?: string;
}

export interface AuditedFile {
  readonly records: readonly LedgerRecord[];
  readonly findings: readonly LedgerFinding[];
}

/** Is this a file in which lastgood keeps lines? Others in the tree are left alone. */
export function isLedgerFile(path: string): boolean {
  return path === "quarantine.jsonl" || /^(?:checkpoints|decisions|drills|jobs)\/.+\.jsonl$/.test(path);
}

/** Reads one file of the ledger, line by line. */
export function auditFile({ path, text }: { readonly path: string; readonly text: string }): AuditedFile {
  if (!isLedgerFile(path)) {
    return {
      records: [],
      findings: [{ kind: "foreign", place: path, message: "is none of lastgood's: left alone", hint: FOREIGN }],
    };
  }
  const records: LedgerRecord[] = [];
  const findings: LedgerFinding[] = [];
  for (const line of inspectLines(text)) {
    const place = `${path}:${line.line}`;
    if (line.kind === "record") records.push(line.record);
    else if (line.kind === "damaged") findings.push({ kind: "damaged", place, ...damageOf(line.text, path) });
    else {
      const message = `a newer lastgood wrote it: ${JSON.stringify(line.type.slice(0, 60))}, version ${line.v}`;
      findings.push({ kind: "unknown", place, message, hint: UNKNOWN });
    }
  }
  return { records, findings };
}

const LONGEST_SHOWN = 60;

function damageOf(line: string, path: string): Pick<LedgerFinding, "message" | "hint"> {
  const shown = JSON.stringify(line.length > LONGEST_SHOWN ? `${line.slice(0, LONGEST_SHOWN)}…` : line);
  const who = `git log -p REF -- ${path}    shows who wrote it`;
  const hint = `${LOST.find(({ in: folder }) => path.startsWith(folder))?.hint ?? "Nothing depends on it."} ${who}`;
  try {
    const value: unknown = JSON.parse(line);
    const type: unknown = typeof value === "object" && value !== null && "type" in value ? value.type : undefined;
    const known = RECORD_TYPES.find((one) => one === type);
    return known === undefined
      ? {
          message: `is no record: ${shown}`,
          hint: `No lastgood writes such a line: a hand, or another program. ${hint}`,
        }
      : { message: `a ${known} record with a field that is missing or wrong: ${shown}`, hint };
  } catch {
    return { message: `is torn, or no JSON: ${shown}`, hint };
  }
}

/** What is lost with a line that cannot be read, by the place of its file. */
const LOST: readonly { readonly in: string; readonly hint: string }[] = [
  {
    in: "checkpoints/",
    hint: "A verdict is left out: health is seen anew; what a person said, lastgood mark good|bad TARGET REV says again.",
  },
  {
    in: "quarantine.jsonl",
    hint: "What it held back may be promoted again: lastgood quarantine list shows what is held, quarantine add holds it again.",
  },
  {
    in: "jobs/",
    hint: "A daemon reads from the forge how far the job has come: nothing has to be done, unless lastgood jobs shows one without an end.",
  },
  { in: "decisions/", hint: "Why something was decided is not known any more; nothing depends on it." },
  { in: "drills/", hint: "One rehearsal is not known any more: lastgood drill TARGET makes another." },
];

const FOREIGN = "Nothing reads it. Is it nobody's, a commit on REF may take it out; lastgood never does.";
const UNKNOWN =
  "It is kept, and plays no part here: upgrade this lastgood, or end the newer one that writes into the same ledger.";
const GONE =
  "git fetch, where only this clone lacks it. Was history rewritten, the same content is still known; else it counts for nothing any more.";
const EXPIRED = "Nothing is held back by it: lastgood quarantine add holds it for longer, where it is still bad.";

/** How many there are of each type, in their order; none is left out. */
export function countRecords(records: Iterable<Pick<LedgerRecord, "type" | "at">>): readonly LedgerCount[] {
  const counts = new Map<string, { records: number; oldestMs: number; newestMs: number }>();
  for (const { type, at } of records) {
    const atMs = fromIso(at) ?? 0;
    const known = counts.get(type) ?? { records: 0, oldestMs: atMs, newestMs: atMs };
    known.records += 1;
    known.oldestMs = Math.min(known.oldestMs, atMs);
    known.newestMs = Math.max(known.newestMs, atMs);
    counts.set(type, known);
  }
  return RECORD_TYPES.map((type) => ({ type, ...(counts.get(type) ?? { records: 0 }) }));
}

/** The commits that a record says something about, by full ids. The head of a revert's branch is none: it goes with its branch. */
export function commitsOf(record: LedgerRecord): readonly string[] {
  switch (record.type) {
    case "checkpoint":
      return [record.revision];
    case "quarantine": {
      const { artifact } = record;
      return artifact.kind === "commit" ? [artifact.commit] : artifact.kind === "content" ? [artifact.revision] : [];
    }
    case "job":
      return [record.suspect, record.checkpoint, record.landed].filter((id) => id !== undefined);
    case "told":
    case "decision":
    case "drill":
      return [];
  }
}

/** Records about commits that this repository does not have. `targets`: whose records are looked at; missing: everybody's. */
export function findGone(
  records: readonly LedgerRecord[],
  isThere: (commit: string) => boolean,
): readonly LedgerFinding[] {
  const about = new Map<string, { readonly types: Set<string>; readonly targets: Set<string> }>();
  for (const record of records) {
    for (const commit of commitsOf(record)) {
      if (isThere(commit)) continue;
      const known = about.get(commit) ?? { types: new Set(), targets: new Set() };
      known.types.add(record.type);
      for (const target of targetsOf(record)) known.targets.add(target);
      about.set(commit, known);
    }
  }
  return [...about].map(([commit, { types, targets }]) => {
    const whose =
      targets.size === 0 ? "" : ` of ${[...targets].slice(0, 3).join(", ")}${targets.size > 3 ? ", …" : ""}`;
    return {
      kind: "gone",
      commit,
      message: `${[...types].join(" and ")}${whose}: ${commit} is not in this repository`,
      hint: GONE,
    };
  });
}

function targetsOf(record: LedgerRecord): readonly string[] {
  return record.type === "quarantine" ? record.targets : [record.target];
}

/** The targets that a record is about; a quarantine of all of them names none. */
export function isAbout(record: LedgerRecord, target: string): boolean {
  const targets = targetsOf(record);
  return targets.includes(target) || (record.type === "quarantine" && targets.length === 0);
}

/** Jobs that have not moved for so long, and have no end. */
export function findUnfinished(
  jobs: readonly Job[],
  { nowMs, olderMs }: { readonly nowMs: number; readonly olderMs: number },
): readonly LedgerFinding[] {
  return jobs
    .filter((job) => !isEnded(job) && nowMs - job.updatedAtMs >= olderMs)
    .map((job) => {
      const since = formatDuration(nowMs - job.updatedAtMs);
      const what = `${job.status}, ${job.station}`;
      return {
        kind: "unfinished",
        job: job.id,
        message: `job ${job.id} of ${job.target} has no end: ${what} for ${since}`,
        hint: unfinishedHint(job),
      };
    });
}

function unfinishedHint({ id, pullRequest, landed }: Job): string {
  const open =
    pullRequest !== undefined && landed === undefined ? `#${pullRequest} waits to be merged or closed; ` : "";
  return `${open}lastgood jobs ${id} tells its story, --cancel ends it. Is a daemon running that watches this target?`;
}

/** What was quarantined, and runs free since its time is over. */
export function findExpired(
  entries: readonly QuarantineEntry[],
  { nowMs, textOf }: { readonly nowMs: number; readonly textOf: (entry: QuarantineEntry) => string },
): readonly LedgerFinding[] {
  return entries.flatMap((entry): readonly LedgerFinding[] => {
    const { until } = entry.record;
    const untilMs = until === undefined ? undefined : fromIso(until);
    if (untilMs === undefined || untilMs > nowMs) return [];
    const where = entry.target === undefined ? "" : ` for ${entry.target}`;
    return [
      {
        kind: "expired",
        message: `the quarantine of ${textOf(entry)}${where} is over since ${until ?? ""}`,
        hint: EXPIRED,
      },
    ];
  });
}

/**
 * Goes a record that was lost back into the ledger by itself? What holds lastgood back does: what is bad, what is in quarantine, what was
 * tried. What would let it go further does not, whoever took it out: health shows anew what is good, and a person releases again.
 */
export function isPutBack(record: LedgerRecord): boolean {
  switch (record.type) {
    case "checkpoint":
      return record.verdict === "bad";
    case "quarantine":
      return record.action === "add";
    case "job":
    case "told":
    case "decision":
    case "drill":
      return true;
  }
}
