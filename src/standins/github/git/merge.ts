/** Three-way merges as trees, and the replay of commits for rebase merges. Nothing here moves a branch. */
import type { Commit } from "./history.ts";
import { writeCommit } from "./objects.ts";
import type { Signature } from "./objects.ts";
import { runGit } from "./run-git.ts";
import type { GitDir } from "./run-git.ts";

/** The tree of merging two commits over their merge base; undefined on a conflict. */
export async function mergeTrees(repository: GitDir, ours: string, theirs: string): Promise<string | undefined> {
  const args = ["merge-tree", "--write-tree", "--no-messages", "--allow-unrelated-histories", ours, theirs];
  const result = await runGit(repository, args);
  if (result.code === 1) return undefined;
  if (result.code !== 0) throw new Error(`git merge-tree ended with ${result.code}: ${result.stderr.trim()}`);
  return result.stdout.toString("utf8").trim();
}

/**
 * Replays `commits` (oldest first, one parent each) onto `onto`; answers the last new commit, undefined on a conflict.
 * git 2.39's merge-tree has no `--merge-base`: two throw-away children of the parent's tree give it the base we mean.
 */
export async function replay(
  repository: GitDir,
  commits: readonly Commit[],
  {
    onto,
    committer,
  }: { readonly onto: { readonly sha: string; readonly tree: string }; readonly committer: Signature },
): Promise<string | undefined> {
  let tip = onto;
  for (const commit of commits) {
    const child = async (tree: string, parents: readonly string[]): Promise<string> =>
      await writeCommit(repository, { tree, parents, author: committer, committer, message: "" });
    const parent = commit.parents[0];
    const base = parent === undefined ? undefined : await child(await treeOf(repository, parent), []);
    const parents = base === undefined ? [] : [base];
    const ours = await child(tip.tree, parents);
    const theirs = await child(commit.tree, parents);
    const tree = await mergeTrees(repository, ours, theirs);
    if (tree === undefined) return undefined;
    const { author, message } = commit;
    tip = { tree, sha: await writeCommit(repository, { tree, parents: [tip.sha], author, committer, message }) };
  }
  return tip.sha;
}

async function treeOf(repository: GitDir, commit: string): Promise<string> {
  const result = await runGit(repository, ["rev-parse", "--verify", `${commit}^{tree}`]);
  return result.stdout.toString("utf8").trim();
}
