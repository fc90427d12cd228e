/** A script of the tests as the program is built: one file with all that it needs. What runs from its sources starts later and runs slower. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "tsdown";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** The built file, in a folder of its own that goes with this process. `entry`: from the root. */
export async function bundle(entry: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "lastgood-bundle-"));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  await build({
    config: false,
    cwd: ROOT,
    entry: [join(ROOT, entry)],
    outDir: folder,
    format: "esm",
    platform: "node",
    target: "node20",
    fixedExtension: false,
    dts: false,
    minify: true,
    deps: { alwaysBundle: [/^(?!node:)/] },
    outputOptions: { codeSplitting: false },
    logLevel: "error",
  });
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  return join(folder, `${basename(entry, ".ts")}.js`);
}
