#!/usr/bin/env node
/** The process edge: the only file that touches `process`. */
import module, { createRequire } from "node:module";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { isMainThread, workerData } from "node:worker_threads";
import type { ReplayPlace } from "./faces/compose.ts";
import { cacheFolder } from "./faces/surroundings.ts";
import type { PlanTask } from "./faces/plan-messages.ts";

const PACKAGE_ROOT = dirname(dirname(fileURLToPath(import.meta.url)));

await (isMainThread ? main() : work());

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  // Answered before anything else is loaded: shells and scripts ask this often.
  if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
    process.stdout.write(`${version()}\n`);
    return;
  }
  keepCompiled();
  const { runCli } = await import("./faces/cli/run-cli.ts");
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop(signal, controller));
  process.exitCode = await runCli({
    calledAs: calledAs(process.argv[1]),
    version: version(),
    args,
    env: process.env,
    cwd: process.cwd(),
    home: homedir(),
    stdout: process.stdout,
    stderr: process.stderr,
    ...(process.stdin.isTTY && process.stderr.isTTY
      ? { questions: { input: process.stdin, output: process.stderr } }
      : {}),
    signal: controller.signal,
    onReload: (reload) => {
      process.on("SIGHUP", reload);
      return () => void process.off("SIGHUP", reload);
    },
    platform: `node ${process.versions.node}, ${process.platform} ${process.arch}`,
    packageRoot: PACKAGE_ROOT,
    // A thread cannot be started from TypeScript.
    ...(import.meta.url.endsWith(".js") ? { program: import.meta.url } : {}),
  });
}

/** What V8 makes of the program is kept beside what else can be made again: Node has that since 22.1 (nodejs.org/api/module.html). */
function keepCompiled(): void {
  const enable: unknown = Reflect.get(module, "enableCompileCache");
  if (typeof enable === "function") enable(join(cacheFolder({ env: process.env, home: homedir() }), "compiled"));
}

/** The program was started in a thread by itself. */
async function work(): Promise<void> {
  const task = workerData as PlanTask | ReplayPlace;
  if ("task" in task) {
    const { runPlanWorker } = await import("./faces/plan-worker.ts");
    return runPlanWorker(task);
  }
  const { runReplayWorker } = await import("./faces/replay-worker.ts");
  await runReplayWorker();
}

/**
 * The first signal asks to end in good order, the second ends. The listener stays on: signal-exit, which write-file-atomic uses
 * while it writes, kills the process when nobody but itself listens.
 */
function stop(signal: string, controller: AbortController): void {
  if (controller.signal.aborted) process.exit(130);
  controller.abort(new Error(signal));
}

function version(): string {
  const require = createRequire(import.meta.url);
  return (require("../package.json") as { readonly version: string }).version;
}

/** kubectl and git run plugins by the names of their programs. */
function calledAs(path: string | undefined): string {
  const name = basename(path ?? "lastgood").replace(/\.js$/, "");
  if (name === "kubectl-lastgood") return "kubectl lastgood";
  return name === "git-lastgood" ? "git lastgood" : "lastgood";
}
