import type { CommitId } from "../core/model/git.ts";
import { LastgoodError } from "../errors.ts";
import type { Log } from "../ports/log.ts";
import type { Repository } from "../ports/repository.ts";

export interface FindBase {
  /** Without `refs/heads/`; found when missing. */
  readonly branch?: string;
  /** A revision that a person wants to stand on: enough where no branch can be found (a detached HEAD, as CI has it). */
  readonly standOn?: string;
  readonly log: Log;
}

/** Where a command stands. */
export interface Base {
  readonly branch: string;
  /** The revision that gave it: `refs/heads/main`, `refs/remotes/origin/main`. */
  readonly ref: string;
  readonly base: CommitId;
}

/**
 * The branch that engines deploy from, and its newest tip known here. In a person's clone that is the newer of the local
 * branch and what was last fetched; when they have diverged, what was fetched. Throws `RepositoryRef`.
 */
export async function findBase(repository: Repository, { branch: wanted, standOn, log }: FindBase): Promise<Base> {
  const branch = wanted ?? (await deployBranch(repository));
  if (branch === undefined) {
    if (standOn === undefined) throw noBranch();
    return known({ branch: standOn, ref: standOn, base: await repository.resolve(standOn) });
  }
  const local = { branch, ref: `refs/heads/${branch}`, base: await repository.resolve(`refs/heads/${branch}`) };
  const fetched = {
    branch,
    ref: `refs/remotes/origin/${branch}`,
    base: await repository.resolve(`refs/remotes/origin/${branch}`),
  };
  if (fetched.base === undefined) return known(local);
  if (local.base === undefined || local.base === fetched.base) return known(fetched);
  if ((await repository.refs.distance(fetched.base, local.base)) !== undefined) return known(local);
  if ((await repository.refs.distance(local.base, fetched.base)) === undefined) {
    log.warn(`${branch} and origin/${branch} have diverged: looking at origin/${branch}`);
  }
  return known(fetched);
}

async function deployBranch(repository: Repository): Promise<string | undefined> {
  for (const branch of ["main", "master"]) {
    if ((await repository.resolve(`refs/remotes/origin/${branch}`)) !== undefined) return branch;
  }
  return repository.refs.defaultBranch();
}

function noBranch(): LastgoodError {
  const message = "this repository has no branch to look at: it has no commit yet, or its HEAD is on none";
  return new LastgoodError("RepositoryRef", message, {
    hint: "Name the branch that the engine deploys from with --base.",
  });
}

function known<T extends { readonly ref: string; readonly base: CommitId | undefined }>(
  found: T,
): T & { readonly base: CommitId } {
  const { base, ref } = found;
  if (base !== undefined) return { ...found, base };
  throw new LastgoodError(
    "RepositoryRef",
    `${ref.replace(/^refs\/(heads\/|remotes\/)?/, "")} does not exist in this repository`,
    {
      hint: "Name the branch that the engine deploys from with --base.",
    },
  );
}
