/** What the forge and git know of the revert of a job: proposed, landed, closed, or not there. A server may lag behind what was done. */
import type { Decision } from "../../core/decision/decision.ts";
import type { AttemptFacts } from "../../core/decision/facts.ts";
import { isEnded, type Job } from "../../core/job/job.ts";
import { commitId, isFullId, type Revision } from "../../core/model/git.ts";
import { fromIso } from "../../core/model/time.ts";
import { askAttempt } from "./ask-forge.ts";
import type { DaemonLane, TargetLook } from "./daemon-lane.ts";
import type { Gathered } from "./gather-facts.ts";
import type { Tip } from "./read-live.ts";

/** A server shows for so long what was before. */
export const LAG_MS = 60_000;

export interface Looked {
  readonly look: TargetLook;
  readonly lane: DaemonLane;
  readonly gathered: Gathered;
}

/** It is what is proposed, and the forge that still calls that open lags behind. */
export async function isLanding(
  { committedAtMs }: Revision,
  attempt: AttemptFacts | undefined,
  { look, lane, gathered: { facts, tip } }: Looked,
): Promise<boolean> {
  if (attempt?.kind !== "open" || tip?.content === undefined || facts.nowMs - committedAtMs > LAG_MS) return false;
  return (await lane.readContent(look.observed.watched.target, attempt.head)) === tip.content;
}

/** Of the job's key; of the decision's while there is no job. */
export async function attemptOf({
  look,
  lane,
  gathered,
  decision,
  job,
}: Looked & { readonly decision: Decision; readonly job: Job | undefined }): Promise<AttemptFacts | undefined> {
  const active = job !== undefined && !isEnded(job) ? job : undefined;
  const key = active === undefined ? decision.key : (active.key ?? decision.key);
  if (key === undefined) return undefined;
  const { forge, plan } = gathered.facts;
  if (forge.state === "read" && forge.attempt !== undefined && plan?.key === key) return forge.attempt;
  const { tip } = gathered;
  if (tip === undefined) return { kind: "unknown", message: `${lane.branch} does not exist in this repository` };
  const attempt = await askAttempt({ look, lane, key, base: tip.base });
  return (await landedBefore(attempt, active, { lane, tip })) ?? attempt;
}

/** Asked for once more before that was known, it was opened when it had landed: what has landed is seen through. */
async function landedBefore(
  attempt: AttemptFacts,
  job: Job | undefined,
  { lane, tip }: { readonly lane: DaemonLane; readonly tip: Tip },
): Promise<AttemptFacts | undefined> {
  const isOther = attempt.kind === "open" && attempt.number !== job?.pullRequest;
  if (!isOther || job?.landed === undefined || !isFullId(job.landed)) return undefined;
  const distance = await lane.world.repository.refs.distance(commitId(job.landed), tip.base);
  if (distance === undefined) return undefined;
  return { kind: "landed", commit: job.landed, atMs: fromIso(job.landedAt ?? "") ?? job.updatedAtMs };
}
