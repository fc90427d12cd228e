import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { temporaryFolder } from "./gitdir.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Builds the program as it is shipped, its packages beside it; answers its main file. */
export function buildProgram(): string {
  const folder = temporaryFolder("build");
  mkdirSync(join(folder, "dist"));
  copyFileSync(join(ROOT, "package.json"), join(folder, "package.json"));
  symlinkSync(join(ROOT, "node_modules"), join(folder, "node_modules"));
  const tsdown = join(ROOT, "node_modules/tsdown/dist/run.mjs");
  const args = [tsdown, "--config", "src/tsdown.config.ts", "--out-dir", join(folder, "dist"), "--logLevel", "error"];
  const built = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
  if (built.status !== 0) throw new Error(built.stderr + built.stdout);
  return join(folder, "dist/main.js");
}

/** Runs what was built while servers of this process answer it; what it has written. */
export async function runBuilt(
  main: string,
  args: readonly string[],
  { cwd, env }: { readonly cwd: string; readonly env: NodeJS.ProcessEnv },
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const child = spawn(process.execPath, [main, ...args], { cwd, env });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr), once(child, "close")]);
  return { stdout, stderr };
}
