/** References. Every write is a compare-and-swap. */
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

/** The commit a full reference points to; undefined when it is absent. */
export async function findRef(repository: GitDir, name: string): Promise<string | undefined> {
  const result = await runGit(repository, ["show-ref", "--verify", "--hash", "--", name]);
  return result.code === 0 ? result.stdout.toString("utf8").trim() : undefined;
}

export async function findBranch(repository: GitDir, branch: string): Promise<string | undefined> {
  return await findRef(repository, `refs/heads/${branch}`);
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

export async function isValidRef(repository: GitDir, name: string): Promise<boolean> {
  return (await runGit(repository, ["check-ref-format", name])).code === 0;
}

/** The commit that a branch, tag, full reference or id means, in GitHub's order; undefined when none. */
export async function findCommit(repository: GitDir, revision: string): Promise<string | undefined> {
  const candidates = revision.startsWith("refs/")
    ? [revision]
    : [`refs/heads/${revision}`, `refs/tags/${revision}`, `refs/${revision}`];
  if (/^[0-9a-f]{4,40}$/.test(revision)) candidates.unshift(revision);
  for (const candidate of candidates) {
    const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${candidate}^{commit}`];
    const result = await runGit(repository, args);
    if (result.code === 0) return result.stdout.toString("utf8").trim();
  }
  return undefined;
}
