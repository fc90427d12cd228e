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
import type { Ledger, LedgerFile } from "../../../ports/ledger.ts";
import type { Meter } from "../../../ports/meter.ts";
import { fileOf } from "./ledger-path.ts";
import { allFiles, decisionFiles, lineFiles, readLedgerTree, writeLines } from "./ledger-tree.ts";
import { openObjectStore, type ObjectStore } from "./object-store.ts";
import { isFile, type TreeEntry } from "./tree-bytes.ts";

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

type Reading = Awaited<ReturnType<Ledger["read"]>>;

/** Blob id → its lines: most files stay as they are from one tip to the next. */
type Parsed = ReadonlyMap<string, ParsedLines>;

/** Decisions are read of so many months that have any. */
const DECISION_MONTHS = 2;

const RETRIES = 5;
const FIRST_WAIT_MS = 100;

/**
 * The ledger as a chain of commits. The shared ref alone is the truth: each call starts from its tip, so a lost cache, a
 * rewound or a deleted ref reads as what is there, and a lost race is answered by adding the same lines to the newer tip.
 */
export function createGitLedger({ gitdir, transport, clock, onPush }: GitLedgerOptions): Ledger {
  let last: { readonly tip: CommitId; readonly reading: Reading; readonly parsed: Parsed } | undefined;
  let queue: Promise<unknown> = Promise.resolve();

  /** One call at a time on the cache; a damaged cache is made anew, once. */
  async function exclusive<T>(work: (store: ObjectStore) => Promise<T>): Promise<T> {
    const mine = queue.then(async () => {
      try {
        return await work(await openObjectStore(gitdir));
      } catch (error) {
        if (!(error instanceof LastgoodError && error.code === "LedgerObject")) throw error;
        await rm(gitdir, { recursive: true, force: true });
        return work(await openObjectStore(gitdir));
      }
    });
    queue = mine.catch(() => undefined);
    return mine;
  }

  async function read(store: ObjectStore): Promise<Reading> {
    const tip = await transport.fetch();
    if (tip === undefined) return { records: [], damaged: 0 };
    if (last?.tip !== tip) {
      const files = await lineFiles(store, await readLedgerTree(store, tip));
      const parsed = await parseFiles(store, files, last?.parsed);
      last = { tip, reading: readingOf(parsed), parsed };
    }
    return last.reading;
  }

  async function decisions(store: ObjectStore, target: string): Promise<readonly DecisionRecord[]> {
    const tree = await readLedgerTree(store, await transport.fetch());
    const files = await decisionFiles(store, tree, { target, months: DECISION_MONTHS });
    const { records } = readingOf(await parseFiles(store, files));
    return records.flatMap((record) => (record.type === "decision" && record.target === target ? [record] : []));
  }

  async function append(store: ObjectStore, lines: Lines): Promise<void> {
    for (let attempt = 0; attempt <= RETRIES; attempt += 1) {
      if (attempt > 0) await clock.sleep(FIRST_WAIT_MS * 2 ** (attempt - 1));
      const tip = await transport.fetch();
      const tree = await writeLines(store, await readLedgerTree(store, tip), lines);
      if (tree === undefined) return;
      const next = await store.writeCommit({ tree, parent: tip, message: "Add records\n", atMs: clock.nowMs() });
      if ((await pushOrLook(store, { next, expected: tip, lines })) === "done") return;
    }
    throw new LastgoodError("LedgerWrite", `the ledger moved ${RETRIES + 1} times while records were added`, {
      hint: "Other writers are busy on it: run the command again.",
    });
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
    read: async () => exclusive(read),
    decisions: async (target) => exclusive(async (store) => decisions(store, target)),
    append: async (records) => {
      const lines = linesByFile(records);
      if (lines.size > 0) await exclusive(async (store) => append(store, lines));
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

function readingOf(parsed: Parsed): Reading {
  const files = [...parsed.values()];
  return {
    records: orderRecords(files.flatMap(({ records }) => records)),
    damaged: files.reduce((sum, { damaged }) => sum + damaged, 0),
  };
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
