/** A part of compose-ledger.ts: a ledger in git, opened. */
import { createGitLedger } from "../adapters/ledger/git/git-ledger.ts";
import { createLedgerTransport } from "../adapters/ledger/git/ledger-transport.ts";
import type { SignIn } from "../adapters/forge/github/sign-in.ts";
import type { RemoteUrl } from "../adapters/repository/git/remote-url.ts";
import { orderRecords } from "../core/record.ts";
import type { Clock } from "../ports/clock.ts";
import type { Ledger, LedgerReading } from "../ports/ledger.ts";
import type { Meter } from "../ports/meter.ts";
import type { Surroundings } from "./surroundings.ts";

export interface GitLedgerPlace {
  readonly address: string;
  /** The same, taken apart. */
  readonly remote: RemoteUrl;
  readonly ref: string;
  /** Where what was fetched of it is kept. */
  readonly gitdir: string;
  readonly signIn: (url: string) => Promise<Pick<SignIn, "token">>;
  readonly clock: Clock;
  readonly meter?: Meter | undefined;
}

/** Reads and fetches nothing yet. */
export function openGitLedger(
  { address, remote, ref, gitdir, signIn, clock, meter }: GitLedgerPlace,
  { env, signal }: Surroundings,
): Required<Ledger> {
  const token = async (refused?: string): Promise<string | undefined> => (await signIn(address)).token(refused);
  const onRun = meter === undefined ? {} : { onRun: meter.git };
  const transport = createLedgerTransport({ gitDir: gitdir, remote, ref, token, env, signal, ...onRun });
  return createGitLedger({ gitdir, clock, transport, onPush: meter?.ledgerPush });
}

/** What two ledgers say together; the first tells whether it is to be relied on. */
export function unite(one: LedgerReading, other: LedgerReading): LedgerReading {
  return {
    ...one,
    records: orderRecords([...one.records, ...other.records]),
    damaged: one.damaged + other.damaged,
  };
}
