import { execFile } from "node:child_process";

import { gitTestEnv } from "./gitdir.ts";

export interface GitOutcome {
  readonly code: number;
  /** Without the last newline. */
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the system's git, asynchronously: for repositories that are served by this very process. Never throws. */
export function runGit(cwd: string, ...args: readonly string[]): Promise<GitOutcome> {
  const env = { ...gitTestEnv(), GIT_TERMINAL_PROMPT: "0" };
  return new Promise((resolve) => {
    execFile("git", [...args], { cwd, env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 128;
      resolve({ code, stdout: stdout.replace(/\n$/, ""), stderr });
    });
  });
}
