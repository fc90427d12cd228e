import { type CommitId, shortId } from "../core/model/git.ts";
import { LastgoodError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Remote, Repository } from "../ports/repository.ts";

/** What a forge has just made may not be there to be fetched at once. */
const FETCH_WAITS_MS = [0, 1000, 2000, 4000];

export interface BringWorld {
  readonly repository: Repository;
  readonly remote: Remote;
  readonly clock: Clock;
}

/** Fetches until a commit that the forge has told of is here. `how` it came to be: "made". Throws `RepositoryTransport` when it does not come. */
export async function bringCommit(
  commit: CommitId,
  how: "made" | "merged",
  { remote, repository, clock }: BringWorld,
): Promise<void> {
  for (const waitMs of FETCH_WAITS_MS) {
    if (waitMs > 0) await clock.sleep(waitMs);
    await remote.fetch([]);
    if ((await repository.resolve(commit)) !== undefined) return;
  }
  throw new LastgoodError("RepositoryTransport", `${shortId(commit)} was ${how}, but cannot be fetched yet`, {
    hint: "Run the same command again: it finds what it made.",
  });
}
