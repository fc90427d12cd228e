import type { FileEntry } from "../../../core/model/git.ts";
import { LastgoodError } from "../../../errors.ts";
import type { ObjectReader } from "./cat-file.ts";
import { diffTrees } from "./diff-trees.ts";
import { LIST_ARGS, listFiles, type Listing, MAX_FILES } from "./list-files.ts";
import type { Git } from "./run-git.ts";
import { checkTreePath, pathText } from "./tree-path.ts";

/** More changes than these are listed anew: git is faster at that. */
const MOST_CHANGES = 2000;

interface Listed {
  readonly commit: string;
  readonly files: Promise<readonly FileEntry[]>;
}

/** Lists every file of a commit. What a commit has in common with the one that was listed last is not read again. */
export function createLister(
  git: Git,
  objects: ObjectReader,
  onUnreadable: Listing["onUnreadable"],
): (commit: string) => Promise<readonly FileEntry[]> {
  let last: Listed | undefined;

  async function find(commit: string, before: Listed | undefined): Promise<readonly FileEntry[]> {
    const known = await before?.files.catch(() => undefined);
    const files = known === undefined ? undefined : await listFrom(known, [before?.commit ?? "", commit]);
    return files ?? (await listAnew(commit));
  }

  async function listAnew(commit: string): Promise<readonly FileEntry[]> {
    return await listFiles(git.stream([...LIST_ARGS, commit]), { wanted: () => true, onUnreadable });
  }

  /** Undefined: too much has changed. */
  async function listFrom(
    before: readonly FileEntry[],
    commits: readonly [string, string],
  ): Promise<readonly FileEntry[] | undefined> {
    const changes = await diffTrees(objects, commits, { strict: true });
    if (changes.length > MOST_CHANGES) return undefined;
    const gone = new Set<string>();
    const added: FileEntry[] = [];
    for (const { path: bytes, after } of changes) {
      checkTreePath(bytes);
      const path = pathText(bytes);
      if (path === undefined) {
        onUnreadable(bytes);
        continue;
      }
      gone.add(path);
      if (after !== undefined) added.push({ path, ...after });
    }
    const files = before.filter(({ path }) => !gone.has(path));
    for (const file of added) files.splice(placeOf(files, file.path), 0, file);
    if (files.length <= MAX_FILES) return files;
    throw new LastgoodError("LimitFiles", `more than ${MAX_FILES} files are in scope`);
  }

  return (commit) => {
    if (last?.commit === commit) return last.files;
    const own: Listed = { commit, files: find(commit, last) };
    last = own;
    own.files.catch(() => {
      if (last === own) last = undefined;
    });
    return own.files;
  };
}

/** Where a path belongs in git's order, which is that of bytes. */
function placeOf(files: readonly FileEntry[], path: string): number {
  const bytes = Buffer.from(path);
  let [low, high] = [0, files.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (Buffer.compare(Buffer.from(files[middle]?.path ?? ""), bytes) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
