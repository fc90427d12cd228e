import type { GitDir } from "./gitdir.ts";
import { type CliRun, runCli } from "./run-cli.ts";

/** `runOn(git, "plan --pr 7")`: runs `lastgood` on a repository, with the words of a line. */
export async function runOn(git: GitDir, line: string): Promise<CliRun> {
  const [command = "", ...args] = line.split(" ").filter((word) => word !== "");
  return runCli([command, "--repo", git.path, ...args]);
}

/** `undoOn(git, "--pr 7")`: what `revert` makes of it is on the branch `undo` then. It has to come to that. */
export async function undoOn(git: GitDir, line: string): Promise<CliRun> {
  const run = await runOn(git, `revert ${line} --mode branch --branch undo -y`);
  if (run.exit !== 0) throw new Error(`revert ${line} ended with ${run.exit}: ${run.stderr}`);
  return run;
}
