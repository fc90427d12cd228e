import { execFile } from "node:child_process";
import { LastgoodError } from "../../errors.ts";

export interface GitAnswer {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The git of the people in the demo: plain commands in their clone, nothing of this machine's configuration. */
export interface Git {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** Runs git in a folder. Throws `ConfigGit` when there is none, the signal's reason when aborted. */
export function askGit(cwd: string, args: readonly string[], { env, signal }: Git): Promise<GitAnswer> {
  return new Promise((resolve, reject) => {
    execFile("git", [...args], { cwd, env: { ...env }, signal }, (error, stdout, stderr) => {
      if (signal.aborted) reject(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
      else if (error === null) resolve({ code: 0, stdout, stderr });
      else if (typeof error.code === "number") resolve({ code: error.code, stdout, stderr });
      else
        reject(
          new LastgoodError("ConfigGit", "git could not be started", {
            cause: error,
            hint: "Install git and make sure that it is in PATH.",
          }),
        );
    });
  });
}

/** As `askGit`, for what cannot fail: stdout without its last line end. Anything else is a bug, thrown as a plain Error. */
export async function git(cwd: string, args: readonly string[], options: Git): Promise<string> {
  const { code, stdout, stderr } = await askGit(cwd, args, options);
  if (code !== 0) throw new Error(`git ${args.join(" ")} ended with ${code}: ${stderr.trim()}`);
  return stdout.replace(/\n$/, "");
}
