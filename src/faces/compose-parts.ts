/** What the parts of compose.ts have in common. */
import type { SignIn } from "../adapters/forge/github/sign-in.ts";
import type { OpenOptions } from "../adapters/repository/git/clone.ts";
import type { DeliveryWorld } from "../app/delivery.ts";
import type { CommitId } from "../core/model/git.ts";
import type { Clock } from "../ports/clock.ts";
import type { Forge } from "../ports/forge.ts";
import type { Log } from "../ports/log.ts";
import type { Meter } from "../ports/meter.ts";
import type { ForgeChoice } from "./choose-auth.ts";
import type { KeptLedger } from "./compose-ledger.ts";
import type { LedgerPlace } from "./ledger-place.ts";
import type { Location } from "./locate-repository.ts";
import type { Surroundings } from "./surroundings.ts";

export interface OpenWorld extends LedgerPlace {
  readonly location: Location;
  /**
   * `here`: nothing leaves this machine. `remote`: writes go to where engines pull from. `ledger`: the clone here, and the ledger
   * that everybody reads.
   */
  readonly reach: "here" | "ledger" | "remote";
  /** The branch that engines deploy from; found when missing. */
  readonly branch?: string;
  /** A revision that a person wants to stand on: enough where no branch can be found (a detached HEAD, as CI has it). */
  readonly standOn?: string;
  readonly forge: ForgeChoice;
  readonly clock: Clock;
  readonly log: Log;
  /** Missing: nobody counts. */
  readonly meter?: Meter | undefined;
  /** Every file of the whole past will be read: lastgood's own clone is made complete. */
  readonly whole?: boolean;
}

export interface OpenedWorld extends DeliveryWorld, KeptLedger {
  /** Without `refs/heads/`. */
  readonly branch: string;
  /** The tip to stand on. */
  readonly base: CommitId;
  /** The revision that gave it: `refs/heads/main`, `refs/remotes/origin/main`. */
  readonly baseRef: string;
  /** Every address by which manifests may name this repository. */
  readonly urls: readonly string[];
  /** The forge, also where nothing is written to it; missing where no address is known. */
  readonly openForge?: () => Promise<Forge>;
  /** A clone of the person's own. */
  readonly root?: string;
  /** What gets the ledger of `origin` into a clone that has none. */
  readonly fetchLedger?: string;
  /** The ledger lies in a repository of its own: what is written to it is everybody's at once. */
  readonly ledgerUrl?: string;
  /** As whom lastgood commits when it acts as a GitHub App. */
  readonly bot?: () => Promise<{ readonly name: string; readonly email: string }>;
  /** Makes lastgood's own clone quick for who goes on asking it, see `OpenedMirror`. Missing: it is a person's own. */
  readonly optimize?: () => Promise<void>;
  close(): Promise<void>;
}

/** What is known from the start: for each address one way to sign in, for the API and git alike. */
export interface Opening extends OpenWorld {
  readonly signIn: (url: string) => Promise<SignIn>;
}

/** Where engines pull from. */
export interface RemotePlace {
  readonly url: string;
  /** The person's own clone, when the address was taken from one. */
  readonly seed?: string;
  /** Top of its work tree. */
  readonly root?: string;
  /** Its git directory, when it holds a ledger: what a person marked there counts for them before it is pushed. */
  readonly own?: string;
}

/** For everything that runs git. */
export function gitOptions(surroundings: Surroundings, { log, meter }: OpenWorld): OpenOptions {
  return {
    ...(meter === undefined ? {} : { onRun: meter.git }),
    env: surroundings.env,
    signal: surroundings.signal,
    onUnreadablePath: (path) => log.warn(`${path} is not UTF-8: left as it is`),
  };
}
