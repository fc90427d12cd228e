import type { CommitId } from "../../../../core/model/git.ts";
import type { Scope } from "../../../../core/model/target.ts";
import type { FolderHistory } from "./folder-history.ts";

/**
 * The commits of the branch, the newest first, that may change a path of the scope: all that do, and some that change something beside it.
 * Undefined: the index does not know both ends of the question, or would name nearly everything.
 */
export function findCandidates(
  history: FolderHistory,
  { from, until, scope }: { readonly from: CommitId; readonly until?: CommitId; readonly scope: Scope },
): readonly CommitId[] | undefined {
  const [last, first] = [history.positionOf(from), until === undefined ? -1 : history.positionOf(until)];
  if (last === undefined || first === undefined) return undefined;
  const folders = new Set(scope.map(({ kind, path }) => (kind === "folder" ? path : parentOf(path))));
  if (folders.has("")) return undefined;
  const found = new Set<number>();
  for (const folder of folders) {
    const positions = history.touching(Buffer.from(folder, "utf8").toString("latin1"));
    for (let at = firstAbove(positions, first); at < positions.length; at += 1) {
      const position = positions[at] ?? 0;
      if (position > last) break;
      found.add(position);
    }
  }
  return [...Uint32Array.from(found).sort()].reverse().flatMap((position) => history.commitAt(position) ?? []);
}

function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** Where the numbers above this one begin, in an ascending list. */
function firstAbove(positions: Uint32Array, position: number): number {
  let [low, high] = [0, positions.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((positions[middle] ?? 0) <= position) low = middle + 1;
    else high = middle;
  }
  return low;
}
