import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { commitId, isFullId, type BlobId, type CommitId, type FileMode } from "../../src/core/model/git.ts";

/** What is written at a path: text, bytes, or something that is no regular file (`text` is a symlink's target, a gitlink's commit id). */
export type FileSpec = string | Uint8Array | { readonly mode: FileMode; readonly text: string };

/** One commit. Everything may be left out: an empty object is an empty commit on `main`. */
export interface CommitSpec {
  readonly files?: Readonly<Record<string, FileSpec>>;
  readonly remove?: readonly string[];
  /** Default `commit <n>`, counted from 1. */
  readonly message?: string;
  /** `Name <email>`. */
  readonly author?: string;
  /** ISO 8601; default 2026-01-01T00:00:00Z plus one hour for every commit before it. */
  readonly date?: string;
  /** Default `main`. A branch that does not exist starts at `from`, or with a root commit. */
  readonly branch?: string;
  /** First parent: a name given by `as`, a branch, or a full id. Default: the branch's tip. */
  readonly from?: string;
  /** The other parents, as `from`. The tree is that of the first parent with `files` and `remove`. */
  readonly merge?: readonly string[];
  /** A name for this commit, for `from`, `merge` and `id()`. */
  readonly as?: string;
  /** A light tag on this commit. */
  readonly tag?: string;
}

export interface GitDirOptions {
  /** A clone as people have it: a work tree with everything checked out. Default: bare. */
  readonly worktree?: boolean;
  readonly format?: "sha1" | "sha256";
}

/** A real git repository in a temporary folder, gone when the test file ends. */
export interface GitDir {
  readonly path: string;
  /** `path`, or `path/.git` with a work tree. */
  readonly gitDir: string;
  /** Ids of all commits in the order they were given. */
  readonly commits: readonly CommitId[];
  /** The tip of `main`. */
  readonly head: CommitId;
  /** The commit named by `as`, a branch, or anything that rev-parse knows. */
  id(name: string): CommitId;
  /** The blob at a path of a commit; default `main`. */
  blob(path: string, revision?: string): BlobId;
  /** The text at a path of a commit; default `main`. */
  text(path: string, revision?: string): string;
  /** Adds commits; answers their ids. A work tree follows. */
  commit(...specs: readonly CommitSpec[]): readonly CommitId[];
  /** Runs git there and answers stdout without its last newline. Throws with stderr. */
  git(args: readonly string[], input?: string | Uint8Array): string;
}

const FIRST_MS = Date.parse("2026-01-01T00:00:00Z");
const HOUR_MS = 3_600_000;

let root: string | undefined;

/** A new empty folder below the system's temporary folder, removed when the test file ends. */
export function temporaryFolder(prefix = "t"): string {
  root ??= mkdtempSync(join(realpathSync(tmpdir()), "lastgood-test-"));
  return mkdtempSync(join(root, `${prefix}-`));
}

function removeRoot(): void {
  if (root !== undefined) rmSync(root, { recursive: true, force: true });
}

// Scripts use it as well, such as the enumeration of faults.
if (process.env["VITEST"] === undefined) process.once("exit", removeRoot);
else (await import("vitest")).afterAll(removeRoot);

/** The environment in which tests run git: no configuration of this machine, fixed identity. */
export function gitTestEnv(): NodeJS.ProcessEnv {
  return {
    PATH: process.env["PATH"],
    HOME: "/nonexistent",
    LC_ALL: "C",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_AUTHOR_NAME: "Mina Kim",
    GIT_AUTHOR_EMAIL: "mina@example.com",
    GIT_AUTHOR_DATE: "2026-01-01T00:00:00Z",
    GIT_COMMITTER_NAME: "Mina Kim",
    GIT_COMMITTER_EMAIL: "mina@example.com",
    GIT_COMMITTER_DATE: "2026-01-01T00:00:00Z",
  };
}

/**
 * Makes a repository from commits. Ids are the same in every run: dates, authors and contents are fixed.
 *
 *     const repo = gitdir([{ files: { "api.yaml": "a: 1\n" } }, { files: { "api.yaml": "a: 2\n" }, message: "Bump" }]);
 */
export function gitdir(commits: readonly CommitSpec[] = [], options: GitDirOptions = {}): GitDir {
  const path = temporaryFolder("repo");
  const gitDir = options.worktree === true ? join(path, ".git") : path;
  const init = ["init", "--quiet", "--initial-branch=main", `--object-format=${options.format ?? "sha1"}`];
  runGit(path, options.worktree === true ? init : [...init, "--bare"]);

  const ids: CommitId[] = [];
  const names = new Map<string, CommitId>();
  const git: GitDir["git"] = (args, input) => runGit(path, args, input);
  const repository: GitDir = {
    path,
    gitDir,
    commits: ids,
    get head() {
      return repository.id("refs/heads/main");
    },
    id: (name) => names.get(name) ?? commitId(git(["rev-parse", "--verify", "--quiet", `${name}^{commit}`])),
    blob: (file, revision = "refs/heads/main") => git(["rev-parse", "--verify", `${revision}:${file}`]) as BlobId,
    text: (file, revision = "refs/heads/main") =>
      runGit(path, ["cat-file", "blob", `${names.get(revision) ?? revision}:${file}`], undefined, false),
    git,
    commit(...specs) {
      const made = importCommits({ path, gitDir, names, first: ids.length }, specs);
      ids.push(...made);
      if (options.worktree === true && made.length > 0) git(["reset", "--quiet", "--hard", "refs/heads/main"]);
      return made;
    },
  };
  repository.commit(...commits);
  return repository;
}

function runGit(cwd: string, args: readonly string[], input?: string | Uint8Array, trim = true): string {
  const done = spawnSync("git", args, {
    cwd,
    env: gitTestEnv(),
    maxBuffer: 1 << 28,
    ...(input === undefined ? {} : { input }),
  });
  if (done.error !== undefined) throw done.error;
  if (done.status !== 0) throw new Error(`git ${args.join(" ")}: ${done.stderr.toString()}`);
  const text = done.stdout.toString();
  return trim ? text.replace(/\n$/, "") : text;
}

interface ImportState {
  readonly path: string;
  readonly gitDir: string;
  readonly names: Map<string, CommitId>;
  /** How many commits there are already. */
  readonly first: number;
}

/** All commits by one `git fast-import`. */
function importCommits(state: ImportState, specs: readonly CommitSpec[]): readonly CommitId[] {
  if (specs.length === 0) return [];
  const marks = join(temporaryFolder("marks"), "marks");
  const tip = readTips(state.path);
  const started = new Set<string>();
  const fresh = new Map<string, string>();
  const point = (name: string): string => fresh.get(name) ?? state.names.get(name) ?? tip(name) ?? name;

  const stream = specs.flatMap((spec, index) => {
    const branch = spec.branch ?? "main";
    const parent = parentOf(spec, started.has(branch), tip(branch));
    const lines = commitLines(spec, { mark: index + 1, number: state.first + index + 1, branch });
    if (parent !== undefined) lines.push(`from ${point(parent)}\n`);
    for (const name of spec.merge ?? []) lines.push(`merge ${point(name)}\n`);
    for (const path of spec.remove ?? []) lines.push(`D ${quotePath(path)}\n`);
    for (const [path, file] of Object.entries(spec.files ?? {})) lines.push(...fileLines(path, file));
    lines.push("\n");
    if (spec.tag !== undefined) lines.push(`reset refs/tags/${spec.tag}\nfrom :${index + 1}\n\n`);
    started.add(branch);
    fresh.set(branch, `:${index + 1}`);
    if (spec.as !== undefined) fresh.set(spec.as, `:${index + 1}`);
    return lines;
  });
  const input = Buffer.concat(stream.map((part) => Buffer.from(part)));
  runGit(state.path, ["fast-import", "--quiet", "--force", `--export-marks=${marks}`], input);
  return readMarks(marks, state, specs);
}

function parentOf(spec: CommitSpec, started: boolean, existing: CommitId | undefined): string | undefined {
  if (spec.from !== undefined) return spec.from;
  return started || existing === undefined ? undefined : existing;
}

/** The tips of all branches before this import; a full id stands for itself. */
function readTips(path: string): (name: string) => CommitId | undefined {
  const lines = runGit(path, ["for-each-ref", "--format=%(objectname) %(refname:lstrip=2)", "refs/heads"]).split("\n");
  const tips = new Map(lines.map((line) => [line.slice(line.indexOf(" ") + 1), line.slice(0, line.indexOf(" "))]));
  return (name) => (isFullId(name) ? name : tips.get(name)) as CommitId | undefined;
}

function commitLines(
  spec: CommitSpec,
  at: { readonly mark: number; readonly number: number; readonly branch: string },
): (string | Uint8Array)[] {
  const ms = spec.date === undefined ? FIRST_MS + (at.number - 1) * HOUR_MS : Date.parse(spec.date);
  const who = `${spec.author ?? "Mina Kim <mina@example.com>"} ${Math.floor(ms / 1000)} +0000`;
  const message = Buffer.from(spec.message ?? `commit ${at.number}`);
  return [
    `commit refs/heads/${at.branch}\nmark :${at.mark}\nauthor ${who}\ncommitter ${who}\ndata ${message.length}\n`,
    message,
    "\n",
  ];
}

function fileLines(path: string, file: FileSpec): readonly (string | Uint8Array)[] {
  const mode = typeof file === "string" || file instanceof Uint8Array ? "100644" : file.mode;
  const content = typeof file === "string" || file instanceof Uint8Array ? file : file.text;
  if (mode === "160000") return [`M 160000 ${String(content)} ${quotePath(path)}\n`];
  const bytes = Buffer.from(content as string);
  return [`M ${mode} inline ${quotePath(path)}\ndata ${bytes.length}\n`, bytes, "\n"];
}

/** C-style quoting, as fast-import reads it. */
function quotePath(path: string): string {
  return `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

function readMarks(file: string, state: ImportState, specs: readonly CommitSpec[]): readonly CommitId[] {
  const ids = new Map<number, CommitId>();
  for (const line of readFileSync(file, "utf8").trimEnd().split("\n")) {
    const [mark, id] = line.split(" ");
    ids.set(Number(mark?.slice(1)), commitId(id ?? ""));
  }
  return specs.map((spec, index) => {
    const id = ids.get(index + 1);
    if (id === undefined) throw new Error(`commit ${index + 1} was not made`);
    if (spec.as !== undefined) state.names.set(spec.as, id);
    return id;
  });
}
