/**
 * Which commits of a branch's first-parent history changed something below which folder. Plain numbers in typed arrays, so that hundreds of
 * thousands of commits take a few megabytes and no time to read.
 */
import type { CommitId } from "../../../../core/model/git.ts";
import { commitId } from "../../../../core/model/git.ts";

/** The parts that a file holds. */
export interface FolderTables {
  /** Bytes of an object id: 20, or 32 in a repository with SHA-256. */
  readonly idBytes: number;
  /** Ids of the commits, the oldest first, one after the other. */
  readonly commits: Uint8Array;
  /** Paths as latin1 (bytes), in the order in which they were first seen. The root is none of them. */
  readonly folders: readonly string[];
  /** Where the list of a folder starts in `positions`; one more than there are folders. */
  readonly starts: Uint32Array;
  /** Positions in `commits`, ascending for each folder. */
  readonly positions: Uint32Array;
}

/** Commits to be added, the newest first, as git tells them. */
export interface Touches {
  /** Starts the next commit. */
  commit(id: string): void;
  /** It changes this path (latin1). */
  path(path: string): void;
}

export interface FolderHistory {
  readonly tables: FolderTables;
  /** How many commits there are. */
  readonly length: number;
  /** The id at a position; undefined when there is none. */
  commitAt(position: number): CommitId | undefined;
  /** The position of a commit; undefined when it is none of these. */
  positionOf(id: string): number | undefined;
  /** Positions of the commits that changed something at or below a folder (latin1, no slash at the end), ascending. */
  touching(folder: string): Uint32Array;
}

/** Reads from the tables; nothing is copied. */
export function openFolderHistory(tables: FolderTables): FolderHistory {
  const { idBytes, commits, folders, starts, positions } = tables;
  const bytes = Buffer.from(commits.buffer, commits.byteOffset, commits.byteLength);
  const length = commits.byteLength / idBytes;
  let numbers: ReadonlyMap<string, number> | undefined;
  return {
    tables,
    length,
    commitAt: (position) =>
      position < 0 || position >= length
        ? undefined
        : commitId(bytes.toString("hex", position * idBytes, (position + 1) * idBytes)),
    positionOf(id) {
      const wanted = Buffer.from(id, "hex");
      if (wanted.length !== idBytes) return undefined;
      // From the end: what is asked for is new most of the time.
      for (let at = bytes.lastIndexOf(wanted); at !== -1; at = at === 0 ? -1 : bytes.lastIndexOf(wanted, at - 1)) {
        if (at % idBytes === 0) return at / idBytes;
      }
      return undefined;
    },
    touching(folder) {
      if (folder === "") return Uint32Array.from({ length }, (_, position) => position);
      numbers ??= new Map(folders.map((path, number) => [path, number]));
      const number = numbers.get(folder);
      return number === undefined ? NONE : positions.subarray(starts[number], starts[number + 1]);
    },
  };
}

const NONE = new Uint32Array();

/** An empty history of a repository with ids of so many bytes. */
export function emptyTables(idBytes: number): FolderTables {
  return { idBytes, commits: NONE_BYTES, folders: [], starts: new Uint32Array(1), positions: NONE };
}

const NONE_BYTES = new Uint8Array();

/** Tables that grow by what git tells, in one run or in several at the same time. */
export interface Extended {
  /** A run of commits: all of them older than those of the run before, whichever is told first. */
  run(): Touches;
  /** How many commits were told of, in all runs. */
  count(): number;
  finish(): FolderTables;
}

/** Keeps the first `keep` commits, and takes more after them. */
export function extendTables(before: FolderTables, keep: number): Extended {
  const { idBytes } = before;
  const folders = [...before.folders];
  const numbers = new Map(folders.map((path, number) => [path, number]));
  /** Of a folder's path: its number and those of all above it. */
  const chains = new Map<string, readonly number[]>();
  const runs: Run[] = [];

  function numberOf(folder: string): number {
    const known = numbers.get(folder);
    if (known !== undefined) return known;
    folders.push(folder);
    numbers.set(folder, folders.length - 1);
    return folders.length - 1;
  }

  function chainOf(folder: string): readonly number[] {
    const known = chains.get(folder);
    if (known !== undefined) return known;
    const end = folder.lastIndexOf("/");
    const chain = end === -1 ? [numberOf(folder)] : [numberOf(folder), ...chainOf(folder.slice(0, end))];
    chains.set(folder, chain);
    return chain;
  }

  const count = (): number => runs.reduce((sum, { told }) => sum + told, 0);

  return {
    run() {
      const run: Run = { told: 0, ids: growing(), touched: growing(), when: growing() };
      runs.push(run);
      // The last commit that was noted for a folder: each is noted once.
      const noted: number[] = [];
      return {
        commit(id) {
          run.told += 1;
          run.ids.push(...words(id, idBytes));
        },
        path(path) {
          const end = path.lastIndexOf("/");
          if (end === -1) return;
          for (const number of chainOf(path.slice(0, end))) {
            // Whoever has noted a folder for this commit has noted all above it, too.
            if (noted[number] === run.told) return;
            noted[number] = run.told;
            run.touched.push(number);
            run.when.push(run.told);
          }
        },
      };
    },
    count,
    finish() {
      const length = keep + count();
      const commits = new Uint8Array(length * idBytes);
      commits.set(before.commits.subarray(0, keep * idBytes));
      const view = new DataView(commits.buffer);
      const wordsEach = idBytes / 4;
      let newest = length - 1;
      for (const { ids, told } of runs) {
        for (let at = 0; at < ids.length; at += 1) {
          const position = newest - Math.floor(at / wordsEach);
          view.setUint32(position * idBytes + (at % wordsEach) * 4, ids.at(at));
        }
        newest -= told;
      }
      const lists = gather({ before, keep, runs, count: folders.length });
      return { idBytes, commits, folders, ...lists };
    },
  };
}

/** What was told of a run, the newest first. */
interface Run {
  /** Commits. */
  told: number;
  readonly ids: Growing;
  /** Folders, each with the commit that touched it: the first that was told is 1. */
  readonly touched: Growing;
  readonly when: Growing;
}

/** An id as numbers of 32 bits. */
function words(id: string, idBytes: number): readonly number[] {
  return Array.from({ length: idBytes / 4 }, (_, word) => Number.parseInt(id.slice(word * 8, word * 8 + 8), 16));
}

interface Gather {
  readonly before: FolderTables;
  readonly keep: number;
  /** The newest first. */
  readonly runs: readonly Run[];
  /** Folders. */
  readonly count: number;
}

/**
 * From pairs, the newest first, to an ascending list for each folder: what was kept, then what is new. Few folders of many change: what lies
 * between them is copied as it stands.
 */
function gather({ before, keep, runs, count }: Gather): Pick<FolderTables, "starts" | "positions"> {
  const kept = keptOf(before, keep);
  const more = new Uint32Array(count);
  let pairs = 0;
  for (const { touched } of runs) {
    pairs += touched.length;
    for (let at = 0; at < touched.length; at += 1) more[touched.at(at)] = (more[touched.at(at)] ?? 0) + 1;
  }
  const starts = new Uint32Array(count + 1);
  const positions = new Uint32Array(kept.positions.length + pairs);
  const known = before.folders.length;
  const end = (number: number): number => kept.starts[Math.min(number, known)] ?? 0;
  // Where the next new position of a folder goes.
  const next = new Uint32Array(count);
  let [copied, shift] = [0, 0];
  for (let number = 0; number < count; number += 1) {
    starts[number] = end(number) + shift;
    const news = more[number] ?? 0;
    if (news === 0) continue;
    const to = end(number + 1);
    positions.set(kept.positions.subarray(copied, to), copied + shift);
    next[number] = to + shift;
    copied = to;
    shift += news;
  }
  positions.set(kept.positions.subarray(copied), copied + shift);
  starts[count] = positions.length;
  let above = keep;
  for (const { touched, when, told } of runs.toReversed()) {
    above += told;
    for (let at = touched.length - 1; at >= 0; at -= 1) {
      const number = touched.at(at);
      const to = next[number] ?? 0;
      positions[to] = above - when.at(at);
      next[number] = to + 1;
    }
  }
  return { starts, positions };
}

/** The lists without what lies at `keep` and above. */
function keptOf(before: FolderTables, keep: number): Pick<FolderTables, "starts" | "positions"> {
  const { idBytes, commits, folders, starts, positions } = before;
  if (keep * idBytes === commits.byteLength) return before;
  const kept = positions.filter((position) => position < keep);
  const ends = new Uint32Array(folders.length + 1);
  for (let number = 0, left = 0; number < folders.length; number += 1) {
    for (let at = starts[number] ?? 0; at < (starts[number + 1] ?? 0); at += 1)
      if ((positions[at] ?? 0) < keep) left += 1;
    ends[number + 1] = left;
  }
  return { starts: ends, positions: kept };
}

interface Growing {
  readonly length: number;
  push(...numbers: readonly number[]): void;
  at(index: number): number;
}

/** A list of numbers of 32 bits that doubles when it is full. */
function growing(): Growing {
  let room = new Uint32Array(1024);
  let length = 0;
  return {
    get length() {
      return length;
    },
    push(...numbers) {
      if (length + numbers.length > room.length) {
        const larger = new Uint32Array(room.length * 2);
        larger.set(room);
        room = larger;
      }
      for (const number of numbers) room[length++] = number;
    },
    at: (index) => room[index] ?? 0,
  };
}
