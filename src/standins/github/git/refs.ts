/** References. Every write is a compare-and-swap. */
import type { ReadableGitDir } from "./object-reader.ts";
import { gitText, runGit } from "./run-git.ts";
import type { GitDir } from "./run-git.ts";

export interface Ref {
  /** Full name, `refs/heads/main`. */
  readonly name: string;
  readonly sha: string;
  readonly type: string;
}

/** `update-ref`'s word for "it must not exist" (old) and "delete it" (new). */
export const NO_OBJECT = "0".repeat(40);

/** All references below `prefix` (`refs/heads/`; not a glob), by name. */
export async function listRefs(repository: GitDir, prefix: string): Promise<readonly Ref[]> {
  const text = await gitText(repository, ["for-each-ref", "--format=%(refname) %(objectname) %(objecttype)"]);
  return text.split("\n").flatMap((line) => {
    const [name = "", sha = "", type = ""] = line.split(" ");
    return name.startsWith(prefix) && sha !== "" ? [{ name, sha, type }] : [];
  });
}

/** The branches: name without `refs/heads/` → commit id. */
export async function readBranches(repository: GitDir): Promise<ReadonlyMap<string, string>> {
  const refs = await listRefs(repository, "refs/heads/");
  return new Map(refs.map((ref) => [ref.name.slice("refs/heads/".length), ref.sha]));
}

/** What a full reference points to; undefined when it is absent. */
export async function findRef(repository: ReadableGitDir, name: string): Promise<Ref | undefined> {
  const found = isValidRef(name) ? await repository.objects.find(name) : undefined;
  return found === undefined ? undefined : { name, sha: found.sha, type: found.type };
}

/** The commit of a branch. */
export async function findBranch(repository: ReadableGitDir, branch: string): Promise<string | undefined> {
  return (await findRef(repository, `refs/heads/${branch}`))?.sha;
}

/** Moves `name` from `from` to `to`; false when it was not at `from`. `NO_OBJECT` creates or deletes. */
export async function swapRef(
  repository: GitDir,
  name: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<boolean> {
  const args = to === NO_OBJECT ? ["update-ref", "-d", name, from] : ["update-ref", name, to, from];
  return (await runGit(repository, args)).code === 0;
}

/** Sets a reference that only the server writes (`refs/pull/…`). */
export async function setRef(repository: GitDir, name: string, to: string): Promise<void> {
  await gitText(repository, ["update-ref", name, to]);
}

/** A full reference name as git-check-ref-format wants it; so it holds none of git's revision syntax either. */
export function isValidRef(name: string): boolean {
  const parts = name.split("/");
  return (
    parts.length > 2 &&
    parts[0] === "refs" &&
    !/[\0-\x20\x7f~^:?*[\\]|\.\.|@\{|\.$/.test(name) &&
    parts.every((part) => part !== "" && !part.startsWith(".") && !part.endsWith(".lock"))
  );
}

/** The commit that a branch, tag, full reference or id means, in GitHub's order; undefined when none. */
export async function findCommit(repository: ReadableGitDir, revision: string): Promise<string | undefined> {
  const names = revision.startsWith("refs/") ? [revision] : [`refs/heads/${revision}`, `refs/tags/${revision}`];
  const candidates = [...(/^[0-9a-f]{4,40}$/.test(revision) ? [revision] : []), ...names.filter(isValidRef)];
  for (const candidate of candidates) {
    const found = await repository.objects.find(`${candidate}^{commit}`);
    if (found !== undefined) return found.sha;
  }
  return undefined;
}
