/** Where the ledger lies, as the configuration has it. */
import type { Config, RepositoryConfig } from "../config/config.ts";

export const LEDGER_REF = "refs/lastgood/ledger";

export interface LedgerPlace {
  /** Full ref; missing: `LEDGER_REF`. */
  readonly ledgerRef?: string;
  /** The repository that holds it, where `ledger.repository` names one; missing: the one that is opened. */
  readonly ledgerUrl?: string;
}

/** The place of the ledger of whatever repository is opened. */
export function ledgerPlaceOf(config: Pick<Config, "ledger" | "repositories"> | undefined): LedgerPlace {
  if (config === undefined) return {};
  const { ref, repository } = config.ledger;
  const url = config.repositories.find(({ name }) => name === repository)?.url;
  return { ledgerRef: ref, ...(url === undefined ? {} : { ledgerUrl: url }) };
}

/** The one repository that is managed; undefined where there are several, or none. One that only holds the ledger does not count. */
export function managedRepository(
  config: Pick<Config, "ledger" | "repositories" | "targets"> | undefined,
): RepositoryConfig | undefined {
  const { repositories = [], targets = [], ledger } = config ?? {};
  const managed = repositories.filter(
    ({ name }) => name !== ledger?.repository || targets.some(({ repository }) => repository === name),
  );
  const [only, ...others] = managed.length === 0 ? repositories : managed;
  return others.length === 0 ? only : undefined;
}
