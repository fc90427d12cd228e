import { rm } from "node:fs/promises";
import type { CommitId } from "../../../core/model/git.ts";
import { orderRecords, parseLines, renderLines, unite, type LedgerRecord } from "../../../core/record.ts";
import { LastgoodError } from "../../../errors.ts";
import type { Clock } from "../../../ports/clock.ts";
import type { Ledger } from "../../../ports/ledger.ts";
import { fileOf } from "./ledger-path.ts";
import { lineFiles, readLedgerTree, writeLines } from "./ledger-tree.ts";
import { openObjectStore, type ObjectStore } from "./object-store.ts";

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
}

/** Path in the ledger → lines to add. */
type Lines = ReadonlyMap<string, string>;

interface Push {
  readonly next: CommitId;
  readonly expected: CommitId | undefined;
  readonly lines: Lines;
}

type Reading = Awaited<ReturnType<Ledger["read"]>>;

const RETRIES = 5;
const FIRST_WAIT_MS = 100;

/**
 * The ledger as a chain of commits. The shared ref alone is the truth: each call starts from its tip, so a lost cache, a
 * rewound or a deleted ref reads as what is there, and a lost race is answered by adding the same lines to the newer tip.
 */
export function createGitLedger({ gitdir, transport, clock }: GitLedgerOptions): Ledger {
  let last: { readonly tip: CommitId; readonly reading: Reading } | undefined;
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
    if (last?.tip !== tip) last = { tip, reading: await readRecords(store, tip) };
    return last.reading;
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
      return await transport.push(next, expected);
    } catch (error) {
      const arrived = await hasLines(store, lines).catch(() => false);
      if (arrived) return "done";
      throw error;
    }
  }

  async function hasLines(store: ObjectStore, lines: Lines): Promise<boolean> {
    const tree = await readLedgerTree(store, await transport.fetch());
    return (await writeLines(store, tree, lines)) === undefined;
  }

  return {
    read: async () => exclusive(read),
    append: async (records) => {
      const lines = linesByFile(records);
      if (lines.size > 0) await exclusive(async (store) => append(store, lines));
    },
  };
}

async function readRecords(store: ObjectStore, tip: CommitId): Promise<Reading> {
  const parsed = [];
  for (const entry of lineFiles(await readLedgerTree(store, tip))) {
    parsed.push(parseLines(Buffer.from(await store.readBlob(entry.id)).toString("utf8")));
  }
  return {
    records: orderRecords(parsed.flatMap(({ records }) => records)),
    damaged: parsed.reduce((sum, { damaged }) => sum + damaged, 0),
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
