import { LastgoodError, type ErrorCode } from "../../../errors.ts";
import { openGit } from "../../repository/git/run-git.ts";
import { openTransport, type TransportOptions } from "../../repository/git/transport.ts";
import type { LedgerTransport } from "./git-ledger.ts";

export interface LedgerTransportOptions extends TransportOptions {
  /** The ledger's full ref on the remote: `refs/lastgood/ledger`. */
  readonly ref: string;
}

/** Where the tip is kept here: one name, whatever the ref is called there. */
const HERE = "refs/ledger/tip";
/** Two processes on one cache may fetch at once; git lets one of them have the ref. */
const ATTEMPTS = 3;

/** Carries the ledger between its own repository (`gitDir`) and a remote path or URL, by git. */
export function createLedgerTransport(options: LedgerTransportOptions): LedgerTransport {
  const transport = openTransport(options);
  return {
    async fetch() {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await transport.fetchRef(options.ref, HERE);
        } catch (error) {
          if (isCode(error, "RepositoryMoved") && attempt < ATTEMPTS) continue;
          throw (await findDamage(options)) ?? otherFormat(error) ?? error;
        }
      }
    },
    async push(next, expected) {
      try {
        await transport.pushRef({ ref: options.ref, commit: next, expected });
        return "done";
      } catch (error) {
        if (isCode(error, "RepositoryMoved")) return "moved";
        throw otherFormat(error) ?? error;
      }
    },
  };
}

/** Why a fetch failed when it was not the remote: a torn object in the cache, which is small enough to be checked whole. */
async function findDamage({ gitDir, env }: TransportOptions): Promise<LastgoodError | undefined> {
  try {
    await openGit({ gitDir, env }).run(["fsck", "--no-dangling", "--no-progress"]);
    return undefined;
  } catch (cause) {
    if (!isCode(cause, "RepositoryObject") && !isCode(cause, "RepositoryGit")) return undefined;
    return new LastgoodError("LedgerObject", `the ledger's repository at ${gitDir} is damaged`, { cause });
  }
}

/** isomorphic-git writes SHA-1 only, and says nothing when it should not (measured on 1.44). */
function otherFormat(error: unknown): LastgoodError | undefined {
  // git push: "the receiving end does not support this repository's hash algorithm".
  const refused = error instanceof LastgoodError && error.message.includes("hash algorithm");
  if (!refused && !isCode(error, "RepositoryFormat")) return undefined;
  return new LastgoodError("LedgerFormat", "the ledger cannot be kept in a SHA-256 repository", {
    hint: "Set `ledger.repository` to a repository that uses SHA-1.",
    cause: error,
  });
}

function isCode(error: unknown, code: ErrorCode): boolean {
  return error instanceof LastgoodError && error.code === code;
}
