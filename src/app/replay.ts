/** Does the reverts that people made again: what would lastgood have done, and what `git revert`? */
import { LastgoodError } from "../errors.ts";
import type { BlobId, CommitId, FileChange, RevisionChange } from "../core/model/git.ts";
import type { Scope } from "../core/model/target.ts";
import { createMiner, type PinsByPath } from "../core/replay/mine.ts";
import { pinChanges } from "../core/replay/pins.ts";
import { caseKey, type ReplayCase, type ReplayResult, type SkippedCase } from "../core/replay/types.ts";
import type { Log } from "../ports/log.ts";
import type { Repository } from "../ports/repository.ts";

/** Does one case at a time, wherever that is: here, or in a thread. Throws what the repository throws. */
export interface ReplayLane {
  replay(one: ReplayCase): Promise<ReplayResult | SkippedCase>;
}

/** Results of earlier runs, by `caseKey`. */
export interface ReplayCache {
  read(): Promise<ReadonlyMap<string, ReplayResult | SkippedCase>>;
  add(result: ReplayResult | SkippedCase): void;
}

export interface ReplayRequest {
  readonly repository: Repository;
  readonly base: CommitId;
  /** Epoch ms: older reverts are left out, older bad commits are not. */
  readonly sinceMs?: number;
  /** The newest so many reverts. */
  readonly limit?: number;
  /** Only reverts that touch it. */
  readonly scope?: Scope;
  readonly lanes: readonly ReplayLane[];
  readonly cache: ReplayCache;
  readonly log: Log;
  readonly signal?: AbortSignal;
}

export interface Replay {
  /** Newest first. */
  readonly results: readonly ReplayResult[];
  readonly skipped: readonly SkippedCase[];
  /** Commits that were looked at. */
  readonly commits: number;
  /** How many of the results an earlier run had made. */
  readonly known: number;
}

/** Finds the cases, then does those that no earlier run has done. Throws `Repository*`, `Limit*`. */
export async function replay(request: ReplayRequest): Promise<Replay> {
  const { log, cache, lanes, signal } = request;
  const { cases, commits } = await mineCases(request);
  const done = new Map(await cache.read());
  const open = cases.filter((one) => !done.has(caseKey(one)));
  const known = cases.length - open.length;
  const work = open.values();
  let count = known;
  await Promise.all(
    lanes.map(async (lane) => {
      for (const one of work) {
        signal?.throwIfAborted();
        const result = await lane.replay(one);
        cache.add(result);
        done.set(caseKey(one), result);
        count += 1;
        log.progress(`replaying ${count} of ${cases.length} reverts`, (100 * count) / cases.length);
      }
    }),
  );
  const results = cases.flatMap((one) => done.get(caseKey(one)) ?? []);
  return {
    results: results.filter((result): result is ReplayResult => !isSkipped(result)),
    skipped: results.filter(isSkipped),
    commits,
    known,
  };
}

export function isSkipped(result: ReplayResult | SkippedCase): result is SkippedCase {
  return "skipped" in result;
}

/** One walk over the history; a revert is found before what it reverts. */
export async function mineCases(
  request: Pick<ReplayRequest, "repository" | "base" | "sinceMs" | "limit" | "scope" | "log" | "signal">,
): Promise<{ readonly cases: readonly ReplayCase[]; readonly commits: number }> {
  const { repository, base, sinceMs = 0, limit = Infinity, scope, log, signal } = request;
  const miner = createMiner();
  let commits = 0;
  let batch: RevisionChange[] = [];
  const flush = async (): Promise<void> => {
    const pins = await readPins(batch, repository);
    for (const [index, { revision }] of batch.entries()) miner.take(revision, pins[index] ?? []);
    batch = [];
    log.progress(`looking for reverts in ${commits} commits`);
    signal?.throwIfAborted();
  };
  for await (const change of repository.history({ from: base, ...(scope === undefined ? {} : { scope }) })) {
    commits += 1;
    batch.push(change);
    if (batch.length >= BATCH) {
      await flush();
      // What it reverts is rarely that much older; a walk to the first commit would cost more than it finds.
      if (change.revision.committedAtMs < sinceMs - LOOK_BACK_MS) break;
    }
  }
  await flush();
  const found = miner.end().filter(({ human }) => human.atMs >= sinceMs);
  return { cases: found.slice(0, limit), commits };
}

const BATCH = 200;
const LOOK_BACK_MS = 365 * 24 * 3_600_000;

/** More files, or larger ones, are no bump of a version. */
const MAX_FILES = 40;
const MAX_BYTES = 256 * 1024;

/** The images and versions that each commit moves. */
async function readPins(batch: readonly RevisionChange[], repository: Repository): Promise<readonly PinsByPath[]> {
  const wanted = batch.map(({ revision, changes }) =>
    revision.parents.length === 1 && changes.length <= MAX_FILES ? changes.filter(mayPin) : [],
  );
  const ids = wanted.flat().flatMap(({ before, after }) => [before?.id ?? [], after?.id ?? []].flat());
  const texts = await readTexts([...new Set(ids)], repository);
  return wanted.map((changes) =>
    changes.flatMap(({ path, before, after }) => {
      const [old, young] = [textOf(before?.id, texts), textOf(after?.id, texts)];
      const pins = old === undefined || young === undefined ? [] : pinChanges(old, young);
      return pins.length === 0 ? [] : [{ path, pins }];
    }),
  );
}

function mayPin({ path, before, after }: FileChange): boolean {
  return /\.(?:ya?ml|json)$/i.test(path) && before?.mode.startsWith("100") === true && after !== undefined;
}

type Texts = ReadonlyMap<BlobId, Uint8Array>;

function textOf(id: BlobId | undefined, texts: Texts): string | undefined {
  const bytes = id === undefined ? undefined : texts.get(id);
  return bytes === undefined ? undefined : Buffer.from(bytes).toString("latin1");
}

/** Blobs at once; one that is missing or too large leaves only itself out. */
async function readTexts(ids: readonly BlobId[], repository: Repository): Promise<Texts> {
  if (ids.length === 0) return new Map();
  try {
    const contents = await repository.blobs(ids, MAX_BYTES);
    return new Map(ids.map((id, index) => [id, contents[index] ?? new Uint8Array()]));
  } catch (error) {
    const small = error instanceof LastgoodError && (error.code === "LimitBlob" || error.code === "RepositoryObject");
    if (!small) throw error;
    if (ids.length === 1) return new Map();
    const half = Math.ceil(ids.length / 2);
    return new Map([
      ...(await readTexts(ids.slice(0, half), repository)),
      ...(await readTexts(ids.slice(half), repository)),
    ]);
  }
}
