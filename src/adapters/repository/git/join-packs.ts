/** Keeps the number of packs small where each fetch leaves one. */
import { readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Git } from "./run-git.ts";

/** git looks into one pack after the other: so many do not hurt yet. */
const MOST_PACKS = 40;

/**
 * Joins all packs but the largest to one, when there are many. git's own repacking would write all of a partial clone anew (`-a`), or lose
 * track of what is missing (`--geometric`). Readers at work look for what has moved.
 */
export async function joinPacks(git: Git): Promise<void> {
  const folder = join(git.gitDir, "objects", "pack");
  const names = (await readdir(folder)).filter((name) => /^pack-[0-9a-f]+\.pack$/.test(name));
  if (names.length <= MOST_PACKS) return;
  const sized = await Promise.all(names.map(async (name) => ({ name, size: (await stat(join(folder, name))).size })));
  const small = sized
    .toSorted((a, b) => b.size - a.size)
    .slice(1)
    .map(({ name }) => join(folder, name.slice(0, -5)));
  const ids = new Set((await Promise.all(small.map(async (base) => idsOf(await readFile(`${base}.idx`))))).flat());
  const args = ["pack-objects", "--quiet", "--non-empty", "--delta-base-offset", join(folder, "pack")];
  const { stdout } = await git.run(args, { input: [...ids].map((id) => `${id}\n`).join("") });
  const joined = join(folder, `pack-${stdout.toString("latin1").trim()}`);
  await writeFile(`${joined}.promisor`, "");
  for (const base of small.filter((one) => one !== joined)) {
    // The index goes first: a pack without one is not seen, an index without its pack is an error.
    await rm(`${base}.idx`, { force: true });
    for (const end of ["pack", "promisor", "rev"]) await rm(`${base}.${end}`, { force: true });
  }
}

const FANOUT_END = 8 + 256 * 4;

/** The ids in an index of version 2 (gitformat-pack(5)): magic, version, 256 counts, the ids in order. */
function idsOf(index: Buffer): readonly string[] {
  if (index.length < FANOUT_END || index.readUInt32BE(0) !== 0xff74_4f63 || index.readUInt32BE(4) !== 2) return [];
  const count = index.readUInt32BE(FANOUT_END - 4);
  // Per object: an id, a CRC and an offset of four bytes; at the end two hashes. Offsets above 2 GiB are in no small pack.
  const bytes = (index.length - FANOUT_END - count * 8) / (count + 2);
  return Array.from({ length: count }, (_, at) =>
    index.toString("hex", FANOUT_END + at * bytes, FANOUT_END + (at + 1) * bytes),
  );
}
