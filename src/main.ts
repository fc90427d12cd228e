#!/usr/bin/env node
/** The process edge: the only file that touches `process`. */
import { createRequire } from "node:module";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { isatty } from "node:tty";
import { fileURLToPath } from "node:url";
import { keepCompiled } from "./faces/keep-compiled.ts";
import { cacheFolder } from "./faces/surroundings.ts";

const MAIN = fileURLToPath(import.meta.url);
const PACKAGE_ROOT = dirname(dirname(MAIN));
/** It is as it was built; else it runs from its sources. */
const IS_BUILT = MAIN.endsWith(".js");

// No await: what is built is CommonJS, which Node starts faster.
void main();

async function main(): Promise<void> {
  const args = process.argv.slice(2);
  // Answered before anything else is loaded: shells and scripts ask this often.
  if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
    process.stdout.write(`${version()}\n`);
    return;
  }
  if (IS_BUILT) {
    keepCompiled({
      main: MAIN,
      folder: join(cacheFolder({ env: process.env, home: homedir() }), "compiled"),
      command: args[0] ?? "",
      atEnd: (save) => process.on("exit", save),
    });
  }
  const { runCli } = await import("./faces/cli/run-cli.ts");
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop(signal, controller));
  const exit = await runCli({
    calledAs: calledAs(process.argv[1]),
    version: version(),
    args,
    env: process.env,
    cwd: process.cwd(),
    home: homedir(),
    stdout: process.stdout,
    stderr: process.stderr,
    // Asked of the system first: Node makes a stream of what stands behind `process.stdin`.
    ...(isatty(0) && isatty(2) ? { questions: { input: process.stdin, output: process.stderr } } : {}),
    signal: controller.signal,
    onReload: (reload) => {
      process.on("SIGHUP", reload);
      return () => void process.off("SIGHUP", reload);
    },
    platform: `node ${process.versions.node}, ${process.platform} ${process.arch}`,
    packageRoot: PACKAGE_ROOT,
    // A thread cannot be started from TypeScript.
    ...(IS_BUILT ? { thread: new URL("thread.js", import.meta.url).href } : {}),
  });
  // All is said and done: taking everything down in good order would take longer than many a command.
  await Promise.all([process.stdout, process.stderr].map(written));
  process.exit(exit);
}

/** Once all that was written to it has left the program, or its reader has gone. */
function written(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
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
