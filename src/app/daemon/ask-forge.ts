/** What the daemon asks the forge about reverts: how far one has come, who switched lastgood off, what was reverted before. */
import type { AttemptFacts, FreezeFact, KillSwitch, PastRevert } from "../../core/decision/facts.ts";
import type { Job } from "../../core/job/job.ts";
import type { CommitId } from "../../core/model/git.ts";
import type { Scope } from "../../core/model/target.ts";
import type { DeliveryJob } from "../delivery.ts";
import { findScope } from "../find-scope.ts";
import { readAttempt } from "../read-attempt.ts";
import { readBreakGlass } from "../read-break-glass.ts";
import { readKillSwitch } from "../read-kill-switch.ts";
import { type PastReverts, readReverts } from "../read-reverts.ts";
import type { DaemonLane, TargetLook } from "./daemon-lane.ts";

export interface AskAttempt {
  readonly look: TargetLook;
  readonly lane: DaemonLane;
  readonly key: string;
  readonly base: CommitId;
  /** The revert as it would be made now, where that is known. */
  readonly delivery?: DeliveryJob;
}

/** Never throws for what git or the forge say. */
export async function askAttempt({ look, lane, key, base, delivery }: AskAttempt): Promise<AttemptFacts> {
  const { target } = look.observed.watched;
  const { repository } = lane.world;
  const planned = delivery !== undefined && delivery.key === key ? { job: delivery } : {};
  const scope: Scope = delivery?.scope ?? (await findScope({ repository, commit: base, target })).scope;
  const { draft } = lane.delivery;
  return readAttempt({ target: target.name, key, branch: lane.branch, scope, draft, ...planned }, lane.world);
}

/** Without a forge there is nobody to ask. */
export async function askKillSwitch({ world: { forge } }: DaemonLane): Promise<KillSwitch> {
  return forge === undefined ? { state: "clear" } : readKillSwitch(forge);
}

/** The same windows, lifted where somebody who may has broken the glass. Asks nobody where there is none. */
export async function askFreezes(
  { world: { forge, clock } }: DaemonLane,
  freezes: readonly FreezeFact[],
): Promise<readonly FreezeFact[]> {
  if (freezes.length === 0 || forge === undefined) return freezes;
  const liftedBy = await readBreakGlass(forge, clock.nowMs());
  return liftedBy === undefined ? freezes : freezes.map((freeze) => ({ ...freeze, liftedBy }));
}

/** What budgets and cooldowns reach back to, at most, and some more: what was left unfinished. */
const WINDOW_MS = 3 * 86_400_000;
/** Clocks that are further apart than this are not taken for the same. */
const SKEW_MS = 600_000;

/** Of the last days, by the forge's clock: ours may have jumped (F56). Throws `Forge*`, `Repository*`. */
export async function askReverts(lane: DaemonLane, jobs: readonly Job[]): Promise<PastReverts> {
  const { world, name, branch, targets } = lane;
  const nowMs = world.clock.nowMs();
  const read = (sinceMs: number): Promise<PastReverts> =>
    readReverts({ repository: name, sinceMs, targets: targets(), branches: [branch], jobs }, world);
  const told = await read(nowMs - WINDOW_MS);
  const { clockMs } = told;
  return clockMs !== undefined && Math.abs(clockMs - nowMs) > SKEW_MS ? read(clockMs - WINDOW_MS) : told;
}

/** One that the forge knows, and that has not come to its end there: open, or merged and not told how it ended. */
export function isUnfinished({ landed, closedAtMs, outcome }: PastRevert): boolean {
  return outcome === undefined && (landed !== undefined || closedAtMs === undefined);
}
