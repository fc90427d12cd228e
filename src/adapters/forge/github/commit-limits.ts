import { escapeText } from "../../../core/model/escape.ts";
import type { ForgeWrite } from "../../../ports/forge-commits.ts";

/** GitHub names no limit; a GraphQL call ends after 10 s, and megabytes of base64 have gone through. Beyond that git is the better way. */
const MAX_BYTES = 10 * 1024 * 1024;
const MAX_FILES = 1000;

const KINDS = {
  "100755": "an executable file",
  "120000": "a symbolic link",
  "160000": "a submodule",
} as const;

/**
 * Why `createCommitOnBranch` cannot make a commit of these writes; undefined when it can. It writes plain files (mode 100644)
 * only: what becomes of an executable that it changes is documented nowhere.
 */
export function commitObstacle(writes: readonly ForgeWrite[]): string | undefined {
  let bytes = 0;
  for (const write of writes) {
    if ("remove" in write) continue;
    if (write.mode !== "100644") return `${escapeText(write.path)} is ${KINDS[write.mode]}`;
    bytes += write.bytes.byteLength;
  }
  if (bytes > MAX_BYTES) return `its files are larger than ${MAX_BYTES / 1024 / 1024} MiB in all`;
  if (writes.length > MAX_FILES) return `it touches more than ${MAX_FILES} files`;
  const swapped = folderSwap(writes);
  return swapped === undefined ? undefined : `${escapeText(swapped)} is a file on one side and a folder on the other`;
}

/** In which order GitHub deletes and adds is not known: `a` must not take the place of `a/b`, or the other way round. */
function folderSwap(writes: readonly ForgeWrite[]): string | undefined {
  const paths = new Set(writes.map(({ path }) => path));
  for (const path of paths) {
    for (let slash = path.indexOf("/"); slash !== -1; slash = path.indexOf("/", slash + 1)) {
      const folder = path.slice(0, slash);
      if (paths.has(folder)) return folder;
    }
  }
  return undefined;
}
