/**
 * Runs reading, planning and editing over the history of a real GitOps repository and checks every answer:
 *
 *     npm run corpus -- --repo DIR [--limit N] [--seed N] [--json]
 *
 * For every YAML file of HEAD: reading it and editing nothing gives its bytes back. For every pair of consecutive versions of a YAML
 * file (a sample of `--limit`, spread evenly): the plans there and back, whole and with random facets. Exit code 1 when anything that
 * must not happen did.
 */
import { parseArgs } from "node:util";
import { openClone } from "../../src/adapters/repository/git/clone.ts";
import type { BlobId, CommitId } from "../../src/core/model/git.ts";
import { isYamlPath } from "../../src/core/manifest/file-kind.ts";
import { LastgoodError } from "../../src/errors.ts";
import type { Repository } from "../../src/ports/repository.ts";
import { checkIdentity, checkPair, type FilePair } from "./corpus-checks.ts";
import { newTally, printTally, type Tally } from "./corpus-tally.ts";

const MUST_BE_ZERO: readonly (keyof Tally)[] = [
  "exceptions",
  "wrong",
  "outside",
  "badPatches",
  "notIdentical",
  "notDone",
];

/** Pairs read at once. */
const BATCH = 100;

await main();

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      repo: { type: "string" },
      limit: { type: "string" },
      seed: { type: "string", default: "1" },
      json: { type: "boolean", default: false },
    },
  });
  if (values.repo === undefined) throw new Error("--repo DIR is missing");
  const started = performance.now();
  const clone = await openClone(values.repo, { env: process.env });
  const tally = newTally();
  try {
    const head = await clone.repository.resolve("HEAD");
    if (head === undefined) throw new Error("the repository has no HEAD");
    await checkHead(clone.repository, head, tally);
    const { pairs, commits } = await collectPairs(clone.repository, head);
    const chosen = sample(pairs, values.limit === undefined ? pairs.length : Number(values.limit));
    tell(`${pairs.length} pairs in ${commits} commits, ${chosen.length} chosen`);
    await checkPairs(clone.repository, chosen, { tally, random: mulberry32(Number(values.seed)) });
    tally.commits = commits;
  } finally {
    await clone.close();
  }
  tally.seconds = Math.round((performance.now() - started) / 100) / 10;
  tally.peakRssMb = Math.round(process.resourceUsage().maxRSS / 1024);
  process.stdout.write(values.json ? `${JSON.stringify(tally, undefined, 2)}\n` : printTally(tally));
  process.exitCode = MUST_BE_ZERO.some((key) => tally[key] !== 0) ? 1 : 0;
}

async function checkHead(repository: Repository, head: CommitId, tally: Tally): Promise<void> {
  const files = (await repository.files(head)).filter(({ path, mode }) => mode.startsWith("100") && isYamlPath(path));
  for (let start = 0; start < files.length; start += BATCH) {
    const batch = files.slice(start, start + BATCH);
    const contents = await readAll(
      repository,
      batch.map(({ id }) => id),
    );
    for (const { path, id } of batch) {
      const bytes = contents.get(id);
      if (bytes !== undefined) checkIdentity(path, bytes, tally);
    }
  }
}

/** Every distinct pair of consecutive versions of a YAML file on the first-parent line, newest first. */
async function collectPairs(
  repository: Repository,
  head: CommitId,
): Promise<{ readonly pairs: readonly FilePair[]; readonly commits: number }> {
  const pairs = new Map<string, FilePair>();
  let commits = 0;
  for await (const { changes } of repository.history({ from: head })) {
    commits += 1;
    for (const { path, before, after } of changes) {
      if (before === undefined || after === undefined || !isYamlPath(path)) continue;
      if (!before.mode.startsWith("100") || !after.mode.startsWith("100") || before.id === after.id) continue;
      pairs.set(`${before.id} ${after.id}`, { path, before: before.id, after: after.id });
    }
  }
  return { pairs: [...pairs.values()], commits };
}

async function checkPairs(
  repository: Repository,
  pairs: readonly FilePair[],
  { tally, random }: { readonly tally: Tally; readonly random: () => number },
): Promise<void> {
  let done = 0;
  for (let start = 0; start < pairs.length; start += BATCH) {
    const batch = pairs.slice(start, start + BATCH);
    const contents = await readAll(
      repository,
      batch.flatMap(({ before, after }) => [before, after]),
    );
    for (const pair of batch) {
      const [before, after] = [contents.get(pair.before), contents.get(pair.after)];
      if (before !== undefined && after !== undefined) checkPair(pair, { before, after }, { tally, random });
    }
    done += batch.length;
    if (done % 1000 === 0)
      tell(`${done} pairs · ${tally.exceptions} exceptions, ${tally.wrong} wrong, ${tally.outside} outside`);
  }
}

/** What is too large is left out. */
async function readAll(repository: Repository, ids: readonly BlobId[]): Promise<ReadonlyMap<BlobId, Uint8Array>> {
  const distinct = [...new Set(ids)];
  try {
    const contents = await repository.blobs(distinct);
    return new Map(distinct.map((id, i) => [id, contents[i] ?? new Uint8Array()]));
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code !== "LimitBlob") throw error;
    if (distinct.length === 1) return new Map();
    const half = Math.ceil(distinct.length / 2);
    const [left, right] = [
      await readAll(repository, distinct.slice(0, half)),
      await readAll(repository, distinct.slice(half)),
    ];
    return new Map([...left, ...right]);
  }
}

/** `count` items, spread evenly. */
function sample<T>(items: readonly T[], count: number): readonly T[] {
  if (count >= items.length) return items;
  return Array.from({ length: count }, (_, i) => items[Math.floor((i * items.length) / count)] as T);
}

/** A small seeded generator (Tommy Ettinger's Mulberry32): the same seed makes the same selections. */
function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

function tell(text: string): void {
  process.stderr.write(`${text}\n`);
}
