import { mkdir, mkdtemp, readdir, realpath, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { LastgoodError } from "../../errors.ts";

/** Where the demo lives. */
export interface DemoFolder {
  readonly path: string;
  /** Takes everything away that the demo made. */
  remove(): Promise<void>;
}

/** A new temporary folder, or `keep` (made when missing). Throws `UsageArgument` for a folder that holds anything. */
export async function openFolder(keep: string | undefined, cwd: string): Promise<DemoFolder> {
  if (keep === undefined) {
    const path = await realpath(await mkdtemp(join(tmpdir(), "lastgood-demo-")));
    return { path, remove: async () => remove(path) };
  }
  const wanted = resolve(cwd, keep);
  const first = await makeFolder(wanted, keep);
  const path = await realpath(wanted);
  if ((await readdir(path)).length > 0) {
    throw new LastgoodError("UsageArgument", `--keep ${keep} is not empty`, {
      hint: "Name a folder that does not exist yet.",
    });
  }
  // Only what was not there before is taken away.
  const isOurs = first !== undefined;
  return { path, remove: async () => (isOurs ? remove(path) : empty(path)) };
}

async function makeFolder(path: string, keep: string): Promise<string | undefined> {
  try {
    return await mkdir(path, { recursive: true });
  } catch (cause) {
    throw new LastgoodError("UsageArgument", `--keep ${keep} cannot be made`, {
      cause,
      hint: "Name a folder that you may write.",
    });
  }
}

async function empty(path: string): Promise<void> {
  await Promise.all((await readdir(path)).map(async (name) => remove(join(path, name))));
}

async function remove(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true, maxRetries: 3 });
}
