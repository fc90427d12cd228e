import { createHash } from "node:crypto";
import { appendFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { deflateSync } from "node:zlib";

import { commitId, type CommitId } from "../../../core/model/git.ts";
import { LastgoodError } from "../../../errors.ts";
import type { GitRevert, GitRevertOutcome, LandedChange } from "../../../ports/git-revert.ts";
import { type ObjectReader, openObjectReader } from "./cat-file.ts";
import { treeOf } from "./read-trees.ts";
import { openRepository } from "./git-repository.ts";
import { openGit, type Git, type GitOptions, runGitIn } from "./run-git.ts";

export interface GitRevertOptions extends Omit<GitOptions, "gitDir"> {
  /** Where the objects are: the common git directory of the repository. */
  readonly commonDir: string;
}

/** The scratch repository: it borrows all objects, and keeps what merges make. */
interface Scratch {
  readonly git: Git;
  readonly objects: ObjectReader;
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
      const { repository, ...place } = await scratch(base);
      let tip = base;
      for (const change of changes) {
        const merged = await mergeBack(place, { ...change, tip });
        if (merged.kind === "conflict") return merged;
        tip = merged.tree;
      }
      return { kind: "clean", changes: await repository.refs.diff(base, tip) };
    },
    blobs: async (ids, maxBytes) =>
      ids[0] === undefined ? [] : (await scratch(ids[0])).repository.blobs(ids, maxBytes),
    async close() {
      if (opened === undefined) return;
      const { repository, objects, folder } = await opened;
      await Promise.all([repository.close(), objects.close()]);
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
  // What is thrown away need not be on disk safely.
  await appendFile(join(folder, "config"), "[core]\n\tfsync = none\n");
  const own = { ...options, gitDir: folder };
  const git = openGit(own);
  return {
    git,
    objects: openObjectReader(git, options.timeoutMs),
    repository: openRepository({ ...own, commonDir: folder }),
    folder,
  };
}

/** `tree`: the merged tree, a tree-ish. */
type Merged = { readonly kind: "clean"; readonly tree: CommitId } | Extract<GitRevertOutcome, { kind: "conflict" }>;

async function mergeBack(
  place: Omit<Scratch, "repository">,
  { good, bad, tip }: LandedChange & { readonly tip: CommitId },
): Promise<Merged> {
  const [ours, theirs] = await Promise.all([commitOn(place, bad, tip), commitOn(place, bad, good)]);
  const args = ["merge-tree", "--write-tree", "-z", "--name-only", "--no-messages", ours, theirs];
  const { code, stdout } = await place.git.run(args, { answers: [1] });
  const [tree = "", ...paths] = stdout
    .toString("utf8")
    .split("\0")
    .filter((field) => field !== "");
  return code === 1 ? { kind: "conflict", paths: [...new Set(paths)] } : { kind: "clean", tree: commitId(tree) };
}

/** A commit with the tree of another one, put into the scratch repository as a loose object: no process is that quick. */
async function commitOn(
  { objects, folder }: Omit<Scratch, "repository">,
  parent: CommitId,
  like: CommitId,
): Promise<CommitId> {
  // git looks for the merge base from the newest commit on: older than its parent, this one would come after the whole history.
  const who = "lastgood <lastgood@localhost> 4102444800 +0000";
  const tree = await treeOf(objects, like);
  const text = `tree ${tree}\nparent ${parent}\nauthor ${who}\ncommitter ${who}\n\nlastgood\n`;
  const object = `commit ${text.length}\0${text}`;
  const id = createHash(like.length === 64 ? "sha256" : "sha1")
    .update(object)
    .digest("hex");
  const path = join(folder, "objects", id.slice(0, 2), id.slice(2));
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, deflateSync(object));
  return commitId(id);
}
