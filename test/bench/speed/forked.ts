import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsdown";
import { runNode } from "../measure.ts";
import type { Order, Told } from "./inside.ts";
import { done } from "./measure-plan.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Runs an order in a fresh process, with these options of Node's. */
export type Forked = (order: Order, options?: readonly string[]) => Promise<Told>;

/** Builds `inside.ts` as the program is built. */
export async function buildInside(): Promise<Forked> {
  const folder = mkdtempSync(join(tmpdir(), "lastgood-bench-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  await build({
    config: false,
    cwd: ROOT,
    entry: [join(ROOT, "test/bench/speed/inside.ts")],
    outDir: folder,
    format: "esm",
    platform: "node",
    target: "node20",
    fixedExtension: false,
    dts: false,
    minify: true,
    deps: { alwaysBundle: [/^(?!node:)/] },
    logLevel: "error",
  });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  return async (order, options = []) => {
    // In a file: ten thousand folders are more than a system takes as an argument.
    const file = join(folder, "order.json");
    writeFileSync(file, JSON.stringify(order));
    const { stdout } = await done(runNode([...options, join(folder, "inside.js"), file]));
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Told;
  };
}
