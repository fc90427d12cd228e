/** Files that were read before: the same bytes under the same path say the same, in whichever plan and repository. */
import { type Manifest, readManifest } from "../core/manifest/read-manifest.ts";
import type { FileEntry } from "../core/model/git.ts";

/** So many are kept, those that were asked for last; none that is longer. */
const MOST = 256;
const LONGEST = 32_768;

/** Blob id and path → the file, the one asked for last at the end. */
const kept = new Map<string, Manifest>();

/** Undefined: it is to be read. */
export function keptManifest({ id, path }: Pick<FileEntry, "id" | "path">): Manifest | undefined {
  const key = `${id} ${path}`;
  const known = kept.get(key);
  if (known === undefined) return undefined;
  kept.delete(key);
  kept.set(key, known);
  return known;
}

/** `readManifest`, once for each version of a file of the usual size. `bytes`: those of the blob. */
export function readKept({ id, path }: Pick<FileEntry, "id" | "path">, bytes: Uint8Array): Manifest {
  const known = keptManifest({ id, path });
  if (known !== undefined) return known;
  const manifest = readManifest(path, bytes);
  if (bytes.length > LONGEST) return manifest;
  kept.set(`${id} ${path}`, manifest);
  for (const oldest of kept.keys()) {
    if (kept.size <= MOST) break;
    kept.delete(oldest);
  }
  return manifest;
}
