/** Commits as git tells them, and what lies between two of them. */
import { gitText, runGit } from "./run-git.ts";
import type { GitDir } from "./run-git.ts";
import type { Signature } from "./objects.ts";

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Signature;
  readonly committer: Signature;
  readonly message: string;
}

export interface ChangedFile {
  readonly path: string;
  readonly previousPath: string | undefined;
  readonly status: "added" | "removed" | "modified" | "renamed" | "copied" | "changed";
  /** The blob afterwards, before for a removed file. */
  readonly sha: string;
  readonly additions: number;
  readonly deletions: number;
}

const FORMAT = "%H%x00%T%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B%x00";
const FIELDS = 10;

/** Commits reachable from `range` (`a..b`, or `b`, a full id), newest first; `path` keeps those that touch it. */
export async function readLog(
  repository: GitDir,
  range: string,
  { path, limit, reverse }: { readonly path?: string; readonly limit?: number; readonly reverse?: boolean } = {},
): Promise<readonly Commit[]> {
  const flags = [...(limit === undefined ? [] : [`--max-count=${limit}`]), ...(reverse === true ? ["--reverse"] : [])];
  const args = ["log", `--format=${FORMAT}`, ...flags, "--end-of-options", range, "--"];
  const fields = (await gitText(repository, path === undefined ? args : [...args, path])).split("\0");
  return Array.from({ length: Math.floor(fields.length / FIELDS) }, (_, index) =>
    parseCommit(fields.slice(index * FIELDS, (index + 1) * FIELDS)),
  );
}

function parseCommit(fields: readonly string[]): Commit {
  const [sha = "", tree = "", parents = "", an = "", ae = "", at = "0", cn = "", ce = "", ct = "0", body = ""] = fields;
  return {
    sha: sha.trimStart(), // each record is followed by a line end
    tree,
    parents: parents.split(" ").filter((id) => id !== ""),
    author: { name: an, email: ae, atMs: Number(at) * 1000 },
    committer: { name: cn, email: ce, atMs: Number(ct) * 1000 },
    message: body.replace(/\n$/, ""),
  };
}

/** One commit that is known to exist. */
export async function readCommit(repository: GitDir, sha: string): Promise<Commit> {
  const [commit] = await readLog(repository, sha, { limit: 1 });
  if (commit === undefined) throw new Error(`no commit ${sha}`);
  return commit;
}

/** The best common ancestor; undefined for unrelated histories. */
export async function findMergeBase(repository: GitDir, a: string, b: string): Promise<string | undefined> {
  const result = await runGit(repository, ["merge-base", a, b]);
  return result.code === 0 ? result.stdout.toString("utf8").trim() : undefined;
}

export async function isAncestor(repository: GitDir, ancestor: string, descendant: string): Promise<boolean> {
  return (await runGit(repository, ["merge-base", "--is-ancestor", ancestor, descendant])).code === 0;
}

/** How many commits `to` has that `from` has not, and the other way round. */
export async function countBetween(
  repository: GitDir,
  from: string,
  to: string,
): Promise<{ readonly ahead: number; readonly behind: number }> {
  const text = await gitText(repository, ["rev-list", "--left-right", "--count", `${from}...${to}`]);
  const [behind = "0", ahead = "0"] = text.split("\t");
  return { ahead: Number(ahead), behind: Number(behind) };
}

const STATUS: Readonly<Record<string, ChangedFile["status"]>> = {
  A: "added",
  C: "copied",
  D: "removed",
  M: "modified",
  R: "renamed",
  T: "changed",
};

/** The files that differ between two trees or commits. `from` undefined: everything is added. */
export async function readDiff(
  repository: GitDir,
  from: string | undefined,
  to: string,
): Promise<readonly ChangedFile[]> {
  const ends = from === undefined ? ["--root", to] : [from, to];
  const args = ["diff-tree", "-r", "-z", "-M", "--no-commit-id", "--raw", "--numstat", "--no-abbrev", ...ends];
  return parseDiff((await gitText(repository, args)).split("\0"));
}

/** Raw records come first (`:modes ids status NUL path NUL`), then numstat (`added TAB deleted TAB path NUL`), in the same order. */
function parseDiff(tokens: readonly string[]): readonly ChangedFile[] {
  const files: Omit<ChangedFile, "additions" | "deletions">[] = [];
  const counts: { readonly additions: number; readonly deletions: number }[] = [];
  for (let index = 0; index < tokens.length; index += 1) {
    const token = tokens[index] ?? "";
    const raw = /^:\d{6} \d{6} ([0-9a-f]+) ([0-9a-f]+) ([A-Z])\d*$/.exec(token);
    const stat = /^(\d+|-)\t(\d+|-)\t/.exec(token);
    if (raw !== null) {
      const [, before = "", after = "", letter = ""] = raw;
      const moved = letter === "R" || letter === "C";
      const first = tokens[index + 1] ?? "";
      const path = moved ? (tokens[index + 2] ?? "") : first;
      const sha = letter === "D" ? before : after;
      files.push({ path, sha, previousPath: moved ? first : undefined, status: STATUS[letter] ?? "changed" });
      index += moved ? 2 : 1;
    } else if (stat !== null) {
      const number = (text: string | undefined): number => (text === "-" ? 0 : Number(text));
      counts.push({ additions: number(stat[1]), deletions: number(stat[2]) });
      if (token.endsWith("\t")) index += 2; // a rename: both paths follow
    }
  }
  return files.map((file, index) => ({ ...file, ...(counts[index] ?? { additions: 0, deletions: 0 }) }));
}
