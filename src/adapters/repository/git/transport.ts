/** Fetch and push. URLs and refs are validated before they get to git; a push moves a ref forward, by compare-and-swap. */
import { isFullId, type CommitId } from "../../../core/model/git.ts";
import { LastgoodError } from "../../../errors.ts";
import type { Progress } from "../../../ports/repository.ts";
import { PROMISOR, promisorConfig } from "./partial-clone.ts";
import { printable } from "./printable.ts";
import { fullRef } from "./ref-name.ts";
import { openGit } from "./run-git.ts";
import { runTransport, type RunTransportOptions, type TransportCommand } from "./run-transport.ts";

export interface TransportOptions extends RunTransportOptions {
  /** The repository that is fetched into and pushed from. */
  readonly gitDir: string;
  /** Told of what a server lets pass although its rules forbid it. */
  readonly warn?: (message: string) => void;
  /** Of a commit that is here. Missing: git is asked what follows what. */
  readonly parentsOf?: (commit: CommitId) => Promise<readonly CommitId[]>;
  /** Are blobs missing in the repository? Then no fetch brings others. Missing: none are. */
  readonly isPartial?: () => boolean;
}

export interface Transport {
  /** Runs one fetch. Refs that are fetched into are overwritten; with `prune` those go that are gone there. */
  fetch(
    refspecs: readonly string[],
    options?: { readonly prune?: boolean; readonly progress?: Progress },
  ): Promise<void>;
  /** Brings these objects, by their ids, and no others. Throws `RepositoryObject` when the remote has one of them no more. */
  fetchObjects(ids: readonly string[], progress?: Progress): Promise<void>;
  /** Brings everything that the refs lead to once more, also what a partial clone left out. */
  refetch(refspecs: readonly string[], progress?: Progress): Promise<void>;
  /** What full refs hold on the remote, those that exist; `HEAD` answers the default branch's full ref under `HEAD`. */
  list(refs: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Brings one full ref here, as `into` (default: the same name); undefined when the remote has none. */
  fetchRef(ref: string, into?: string): Promise<CommitId | undefined>;
  /**
   * Moves one full ref of the remote by compare-and-swap, fast-forward only. `expected`: what it must hold now (undefined: it must not exist).
   * Done already is done. Throws `RepositoryMoved`, `RepositoryRejected`, `ForgeAuth`, `ForgePermission`, `RepositoryTransport`.
   */
  pushRef(request: PushRequest): Promise<void>;
}

export interface PushRequest {
  readonly ref: string;
  readonly commit: CommitId;
  readonly expected: CommitId | undefined;
}

export function openTransport(options: TransportOptions): Transport {
  const { url } = options.remote;
  const run = async (args: readonly string[], more: Omit<TransportCommand, "args" | "cwd"> = {}) =>
    await runTransport(options, { args, cwd: options.gitDir, ...more });
  const isPartial = (): boolean => options.isPartial?.() === true;
  const promisor = (): readonly string[] => (isPartial() ? promisorConfig(url) : []);
  const fetch = async (
    { flags, wanted }: { readonly flags: readonly string[]; readonly wanted: readonly string[] },
    { config = [], ...more }: Omit<TransportCommand, "args" | "cwd"> = {},
  ): Promise<void> => {
    const args = ["fetch", ...FETCH, ...flags, isPartial() ? PROMISOR : url, ...wanted];
    await run(args, { ...more, config: [...promisor(), ...config] });
  };

  const list: Transport["list"] = async (refs) => {
    const patterns = refs.map((ref) => (ref === "HEAD" ? ref : fullRef(ref)));
    return readRemoteRefs(await run(["ls-remote", "--symref", url, ...patterns]), refs);
  };
  return {
    list,
    async fetch(refspecs, { prune = false, progress } = {}) {
      await fetch({ flags: prune ? ["--prune"] : [], wanted: refspecs }, shown(progress));
    },
    async fetchObjects(ids, progress) {
      for (let from = 0; from < ids.length; from += MOST_IDS) {
        // What is here says nothing about what is missing: nothing is to be negotiated.
        const more = { config: ["fetch.negotiationAlgorithm=noop"], ...shown(progress) };
        await fetch({ flags: [], wanted: ids.slice(from, from + MOST_IDS) }, more);
      }
    },
    async refetch(refspecs, progress) {
      await fetch({ flags: ["--refetch", "--no-filter"], wanted: refspecs }, shown(progress));
    },
    async fetchRef(ref, into = ref) {
      fullRef(into);
      const id = (await list([ref])).get(ref);
      if (id === undefined) return undefined;
      const here = into === ref ? undefined : await readRef(options, into);
      if (here === id) return here;
      await fetch({ flags: [], wanted: [`+${fullRef(ref)}:${into}`] });
      // What was fetched may be newer than what was listed.
      return await readRef(options, into);
    },
    async pushRef(request) {
      fullRef(request.ref);
      await checkFastForward(options, request);
      const lease = `--force-with-lease=${request.ref}:${request.expected ?? ""}`;
      try {
        const onStderr = (text: string): void => warnOfBypass(text, request.ref, options);
        const args = ["push", ...PUSH, lease, url, `${request.commit}:${request.ref}`];
        await run(args, { onStderr, config: promisor() });
      } catch (error) {
        // The answer may have been lost after the write took effect: look before judging.
        if (!(error instanceof LastgoodError) || !error.transient || options.signal?.aborted === true) throw error;
        const now = await list([request.ref]).catch(() => undefined);
        if (now?.get(request.ref) !== request.commit) throw error;
      }
    },
  };
}

/** GitHub says so, and nothing else, when a token may push past the rules of a branch (safety.md, I5). */
function warnOfBypass(text: string, ref: string, { warn }: TransportOptions): void {
  if (!/^remote: Bypassed rule violations/m.test(text)) return;
  warn?.(`the server let this token bypass the rules of ${printable(ref)}: give lastgood one that may not`);
}

const FETCH = ["--no-auto-maintenance", "--no-recurse-submodules", "--no-tags", "--no-write-fetch-head"] as const;
const PUSH = ["--porcelain", "--no-verify", "--no-follow-tags", "--no-signed", "--recurse-submodules=no"] as const;

/** Ids in one command: far below what a system takes as arguments (macOS: 1 MiB in all). */
const MOST_IDS = 8000;

function shown(progress: Progress | undefined): Pick<TransportCommand, "progress"> {
  return progress === undefined ? {} : { progress };
}

/** `<id>\t<ref>` and `ref: refs/heads/main\tHEAD` (git-ls-remote(1)). Patterns also match tails: only what was asked counts. */
export function readRemoteRefs(output: string, refs: readonly string[]): ReadonlyMap<string, string> {
  const asked = new Set(refs);
  const found = new Map<string, string>();
  for (const line of output.split("\n")) {
    const [value = "", ref = ""] = line.split("\t");
    if (!asked.has(ref)) continue;
    if (ref === "HEAD" && value.startsWith("ref: ")) found.set(ref, value.slice(5));
    else if (ref !== "HEAD" && isFullId(value)) found.set(ref, value);
  }
  return found;
}

async function readRef(options: TransportOptions, ref: string): Promise<CommitId | undefined> {
  const { stdout } = await localGit(options).run([
    "for-each-ref",
    "--format=%(objectname) %(refname)",
    "--end-of-options",
    ref,
  ]);
  const line = stdout
    .toString("utf8")
    .split("\n")
    .find((one) => one.endsWith(` ${ref}`));
  return line?.slice(0, line.indexOf(" ")) as CommitId | undefined;
}

/** With a lease git would push anything: that it goes forward is ours to see to. */
async function checkFastForward(options: TransportOptions, { ref, commit, expected }: PushRequest): Promise<void> {
  if (expected === undefined || expected === commit) return;
  if ((await options.parentsOf?.(commit))?.includes(expected) === true) return;
  const args = ["merge-base", "--is-ancestor", "--end-of-options", expected, commit];
  const { code } = await localGit(options).run(args, { answers: [1, 128] });
  if (code === 0) return;
  throw new LastgoodError("RepositoryMoved", `${printable(ref)}: ${commit} does not follow ${expected}`, {
    hint: "Fetch and plan again: lastgood never pushes by force.",
  });
}

function localGit(options: TransportOptions): ReturnType<typeof openGit> {
  return openGit({ gitDir: options.gitDir, env: options.env });
}
