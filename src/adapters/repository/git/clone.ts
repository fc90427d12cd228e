import { lstatSync, realpathSync, type Stats } from "node:fs";
import { stat } from "node:fs/promises";
import { join } from "node:path";

import { LastgoodError } from "../../../errors.ts";
import type { Meter } from "../../../ports/meter.ts";
import type { Remote, Repository } from "../../../ports/repository.ts";
import type { Environment } from "./git-environment.ts";
import { firstLine } from "./git-failures.ts";
import { openRepository } from "./git-repository.ts";
import { type PlainConfig, readPlainConfig, readSmall } from "./plain-config.ts";
import { printable } from "./printable.ts";
import { withoutCredentials } from "./remote-url.ts";
import { openGit, runGitIn, type GitOptions } from "./run-git.ts";

export interface OpenOptions {
  /** What git may see of the surroundings; see `gitEnvironment`. */
  readonly env: Environment;
  /** The program; default `git`, looked up in PATH. */
  readonly program?: string;
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
  /** Told once about every path that is no UTF-8 and therefore in no list. `path` is escaped. */
  readonly onUnreadablePath?: (path: string) => void;
  /** Told of every command that has ended. */
  readonly onRun?: Meter["git"];
}

/** A repository that is open. */
export interface OpenedRepository {
  readonly repository: Repository;
  /** Missing for a clone that is only read. */
  readonly remote?: Remote;
  readonly gitDir: string;
  /** Does history end before its beginning? */
  isShallow(): Promise<boolean>;
  /** Ends the processes that stay. */
  close(): Promise<void>;
}

/** A clone as people have it. */
export interface OpenedClone extends OpenedRepository {
  /** Top of the work tree; undefined when bare. */
  readonly root: string | undefined;
  /** Where the objects are: `gitDir`, or the main repository's for a linked work tree. */
  readonly commonDir: string;
  /** The URL of a configured remote without credentials; undefined when there is none. Untrusted. */
  remoteUrl(name?: string): Promise<string | undefined>;
}

/**
 * Opens the clone that `path` lies in, bare or not, whoever owns it. Reading changes no byte of it; only `commit` and `refs.update` add
 * objects and refs. Throws `RepositoryNotFound`, `ConfigGit`.
 */
export async function openClone(path: string, options: OpenOptions): Promise<OpenedClone> {
  const plain = locatePlain(path);
  const found = plain ?? (await locate(path, options));
  const repository = openRepository({ ...options, ...found });
  // Where nobody was asked, nobody has said that there is a git.
  if (plain !== undefined) await repository.start();
  const git = openGit({ ...options, gitDir: found.gitDir });
  return {
    repository,
    gitDir: found.gitDir,
    root: found.root,
    commonDir: found.commonDir,
    isShallow: repository.isShallow,
    close: repository.close,
    async remoteUrl(name = "origin") {
      const plain = readPlainConfig(found.commonDir);
      if (plain !== undefined) {
        const url = plain.get(`remote.${name}.url`);
        return url === undefined ? undefined : withoutCredentials(url);
      }
      const { code, stdout } = await git.run(["config", "--local", "-z", "--get", `remote.${name}.url`], {
        answers: [1],
      });
      const url = stdout.toString("utf8").split("\0", 1)[0] ?? "";
      return code === 0 && url !== "" ? withoutCredentials(url) : undefined;
    },
  };
}

interface Located {
  readonly gitDir: string;
  readonly commonDir: string;
  readonly root: string | undefined;
}

/** Asks git where the repository of a folder is. */
export async function locate(path: string, options: Omit<GitOptions, "gitDir">): Promise<Located> {
  const folder = await stat(path).catch((cause: unknown) => {
    throw notFound(path, "there is no such folder", cause);
  });
  if (!folder.isDirectory()) throw notFound(path, "it is not a folder");
  const where = ["--absolute-git-dir", "--path-format=absolute", "--git-common-dir", "--is-bare-repository"];
  // safe.directory: nothing that another owner has put into the configuration can run here (run-git.ts).
  const args = ["-c", "safe.directory=*", "rev-parse", ...where, "--show-toplevel"];
  const done = await runGitIn(path, args, options);
  const [gitDir, commonDir, bare, root] = done.stdout.toString("utf8").split("\n");
  // In a bare repository the question for the top level fails, after the others were answered.
  if (gitDir === undefined || commonDir === undefined || (bare !== "true" && bare !== "false")) {
    throw notFound(path, firstLine(done.stderr));
  }
  return { gitDir, commonDir, root: bare === "true" || root === "" ? undefined : root };
}

/** What git finds in its simplest layouts (gitrepository-layout(5)): `.git` is a folder, or all of it lies here. Undefined: it has to be asked. */
export function locatePlain(path: string): Located | undefined {
  const root = unlessMissing(() => realpathSync.native(path));
  if (root === undefined || /[\r\n]/.test(root)) return undefined;
  const inside = statOf(join(root, ".git"));
  if (inside !== undefined && !inside.isDirectory()) return undefined;
  const gitDir = inside === undefined ? root : join(root, ".git");
  const [objects, refs, linked] = ["objects", "refs", "commondir"].map((name) => statOf(join(gitDir, name)));
  const isWhole = isHead(join(gitDir, "HEAD")) && objects?.isDirectory() === true && refs?.isDirectory() === true;
  if (!isWhole || linked !== undefined) return undefined;
  const config = readPlainConfig(gitDir);
  const isPlain = config !== undefined && hasPlainFormat(config) && !config.has("core.worktree");
  if (!isPlain || config.get("core.bare") !== String(inside === undefined)) return undefined;
  return { gitDir, commonDir: gitDir, root: inside === undefined ? undefined : root };
}

/** Of all extensions, that blobs may be missing moves nothing elsewhere (gitrepository-layout(5), "Git Repository Format Versions"). */
function hasPlainFormat(config: PlainConfig): boolean {
  const version = config.get("core.repositoryformatversion");
  const extensions = [...config.keys()].filter((key) => key.startsWith("extensions."));
  return version === "0" || (version === "1" && extensions.every((key) => key === "extensions.partialclone"));
}

/** A file that names a ref, or holds an object id. */
function isHead(file: string): boolean {
  return /^(?:ref: refs\/\S+|[0-9a-f]{40}(?:[0-9a-f]{24})?)\n$/.test(readSmall(file) ?? "");
}

function statOf(path: string): Stats | undefined {
  return unlessMissing(() => lstatSync(path, { throwIfNoEntry: false }));
}

function unlessMissing<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

function notFound(path: string, why: string, cause?: unknown): LastgoodError {
  return new LastgoodError("RepositoryNotFound", `no git repository at ${printable(path)}: ${why}`, {
    ...(cause === undefined ? {} : { cause }),
    hint: "Give the path of a clone (--repo PATH), or run lastgood inside of one.",
  });
}
