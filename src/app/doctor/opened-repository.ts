import type { CommitId } from "../../core/model/git.ts";
import { skipped, type Finding } from "../../core/doctor/finding.ts";
import type { Ledger } from "../../ports/ledger.ts";
import type { Repository } from "../../ports/repository.ts";

/** The repository that is looked into, once it is open. */
export interface OpenedRepository {
  readonly repository: Repository;
  readonly ledger: Ledger;
  /** Without `refs/heads/`. */
  readonly branch: string;
  readonly base: CommitId;
}

/** Opened once, whoever asks first. Throws `Repository*`, `Forge*`, `Config*`. */
export type OpenRepository = () => Promise<OpenedRepository>;

/** A first clone takes its time. */
export const OPENING_MS = 300_000;

/** Looks when the repository could be opened; that it could not is said once, by the check of that name. */
export async function whenOpened(
  name: string,
  open: OpenRepository,
  look: (opened: OpenedRepository) => Promise<readonly Finding[]>,
): Promise<readonly Finding[]> {
  const opened = await open().catch(() => undefined);
  return opened === undefined ? [skipped(name, "the repository could not be opened")] : look(opened);
}
