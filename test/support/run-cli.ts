import { runCli as run } from "../../src/faces/cli/run-cli.ts";
import type { OutputStream, Questions } from "../../src/faces/surroundings.ts";
import { gitTestEnv, temporaryFolder } from "./gitdir.ts";

export interface CliOptions {
  /** Default: an empty folder that lies in no clone. */
  readonly cwd?: string;
  /** Beside a PATH, a person's name and folders of its own. `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Both streams are a terminal. */
  readonly tty?: boolean;
  /** Width of the terminal; default 100. */
  readonly columns?: number;
  /** Its height; default: nobody knows. */
  readonly rows?: number;
  /** The reader of stdout has gone, as `head` goes. */
  readonly closedStdout?: boolean;
  /** Where questions are asked; default: nobody can be asked. */
  readonly questions?: Questions;
  readonly calledAs?: string;
  readonly signal?: AbortSignal;
  /** Is told what stands on stdout by now, whenever something was written there. */
  readonly onStdout?: (text: string) => void;
  /** As `onStdout`, of stderr. */
  readonly onStderr?: (text: string) => void;
}

export interface CliRun {
  readonly stdout: string;
  readonly stderr: string;
  readonly exit: number;
}

/**
 * Runs `lastgood` with these arguments in this process, as main.ts does. Nothing of this machine's configuration is seen, caches
 * live in a temporary folder that all runs of a test file share (`XDG_CACHE_HOME` in `env` sets another).
 */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const { cwd = temporaryFolder("cwd"), env, tty = false, columns = 100, calledAs = "lastgood" } = options;
  const stdout = { ...capture(tty, columns, options.onStdout), rows: options.rows };
  const stderr = capture(tty, columns, options.onStderr);
  const exit = await run({
    calledAs,
    version: "0.0.0-test",
    args,
    env: { ...cliTestEnv(), ...env },
    cwd,
    home: "/nonexistent",
    ...(options.questions === undefined ? {} : { questions: options.questions }),
    stdout: options.closedStdout === true ? { ...stdout, write: failClosed } : stdout,
    stderr,
    signal: options.signal ?? new AbortController().signal,
    platform: "test",
    packageRoot: new URL("../..", import.meta.url).pathname.replace(/\/$/, ""),
  });
  return { stdout: stdout.text(), stderr: stderr.text(), exit };
}

function failClosed(): never {
  throw Object.assign(new Error("write EPIPE"), { code: "EPIPE" });
}

let cache: string | undefined;

/** The environment of a run: git's of the tests, without dates, and a cache of the test file's own. */
export function cliTestEnv(): Readonly<Record<string, string | undefined>> {
  const { GIT_AUTHOR_DATE: _, GIT_COMMITTER_DATE: __, ...env } = gitTestEnv();
  cache ??= temporaryFolder("cache");
  return { ...env, XDG_CACHE_HOME: cache };
}

function capture(
  isTTY: boolean,
  columns: number,
  onText?: (text: string) => void,
): OutputStream & { readonly text: () => string } {
  const parts: string[] = [];
  return {
    isTTY,
    columns: isTTY ? columns : undefined,
    write: (text) => {
      parts.push(text);
      onText?.(parts.join(""));
      return true;
    },
    on: () => undefined,
    text: () => parts.join(""),
  };
}
