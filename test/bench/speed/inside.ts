/**
 * What cannot be seen from outside, measured inside of a process of its own, which `forked.ts` builds from lastgood's own modules and starts
 * anew for each figure: nothing is warm that would not be.
 */
import { readFileSync, rmSync, statSync } from "node:fs";
import { createChangedTargets } from "../../../src/app/changed-targets.ts";
import { createContentReader } from "../../../src/app/content-reader.ts";
import { inLanes } from "../../../src/app/in-lanes.ts";
import { openHistoryIndex } from "../../../src/adapters/repository/git/index/open-index.ts";
import { openRepository } from "../../../src/adapters/repository/git/git-repository.ts";
import { openGit } from "../../../src/adapters/repository/git/run-git.ts";
import { type CommitId, commitId } from "../../../src/core/model/git.ts";
import type { Target } from "../../../src/core/model/target.ts";
import { peakKiB } from "../peak.ts";

/** What is asked of it, as JSON in the file that is its one argument. */
export type Order =
  | {
      readonly do: "index";
      readonly gitDir: string;
      readonly file: string;
      readonly tip: string;
      readonly afresh: boolean;
    }
  | { readonly do: "load"; readonly gitDir: string; readonly file: string; readonly folder: string }
  | {
      readonly do: "heads";
      readonly gitDir: string;
      readonly folders: readonly string[];
      readonly heads: readonly string[];
    }
  | {
      readonly do: "histories";
      readonly gitDir: string;
      readonly file: string;
      readonly tip: string;
      readonly folders: readonly string[];
    }
  | { readonly do: "commit"; readonly gitDir: string; readonly tip: string; readonly path: string };

/** What it answers, in its last line. */
export interface Told {
  readonly ms: number;
  readonly bytes?: number;
  /** Of `heads`: what all targets hold there, those that change read again. */
  readonly roundMs?: number;
  /** Of the process itself at its largest, and of its git. */
  readonly peakMiB: number;
  readonly found: number;
}

const env = { PATH: process.env["PATH"] };

async function run(order: Order): Promise<Omit<Told, "peakMiB">> {
  switch (order.do) {
    case "index":
      return index(order);
    case "load":
      return load(order);
    case "heads":
      return heads(order);
    case "histories":
      return histories(order);
    case "commit":
      return commit(order);
  }
}

async function index({ gitDir, file, tip, afresh }: Extract<Order, { do: "index" }>): Promise<Omit<Told, "peakMiB">> {
  if (afresh) rmSync(file, { force: true });
  const start = performance.now();
  const opened = openHistoryIndex(openGit({ gitDir, env }), file);
  const history = await opened.update(commitId(tip));
  return { ms: performance.now() - start, bytes: statSync(file).size, found: history.length };
}

async function load({ gitDir, file, folder }: Extract<Order, { do: "load" }>): Promise<Omit<Told, "peakMiB">> {
  const start = performance.now();
  const opened = openHistoryIndex(openGit({ gitDir, env }), file);
  const found = opened.current()?.touching(folder).length ?? 0;
  return { ms: performance.now() - start, bytes: statSync(file).size, found };
}

/** As the observer does. */
const LANES = 8;

/** What a tick asks at each new head: which targets it changes, then for each target what it holds. Medians of all heads after the first. */
async function heads(order: Extract<Order, { do: "heads" }>): Promise<Omit<Told, "peakMiB">> {
  const { gitDir } = order;
  const repository = openRepository({ gitDir, commonDir: gitDir, env });
  const read = createContentReader(repository);
  const targets = order.folders.map((path): Target => ({
    name: path,
    origin: { kind: "path" },
    sources: [{ path, tool: "detect" }],
    notes: [],
  }));
  const changed = createChangedTargets(repository);
  for (const { name, sources } of targets)
    changed.set(name, [{ kind: "folder", path: sources[0]?.path ?? "", recurse: true, files: "all" }]);
  const [all, steps]: [number[], number[]] = [[], []];
  let found = 0;
  let before: readonly unknown[] = [];
  for (const [at, head] of order.heads.entries()) {
    const last = order.heads[at - 1];
    const begin = performance.now();
    if (last !== undefined) await changed.between(commitId(last), commitId(head));
    steps.push(performance.now() - begin);
    const start = performance.now();
    const contents = await inLanes(targets, LANES, async (target) => read(target, head));
    if (before.length > 0) {
      all.push(performance.now() - start);
      found += contents.filter((content, at) => content !== before[at]).length;
    }
    before = contents;
  }
  await repository.close();
  return { ms: middle(steps.slice(1)), roundMs: middle(all), found };
}

/** How many histories differ from those that git tells by itself; what all of them take with the index. */
async function histories(order: Extract<Order, { do: "histories" }>): Promise<Omit<Told, "peakMiB">> {
  const { gitDir } = order;
  const own = { gitDir, commonDir: gitDir, env };
  const index = openHistoryIndex(openGit(own), order.file);
  await index.update(commitId(order.tip));
  const [plain, quick] = [openRepository(own), openRepository({ ...own, index: () => index.current() })];
  let [found, ms] = [0, 0];
  for (const path of order.folders) {
    const query = {
      from: commitId(order.tip),
      scope: [{ kind: "folder", path, recurse: true, files: "all" }],
    } as const;
    const start = performance.now();
    const answer = await collect(quick.history(query));
    ms += performance.now() - start;
    if (answer !== (await collect(plain.history(query)))) found += 1;
  }
  await Promise.all([plain.close(), quick.close()]);
  return { ms, found };
}

async function collect(history: AsyncIterable<unknown>): Promise<string> {
  const all: unknown[] = [];
  for await (const one of history) all.push(one);
  return JSON.stringify(all);
}

function middle(all: readonly number[]): number {
  return all.toSorted((a, b) => a - b)[all.length >> 1] ?? Number.NaN;
}

async function commit({ gitDir, tip, path }: Extract<Order, { do: "commit" }>): Promise<Omit<Told, "peakMiB">> {
  const repository = openRepository({ gitDir, commonDir: gitDir, env });
  const all: number[] = [];
  for (let round = 0; round < 9; round += 1) {
    const start = performance.now();
    await repository.commit({
      parent: tip as CommitId,
      writes: [{ path, mode: "100644", bytes: Buffer.from(`round: ${round} ${process.pid}\n`) }],
      message: "Bench",
      author: { name: "Bench", email: "bench@example.com" },
      atMs: Date.now(),
    });
    all.push(performance.now() - start);
  }
  await repository.close();
  return { ms: middle(all), found: all.length };
}

const told = await run(JSON.parse(readFileSync(process.argv[2] ?? "", "utf8")) as Order);
process.stdout.write(`${JSON.stringify({ ...told, peakMiB: peakKiB() / 1024 } satisfies Told)}\n`);
