import { chmod, mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";

import type { CommitId } from "../../../core/model/git.ts";
import { LastgoodError } from "../../../errors.ts";
import type { Progress, Remote } from "../../../ports/repository.ts";
import { locate, locatePlain, type OpenedRepository, type OpenOptions } from "./clone.ts";
import { openRepository } from "./git-repository.ts";
import { type HistoryIndex, openHistoryIndex } from "./index/open-index.ts";
import { keepFew, keepGraph, leaveGraph, optimize, sweep } from "./mirror-upkeep.ts";
import { FILTER, isPartial, isRefused, settlePartial, settleWhole } from "./partial-clone.ts";
import { mirrorPath } from "./mirror-path.ts";
import { printable } from "./printable.ts";
import { followHead, openRemote } from "./remote.ts";
import { parseRemoteUrl, type RemoteUrl } from "./remote-url.ts";
import { openGit } from "./run-git.ts";
import { runTransport } from "./run-transport.ts";
import { openTransport, type Transport } from "./transport.ts";

export interface MirrorOptions extends OpenOptions {
  /** Folder of all mirrors; made with mode 0700. */
  readonly cacheDir: string;
  readonly url: string;
  /** A clone on this machine to take objects from, so that less is downloaded. Only read; unusable ones are passed over. */
  readonly seed?: string;
  /** As in `TransportOptions`. */
  readonly token?: (refused?: string) => Promise<string | undefined>;
  /** Local paths and http on this machine are remotes too (tests, demos). */
  readonly allowLocal?: boolean;
  readonly progress?: Progress;
  /** As in `TransportOptions`. */
  readonly warn?: (message: string) => void;
  /** All blobs are wanted, as for a look through the whole past: a clone that lacks some is completed. */
  readonly whole?: boolean;
  /** For the first clone; default 15 min. */
  readonly cloneTimeoutMs?: number;
}

/** lastgood's own bare clone of a remote repository: a cache, free to be deleted. */
export interface OpenedMirror extends OpenedRepository {
  readonly remote: Remote;
  /** For refs that are no branches: the ledger. */
  readonly transport: Transport;
  /** Was it cloned just now? Then it is as fresh as a fetch would make it. */
  readonly cloned: boolean;
  /**
   * Writes the commit graph with path filters (history of one path: 8 times faster), packs what fetches left behind, and indexes the history of
   * the default branch: fetches keep both up to date from then on. Takes seconds in a large repository: after the first answer.
   */
  optimize(): Promise<void>;
}

/** The index of history lies in the clone: whoever removes that removes both. */
const INDEX = "lastgood-history";
const ALL_REFS = ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"] as const;
const CLONE_TIMEOUT_MS = 15 * 60_000;

/**
 * Opens the mirror of a URL, cloning it first when there is none. Several processes may do so at once: a clone is made aside and
 * renamed, the first one stays. Throws `ConfigUrl`, `ConfigGit`, `RepositoryRef` (the remote is empty) and what a transport throws.
 */
export async function openMirror(options: MirrorOptions): Promise<OpenedMirror> {
  const remote = parseRemoteUrl(options.url, options);
  const gitDir = mirrorPath(options.cacheDir, remote.url);
  await mkdir(options.cacheDir, { recursive: true, mode: 0o700 });
  await sweep(options.cacheDir, gitDir);
  const cloned = !(await isUsable(gitDir, options));
  if (cloned) await cloneInto(gitDir, remote, options);

  const git = openGit({ ...options, gitDir });
  let partial = await isPartial(git);
  const parentsOf = async (commit: CommitId): Promise<readonly CommitId[]> =>
    (await repository.refs.revision(commit)).parents;
  const transport = openTransport({ ...options, gitDir, remote, parentsOf, isPartial: () => partial });
  const complete = async (): Promise<void> => {
    const patient = { ...options, gitDir, remote, timeoutMs: options.cloneTimeoutMs ?? CLONE_TIMEOUT_MS };
    await openTransport({ ...patient, isPartial: () => true }).refetch(ALL_REFS, options.progress);
    await settleWhole(git);
    partial = false;
  };
  if (partial && options.whole === true) await complete();
  const fetchBlobs = async (ids: readonly string[]): Promise<void> => {
    try {
      await transport.fetchObjects(ids, options.progress);
    } catch (error) {
      // A server from before protocol 2 may take filters, and yet hand out nothing but what refs name.
      if (!(error instanceof LastgoodError) || error.code !== "RepositoryObject") throw error;
      await complete();
    }
  };
  let index: HistoryIndex | undefined;
  const repository = openRepository({
    ...options,
    gitDir,
    commonDir: gitDir,
    index: () => index?.current(),
    ...(partial ? { fetchBlobs } : {}),
  });
  const updateIndex = async (): Promise<void> => {
    const tip = await repository.resolve("HEAD");
    if (tip === undefined) return;
    // Without it git is asked, which takes longer, and is no failure of a fetch.
    await index?.update(tip).catch(() => (index = undefined));
  };
  // Nobody waits for it but who fetches again, or is done.
  let upkeep = Promise.resolve();
  const optimizeAll = async (): Promise<void> => {
    await upkeep;
    await optimize(git);
    if (await repository.isShallow()) return;
    index ??= openHistoryIndex(git, join(gitDir, INDEX));
    await updateIndex();
  };
  const onFetched = async (): Promise<void> => {
    await upkeep;
    if (partial) await keepFew(git);
    upkeep = keepGraph(git);
    await updateIndex();
  };
  return {
    repository,
    transport,
    gitDir,
    cloned,
    remote: openRemote({ remote, transport, git, onFetched }),
    isShallow: repository.isShallow,
    async close() {
      await upkeep;
      await repository.close();
      await leaveGraph(git);
    },
    optimize: optimizeAll,
  };
}

/** Is there a clone that git takes for one? A broken one is removed: it can be made again. */
async function isUsable(gitDir: string, options: MirrorOptions): Promise<boolean> {
  if ((await stat(gitDir).catch(() => undefined)) === undefined) return false;
  const found =
    locatePlain(gitDir) ??
    (await locate(gitDir, options).catch((error: unknown) => {
      if (error instanceof LastgoodError && error.code === "RepositoryNotFound") return undefined;
      throw error;
    }));
  if (found !== undefined && found.root === undefined && (await same(found.gitDir, gitDir))) return true;
  await rm(gitDir, { recursive: true, force: true });
  return false;
}

async function same(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([stat(a), stat(b)]);
  return one.ino === other.ino && one.dev === other.dev;
}

async function cloneInto(gitDir: string, remote: RemoteUrl, options: MirrorOptions): Promise<void> {
  const aside = await mkdtemp(join(options.cacheDir, "tmp-"));
  try {
    await chmod(aside, 0o700);
    const repo = join(aside, "repo.git");
    const seeded = options.seed !== undefined && (await seedFrom(options.seed, repo, options));
    if (seeded) await fetchSeeded(repo, remote, options);
    else await cloneFrom(repo, remote, { ...options, cwd: aside });
    await checkNotEmpty(repo, remote, options);
    await rename(repo, gitDir).catch((error: unknown) => {
      // Another process was first: its clone is as good as ours.
      if (!["ENOTEMPTY", "EEXIST"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
    });
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

async function cloneFrom(
  repo: string,
  remote: RemoteUrl,
  options: MirrorOptions & { readonly cwd: string },
): Promise<void> {
  // --no-local: objects come through the transport, where fsck looks at them.
  // simple-git would add a missing --progress behind the "--", where it is a third path.
  const filter = options.whole === true ? [] : [`--filter=${FILTER}`];
  const flags = ["--progress", "--bare", "--no-local", "--no-recurse-submodules", ...filter];
  let said = "";
  await runTransport(
    { ...options, remote },
    {
      args: ["clone", ...flags, "--", remote.url, repo],
      onStderr: (text) => (said = text),
      cwd: options.cwd,
      timeoutMs: options.cloneTimeoutMs ?? CLONE_TIMEOUT_MS,
      ...(options.progress === undefined ? {} : { progress: options.progress }),
    },
  );
  const git = openGit({ ...options, gitDir: repo });
  if (options.whole !== true) await settlePartial(git, { refused: isRefused(said) });
}

/** Copies (by hard links where it can) the objects of a whole local clone. False when it cannot serve. */
async function seedFrom(seed: string, repo: string, options: MirrorOptions): Promise<boolean> {
  try {
    const { gitDir, commonDir } = await locate(seed, options);
    const partial = await openGit({ ...options, gitDir }).run(["config", "--get", "extensions.partialClone"], {
      answers: [1],
    });
    if (partial.code === 0 || (await stat(join(commonDir, "shallow")).catch(() => undefined)) !== undefined)
      return false;
    const remote: RemoteUrl = { url: commonDir, protocol: "file" };
    const args = ["clone", "--progress", "--bare", "--local", "--no-recurse-submodules", "--", commonDir, repo];
    await runTransport({ ...options, remote }, { args, cwd: options.cacheDir });
    return true;
  } catch (error) {
    if (options.signal?.aborted === true) throw error;
    await rm(repo, { recursive: true, force: true });
    return false;
  }
}

/** The seed's own branches and tags go, the remote's come. */
async function fetchSeeded(repo: string, remote: RemoteUrl, options: MirrorOptions): Promise<void> {
  const transport = openTransport({
    ...options,
    gitDir: repo,
    remote,
    timeoutMs: options.cloneTimeoutMs ?? CLONE_TIMEOUT_MS,
  });
  const git = openGit({ ...options, gitDir: repo });
  const progress = options.progress === undefined ? {} : { progress: options.progress };
  await transport.fetch(ALL_REFS, { prune: true, ...progress });
  await git.run(["config", "--local", "remote.origin.url", remote.url]);
  // The seed may stand on any branch.
  await git.run(["symbolic-ref", "HEAD", "refs/heads/HEAD"]);
  await followHead(git, transport);
}

async function checkNotEmpty(repo: string, remote: RemoteUrl, options: MirrorOptions): Promise<void> {
  const { stdout } = await openGit({ ...options, gitDir: repo }).run(["for-each-ref", "--count=1", "refs/heads"]);
  if (stdout.length > 0) return;
  throw new LastgoodError("RepositoryRef", `the repository has no branch yet (${printable(remote.url)})`, {
    hint: "Push a first commit, then try again.",
  });
}
