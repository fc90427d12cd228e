/** A plan stands as long as nothing moves that it was made of: a revert that waits is not planned anew at every look. */
import type { ReadContent } from "../content-reader.ts";
import type { GoalPlan } from "../plan-goal.ts";

/** What nobody tells of may have moved by then: checks on the forge, tags, the end of a quarantine. */
const KEPT_MS = 60_000;
/** Plans that are kept for a repository; the oldest go first. One revert goes on at a time, and a plan holds the text of what it changes. */
const MOST = 8;

export interface PlanIdentity {
  /** What stands for a repository as long as it is open. */
  readonly lane: ReadContent;
  /** All that the plan is made of: what can be written as JSON. */
  readonly of: readonly unknown[];
  /** Epoch ms. */
  readonly nowMs: number;
}

interface Kept {
  readonly madeAtMs: number;
  readonly goal: Promise<GoalPlan>;
}

const kept = new WeakMap<ReadContent, Map<string, Kept>>();

/** The plan of this identity, made once within a minute. One that fails is not kept. */
export async function keepPlan({ lane, of, nowMs }: PlanIdentity, make: () => Promise<GoalPlan>): Promise<GoalPlan> {
  const plans = kept.get(lane) ?? new Map<string, Kept>();
  kept.set(lane, plans);
  const text = JSON.stringify(of);
  const known = plans.get(text);
  if (known !== undefined && Math.abs(nowMs - known.madeAtMs) < KEPT_MS) return known.goal;
  const goal = make();
  plans.delete(text);
  plans.set(text, { madeAtMs: nowMs, goal });
  const [oldest] = plans.keys();
  if (plans.size > MOST && oldest !== undefined) plans.delete(oldest);
  goal.catch(() => {
    if (plans.get(text)?.goal === goal) plans.delete(text);
  });
  return goal;
}
