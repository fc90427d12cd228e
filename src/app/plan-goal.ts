import { revertKey } from "../core/change/branch.ts";
import type { CommitId } from "../core/model/git.ts";
import type { Hold } from "../core/model/hold.ts";
import type { Scope, Target } from "../core/model/target.ts";
import type { NothingToDo, Plan } from "../core/plan/types.ts";
import type { SeenImages } from "../core/seen-images.ts";
import type { Asked } from "./asked.ts";
import type { Goal } from "./find-checkpoint.ts";
import { findScope } from "./find-scope.ts";
import { sha256 } from "./hash.ts";
import type { UndoGoal } from "./undo-goal.ts";
import { type PlanQuery, planTarget } from "./plan-target.ts";
import { LargeFile, onlySmall } from "./only-small.ts";
import type { HistoryWorld } from "./read-history.ts";

/** What a person asked for: a target back to a checkpoint, or some commits undone. */
export type RevertGoal = Goal | UndoGoal;

export interface GoalQuery extends Omit<PlanQuery, "goal"> {
  readonly goal: RevertGoal;
  /** How it was asked, for what is proposed. */
  readonly asked?: Asked;
}

export interface GoalPlan {
  readonly plan: Plan | NothingToDo | Hold;
  /** Identity of the suspect: the name of its branch comes from it. */
  readonly key: string;
  /** The paths that must be as planned once it is merged. */
  readonly scope: Scope;
  /** What could not be followed, for people. */
  readonly notes: readonly string[];
}

/** Where plans are made. */
export interface PlanWorld extends HistoryWorld {
  /** Makes a plan where large files neither block nor fill this thread. Missing: all is planned here. */
  readonly planLarge?: (query: GoalQuery, world: HistoryWorld) => Promise<GoalPlan>;
  /** What clusters show of the target's images; undefined when none can tell. Missing: none is asked. */
  readonly seenImages?: (target: Target) => Promise<SeenImages | undefined>;
  /** All targets of the repository at a commit: asked where a plan changes files that others may use. Missing: nobody is named. */
  readonly targetsAt?: (commit: CommitId) => Promise<readonly Target[]>;
}

/** The plan for either goal. Writes nothing. */
export async function planGoal(query: GoalQuery, world: PlanWorld): Promise<GoalPlan> {
  const { seenImages, targetsAt: _, ...planning } = world;
  const goal = await tellSharers(await planWithin(query, planning), world);
  const { target } = query;
  // What is undone wherever it stands is of no one target.
  if (seenImages === undefined || target.origin.kind === "change") return goal;
  const { doubtImages } = await import("./doubt-images.ts");
  return doubtImages(goal, { ...world, seenImages: async () => seenImages(target) });
}

/** Only a plan that leaves its target's folder costs more than that it is made. */
async function tellSharers(goal: GoalPlan, { repository, targetsAt }: PlanWorld): Promise<GoalPlan> {
  const { plan } = goal;
  const mayShare = plan.kind === "plan" && plan.risks.some(({ code }) => code === "OutsideFolder");
  if (targetsAt === undefined || !mayShare) return goal;
  const { nameSharers } = await import("./name-sharers.ts");
  return { ...goal, plan: await nameSharers(plan, { repository, targetsAt }) };
}

async function planWithin(query: GoalQuery, world: Omit<PlanWorld, "seenImages" | "targetsAt">): Promise<GoalPlan> {
  const { planLarge, ...here } = world;
  if (planLarge === undefined) return planHere(query, here);
  try {
    return await planHere(query, { ...here, repository: onlySmall(here.repository) });
  } catch (error) {
    if (error instanceof LargeFile) return planLarge(query, here);
    throw error;
  }
}

async function planHere(query: GoalQuery, world: HistoryWorld): Promise<GoalPlan> {
  const { goal, target } = query;
  if (goal.kind === "undo") return planUndoOf({ ...query, goal }, world);
  const { history, plan } = await planTarget({ ...query, goal }, world);
  return { plan, key: revertKey(target.name, history.content, sha256), scope: history.scope, notes: history.notes };
}

async function planUndoOf(query: GoalQuery & { readonly goal: UndoGoal }, world: HistoryWorld): Promise<GoalPlan> {
  const { target, base, goal } = query;
  const { repository, log } = world;
  log.progress(`undoing ${goal.commits.length === 1 ? "1 commit" : `${goal.commits.length} commits`}`);
  const whole = target.origin.kind === "change";
  const found = whole ? undefined : await findScope({ repository, commit: base, target });
  // A large part of the program, of which going back to a checkpoint needs nothing.
  const { planCommits } = await import("./plan-commits.ts");
  const plan = await planCommits({ ...query, ...(found === undefined ? {} : { scope: found.scope }) }, repository);
  const files = plan.kind === "plan" ? plan.files : [];
  return {
    plan,
    key: revertKey(target.name, `undo ${goal.commits.join(" ")}`, sha256),
    scope: files.map(({ path }) => ({ kind: "file", path })),
    notes: found?.notes ?? [],
  };
}
