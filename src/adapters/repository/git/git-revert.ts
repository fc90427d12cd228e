import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { commitId, type CommitId } from "../../../core/model/git.ts";
import { LastgoodError } from "../../../errors.ts";
import type { GitRevert, GitRevertOutcome, LandedChange } from "../../../ports/git-revert.ts";
import { openRepository } from "./git-repository.ts";
import { openGit, type Git, type GitOptions, runGitIn } from "./run-git.ts";

export interface GitRevertOptions extends Omit<GitOptions, "gitDir"> {
  /** Where the objects are: the common git directory of the repository. */
  readonly commonDir: string;
}

/** The scratch repository: it borrows all objects, and keeps what merges make. */
interface Scratch {
  readonly git: Git;
  readonly repository: ReturnType<typeof openRepository>;
  readonly folder: string;
}

/**
 * `git revert` without a work tree: the very merge that it does (merge-ort, base = the bad commit, theirs = its parent), by
 * `git merge-tree` between two made-up commits that have the bad commit as their parent. They live in a repository of their own
 * in the temporary folder, which is gone after `close`. One thing differs: merge drivers that `.gitattributes` names are not used.
 */
export function openGitRevert(options: GitRevertOptions): GitRevert & { readonly close: () => Promise<void> } {
  let opened: Promise<Scratch> | undefined;
  const scratch = async (like: string): Promise<Scratch> => await (opened ??= openScratch(options, like));
  return {
    async revert(base, changes) {
      const { git, repository } = await scratch(base);
      let tip = base;
      for (const change of changes) {
        const merged = await mergeBack(git, { ...change, tip });
        if (merged.kind === "conflict") return merged;
        tip = merged.tree;
      }
      return { kind: "clean", changes: await repository.refs.diff(base, tip) };
    },
    blobs: async (ids, maxBytes) =>
      ids[0] === undefined ? [] : (await scratch(ids[0])).repository.blobs(ids, maxBytes),
    async close() {
      if (opened === undefined) return;
      const { repository, folder } = await opened;
      await repository.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function openScratch(options: GitRevertOptions, like: string): Promise<Scratch> {
  const folder = await mkdtemp(join(tmpdir(), "lastgood-merge-"));
  const format = like.length === 64 ? "sha256" : "sha1";
  const done = await runGitIn(
    folder,
    ["init", "--quiet", "--bare", `--object-format=${format}`, "--template="],
    options,
  );
  if (done.code !== 0) throw new LastgoodError("RepositoryGit", "git could not make a scratch repository");
  // Quoted as in C, so that a path may hold anything (gitrepository-layout(5), objects/info/alternates).
  const objects = join(options.commonDir, "objects")
    .replaceAll("\\", "\\\\")
    .replaceAll('"', '\\"')
    .replaceAll("\n", "\\n");
  await writeFile(join(folder, "objects", "info", "alternates"), `"${objects}"\n`);
  // An author is asked for; what is thrown away need not be on disk safely.
  await appendFile(
    join(folder, "config"),
    "[user]\n\tname = lastgood\n\temail = lastgood@localhost\n[core]\n\tfsync = none\n",
  );
  const own = { ...options, gitDir: folder };
  return { git: openGit(own), repository: openRepository({ ...own, commonDir: folder }), folder };
}

/** `tree`: the merged tree, a tree-ish. */
type Merged = { readonly kind: "clean"; readonly tree: CommitId } | Extract<GitRevertOutcome, { kind: "conflict" }>;

async function mergeBack(git: Git, { good, bad, tip }: LandedChange & { readonly tip: CommitId }): Promise<Merged> {
  const [ours, theirs] = await Promise.all([commitOn(git, bad, tip), commitOn(git, bad, good)]);
  const args = ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs];
  const { code, stdout } = await git.run(args, { answers: [1] });
  const [tree = "", ...paths] = stdout
    .toString("utf8")
    .split("\0")
    .filter((field) => field !== "");
  return code === 1 ? { kind: "conflict", paths: [...new Set(paths)] } : { kind: "clean", tree: commitId(tree) };
}

/** A commit with the tree of another one. Full ids only: nothing here can be taken for an option. */
async function commitOn(git: Git, parent: CommitId, like: CommitId): Promise<CommitId> {
  const { stdout } = await git.run(["commit-tree", "-m", "lastgood", "-p", parent, `${like}^{tree}`]);
  return commitId(stdout.toString("latin1").trim());
}
