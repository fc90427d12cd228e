import { join } from "node:path";
import { commitId, isFullId, type CommitId } from "../../../core/model/git.ts";
import { LastgoodError } from "../../../errors.ts";
import type { RepositoryCore } from "./repository-core.ts";
import { readSmall } from "./plain-config.ts";
import { printable } from "./printable.ts";
import { isFullRef } from "./ref-name.ts";

/** Where a short name is looked for. All of them: a name that means two commits is refused, not guessed. */
const FOLDERS = ["refs/heads/", "refs/tags/", "refs/remotes/"] as const;

/** `main~3`, `HEAD^2`: an ancestor, as gitrevisions(7) has it. No name of a ref can hold these signs. */
const ANCESTOR = /^([^~^]+)((?:~\d{0,6}|\^\d{0,3}){1,20})$/;

/** `Repository.resolve`. Refs are matched in full; git's own guessing (git-rev-parse(1)) is never used. */
export async function resolveRevision(core: RepositoryCore, revision: string): Promise<CommitId | undefined> {
  if (isFullId(revision)) return await peel(core, revision);
  const [, from, steps] = ANCESTOR.exec(revision) ?? [];
  if (from !== undefined && steps !== undefined) {
    const start = await resolveRevision(core, from);
    return start === undefined ? undefined : await peel(core, `${start}${steps}`);
  }
  if (revision === "HEAD") return await resolveHead(core);
  if (revision.startsWith("refs/")) {
    const [id] = isFullRef(revision) ? await refTips(core, [revision]) : [];
    return id === undefined ? undefined : await peel(core, id);
  }
  const refs = FOLDERS.map((folder) => folder + revision).filter(isFullRef);
  const tips = refs.length === 0 ? [] : await refTips(core, refs);
  const prefixed = /^[0-9a-f]{7,63}$/.test(revision) ? await objectsWithPrefix(core, revision) : [];
  const commits = await Promise.all(
    [...tips, ...prefixed].map(async (id) => await peel(core, id, prefixed.includes(id))),
  );
  const distinct = [...new Set(commits.filter((id) => id !== undefined))];
  if (distinct.length <= 1) return distinct[0];
  throw new LastgoodError("UsageRevision", `${printable(revision)} is ambiguous: it names ${distinct.length} commits`, {
    hint: `Give the full ref (refs/heads/… or refs/tags/…) or one of ${distinct.slice(0, 4).join(", ")}.`,
  });
}

/** The ref that `HEAD` names; undefined when detached. */
export async function headRef(core: RepositoryCore): Promise<string | undefined> {
  const plain = plainHead(core);
  if (plain !== undefined) return plain;
  const { code, stdout } = await core.git.run(["symbolic-ref", "--quiet", "HEAD"], { answers: [1] });
  return code === 0 ? stdout.toString("utf8").trimEnd() : undefined;
}

/** As nearly every repository has it: a file that names a branch (gitrepository-layout(5)), which is no symbolic ref itself. */
function plainHead({ git, commonDir }: RepositoryCore): string | undefined {
  const text = readSmall(join(git.gitDir, "HEAD")) ?? "";
  const ref = /^ref: (refs\/heads\/[^\s]+)\n$/.exec(text)?.[1];
  if (ref === undefined || !isFullRef(ref)) return undefined;
  const held = readSmall(join(commonDir, ref)) ?? "";
  return held.startsWith("ref:") ? undefined : ref;
}

async function resolveHead(core: RepositoryCore): Promise<CommitId | undefined> {
  const ref = await headRef(core);
  if (ref !== undefined) return await resolveRevision(core, ref);
  const [info] = await core.objects.info(["HEAD^{commit}"]);
  return info?.type === "commit" ? commitId(info.id) : undefined;
}

/** What exactly these full refs hold now, those that exist. */
export async function refTips(core: RepositoryCore, refs: readonly string[]): Promise<readonly string[]> {
  return (await readTips(core, refs)) ?? (await listTips(core, refs));
}

/** Where git looks for a name that is not there (gitrevisions(7)). */
const ELSEWHERE = ["refs/", "refs/tags/", "refs/heads/", "refs/remotes/"] as const;

/**
 * Asks the process that reads objects anyway. It would also look for a name in other folders, or read `…-g1234567` as a commit (git-describe(1)):
 * what it finds counts only where nothing can be found so. Undefined: it cannot be told in this way.
 */
async function readTips(core: RepositoryCore, refs: readonly string[]): Promise<readonly string[] | undefined> {
  const tips = await core.objects.info(refs);
  const found = refs.filter((_, index) => tips[index] !== undefined);
  if (found.some((ref) => /-g[0-9a-f]*$/i.test(ref))) return undefined;
  const others = found.flatMap((ref) => [...ELSEWHERE.map((folder) => folder + ref), `refs/remotes/${ref}/HEAD`]);
  if (!others.every(isFullRef)) return undefined;
  const doubts = others.length === 0 ? [] : await core.objects.info(others);
  return doubts.some((doubt) => doubt !== undefined) ? undefined : tips.flatMap((tip) => tip?.id ?? []);
}

async function listTips(core: RepositoryCore, refs: readonly string[]): Promise<readonly string[]> {
  const args = ["for-each-ref", "--format=%(objectname) %(refname)", "--end-of-options", ...refs];
  const { stdout } = await core.git.run(args);
  // A pattern also matches as a folder: only what is asked for counts.
  return stdout
    .toString("utf8")
    .split("\n")
    .flatMap((line) => {
      const space = line.indexOf(" ");
      return refs.includes(line.slice(space + 1)) ? [line.slice(0, space)] : [];
    });
}

async function objectsWithPrefix(core: RepositoryCore, prefix: string): Promise<readonly string[]> {
  const { stdout } = await core.git.run(["rev-parse", `--disambiguate=${prefix}`]);
  return stdout.toString("latin1").split("\n").filter(isFullId);
}

/** The commit that an object is or, as an annotated tag, leads to. `strict`: only if it is a commit itself. */
async function peel(core: RepositoryCore, id: string, strict = false): Promise<CommitId | undefined> {
  const [info] = await core.objects.info([strict ? id : `${id}^{commit}`]);
  return info?.type === "commit" ? commitId(info.id) : undefined;
}
