/**
 * A mirror without the contents of files: commits and trees are all here, a blob comes when it is wanted, with all that will be wanted with it.
 * git itself is told of that only where it talks to the remote: a local command that came across a missing blob would otherwise die, or go and
 * get them one by one.
 */
import { setImmediate } from "node:timers/promises";
import type { FileState } from "../../../core/model/git.ts";
import { LastgoodError } from "../../../errors.ts";
import type { ObjectReader } from "./cat-file.ts";
import { readPlainConfig } from "./plain-config.ts";
import type { Git } from "./run-git.ts";

/** Trees stay: without them every question about a path would ask the remote again and again. */
export const FILTER = "blob:none";

/** The remote's name in commands about a partial clone; an address alone could have no filter. */
export const PROMISOR = "lastgood";

/** What the repository says of itself when blobs are missing. */
const KEY = "lastgood.filter";

/** Settings of a command that talks to the remote of a partial clone (git-config(1), remote.NAME.promisor). */
export function promisorConfig(url: string): readonly string[] {
  const remote = `remote.${PROMISOR}`;
  return [`${remote}.url=${url}`, `${remote}.promisor=true`, `${remote}.partialclonefilter=${FILTER}`];
}

/** Are blobs missing here, that the remote has? */
export async function isPartial(git: Git): Promise<boolean> {
  const plain = readPlainConfig(git.gitDir);
  if (plain !== undefined) return plain.get(KEY) === FILTER;
  const { stdout } = await git.run(["config", "--local", "--get", KEY], { answers: [1] });
  return stdout.toString("latin1").trim() === FILTER;
}

/** After a clone with a filter: notes whether the server minded it, and lets local commands know nothing of it. */
export async function settlePartial(git: Git, { refused }: { readonly refused: boolean }): Promise<void> {
  for (const key of ["promisor", "partialclonefilter"]) {
    await git.run(["config", "--local", "--unset-all", `remote.origin.${key}`], { answers: [5] });
  }
  if (!refused) await git.run(["config", "--local", KEY, FILTER]);
}

/** From now on nothing is missing. */
export async function settleWhole(git: Git): Promise<void> {
  await git.run(["config", "--local", "--unset-all", KEY], { answers: [5] });
}

/** What a server says to a filter that it does not take (git-clone(1) then clones all of it). */
export function isRefused(stderr: string): boolean {
  return /filtering not recognized by server/.test(stderr);
}

export interface MissingBlobs {
  /** These were listed together: whoever wants one of them will want the others. */
  listed(files: readonly FileState[]): void;
  /** Sees to it that these are here, as far as the remote has them. Throws what a fetch throws. */
  bring(ids: readonly string[]): Promise<void>;
}

/** Lists that are remembered, and the longest of them: one target's files, not a repository's. */
const LISTS = 64;
const LONGEST = 500;

/** Brings what is missing: questions that are asked at the same time go to the remote together, and never one blob alone that has neighbours. */
export function openMissingBlobs(
  objects: ObjectReader,
  fetch: (ids: readonly string[]) => Promise<void>,
): MissingBlobs {
  const lists: (readonly string[])[] = [];
  let waiting: Set<string> | undefined;
  let turn: Promise<void> = Promise.resolve();

  async function bringAll(wanted: ReadonlySet<string>): Promise<void> {
    if ((await missingOf(objects, [...wanted])).length === 0) return;
    const near = lists.filter((list) => list.some((id) => wanted.has(id)));
    const missing = await missingOf(objects, [...new Set([...wanted, ...near.flat()])]);
    await fetch(missing);
  }

  return {
    listed(files) {
      if (files.length === 0 || files.length > LONGEST) return;
      // A gitlink names a commit of another repository.
      lists.push(files.flatMap(({ mode, id }) => (mode === "160000" ? [] : [id])));
      if (lists.length > LISTS) lists.shift();
    },
    async bring(ids) {
      if (waiting === undefined) {
        const own = (waiting = new Set<string>());
        const begin = async (): Promise<void> => {
          await setImmediate();
          if (waiting === own) waiting = undefined;
          await bringAll(own);
        };
        // Whoever asks until it is its turn comes along.
        turn = turn.then(begin, begin);
      }
      for (const id of ids) waiting.add(id);
      await turn;
    },
  };
}

async function missingOf(objects: ObjectReader, ids: readonly string[]): Promise<readonly string[]> {
  const infos = await objects.info(ids);
  return ids.filter((_, at) => infos[at] === undefined);
}

/** A blob that is nowhere. */
export function missingBlob(id: string | undefined): LastgoodError {
  return new LastgoodError("RepositoryObject", `the blob ${id} is not in this repository`, {
    hint: "A partial or damaged clone cannot be used: fetch everything (git fetch --refetch), or let lastgood use its own clone.",
  });
}
