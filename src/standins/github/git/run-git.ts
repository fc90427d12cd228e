/**
 * The system's git on a bare repository, always asynchronously: git talks back to this process over HTTP in tests, and a
 * synchronous call would wait for itself.
 */
import { spawn } from "node:child_process";

/** A bare repository and where git is found. */
export interface GitDir {
  readonly dir: string;
  /** The PATH on which git and sh are found. */
  readonly searchPath: string;
}

export interface GitInput {
  readonly input?: string | Uint8Array;
  readonly env?: Readonly<Record<string, string>>;
}

export interface GitResult {
  readonly code: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** The environment of every git here: nothing of the user's configuration, never a prompt. */
export function gitEnvironment(searchPath: string): Record<string, string> {
  return {
    PATH: searchPath,
    HOME: "/nonexistent",
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_LITERAL_PATHSPECS: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
  };
}

/** Runs git and waits for its end. Rejects only when it cannot be started. */
export function runGit(repository: GitDir, args: readonly string[], { input, env }: GitInput = {}): Promise<GitResult> {
  return new Promise((resolve, reject) => {
    const child = spawn("git", [`--git-dir=${repository.dir}`, ...args], {
      env: { ...gitEnvironment(repository.searchPath), ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const stdout: Buffer[] = [];
    const stderr: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => stderr.push(chunk));
    child.stdin.on("error", () => undefined); // git may end before it has read everything
    child.on("error", reject);
    child.on("close", (code) =>
      resolve({ code: code ?? 128, stdout: Buffer.concat(stdout), stderr: Buffer.concat(stderr).toString("utf8") }),
    );
    child.stdin.end(input);
  });
}

/** As `runGit`, for what cannot fail: its output without the last newline. Throws a plain Error (a bug) when it does. */
export async function gitText(repository: GitDir, args: readonly string[], input: GitInput = {}): Promise<string> {
  const result = await runGit(repository, args, input);
  if (result.code !== 0) throw new Error(`git ${args.join(" ")} ended with ${result.code}: ${result.stderr.trim()}`);
  return result.stdout.toString("utf8").replace(/\n$/, "");
}
