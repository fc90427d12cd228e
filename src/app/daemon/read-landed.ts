/** A revert that landed, found again from git: what it says of itself, and its plan once more. The ledger may be lost. */
import type { Job } from "../../core/job/job.ts";
import { type CommitId, commitId, isFullId, trailersOf } from "../../core/model/git.ts";
import type { Selection } from "../../core/selection.ts";
import type { GoalPlan } from "../plan-goal.ts";
import type { LaneReading, VerifiedLook } from "./daemon-lane.ts";
import { planOf } from "./find-plan.ts";

export interface LandedRevert {
  /** What it landed on. */
  readonly base: CommitId;
  readonly checkpoint?: string;
  /** What went back, escaped: `Service/api`. Empty: it does not say, or not all. */
  readonly components: readonly string[];
}

/** How `shorten` ends what it had to cut. */
const CUT = "…";

/** In its own commit: what landed, or what a merge brought in. Undefined: there is nothing before it. Throws `Repository*`. */
export async function readLanded(
  landed: string,
  { look, lane }: { readonly look: VerifiedLook; readonly lane: LaneReading },
): Promise<LandedRevert | undefined> {
  const { refs } = lane.world.repository;
  const revision = await refs.revision(commitId(landed));
  const [base, merged] = revision.parents;
  if (base === undefined) return undefined;
  const { name } = look.observed.watched.target;
  for (const { message } of [revision, ...(merged === undefined ? [] : [await refs.revision(merged)])]) {
    const trailers = new Map(trailersOf(message).map(({ key, value }) => [key, value]));
    if (trailers.get("lastgood-target") !== name) continue;
    const checkpoint = trailers.get("lastgood-checkpoint");
    const said = trailers.get("lastgood-components") ?? CUT;
    const components = said.endsWith(CUT) ? [] : said.split(", ");
    return { base, components, ...(checkpoint === undefined ? {} : { checkpoint }) };
  }
  return { base, components: [] };
}

export interface PlanLanded {
  readonly look: VerifiedLook;
  readonly lane: LaneReading;
  readonly told: LandedRevert;
  /** Missing: none is on record. */
  readonly job?: Pick<Job, "checkpoint">;
  /** Missing: what the policy takes. */
  readonly selection?: Selection;
}

/** Undefined: nobody knows what it went back to. Throws what planning throws. */
export async function planLanded({ told, job, ...rest }: PlanLanded): Promise<GoalPlan["plan"] | undefined> {
  const to = job?.checkpoint ?? told.checkpoint;
  if (to === undefined || !isFullId(to)) return undefined;
  return (await planOf({ ...rest, base: told.base, to: { kind: "revision", text: to } })).plan;
}
