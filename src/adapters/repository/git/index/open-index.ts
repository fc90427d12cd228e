/**
 * The index of a branch's history beside its clone: made by one pass of `git log`, continued with what is new, made again when it is missing,
 * damaged, or of a history that was pushed over. Whoever comes later takes over what another process has written; nobody waits for anybody.
 */
import { randomBytes } from "node:crypto";
import { closeSync, openSync, readFileSync, renameSync, rmSync, writevSync } from "node:fs";
import { availableParallelism } from "node:os";
import type { CommitId } from "../../../../core/model/git.ts";
import type { Git } from "../run-git.ts";
import {
  emptyTables,
  type Extended,
  extendTables,
  type FolderHistory,
  type FolderTables,
  openFolderHistory,
  type Touches,
} from "./folder-history.ts";
import { decodeIndex, encodeIndex } from "./index-file.ts";
import { NAME_LOG_ARGS, NAME_LOG_PARENTS_ARGS, nameLogParser } from "./log-names.ts";

export interface HistoryIndex {
  /** What is on record, as it was read or last brought up to date; undefined before. Starts no git. */
  current(): FolderHistory | undefined;
  /** Brings it to this tip of the branch, and keeps it. Throws what git throws. */
  update(tip: CommitId): Promise<FolderHistory>;
}

/** Commits of the present index that are looked for on the way down from a new tip. */
const STEP = 1000;
/** Fewer commits are not worth another process. */
const PART = 2000;
const MOST_PARTS = 4;
/** Far above what a fetch brings. */
const MOST_NEW = 20_000;

/** The index in this file. A file that cannot be read or written costs time, and is no failure. */
export function openHistoryIndex(git: Git, file: string): HistoryIndex {
  let tables = read(file);
  let history = tables === undefined ? undefined : openFolderHistory(tables);
  let running: Promise<FolderHistory> | undefined;

  async function update(tip: CommitId): Promise<FolderHistory> {
    if (history !== undefined && history.commitAt(history.length - 1) === tip) return history;
    tables =
      (tables === undefined ? undefined : await continued(git, tables, tip)) ??
      (await extend(git, {
        before: tables ?? emptyTables(tip.length / 2),
        keep: history === undefined ? 0 : await countKept(git, history, tip),
        tip,
      }));
    history = openFolderHistory(tables);
    store(file, tables);
    return history;
  }

  return {
    current: () => history,
    // One after the other: the second finds the work of the first.
    update: async (tip) => {
      const turn = (running ?? Promise.resolve()).then(
        () => update(tip),
        () => update(tip),
      );
      running = turn;
      return turn;
    },
  };
}

interface Extend {
  readonly before: FolderTables;
  readonly keep: number;
  readonly tip: CommitId;
}

async function extend(git: Git, { before, keep, tip }: Extend): Promise<FolderTables> {
  const last = openFolderHistory(before).commitAt(keep - 1);
  const range = ["--end-of-options", tip, ...(last === undefined ? [] : [`^${last}`]), "--"];
  const readParts = async (parts: readonly (readonly string[])[]): Promise<Extended> => {
    const tables = extendTables(before, keep);
    const stop = new AbortController();
    const reading = parts.map(async (part) =>
      readLog(git, { args: [...part, ...range], to: tables.run(), stop: stop.signal }),
    );
    await Promise.all(reading).finally(() => stop.abort());
    return tables;
  };
  const total = await countCommits(git, range);
  const parts = partsOf(total);
  const tables = await readParts(parts);
  // More of a shallow history may have come in between: then the parts do not meet.
  return (tables.count() === total ? tables : await readParts([[]])).finish();
}

interface ReadLog {
  readonly args: readonly string[];
  readonly to: Touches;
  /** Another part has failed. */
  readonly stop: AbortSignal;
}

async function readLog(git: Git, { args, to, stop }: ReadLog): Promise<void> {
  const parser = nameLogParser(to);
  for await (const chunk of git.stream([...NAME_LOG_ARGS, ...args])) {
    stop.throwIfAborted();
    parser.push(chunk);
  }
  parser.end();
}

async function countCommits(git: Git, range: readonly string[]): Promise<number> {
  const { stdout } = await git.run(["rev-list", "--first-parent", "--count", ...range]);
  return Number(stdout.toString("latin1"));
}

/** What git is asked for at the same time, the newest first: it uses one core for each. */
function partsOf(total: number): readonly (readonly string[])[] {
  const most = Math.min(availableParallelism(), MOST_PARTS);
  const count = Math.max(1, Math.min(most, Math.floor(total / PART)));
  const each = Math.ceil(total / count);
  return Array.from({ length: count }, (_, at) => [`--skip=${at * each}`, `--max-count=${each}`]);
}

/** With what came after the last commit, as nearly always. Undefined: the new tip does not descend from it by first parents. */
async function continued(git: Git, before: FolderTables, tip: CommitId): Promise<FolderTables | undefined> {
  const keep = before.commits.byteLength / before.idBytes;
  const last = openFolderHistory(before).commitAt(keep - 1);
  if (last === undefined) return undefined;
  const range = [`--max-count=${MOST_NEW}`, "--end-of-options", tip, `^${last}`, "--"];
  const chunks = git.stream([...NAME_LOG_PARENTS_ARGS, ...range]);
  // git is at work while the tables are copied.
  const first = chunks.next();
  first.catch(() => undefined);
  const tables = extendTables(before, keep);
  const touches = tables.run();
  // Told the newest first: in the end, that of the oldest.
  let parent = "";
  const parser = nameLogParser({
    commit(text) {
      const [id = "", first = ""] = text.split(" ", 2);
      parent = first;
      touches.commit(id);
    },
    path: (path) => touches.path(path),
  });
  try {
    for (let chunk = await first; chunk.done !== true; chunk = await chunks.next()) parser.push(chunk.value);
  } finally {
    await chunks.return();
  }
  parser.end();
  return parent === last ? tables.finish() : undefined;
}

/** How many of the commits, from the oldest on, are on the first-parent way to the new tip as well. */
async function countKept(git: Git, history: FolderHistory, tip: CommitId): Promise<number> {
  const positions = new Map(Array.from({ length: history.length }, (_, at) => [history.commitAt(at), at]));
  for (let skip = 0; ; skip += STEP) {
    const range = [
      "rev-list",
      "--first-parent",
      `--skip=${skip}`,
      `--max-count=${STEP}`,
      "--end-of-options",
      tip,
      "--",
    ];
    const { stdout } = await git.run(range);
    const ids = stdout.toString("latin1").split("\n").filter(Boolean);
    for (const id of ids) {
      const position = positions.get(id as CommitId);
      if (position !== undefined) return position + 1;
    }
    if (ids.length < STEP) return 0;
  }
}

/** At once, as it is written: to wait for a thread takes longer. */
function read(file: string): FolderTables | undefined {
  try {
    return decodeIndex(readFileSync(file));
  } catch {
    return undefined;
  }
}

/** Whole or not at all: written aside, then renamed. Of two that write at once either one is right. */
function store(file: string, tables: FolderTables): void {
  const aside = `${file}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    const parts = encodeIndex(tables);
    const handle = openSync(aside, "wx", 0o600);
    try {
      const size = parts.reduce((sum, part) => sum + part.byteLength, 0);
      if (writevSync(handle, parts) !== size) throw new Error("the disk is full");
    } finally {
      closeSync(handle);
    }
    renameSync(aside, file);
  } catch {
    rmSync(aside, { force: true });
  }
}
