/**
 * The one place that starts git for reading and for local writes. No shell, fixed argument templates by the callers, and an
 * environment in which nothing that the repository, the system or the user has configured can run or redirect anything.
 */
import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";

import { LastgoodError } from "../../../errors.ts";
import type { Meter } from "../../../ports/meter.ts";
import { GIT_CONFIG, gitEnvironment, LOCAL_ENVIRONMENT, type Environment } from "./git-environment.ts";
import { cannotStart, explain, GIT_MINIMUM, tookTooLong, tooOld } from "./git-failures.ts";
import { printable } from "./printable.ts";

export interface GitOptions {
  /** Absolute path of the repository's git directory. */
  readonly gitDir: string;
  readonly env: Environment;
  /** The program; default `git`, looked up in PATH. */
  readonly program?: string;
  /** Ends every command; its reason is what the calls reject with. */
  readonly signal?: AbortSignal;
  /** A command may take this long, a stream may be silent for this long; default 120 s. */
  readonly timeoutMs?: number;
  /** Told of every command that has ended. */
  readonly onRun?: Meter["git"];
}

export interface RunOptions {
  readonly input?: string | Uint8Array;
  /** More output than this is `LimitFiles`; default 256 MiB. */
  readonly maxBytes?: number;
  /** Exit codes besides 0 that are answers. */
  readonly answers?: readonly number[];
}

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
  readonly pid: number;
}

export interface Git {
  readonly gitDir: string;
  /** Runs a command to its end. Throws `ConfigGit`, `LimitTime`, `LimitFiles`, `RepositoryObject`, `RepositoryGit`. */
  run(args: readonly string[], options?: RunOptions): Promise<GitResult>;
  /** Runs a command and hands out stdout as it comes; leaving the loop ends the command. Throws as `run`. */
  stream(args: readonly string[], input?: string): AsyncGenerator<Buffer, void, undefined>;
  /** Starts a command that stays. Its failures are the caller's: `failure` names them. */
  start(args: readonly string[]): ChildProcessWithoutNullStreams;
  /** Starts a command that goes on when this program has ended. Nobody hears how it ends. */
  leave(args: readonly string[]): void;
  /** What a failed command means. */
  failure(args: readonly string[], code: number | null, stderr: string): Promise<LastgoodError>;
}

const DEFAULT_TIMEOUT_MS = 120_000;
const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;
const MAX_STDERR = 64 * 1024;

/** git, bound to one repository. */
export function openGit(options: GitOptions): Git {
  const program = options.program ?? "git";
  const env = { ...gitEnvironment(options.env), ...LOCAL_ENVIRONMENT };
  const timeoutMs = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  // The work tree is the git directory itself: a core.worktree in the configuration cannot shift paths, nothing is looked up outside.
  const lead = [
    `--git-dir=${options.gitDir}`,
    `--work-tree=${options.gitDir}`,
    ...GIT_CONFIG.flatMap((setting) => ["-c", setting]),
  ];

  const start: Git["start"] = (args) => {
    options.signal?.throwIfAborted();
    return spawn(program, [...lead, ...args], { cwd: options.gitDir, env, stdio: "pipe", windowsHide: true });
  };

  const failure: Git["failure"] = async (args, code, stderr) => {
    const version = code === 129 ? await gitVersion(program, options.env) : undefined;
    return version !== undefined && !isSupported(version)
      ? tooOld(version)
      : explain({ command: args[0] ?? "", code, stderr });
  };

  const git: Git = {
    gitDir: options.gitDir,
    start,
    failure,
    leave(args) {
      const how = { cwd: options.gitDir, env, stdio: "ignore", detached: true, windowsHide: true } as const;
      const child = spawn(program, [...lead, ...args], how);
      child.once("error", () => undefined);
      child.unref();
    },
    run: async (args, run = {}) =>
      measured(args, options.onRun, async () => {
        const done = await collect(start(args), { ...options, ...run, timeoutMs });
        if (done.code === 0 || run.answers?.includes(done.code) === true) return done;
        throw await failure(args, done.code, done.stderr);
      }),
    async *stream(args, input = "") {
      const child = start(args);
      const tell = stopwatch(args, options.onRun);
      let result: "done" | "failed" = "done";
      const watch = watchChild(child, { ...options, timeoutMs });
      // Whoever leaves early does not read all of it.
      child.stdin.on("error", () => undefined);
      child.stdin.end(input);
      try {
        watch.waiting(true);
        for await (const chunk of child.stdout) {
          watch.waiting(false);
          yield chunk as Buffer;
          watch.waiting(true);
        }
        const { code, stderr } = await watch.ended;
        if (code !== 0) throw await failure(args, code, stderr);
      } catch (error) {
        result = "failed";
        // A stream that was cut says less than the reason for which it was cut.
        throw await watch.ended.then(
          () => error,
          (reason: unknown) => reason,
        );
      } finally {
        watch.stop();
        await watch.ended.catch(() => undefined);
        tell(result);
      }
    },
  };
  return git;
}

/** Does it, and tells how it ended. */
export async function measured<T>(
  args: readonly string[],
  onRun: Meter["git"] | undefined,
  work: () => Promise<T>,
): Promise<T> {
  const tell = stopwatch(args, onRun);
  try {
    const value = await work();
    tell("done");
    return value;
  } catch (error) {
    tell("failed");
    throw error;
  }
}

function stopwatch([operation = ""]: readonly string[], onRun: Meter["git"] | undefined) {
  if (onRun === undefined) return (): void => undefined;
  const startMs = performance.now();
  return (result: "done" | "failed"): void => onRun(operation, result, (performance.now() - startMs) / 1000);
}

/** Runs git without a repository, or before one is known. */
export async function runGitIn(
  cwd: string,
  args: readonly string[],
  options: Omit<GitOptions, "gitDir">,
): Promise<GitResult> {
  const program = options.program ?? "git";
  const child = spawn(program, [...GIT_CONFIG.flatMap((setting) => ["-c", setting]), ...args], {
    cwd,
    env: { ...gitEnvironment(options.env), ...LOCAL_ENVIRONMENT },
    stdio: "pipe",
    windowsHide: true,
  });
  return await collect(child, { ...options, timeoutMs: options.timeoutMs ?? DEFAULT_TIMEOUT_MS });
}

interface Watch {
  /** Resolves when the child has ended by itself; rejects when it could not start, was aborted, or took too long. */
  readonly ended: Promise<{ readonly code: number; readonly stderr: string }>;
  /** Starts or stops the clock. */
  waiting(on: boolean): void;
  /** Ends the child. */
  stop(): void;
}

function watchChild(
  child: ChildProcessWithoutNullStreams,
  options: { readonly signal?: AbortSignal; readonly timeoutMs: number; readonly program?: string },
): Watch {
  let stderr = "";
  let timer: NodeJS.Timeout | undefined;
  let reason: unknown;
  let over = false;
  const stop = (why?: unknown): void => {
    reason ??= why;
    child.kill("SIGKILL");
    child.stdout.destroy();
  };
  const waiting = (on: boolean): void => {
    clearTimeout(timer);
    // A reader that is slower than git still holds the last chunk when git has ended: a timer would outlive everything.
    if (on && !over) timer = setTimeout(() => stop(tookTooLong(options.timeoutMs)), options.timeoutMs);
  };
  const onAbort = (): void => stop(options.signal?.reason);

  child.stderr.on("data", (chunk: Buffer) => {
    if (stderr.length < MAX_STDERR) stderr += chunk.toString("utf8");
  });
  // A child that ends early closes its stdin: EPIPE says nothing that its exit code does not.
  child.stdin.on("error", () => undefined);
  options.signal?.addEventListener("abort", onAbort, { once: true });

  const ended = new Promise<{ code: number; stderr: string }>((resolve, reject) => {
    child.once("error", (cause) => reject(cannotStart(options.program ?? "git", cause)));
    child.once("close", (code, signal) => {
      if (reason !== undefined) reject(reason);
      else resolve({ code: code ?? 128, stderr: signal === null ? stderr : `${stderr}\nkilled by ${signal}` });
    });
  }).finally(() => {
    over = true;
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", onAbort);
  });
  ended.catch(() => undefined);
  return { ended, waiting, stop };
}

async function collect(
  child: ChildProcessWithoutNullStreams,
  options: RunOptions & { readonly signal?: AbortSignal; readonly timeoutMs: number; readonly program?: string },
): Promise<GitResult> {
  const watch = watchChild(child, options);
  const maxBytes = options.maxBytes ?? DEFAULT_MAX_BYTES;
  const chunks: Buffer[] = [];
  let size = 0;
  child.stdout.on("data", (chunk: Buffer) => {
    size += chunk.length;
    if (size > maxBytes) watch.stop();
    else chunks.push(chunk);
  });
  watch.waiting(true);
  child.stdin.end(options.input ?? "");
  const { code, stderr } = await watch.ended;
  if (size > maxBytes) {
    throw new LastgoodError("LimitFiles", `git answered with more than ${maxBytes} bytes`);
  }
  return { code, stderr, stdout: Buffer.concat(chunks), pid: child.pid ?? 0 };
}

/** `[2, 39, 5]`; undefined when git cannot be asked. */
async function gitVersion(program: string, env: Environment): Promise<readonly [number, number] | undefined> {
  const done = await runGitIn("/", ["--version"], { env, program }).catch(() => undefined);
  const match = /^git version (\d+)\.(\d+)/.exec(done?.stdout.toString() ?? "");
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}

function isSupported([major, minor]: readonly [number, number]): boolean {
  const [needMajor = 0, needMinor = 0] = GIT_MINIMUM.split(".").map(Number);
  return major > needMajor || (major === needMajor && minor >= needMinor);
}

/** Throws `ConfigGit` unless git is there and new enough. */
export async function checkGit(options: Omit<GitOptions, "gitDir">): Promise<void> {
  const program = options.program ?? "git";
  const done = await runGitIn("/", ["--version"], options);
  const match = /^git version (\d+)\.(\d+)/.exec(done.stdout.toString());
  if (match === null) throw new LastgoodError("ConfigGit", `${printable(program)} --version does not answer like git`);
  const version = [Number(match[1]), Number(match[2])] as const;
  if (!isSupported(version)) throw tooOld(version);
}
