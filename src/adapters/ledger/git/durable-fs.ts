import { lstat, mkdir, readdir, readFile, readlink, rmdir, stat, symlink, unlink } from "node:fs/promises";
import type { PromiseFsClient } from "isomorphic-git";

/**
 * The file system for isomorphic-git, with a `writeFile` that a crash cannot tear: temporary file, fsync, rename.
 * isomorphic-git writes a loose object straight to its final name and never replaces one that exists, so a torn object
 * would stay for good (read in isomorphic-git 1.44, writeObjectLoose).
 */
export const durableFs: PromiseFsClient = {
  promises: { lstat, mkdir, readdir, readFile, readlink, rmdir, stat, symlink, unlink, writeFile },
};

async function writeFile(path: string, data: string | Uint8Array): Promise<void> {
  const { default: writeFileAtomic } = await import("write-file-atomic");
  await writeFileAtomic(path, typeof data === "string" ? data : Buffer.from(data), {
    mode: /[/\\]objects[/\\][0-9a-f]{2}[/\\]/.test(path) ? 0o444 : 0o644,
  });
}
