import { rm } from "node:fs/promises";
import type { DecisionRecord } from "../../../core/decision/decision-record.ts";
import type { CommitId } from "../../../core/model/git.ts";
import {
  orderRecords,
  type ParsedLines,
  parseLines,
  renderLines,
  unite,
  type LedgerRecord,
} from "../../../core/record.ts";
import { LastgoodError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Ledger, LedgerDoubt, LedgerFile, LedgerReading, Unless } from "../../../ports/ledger.ts";
import type { Meter } from "../../../ports/meter.ts";
import { findDoubt, type Said } from "./find-doubt.ts";
import { fileOf } from "./ledger-path.ts";
import { allFiles, decisionFiles, lineFiles, readLedgerTree, writeLines } from "./ledger-tree.ts";
import { openObjectStore, type ObjectStore } from "./object-store.ts";
import { isFile, type TreeEntry } from "./tree-bytes.ts";
import { createTurns } from "./turns.ts";

/** How ledger commits reach the place where others read them. Throws the errors of its own kind (`Repository*`). */
export interface LedgerTransport {
  /** Brings the tip's objects into the ledger's own repository; undefined when there is no ledger yet. */
  readonly fetch: () => Promise<CommitId | undefined>;
  /** Moves the ref from `expected` (undefined: it must be absent) to `next`, or says that it was elsewhere. */
  readonly push: (next: CommitId, expected: CommitId | undefined) => Promise<"done" | "moved">;
}

export interface GitLedgerOptions {
  /** The ledger's own bare repository, a cache: made when missing, deleted and made again when damaged. Nothing else may live there. */
  readonly gitdir: string;
  readonly transport: LedgerTransport;
  readonly clock: Clock;
  /** Between 0 and 1: who lost a race together does not meet again. */
  readonly random?: () => number;
  /** Told of every attempt to move the shared ref. */
  readonly onPush?: Meter["ledgerPush"] | undefined;
}

/** Path in the ledger → lines to add. */
type Lines = ReadonlyMap<string, string>;

interface Push {
  readonly next: CommitId;
  readonly expected: CommitId | undefined;
  readonly lines: Lines;
}

/** Blob id → its lines: most files stay as they are from one tip to the next. */
type Parsed = ReadonlyMap<string, ParsedLines>;

/** What a tip says. */
interface Snapshot extends Said {
  /** Missing: there is no ledger. */
  readonly tip?: CommitId;
  readonly parsed: Parsed;
}

/** The tip that was last relied on, in the ledger's own repository: a daemon that is started anew still knows what was there. */
const RELIED = "refs/ledger/relied";

/** Decisions are read of so many months that have any. */
const DECISION_MONTHS = 2;

const RETRIES = 8;
const FIRST_WAIT_MS = 100;
const LONGEST_WAIT_MS = 3200;

/**
 * The ledger as a chain of commits. The shared ref alone is the truth: each call starts from its tip, so a lost cache, a
 * rewound or a deleted ref reads as what is there, with a doubt where more was there before, and a lost race is answered by adding the
 * same lines to the newer tip.
 */
export function createGitLedger({
  gitdir,
  transport,
  clock,
  random = Math.random,
  onPush,
}: GitLedgerOptions): Required<Ledger> {
  let last: (Snapshot & { readonly doubt?: LedgerDoubt }) | undefined;
  let relied: Snapshot | undefined;
  const turns = createTurns<LedgerReading>();

  /** A damaged cache is made anew, once. */
  async function onCache<T>(work: (store: ObjectStore) => Promise<T>): Promise<T> {
    try {
      return await work(await openObjectStore(gitdir));
    } catch (error) {
      if (!(error instanceof LastgoodError && error.code === "LedgerObject")) throw error;
      await rm(gitdir, { recursive: true, force: true });
      return work(await openObjectStore(gitdir));
    }
  }

  /** One call at a time on the cache. */
  async function exclusive<T>(work: (store: ObjectStore) => Promise<T>): Promise<T> {
    return turns.take(async () => onCache(work));
  }

  /** A tip that was read before is not read again. */
  async function read(store: ObjectStore): Promise<LedgerReading> {
    const tip = await transport.fetch();
    if (last === undefined || last.tip !== tip) {
      const next = await readSnapshot(store, tip, last?.parsed);
      relied ??= await readRelied(store, next);
      const doubt = findDoubt(relied, next);
      last = doubt === undefined ? next : { ...next, doubt };
      if (doubt === undefined) await rely(store, next);
    }
    const { records, damaged, doubt } = last;
    return { records, damaged, ...(doubt === undefined ? {} : { doubt }) };
  }

  async function rely(store: ObjectStore, snapshot: Snapshot): Promise<void> {
    if (relied === undefined ? snapshot.tip !== undefined : relied.tip !== snapshot.tip) {
      await store.writeRef(RELIED, snapshot.tip);
    }
    relied = snapshot;
  }

  async function accept(store: ObjectStore, accepted: LedgerDoubt): Promise<void> {
    if (last === undefined || last.doubt !== accepted) return;
    const { doubt: _, ...snapshot } = last;
    await rely(store, snapshot);
    const still = findDoubt(snapshot, snapshot);
    last = still === undefined ? snapshot : { ...snapshot, doubt: still };
  }

  async function decisions(store: ObjectStore, target: string): Promise<readonly DecisionRecord[]> {
    const tree = await readLedgerTree(store, await transport.fetch());
    const files = await decisionFiles(store, tree, { target, months: DECISION_MONTHS });
    const parsed = await parseFiles(store, files);
    const records = orderRecords([...parsed.values()].flatMap((file) => file.records));
    return records.flatMap((record) => (record.type === "decision" && record.target === target ? [record] : []));
  }

  async function append(store: ObjectStore, lines: Lines, unless: Unless | undefined): Promise<boolean> {
    for (let attempt = 0; attempt <= RETRIES; attempt += 1) {
      if (attempt > 0) await clock.sleep(waitMs(attempt, random()));
      const tip = await transport.fetch();
      if (unless?.(await recordsAt(store, tip)) === true) return false;
      const tree = await writeLines(store, await readLedgerTree(store, tip), lines);
      if (tree === undefined) return true;
      const next = await store.writeCommit({ tree, parent: tip, message: "Add records\n", atMs: clock.nowMs() });
      if ((await pushOrLook(store, { next, expected: tip, lines })) === "done") return true;
    }
    throw new LastgoodError("LedgerWrite", `the ledger moved ${RETRIES + 1} times while records were added`, {
      hint: "Other writers are busy on it: run the command again.",
    });
  }

  /** Of the tip that is about to be added to. What was read of it before is not read again. */
  async function recordsAt(store: ObjectStore, tip: CommitId | undefined): Promise<readonly LedgerRecord[]> {
    if (last !== undefined && last.tip === tip) return last.records;
    return (await readSnapshot(store, tip, last?.parsed)).records;
  }

  /** A push that failed may have arrived, and others may have written since: the lines in the ledger tell. */
  async function pushOrLook(store: ObjectStore, { next, expected, lines }: Push): Promise<"done" | "moved"> {
    try {
      const pushed = await transport.push(next, expected);
      onPush?.(pushed);
      return pushed;
    } catch (error) {
      const arrived = await hasLines(store, lines).catch(() => false);
      onPush?.(arrived ? "done" : "failed");
      if (arrived) return "done";
      throw error;
    }
  }

  async function hasLines(store: ObjectStore, lines: Lines): Promise<boolean> {
    const tree = await readLedgerTree(store, await transport.fetch());
    return (await writeLines(store, tree, lines)) === undefined;
  }

  /** The files of one tip, one by one: a ledger of years is never held as a whole. */
  async function* files(): AsyncGenerator<LedgerFile> {
    const listed = await exclusive(async (store) => {
      return allFiles(store, await readLedgerTree(store, await transport.fetch()));
    });
    for (const { path, entry } of listed) {
      const bytes = isFile(entry) ? await exclusive(async (store) => store.readBlob(entry.id)) : new Uint8Array();
      yield { path: Buffer.from(path, "latin1").toString("utf8"), text: Buffer.from(bytes).toString("utf8") };
    }
  }

  return {
    files,
    read: async () => turns.share(async () => onCache(read)),
    accept: async (doubt) => exclusive(async (store) => accept(store, doubt)),
    decisions: async (target) => exclusive(async (store) => decisions(store, target)),
    append: async (records, unless) => {
      const lines = linesByFile(records);
      if (lines.size === 0) return true;
      return exclusive(async (store) => append(store, lines, unless));
    },
  };
}

async function parseFiles(store: ObjectStore, files: readonly TreeEntry[], known?: Parsed): Promise<Parsed> {
  const parsed = new Map<string, ParsedLines>();
  for (const { id } of files) {
    parsed.set(id, known?.get(id) ?? parseLines(Buffer.from(await store.readBlob(id)).toString("utf8")));
  }
  return parsed;
}

async function readSnapshot(store: ObjectStore, tip: CommitId | undefined, known?: Parsed): Promise<Snapshot> {
  if (tip === undefined) return { records: [], damaged: 0, newer: 0, parsed: new Map() };
  const { files, oldestJob } = await lineFiles(store, await readLedgerTree(store, tip));
  const parsed = await parseFiles(store, files, known);
  const all = [...parsed.values()];
  return {
    tip,
    parsed,
    records: orderRecords(all.flatMap(({ records }) => records)),
    damaged: all.reduce((sum, { damaged }) => sum + damaged, 0),
    newer: all.reduce((sum, { newer }) => sum + newer, 0),
    ...(oldestJob === undefined ? {} : { oldestJob }),
  };
}

/** Of an earlier process; undefined when none has left word. */
async function readRelied(store: ObjectStore, now: Snapshot): Promise<Snapshot | undefined> {
  const tip = await store.readRef(RELIED);
  if (tip === undefined) return undefined;
  return tip === now.tip ? now : readSnapshot(store, tip, now.parsed);
}

/** The second half of it is left to chance. */
function waitMs(attempt: number, chance: number): number {
  return Math.min(FIRST_WAIT_MS * 2 ** (attempt - 1), LONGEST_WAIT_MS) * (0.5 + chance / 2);
}

/** Throws `LedgerFormat` for a record that would not be read back. */
function linesByFile(records: readonly LedgerRecord[]): Lines {
  const lines = new Map<string, string>();
  for (const record of records) {
    const line = renderLines([record]);
    if (parseLines(line).records.length !== 1) {
      throw new LastgoodError("LedgerFormat", `a ${record.type} record has a field that the ledger cannot hold`);
    }
    lines.set(fileOf(record), unite(lines.get(fileOf(record)) ?? "", line));
  }
  return lines;
}
