import { join } from "node:path";
import { createGitLedger } from "../../src/adapters/ledger/git/git-ledger.ts";
import { createLedgerTransport } from "../../src/adapters/ledger/git/ledger-transport.ts";
import { parseRemoteUrl } from "../../src/adapters/repository/git/remote-url.ts";
import type { LedgerRecord } from "../../src/core/record.ts";
import { fixedClock } from "./fixed-clock.ts";
import { gitTestEnv, temporaryFolder } from "./gitdir.ts";

/** Appends records to the ledger of a repository on this machine, as another lastgood would. */
export async function plantRecords(path: string, records: readonly LedgerRecord[], ref?: string): Promise<void> {
  const gitdir = join(temporaryFolder("planted"), "ledger.git");
  const remote = parseRemoteUrl(path, { allowLocal: true });
  const env = gitTestEnv();
  const transport = createLedgerTransport({ gitDir: gitdir, ref: ref ?? "refs/lastgood/ledger", remote, env });
  await createGitLedger({ gitdir, transport, clock: fixedClock() }).append(records);
}
