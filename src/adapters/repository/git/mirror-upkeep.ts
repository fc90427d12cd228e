/** What keeps a mirror quick and whole: the commit graph, few packs, no leftovers of killed processes. */
import { readdir, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { joinPacks } from "./join-packs.ts";
import { isPartial } from "./partial-clone.ts";
import type { Git } from "./run-git.ts";

/** A lock this old belongs to a process that was killed: no step of ours lasts as long. */
const STALE_LOCK_MS = 30 * 60_000;
const STALE_CLONE_MS = 24 * 60 * 60_000;

/** In a partial clone every fetch leaves a pack. Another process may be at it: there is a next time. */
export async function keepFew(git: Git): Promise<void> {
  await joinPacks(git).catch(() => undefined);
}

/** Where there is a commit graph already, new commits go into it (12 ms per fetch). Without it all works, and there is a next time. */
export async function keepGraph(git: Git): Promise<void> {
  if (await hasGraph(git)) await git.run(GRAPH).catch(() => undefined);
}

async function hasGraph(git: Git): Promise<boolean> {
  return (await stat(join(git.gitDir, "objects", "info", "commit-graphs")).catch(() => undefined)) !== undefined;
}

const GRAPH = ["commit-graph", "write", "--reachable", "--changed-paths", "--split", "--no-progress"] as const;
/** Histories that are shorter are read as quickly without. */
const LARGE_BYTES = 8 * 1024 * 1024;

/** For the next time: a process that nobody waits for writes the graph of a large clone that has none, as `git gc --auto` does. */
export async function leaveGraph(git: Git): Promise<void> {
  if ((await hasGraph(git)) || (await packedBytes(git)) < LARGE_BYTES) return;
  // Until that is stale somebody is at it: `sweep` forgets it.
  const begun = await writeFile(join(git.gitDir, "lastgood-graph.lock"), "", { flag: "wx" }).then(
    () => true,
    () => false,
  );
  if (begun) git.leave(GRAPH);
}

async function packedBytes(git: Git): Promise<number> {
  const folder = join(git.gitDir, "objects", "pack");
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(".pack"));
  const sizes = await Promise.all(
    names.map(async (name) => (await stat(join(folder, name)).catch(() => undefined))?.size),
  );
  return sizes.reduce<number>((sum, size) => sum + (size ?? 0), 0);
}

/** Packs what fetches left behind, and writes the commit graph. */
export async function optimize(git: Git): Promise<void> {
  // Only what is new is packed; nothing is thrown away, so that readers at work keep all they may need.
  if (!(await isPartial(git))) await git.run(["repack", "-d", "-q", "--geometric=2"]);
  await git.run(GRAPH);
}

/** Removes what killed processes have left: half clones, and locks that nobody holds. */
export async function sweep(cacheDir: string, gitDir: string): Promise<void> {
  for (const name of await readdir(cacheDir)) {
    if (name.startsWith("tmp-")) await removeOlder(join(cacheDir, name), STALE_CLONE_MS);
  }
  const folders = [".", "refs", "objects/info", "objects/info/commit-graphs"];
  for (const folder of folders) {
    const recursive = folder === "refs";
    const names = await readdir(join(gitDir, folder), { recursive }).catch(() => []);
    for (const name of names.filter((one) => one.endsWith(".lock")))
      await removeOlder(join(gitDir, folder, name), STALE_LOCK_MS);
  }
}

async function removeOlder(path: string, ageMs: number): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (found !== undefined && Date.now() - found.mtimeMs > ageMs) await rm(path, { recursive: true, force: true });
}
