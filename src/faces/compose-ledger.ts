/** A part of compose.ts: where the ledger of an opened repository lies, and how it is reached. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { SignIn } from "../adapters/forge/github/sign-in.ts";
import type { OpenedClone } from "../adapters/repository/git/clone.ts";
import { mirrorPath } from "../adapters/repository/git/mirror-path.ts";
import { parseRemoteUrl } from "../adapters/repository/git/remote-url.ts";
import { LastgoodError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ledger, LedgerReading } from "../ports/ledger.ts";
import type { Log } from "../ports/log.ts";
import type { Meter } from "../ports/meter.ts";
import type { Repository } from "../ports/repository.ts";
import { LEDGER_REF, type LedgerPlace } from "./ledger-place.ts";
import { cacheFolder, type Surroundings } from "./surroundings.ts";

/** One place where the ledger lies. */
export interface LedgerHere {
  /** For people: an address without credentials, `this clone`. */
  readonly place: string;
  readonly ref: string;
  readonly ledger: Ledger;
}

/** The ledger of an opened repository. */
export interface KeptLedger {
  readonly ledger: Ledger;
  /** What `ledger` reads: first where it writes, then what is in this clone alone. Empty: there is none yet. */
  readonly ledgers: () => Promise<readonly LedgerHere[]>;
  /** The one that is written, given up when the signal says so. */
  readonly ledgerWithin: (signal: AbortSignal) => Ledger;
  /** Has anybody begun the one that is written? Of one in another repository: yes, since somebody has configured it. */
  readonly isKept: () => Promise<boolean>;
}

/** What is known of the repository that is opened. */
export interface LedgerRequest extends LedgerPlace {
  readonly reach: "here" | "ledger" | "remote";
  readonly clock: Clock;
  readonly log: Log;
  readonly signIn: (url: string) => Promise<Pick<SignIn, "token">>;
  readonly meter?: Meter | undefined;
}

/** Is there one in this repository, a person's own or what was fetched of it? */
export async function hasLedger(repository: Repository, request: LedgerRequest): Promise<boolean> {
  return (await hasOwnLedger(repository, request)) || (await trackedLedger(repository, request)) !== undefined;
}

/** Is it there under its own name? */
export async function hasOwnLedger(repository: Repository, { ledgerRef }: LedgerRequest): Promise<boolean> {
  return (await repository.resolve(ledgerRef ?? LEDGER_REF)) !== undefined;
}

/** Of a ledger on a branch: what `git fetch` brings of it into a person's clone. */
async function trackedLedger(
  repository: Repository,
  { ledgerRef = LEDGER_REF }: LedgerRequest,
): Promise<string | undefined> {
  if (!ledgerRef.startsWith(BRANCHES)) return undefined;
  const tracked = `refs/remotes/origin/${ledgerRef.slice(BRANCHES.length)}`;
  return (await repository.resolve(tracked)) === undefined ? undefined : tracked;
}

const BRANCHES = "refs/heads/";

/** By a pattern: git does not mind when nobody has written one yet. A branch comes with every fetch. */
export function fetchText({ ledgerRef = LEDGER_REF }: LedgerRequest): string {
  const what = "gets what others have recorded";
  if (ledgerRef.startsWith(BRANCHES)) return `git fetch origin    ${what}`;
  const refs = ledgerRef.replace(/[^/]+$/, "*");
  return `git fetch origin '${refs}:${refs}'    ${what}`;
}

/** Does the ledger lie in another repository than this one? */
export function isElsewhere({ ledgerUrl }: LedgerRequest, url: string | undefined): boolean {
  return ledgerUrl !== undefined && ledgerUrl !== url;
}

/** Its address, where it lies in another repository than this one. */
export function ledgerUrlOf(request: LedgerRequest, url: string | undefined): Pick<LedgerPlace, "ledgerUrl"> {
  const { ledgerUrl } = request;
  return ledgerUrl === undefined || !isElsewhere(request, url) ? {} : { ledgerUrl };
}

/** With reach `ledger` that of `origin`, whether its ref was ever fetched or not; what a person marked here counts for them too. */
export async function ledgerOfClone(
  { clone, origin }: { readonly clone: OpenedClone; readonly origin: string | undefined },
  request: LedgerRequest,
  surroundings: Surroundings,
): Promise<KeptLedger> {
  const { repository, gitDir } = clone;
  const parts = { repository, request, surroundings };
  const { ledgerUrl } = request;
  if (ledgerUrl !== undefined && isElsewhere(request, origin)) {
    return ledgerOf({ ...parts, url: ledgerUrl, unfetched: true, optional: request.reach === "here" });
  }
  const known = await hasOwnLedger(repository, request);
  if (request.reach === "ledger" && origin !== undefined) {
    return ledgerOf({ ...parts, url: origin, unfetched: true, ...(known ? { own: gitDir } : {}) });
  }
  const tracked = await trackedLedger(repository, request);
  const opened = ledgerOf({
    ...parts,
    url: gitDir,
    ...(tracked === undefined ? {} : { own: gitDir, ownRef: tracked }),
  });
  if (tracked === undefined || known) return opened;
  return {
    ...opened,
    ledger: {
      ...opened.ledger,
      append: async (records, unless) => {
        await followTracked(repository, request, tracked);
        return opened.ledger.append(records, unless);
      },
    },
  };
}

/** What is recorded here stands on what others have recorded: so it can be pushed. */
async function followTracked(
  repository: Repository,
  { ledgerRef = LEDGER_REF }: LedgerRequest,
  tracked: string,
): Promise<void> {
  const tip = await repository.resolve(tracked);
  if (tip === undefined || (await repository.resolve(ledgerRef)) !== undefined) return;
  await repository.refs.update(ledgerRef, tip, undefined);
}

export interface LedgerParts {
  readonly url: string;
  /** A second ledger that is read too: the person's own. */
  readonly own?: string | undefined;
  /** Its ref there, when it is another one. */
  readonly ownRef?: string;
  /** The repository at hand does not tell whether there is a ledger: it is asked for where it lies. */
  readonly unfetched?: boolean;
  /** All that the server has was fetched into the repository at hand this very moment: the first reading may go by that. */
  readonly isFetched?: boolean;
  /** That it cannot be reached costs a warning: what is to be done can be done without. */
  readonly optional?: boolean;
  readonly repository: Repository;
  readonly request: LedgerRequest;
  readonly surroundings: Surroundings;
}

/** The ledger of a repository. Where the ref is absent there is nothing to read, and nothing is made before something is written. */
export function ledgerOf(parts: LedgerParts): KeptLedger {
  const { url, own, ownRef, unfetched = false, optional = false, repository, request } = parts;
  const ref = request.ledgerRef ?? LEDGER_REF;
  const shared = openLedgerAt(url, ref, parts);
  const mine = own === undefined ? undefined : openLedgerAt(own, ownRef ?? ref, parts);
  const isThere = async (): Promise<boolean> => unfetched || (await repository.resolve(ref)) !== undefined;
  // A ledger may be begun, or deleted, while somebody runs for weeks.
  const asks = request.reach === "remote";
  let freshUntilMs = parts.isFetched === true ? request.clock.nowMs() + FRESH_MS : 0;
  /** Of a ledger that was read before, it would be worth telling that it is gone. */
  const isMissing = async (): Promise<boolean> => {
    const isFresh = request.clock.nowMs() < freshUntilMs;
    freshUntilMs = 0;
    return isFresh && !shared.isKnown() && !(await isThere());
  };
  const readShared = async (): Promise<LedgerReading> => {
    try {
      return await shared.ledger.read();
    } catch (error) {
      if (!optional || !(error instanceof LastgoodError) || !/^(?:Repository|Forge)/.test(error.code)) throw error;
      request.log.warn(`the ledger at ${shared.place} is left out: ${error.message}`);
      return NO_RECORDS;
    }
  };
  return {
    ledger: {
      ...shared.ledger,
      read: async () => {
        const isAsked = asks ? !(await isMissing()) : await isThere();
        const there = isAsked ? await readShared() : NO_RECORDS;
        if (mine === undefined) return there;
        const { unite } = await import("./compose-git-ledger.ts");
        return unite(there, await mine.ledger.read());
      },
    },
    ledgerWithin: (signal) => {
      return openLedgerAt(url, ref, { ...parts, surroundings: { ...parts.surroundings, signal } }).ledger;
    },
    isKept: isThere,
    ledgers: async () => [...((await isThere()) ? [shared] : []), ...(mine === undefined ? [] : [mine])],
  };
}

interface OpenedLedger extends LedgerHere {
  /** Was it ever read on this machine? */
  readonly isKnown: () => boolean;
}

/** The ledger at one address, under one ref. What reads and writes it is loaded when it is asked: most clones have none. */
function openLedgerAt(address: string, ref: string, { request, surroundings }: LedgerParts): OpenedLedger {
  const cached = ref === (request.ledgerRef ?? LEDGER_REF) ? address : `${address} ${ref}`;
  const gitdir = mirrorPath(join(cacheFolder(surroundings), "ledgers"), cached);
  const remote = parseRemoteUrl(address, { allowLocal: true });
  let opened: Promise<Required<Ledger>> | undefined;
  const open = async (): Promise<Required<Ledger>> => {
    opened ??= import("./compose-git-ledger.ts").then(({ openGitLedger }) =>
      openGitLedger({ ...request, address, gitdir, remote, ref }, surroundings),
    );
    return opened;
  };
  const ledger: Required<Ledger> = {
    read: async () => (await open()).read(),
    append: async (records, unless) => (await open()).append(records, unless),
    accept: async (doubt) => (await open()).accept(doubt),
    decisions: async (target) => (await open()).decisions(target),
    async *files() {
      yield* (await open()).files();
    },
  };
  return { place: remote.url, ref, ledger, isKnown: () => existsSync(gitdir) };
}

/** What was fetched so long ago is as good as asked for now. */
const FRESH_MS = 5000;
const NO_RECORDS: LedgerReading = { records: [], damaged: 0 };
