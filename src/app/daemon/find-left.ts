/** What was left unfinished: a revert that the forge knows of and the ledger does not. */
import type { PastRevert } from "../../core/decision/facts.ts";
import { isEnded, type Job } from "../../core/job/job.ts";
import type { ReadContent } from "../content-reader.ts";
import { askReverts, isUnfinished } from "./ask-forge.ts";
import type { DaemonLane, TargetLook } from "./daemon-lane.ts";

/** So long all targets of a repository go by one listing that shows nothing of theirs. */
const LISTED_MS = 60_000;

interface Listing {
  readonly atMs: number;
  readonly reverts: Promise<readonly PastRevert[]>;
}

/** By what stands for a repository as long as it is open: worlds are guarded anew in each tick. */
const listings = new WeakMap<ReadContent, Listing>();

/**
 * The unfinished revert of a target that is well: it is gone on with all the same (L1). The repository's reverts are listed once for all its
 * targets, and anew before one is answered. Throws `Forge*`, `Repository*`.
 */
export async function findLeft(
  { observed }: TargetLook,
  lane: DaemonLane,
  jobs: readonly Job[],
): Promise<PastRevert | undefined> {
  const { name } = observed.watched.target;
  const ended = new Set(jobs.filter(isEnded).map(({ pullRequest }) => pullRequest));
  const isLeft = (revert: PastRevert): boolean =>
    revert.target === name &&
    isUnfinished(revert) &&
    !(revert.pullRequest !== undefined && ended.has(revert.pullRequest));
  if (!(await listed(lane, jobs)).some(isLeft)) return undefined;
  return (await askReverts(lane, jobs)).reverts.find(isLeft);
}

async function listed(lane: DaemonLane, jobs: readonly Job[]): Promise<readonly PastRevert[]> {
  const { readContent } = lane;
  const atMs = lane.world.clock.nowMs();
  const known = listings.get(readContent);
  if (known !== undefined && Math.abs(atMs - known.atMs) < LISTED_MS) return known.reverts;
  const reverts = askReverts(lane, jobs).then((told) => told.reverts);
  listings.set(readContent, { atMs, reverts });
  reverts.catch(() => listings.delete(readContent));
  return reverts;
}
