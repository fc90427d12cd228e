/** Jobs that the ledger has lost, told by the forge: how reverts ended is not forgotten with it. */
import type { PastRevert } from "../decision/facts.ts";
import { toIso } from "../model/time.ts";
import type { JobOutcome, JobRecord } from "./job-record.ts";
import type { Job } from "./job.ts";

export interface RebuildJobs {
  readonly reverts: readonly PastRevert[];
  /** Numbers of those that lastgood closed itself; every other close is a person's no. */
  readonly setAside: ReadonlySet<number>;
  /** On record already. */
  readonly jobs: readonly Job[];
  /** Name of the repository whose ledger it is. */
  readonly repository: string;
  /** Who writes. */
  readonly by: string;
  /** A ULID of that time and text: the same each time, whoever rebuilds. */
  readonly idOf: (atMs: number, text: string) => string;
}

/** One line for each revert that has come to its end on the forge and has no job. Those that go on are adopted by who goes on with them. */
export function rebuildJobs({ reverts, setAside, jobs, repository, by, idOf }: RebuildJobs): readonly JobRecord[] {
  const known = new Set(jobs.flatMap(({ pullRequest }) => pullRequest ?? []));
  return reverts.flatMap((revert): readonly JobRecord[] => {
    const { target, key, pullRequest, openedAtMs, landed } = revert;
    const end = endOf(revert, setAside);
    if (pullRequest === undefined || end === undefined) return [];
    if (revert.repository !== repository || known.has(pullRequest)) return [];
    const id = idOf(openedAtMs, `${repository} ${target} ${key} ${pullRequest}`);
    return [
      {
        v: 1,
        type: "job",
        id,
        job: id,
        at: toIso(end.atMs),
        by,
        status: end.outcome === "still unhealthy" ? "Exception" : "Completed",
        station: landed === undefined ? "pull request" : "record",
        detail: `${end.outcome}, found again on the forge: #${pullRequest}`,
        target,
        repository,
        key,
        trigger: "found on the forge",
        pullRequest,
        outcome: end.outcome,
        ...(landed === undefined ? {} : { landedAt: toIso(landed.atMs) }),
      },
    ];
  });
}

function endOf(
  { landed, closedAtMs, outcome, pullRequest = 0 }: PastRevert,
  setAside: ReadonlySet<number>,
): { readonly outcome: JobOutcome; readonly atMs: number } | undefined {
  if (landed !== undefined) return outcome === undefined ? undefined : { outcome, atMs: landed.atMs };
  if (closedAtMs === undefined) return undefined;
  return { outcome: setAside.has(pullRequest) ? "superseded" : "rejected", atMs: closedAtMs };
}
