/**
 * Clone, fetch and push, by simple-git. URLs and refs are validated before they get there, git's configuration is ours alone,
 * and the token is in no argument and no URL: git asks a script for it, which reads it from the environment.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { SimpleGitProgressEvent } from "simple-git";

import { isFullId, type CommitId } from "../../../core/model/git.ts";
import { LastgoodError } from "../../../errors.ts";
import type { Meter } from "../../../ports/meter.ts";
import type { Progress } from "../../../ports/repository.ts";
import { GIT_CONFIG, gitEnvironment, type Environment } from "./git-environment.ts";
import { PROMISOR, promisorConfig } from "./partial-clone.ts";
import { printable } from "./printable.ts";
import { fullRef } from "./ref-name.ts";
import type { RemoteUrl } from "./remote-url.ts";
import { measured, openGit } from "./run-git.ts";
import { transportError } from "./transport-errors.ts";

export interface TransportOptions {
  /** The repository that is fetched into and pushed from. */
  readonly gitDir: string;
  readonly remote: RemoteUrl;
  readonly env: Environment;
  /** Asked before every operation over https; undefined: none is needed. `refused`: one that was not accepted, for another. */
  readonly token?: (refused?: string) => Promise<string | undefined>;
  readonly signal?: AbortSignal;
  /** For fetch and push, default 120 s. */
  readonly timeoutMs?: number;
  /** Told of what a server lets pass although its rules forbid it. */
  readonly warn?: (message: string) => void;
  /** Told of every command that has ended. */
  readonly onRun?: Meter["git"];
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

/** Ends hung fetches: safety over patience, a retry is cheap. */
const TIMEOUT_MS = 120_000;

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

/** Settings of every transport; `transfer.fsckObjects` also makes git's fsck warnings errors. */
const CONFIG = [
  ...GIT_CONFIG,
  "transfer.fsckObjects=true",
  "http.followRedirects=false",
  "gc.auto=0",
  // The folder is lastgood's own, whoever owns it on a mounted volume.
  "safe.directory=*",
  "fetch.writeCommitGraph=false",
] as const;

const ALLOWED_ENVIRONMENT = [
  "GIT_CONFIG_NOSYSTEM",
  "GIT_CONFIG_GLOBAL",
  "GIT_ATTR_NOSYSTEM",
  "GIT_TERMINAL_PROMPT",
  "GIT_NO_REPLACE_OBJECTS",
  "GIT_OPTIONAL_LOCKS",
  "GIT_ALLOW_PROTOCOL",
  "GIT_ASKPASS",
  "GIT_SSH_COMMAND",
  "GIT_SSL_CAINFO",
  "GIT_SSL_CAPATH",
];

export interface TransportCommand {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly progress?: Progress;
  /** What git said beside its answer, when the command has ended well. */
  readonly onStderr?: (text: string) => void;
  readonly timeoutMs?: number;
  /** More settings. */
  readonly config?: readonly string[];
}

/** Runs one git command that talks to the remote; answers stdout. When its token is refused, it is run once more with another. */
export async function runTransport(
  options: Omit<TransportOptions, "gitDir">,
  command: TransportCommand,
): Promise<string> {
  options.signal?.throwIfAborted();
  const { protocol } = options.remote;
  const token = protocol === "ssh" || protocol === "file" ? undefined : await options.token?.();
  const run = async (other: string | undefined): Promise<string> =>
    measured(command.args, options.onRun, async () => runWith(other, options, command));
  try {
    return await run(token);
  } catch (error) {
    if (token === undefined || !(error instanceof LastgoodError) || error.code !== "ForgeAuth") throw error;
    const next = await options.token?.(token);
    if (next === undefined || next === token) throw error;
    return run(next);
  }
}

async function runWith(
  token: string | undefined,
  options: Omit<TransportOptions, "gitDir">,
  { args, cwd, progress, onStderr, timeoutMs = options.timeoutMs ?? TIMEOUT_MS, config = [] }: TransportCommand,
): Promise<string> {
  const askpass = token === undefined ? undefined : await writeAskpass();
  const timeout = AbortSignal.timeout(timeoutMs);
  const { simpleGit } = await import("simple-git");
  const git = simpleGit({
    baseDir: cwd,
    config: [...CONFIG, ...config],
    abort: options.signal === undefined ? timeout : AbortSignal.any([timeout, options.signal]),
    allowEnvironment: ALLOWED_ENVIRONMENT,
    // What it guards against is exactly what we set, to constants.
    unsafe: {
      allowUnsafeConfigPaths: true,
      allowUnsafeHooksPath: true,
      allowUnsafeFsMonitor: true,
      allowUnsafeAskPass: true,
      allowUnsafeSshCommand: true,
    },
    ...(progress === undefined ? {} : { progress: reportTo(progress) }),
  }).env(
    transportEnvironment(options, askpass === undefined ? undefined : { askpass: askpass.script, token: token ?? "" }),
  );
  const said: Buffer[] = [];
  git.outputHandler((_, stdout, stderr) => {
    if (onStderr !== undefined) stderr.on("data", (part: Buffer) => said.push(part));
    // Of a command that has said nothing, simple-git waits 50 ms for more, although all has ended (completion plugin, measured on 4.0.2).
    stdout.once("end", () => stdout.emit("data", Buffer.alloc(0)));
  });
  try {
    const answer = await git.raw([...args]);
    onStderr?.(Buffer.concat(said).toString("utf8"));
    return answer;
  } catch (error) {
    if (options.signal?.aborted === true) throw options.signal.reason;
    if (timeout.aborted) throw tookTooLong(args[0] ?? "git", timeoutMs, options.remote.url);
    throw transportError(hide(error instanceof Error ? error.message : String(error), token), options.remote.url);
  } finally {
    await askpass?.remove();
  }
}

function reportTo(progress: Progress): (event: SimpleGitProgressEvent) => void {
  return ({ stage, progress: percent }) => progress({ stage: printable(stage, 40), percent });
}

function transportEnvironment(
  options: Omit<TransportOptions, "gitDir">,
  credentials: { readonly askpass: string; readonly token: string } | undefined,
): Record<string, string> {
  return {
    ...gitEnvironment(options.env),
    GIT_ALLOW_PROTOCOL: options.remote.protocol,
    // Never a prompt; a host key that is not known yet is refused.
    GIT_SSH_COMMAND: options.env["GIT_SSH_COMMAND"] ?? "ssh -oBatchMode=yes -oConnectTimeout=20",
    ...(credentials === undefined
      ? {}
      : { GIT_ASKPASS: credentials.askpass, LASTGOOD_ASKPASS_TOKEN: credentials.token }),
  };
}

/** GitHub takes any user name with a token; `x-access-token` is what it documents for app installations. */
const ASKPASS = `#!/bin/sh
case "$1" in
  Username*) echo x-access-token ;;
  *) printf '%s\\n' "$LASTGOOD_ASKPASS_TOKEN" ;;
esac
`;

async function writeAskpass(): Promise<{ readonly script: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), "lastgood-askpass-"));
  const script = join(folder, "askpass");
  await writeFile(script, ASKPASS, { mode: 0o700 });
  return { script, remove: async () => await rm(folder, { recursive: true, force: true }) };
}

/** Text without the token, plain or in the forms in which it travels. */
function hide(text: string, token: string | undefined): string {
  if (token === undefined || token === "") return text;
  const forms = [
    token,
    encodeURIComponent(token),
    Buffer.from(`x-access-token:${token}`).toString("base64"),
    Buffer.from(token).toString("base64"),
  ];
  return forms.reduce((hidden, form) => hidden.replaceAll(form, "***"), text);
}

function tookTooLong(command: string, ms: number, url: string): LastgoodError {
  const message = `git ${command} did not end within ${Math.round(ms / 1000)} s (${printable(url)})`;
  return new LastgoodError(
    command === "push" || command === "ls-remote" ? "RepositoryTransport" : "LimitFetch",
    message,
  );
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
