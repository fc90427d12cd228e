import { readFileSync } from "node:fs";
import type { Config } from "../../config/config.ts";
import { findConfig } from "../../config/find-config.ts";
import type { CommandContext, CommonOptions } from "./context.ts";

/** The configuration, when there is one. Throws `Config*` with every fault. */
export async function loadConfigFor(
  { config: flag }: CommonOptions,
  { surroundings: { env, cwd } }: CommandContext,
): Promise<Config | undefined> {
  const found = await findConfig({ flag, env, cwd, readFile: readIfThere });
  if (found === undefined) return undefined;
  const { parseConfig } = await import("../../config/load.ts");
  // The library of expressions takes its time to load, and few configurations hold any: `engines[].health[].current`.
  const check = found.text.includes("current") ? await import("../../core/kstatus/custom-table.ts") : undefined;
  return parseConfig(found.path, found.text, env, check?.faultsOfKind);
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    // At once: it is small, and to wait for a thread takes many times longer than to see that there is none.
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && (error.code === "ENOENT" || error.code === "ENOTDIR"))
      return undefined;
    throw error;
  }
}
