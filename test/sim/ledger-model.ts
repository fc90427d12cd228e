/** The ledger over a ref that is compared and swapped: the lines, their files and their union are lastgood's own, git is a map. */
import { findDoubt, type Said } from "../../src/adapters/ledger/git/find-doubt.ts";
import { fileOf } from "../../src/adapters/ledger/git/ledger-path.ts";
import { createTurns } from "../../src/adapters/ledger/git/turns.ts";
import type { DecisionRecord } from "../../src/core/decision/decision-record.ts";
import {
  type LedgerRecord,
  orderRecords,
  type ParsedLines,
  parseLines,
  renderLines,
  unite,
} from "../../src/core/record.ts";
import { LastgoodError } from "../../src/errors.ts";
import type { Clock } from "../../src/ports/clock.ts";
import type { Ledger, LedgerDoubt, LedgerReading, Unless } from "../../src/ports/ledger.ts";
import type { Io } from "./io.ts";

/** Path → lines. A new one for each version. */
type Tree = ReadonlyMap<string, string>;

export interface LedgerServer {
  tip(): Tree;
  at(atMs: number): Tree;
  swap(next: Tree, expected: Tree): boolean;
  /** What is in it now, without decisions. */
  records(): readonly LedgerRecord[];
  /** What a tree says, without decisions: as lastgood reads it, once for all who ask. */
  read(tree: Tree): Said;
  /** As lastgood writes them: path → lines. */
  linesOf(records: readonly LedgerRecord[]): Tree;
  /** All decisions in it. */
  decisions(tree: Tree): readonly LedgerRecord[];
  /** Was there before anything happened. */
  seed(records: readonly LedgerRecord[]): void;
  /** Somebody damages, rewinds or deletes it. */
  spoil(change: (tree: Tree) => Tree): void;
  /** What was there before anything happened. */
  readonly seeded: readonly LedgerRecord[];
  /** Everything that was ever added, oldest first. */
  readonly appended: readonly { readonly atMs: number; readonly record: LedgerRecord }[];
}

const EMPTY: Tree = new Map();

/** Reads trees: each line, and each version of a file or of all, once. */
function createReader() {
  const lines = new Map<string, ParsedLines>();
  const files = new Map<string, { readonly text: string; readonly lines: readonly ParsedLines[] }>();
  const said = new WeakMap<Tree, Said>();

  function parseLine(line: string): ParsedLines {
    const known = lines.get(line);
    if (known !== undefined) return known;
    const parsed = parseLines(line);
    lines.set(line, parsed);
    return parsed;
  }
  const parse = (text: string): readonly ParsedLines[] => text.split("\n").map(parseLine);

  /** Of what was there before, only what was added is looked at. */
  function file(path: string, text: string): readonly ParsedLines[] {
    const known = files.get(path);
    if (known?.text === text) return known.lines;
    const isLonger = known !== undefined && known.text.endsWith("\n") && text.startsWith(known.text);
    const parsed = isLonger ? [...known.lines, ...parse(text.slice(known.text.length))] : parse(text);
    files.set(path, { text, lines: parsed });
    return parsed;
  }
  const recordsOf = (parsed: readonly ParsedLines[]): readonly LedgerRecord[] =>
    orderRecords(parsed.flatMap(({ records }) => records));
  return {
    parse,
    tree(tree: Tree): Said {
      const known = said.get(tree);
      if (known !== undefined) return known;
      const all = [...tree].flatMap(([path, text]) => (isOfDecisions(path) ? [] : file(path, text)));
      const read = {
        records: recordsOf(all),
        damaged: all.reduce((sum, { damaged }) => sum + damaged, 0),
        newer: all.reduce((sum, { newer }) => sum + newer, 0),
      };
      said.set(tree, read);
      return read;
    },
    decisions: (tree: Tree): readonly LedgerRecord[] =>
      recordsOf([...tree].flatMap(([path, text]) => (isOfDecisions(path) ? file(path, text) : []))),
  };
}

function isOfDecisions(path: string): boolean {
  return path.startsWith("decisions/");
}

export function createLedgerServer(nowMs: () => number): LedgerServer {
  const versions: { readonly atMs: number; readonly tree: Tree }[] = [{ atMs: 0, tree: EMPTY }];
  const seeded: LedgerRecord[] = [];
  const appended: { readonly atMs: number; readonly record: LedgerRecord }[] = [];
  const reader = createReader();
  const tip = (): Tree => versions.at(-1)?.tree ?? EMPTY;
  return {
    tip,
    appended,
    seeded,
    at: (atMs) => versions.findLast((version) => version.atMs <= atMs)?.tree ?? EMPTY,
    swap(next, expected) {
      const before = tip();
      if (before !== expected) return false;
      for (const [path, text] of next) {
        const known = before.get(path);
        if (known === text) continue;
        const fresh = known !== undefined && text.startsWith(known) ? text.slice(known.length) : text;
        for (const { records } of reader.parse(fresh)) {
          for (const record of records) appended.push({ atMs: nowMs(), record });
        }
      }
      versions.push({ atMs: nowMs(), tree: next });
      return true;
    },
    records: () => reader.tree(tip()).records,
    read: (tree) => reader.tree(tree),
    decisions: reader.decisions,
    linesOf: (records) => linesByFile(records, reader.parse),
    seed(records) {
      seeded.push(...records);
      versions.push({ atMs: 0, tree: linesByFile(records, reader.parse) });
    },
    spoil: (change) => void versions.push({ atMs: nowMs(), tree: change(tip()) }),
  };
}

export interface LedgerWorld {
  readonly io: Io;
  readonly clock: Pick<Clock, "sleep">;
}

const RETRIES = 5;
const FIRST_WAIT_MS = 100;

/** What a replica's disk remembers of the ledger that it last relied on. */
export interface Relied {
  said?: Said;
}

/** One process's ledger. */
export function createLedgerModel(server: LedgerServer, relied: Relied, world: LedgerWorld): Ledger {
  const { io, clock } = world;
  let last: { readonly said: Said; readonly doubt?: LedgerDoubt } | undefined;
  const turns = createTurns<LedgerReading>();
  const fetch = async (): Promise<Tree> => io.read("ledger.fetch", "RepositoryTransport", (asOf) => server.at(asOf));

  async function read(): Promise<LedgerReading> {
    const said = server.read(await fetch());
    if (last?.said !== said) {
      const doubt = findDoubt(relied.said, said);
      if (doubt === undefined) relied.said = said;
      last = { said, ...(doubt === undefined ? {} : { doubt }) };
    }
    const { records, damaged } = said;
    return { records, damaged, ...(last.doubt === undefined ? {} : { doubt: last.doubt }) };
  }

  async function append(records: readonly LedgerRecord[], unless: Unless | undefined): Promise<boolean> {
    const lines = server.linesOf(records);
    if (lines.size === 0) return true;
    for (let attempt = 0; attempt <= RETRIES; attempt += 1) {
      if (attempt > 0) await clock.sleep(FIRST_WAIT_MS * 2 ** (attempt - 1));
      const before = await fetch();
      if (unless?.(server.read(before).records) === true) return false;
      const next = withLines(before, lines);
      if (next === undefined) return true;
      try {
        if (await io.write("ledger.push", "RepositoryTransport", () => server.swap(next, before))) return true;
      } catch (error) {
        const after = await fetch().catch(() => undefined);
        if (after !== undefined && withLines(after, lines) === undefined) return true;
        throw error;
      }
    }
    throw new LastgoodError("LedgerWrite", `the ledger moved ${RETRIES + 1} times while records were added`);
  }

  return {
    read: async () => turns.share(read),
    append: async (records, unless) => turns.take(async () => append(records, unless)),
    accept: async (doubt) =>
      turns.take(async () => {
        if (last?.doubt !== doubt) return;
        relied.said = last.said;
        const still = findDoubt(last.said, last.said);
        last = { said: last.said, ...(still === undefined ? {} : { doubt: still }) };
      }),
    decisions: async (target) =>
      turns.take(async () =>
        server
          .decisions(await fetch())
          .filter((record): record is DecisionRecord => record.type === "decision" && record.target === target),
      ),
  };
}

/** Undefined: they are all there. */
function withLines(tree: Tree, lines: Tree): Tree | undefined {
  const changed = [...lines].flatMap(([path, text]) => {
    const before = tree.get(path) ?? "";
    const after = unite(before, text);
    return after === before ? [] : [[path, after] as const];
  });
  return changed.length === 0 ? undefined : new Map([...tree, ...changed]);
}

function linesByFile(records: readonly LedgerRecord[], parse: (text: string) => readonly ParsedLines[]): Tree {
  const lines = new Map<string, string>();
  for (const record of records) {
    const line = renderLines([record]);
    if (parse(line).flatMap((parsed) => parsed.records).length !== 1)
      throw new LastgoodError("LedgerFormat", `a ${record.type} record cannot be held`);
    lines.set(fileOf(record), unite(lines.get(fileOf(record)) ?? "", line));
  }
  return lines;
}
