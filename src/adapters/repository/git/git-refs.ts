import { commitId, type CommitId } from "../../../core/model/git.ts";
import { LastgoodError } from "../../../errors.ts";
import type { Annotation } from "../../../core/model/git.ts";
import type { RepositoryRefs } from "../../../ports/repository.ts";
import { shallow, type RepositoryCore } from "./repository-core.ts";
import { diffTrees } from "./diff-trees.ts";
import { firstLine } from "./git-failures.ts";
import { readNotes } from "./notes.ts";
import { pathspecsOf } from "./pathspecs.ts";
import { printable } from "./printable.ts";
import { fullRef } from "./ref-name.ts";
import { headRef, resolveRevision } from "./resolve-revision.ts";

/** Facts about commits and refs, see the port. */
export function openRefs(core: RepositoryCore): RepositoryRefs {
  return {
    async defaultBranch() {
      const ref = await headRef(core);
      const exists = ref?.startsWith("refs/heads/") === true && (await resolveRevision(core, ref)) !== undefined;
      return exists ? ref.slice("refs/heads/".length) : undefined;
    },
    revision: async (id) => await core.revision(id),
    distance: async (ancestor, descendant) => await distance(core, ancestor, descendant),
    mergeBase: async (one, other) => await mergeBase(core, one, other),
    async annotations(notesRefs) {
      const notes = await Promise.all(notesRefs.map(async (ref) => await readNotes(core, fullRef(ref))));
      return [...(await readTags(core)), ...notes.flat()];
    },
    async diff(before, after, scope) {
      const pathspecs = pathspecsOf(scope);
      if (pathspecs?.length === 0) return [];
      return core.toChanges(await diffTrees(core.objects, [before, after], { paths: pathspecs }), scope);
    },
    update: async (ref, next, expected) => await updateRef(core, { ref: fullRef(ref), next, expected }),
  };
}

async function distance(core: RepositoryCore, ancestor: CommitId, descendant: CommitId): Promise<number | undefined> {
  const count = async (...range: readonly string[]): Promise<readonly number[]> => {
    const { stdout } = await core.git.run(["rev-list", "--first-parent", "--count", ...range]);
    return stdout.toString("latin1").trim().split("\t").map(Number);
  };
  // On the line of first parents, as nearly always, nothing of the ancestor's is missing from the descendant's.
  const [ahead, behind] = await count("--left-right", "--end-of-options", `${descendant}...${ancestor}`);
  if (behind === 0) return ahead;
  const { code } = await core.git.run(["merge-base", "--is-ancestor", "--end-of-options", ancestor, descendant], {
    answers: [1],
  });
  if (code === 0) return (await count("--end-of-options", descendant, `^${ancestor}`))[0];
  if (await core.isShallow()) throw shallow(descendant);
  return undefined;
}

async function mergeBase(core: RepositoryCore, one: CommitId, other: CommitId): Promise<CommitId | undefined> {
  const { stdout } = await core.git.run(["merge-base", "--end-of-options", one, other], { answers: [1] });
  const id = stdout.toString("latin1").trim();
  if (id !== "") return commitId(id);
  if (await core.isShallow()) throw shallow(one);
  return undefined;
}

const TAG_FORMAT = [
  "%(refname)",
  "%(objectname)",
  "%(objecttype)",
  "%(taggername)",
  "%(creatordate:unix)",
  "%(if:equals=tag)%(objecttype)%(then)%(contents)%(end)",
].join("%00");

/** Tags that lead to a commit, in the order of their names. */
async function readTags(core: RepositoryCore): Promise<readonly Annotation[]> {
  const { stdout } = await core.git.run(["for-each-ref", `--format=${TAG_FORMAT}%00`, "refs/tags"]);
  const fields = stdout.toString("utf8").split("\0");
  const tags = Array.from({ length: Math.floor(fields.length / 6) }, (_, index) => {
    const [ref = "", id = "", type, tagger = "", seconds, text = ""] = fields.slice(index * 6, index * 6 + 6);
    // Records end with a line end, which stands before the next one's first field.
    const name = ref.trimStart().slice("refs/tags/".length);
    return { id, type, name, text, tagger, atMs: Number(seconds) * 1000 || 0 };
  });
  const commits = await core.objects.info(tags.map(({ id }) => `${id}^{commit}`));
  return tags.flatMap(({ name, text, tagger, atMs }, index) => {
    const commit = commits[index];
    if (commit?.type !== "commit") return [];
    const facts = { kind: "tag" as const, name, commit: commitId(commit.id), text: text.trimEnd(), atMs };
    return [tagger === "" ? facts : { ...facts, tagger }];
  });
}

interface RefUpdate {
  readonly ref: string;
  readonly next: CommitId;
  readonly expected: CommitId | undefined;
}

/** Compare-and-swap of a ref; a symbolic ref is never followed. */
async function updateRef(core: RepositoryCore, { ref, next, expected }: RefUpdate): Promise<void> {
  await core.revision(next);
  const place = await checkedOutAt(core, ref);
  if (place !== undefined) {
    throw new LastgoodError("RepositoryCheckedOut", `${printable(ref)} is checked out at ${printable(place)}`, {
      hint: "Switch that work tree to another branch, or choose another branch name.",
    });
  }
  const old = expected ?? "0".repeat(next.length);
  const args = ["update-ref", "--no-deref", "-m", "lastgood", "--stdin", "-z"];
  const { code, stderr } = await core.git.run(args, { input: `update ${ref}\0${next}\0${old}\0`, answers: [1, 128] });
  if (code === 0) return;
  // git(update-ref): "is at … but expected …", "reference already exists", "unable to resolve reference"; a lock is another writer's.
  if (/but expected|already exists|unable to resolve|\.lock'/.test(stderr)) {
    throw new LastgoodError("RepositoryMoved", `${printable(ref)} is not where it was: ${firstLine(stderr)}`);
  }
  throw await core.git.failure(args, code, stderr);
}

/** The work tree that has a branch checked out. */
async function checkedOutAt(core: RepositoryCore, ref: string): Promise<string | undefined> {
  if (!ref.startsWith("refs/heads/")) return undefined;
  const { stdout } = await core.git.run(["worktree", "list", "--porcelain", "-z"]);
  let place: string | undefined;
  for (const line of stdout.toString("utf8").split("\0")) {
    if (line.startsWith("worktree ")) place = line.slice("worktree ".length);
    if (line === `branch ${ref}`) return place;
  }
  return undefined;
}
