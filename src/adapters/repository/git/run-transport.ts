/**
 * Runs git commands that talk to a remote, by simple-git. Git's configuration is ours alone, and the token is in no argument and no URL:
 * git asks a script for it, which reads it from the environment.
 */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { SimpleGitProgressEvent } from "simple-git";

import { LastgoodError } from "../../../errors.ts";
import { linkAbort } from "../../../linked-abort.ts";
import type { Meter } from "../../../ports/meter.ts";
import type { Progress } from "../../../ports/repository.ts";
import { GIT_CONFIG, gitEnvironment, type Environment } from "./git-environment.ts";
import { printable } from "./printable.ts";
import type { RemoteUrl } from "./remote-url.ts";
import { measured } from "./run-git.ts";
import { transportError } from "./transport-errors.ts";

/** How a remote is reached. */
export interface RunTransportOptions {
  readonly remote: RemoteUrl;
  readonly env: Environment;
  /** Asked before every operation over https; undefined: none is needed. `refused`: one that was not accepted, for another. */
  readonly token?: (refused?: string) => Promise<string | undefined>;
  readonly signal?: AbortSignal;
  /** Of one command, default 120 s. */
  readonly timeoutMs?: number;
  /** Told of every command that has ended. */
  readonly onRun?: Meter["git"];
}

/** Ends hung fetches: safety over patience, a retry is cheap. */
const TIMEOUT_MS = 120_000;

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

/** Runs one git command that talks to the remote; answers stdout. When its token is refused, it is run once more with another. */
export async function runTransport(options: RunTransportOptions, command: TransportCommand): Promise<string> {
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
  options: RunTransportOptions,
  { args, cwd, progress, onStderr, timeoutMs = options.timeoutMs ?? TIMEOUT_MS, config = [] }: TransportCommand,
): Promise<string> {
  const askpass = token === undefined ? undefined : await writeAskpass();
  const timeout = AbortSignal.timeout(timeoutMs);
  const { simpleGit } = await import("simple-git");
  const git = simpleGit({
    baseDir: cwd,
    config: [...CONFIG, ...config],
    abort: linkAbort(timeout, options.signal).signal,
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
  options: RunTransportOptions,
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
