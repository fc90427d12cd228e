/** The index of history, to one pass of git over the same history. */
import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runProgram } from "../measure.ts";
import type { Forked } from "./forked.ts";
import type { GoalId, Measured } from "./goals.ts";
import { done } from "./measure-plan.ts";
import { inTurns } from "./paired.ts";

export interface IndexPlace {
  readonly on: string;
  readonly gitDir: string;
  /** Folders of targets; of them 300 at most are asked for one by one. */
  readonly folders: readonly string[];
  readonly rounds: number;
  readonly goal: GoalId;
}

const ONE_BY_ONE = 300;
const SAMPLE = 15;
const NEW = 100;

export async function measureIndex(place: IndexPlace, forked: Forked): Promise<readonly Measured[]> {
  const folder = mkdtempSync(join(tmpdir(), "lastgood-bench-"));
  try {
    return [...(await whole(place, forked, join(folder, "index"))), ...(await continued(place, forked, folder))];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function git(gitDir: string, args: readonly string[]): Promise<{ readonly ms: number; readonly text: string }> {
  const { wallMs, stdout } = await done(runProgram("git", ["-C", gitDir, ...args]));
  return { ms: wallMs, text: stdout.trim() };
}

async function whole(
  { on, gitDir, folders, rounds, goal }: IndexPlace,
  forked: Forked,
  file: string,
): Promise<readonly Measured[]> {
  const tip = (await git(gitDir, ["rev-parse", "HEAD"])).text;
  const order = { do: "index", gitDir, file, tip, afresh: true } as const;
  // To a file, as a program would read it: a terminal is not what is measured.
  const pass = ["log", "--name-only", "-z", "--no-renames", "--format=%H", "HEAD"];
  const ms = await inTurns(rounds, {
    index: async () => (await forked(order)).ms,
    pass: async () => (await git(gitDir, pass)).ms,
  });
  const { bytes = 0, peakMiB, found } = await forked(order);
  const sample = folders
    .filter((_, at) => at % Math.max(1, Math.floor(folders.length / SAMPLE)) === 0)
    .slice(0, SAMPLE);
  let oneByOne = 0;
  for (const path of sample) oneByOne += (await git(gitDir, ["log", "--format=%H", "HEAD", "--", path])).ms;
  const all = (oneByOne / sample.length) * Math.min(ONE_BY_ONE, folders.length);
  const load = { do: "load", gitDir, file, folder: folders[folders.length >> 1] ?? "" } as const;
  const read = (await inTurns(rounds, { load: async () => (await forked(load)).ms })).load;
  return [
    {
      goal,
      on,
      what: `index of ${found} commits`,
      ms: ms.index,
      floor: `git log --name-only (${ms.pass.toFixed(0)} ms)`,
      ratio: ms.index / ms.pass,
      peakMiB,
    },
    {
      ...(folders.length < ONE_BY_ONE ? {} : { goal: "P5" as const }),
      on,
      what: "the same",
      ms: ms.index,
      floor: `${Math.min(ONE_BY_ONE, folders.length)} × git log -- path (${all.toFixed(0)} ms, from ${sample.length})`,
      ratio: ms.index / all,
    },
    { goal: "P7", on, what: "index read", ms: read, floor: "1 ms", ratio: read },
    { goal: "P7size", on, what: "index file", ms: bytes / 1e6, floor: "1 MB", ratio: bytes / 1e6 },
  ];
}

/** The same index, a hundred commits later. */
async function continued(
  { on, gitDir, rounds }: IndexPlace,
  forked: Forked,
  folder: string,
): Promise<readonly Measured[]> {
  const [tip = "", before = ""] = (await git(gitDir, ["rev-parse", "HEAD", `HEAD~${NEW}`])).text.split("\n");
  const [old, file] = [join(folder, "old"), join(folder, "new")];
  await forked({ do: "index", gitDir, file: old, tip: before, afresh: true });
  const ms = await inTurns(rounds, {
    index: async () => {
      copyFileSync(old, file);
      return (await forked({ do: "index", gitDir, file, tip, afresh: false })).ms;
    },
    log: async () => (await git(gitDir, ["log", "--raw", "-z", "--no-renames", "--format=%H", `${before}..${tip}`])).ms,
  });
  return [
    {
      goal: "P6",
      on,
      what: `index after ${NEW} new commits`,
      ms: ms.index,
      floor: `git log --raw of them (${ms.log.toFixed(1)} ms)`,
      ratio: ms.index / ms.log,
    },
  ];
}
