/** A plan is told with the images that it brings back and that nothing shows to be there still: asked of the engines once, and never for long. */
import type { EngineState } from "../core/engine/engine-state.ts";
import { imageRisks, returningImages } from "../core/plan/image-risks.ts";
import { type SeenImages, uniteSeen } from "../core/seen-images.ts";
import type { LedgerRecord } from "../core/record.ts";
import { LastgoodError } from "../errors.ts";
import type { Clock } from "../ports/clock.ts";
import type { Engine } from "../ports/engine.ts";
import type { Ledger } from "../ports/ledger.ts";
import type { GoalPlan } from "./plan-goal.ts";
import { inLanes } from "./in-lanes.ts";
import { within } from "./within.ts";

/** Who cannot say it by then is not waited for: a revert is. */
const LONGEST_MS = 5000;
/** So many objects are asked about at once. */
const LANES = 4;

export interface DoubtImages {
  readonly seenImages: () => Promise<SeenImages | undefined>;
  readonly ledger: Pick<Ledger, "read">;
  readonly clock: Pick<Clock, "nowMs">;
}

/** The same plan, with a risk for each of them. Asks nobody when no image comes back; who cannot answer keeps no plan from being made. */
export async function doubtImages(goal: GoalPlan, { seenImages, ledger, clock }: DoubtImages): Promise<GoalPlan> {
  const { plan } = goal;
  if (plan.kind !== "plan" || returningImages(plan).length === 0) return goal;
  const [seen, records] = await Promise.all([seenImages(), recordsOf(ledger)]);
  const facts = { records, nowMs: clock.nowMs() };
  const risks = imageRisks(plan, seen === undefined ? facts : { ...facts, seen });
  return risks.length === 0 ? goal : { ...goal, plan: { ...plan, risks: [...plan.risks, ...risks] } };
}

async function recordsOf(ledger: DoubtImages["ledger"]): Promise<readonly LedgerRecord[]> {
  try {
    return (await ledger.read()).records;
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    return [];
  }
}

export interface AskImages {
  /** Of the target. */
  readonly states: readonly EngineState[];
  /** By name. */
  readonly engines: ReadonlyMap<string, Pick<Engine, "images">>;
  readonly clock: Pick<Clock, "sleep">;
  readonly signal?: AbortSignal;
}

/** What the engines of a target show of images; undefined where one of them does not say it, or has nothing of it here. */
export async function askImages({ states, engines, clock, signal }: AskImages): Promise<SeenImages | undefined> {
  const able = states.filter(({ engine }) => engines.get(engine)?.images !== undefined);
  if (able.length === 0) return undefined;
  const ask = async (until: AbortSignal): Promise<readonly SeenImages[]> => {
    const asked = await inLanes(able, LANES, async (state) => engines.get(state.engine)?.images?.(state, until));
    return asked.filter((one) => one !== undefined);
  };
  try {
    const seen = await within(LONGEST_MS, ask, { clock, signal, late: () => [] });
    return seen.length === 0 ? undefined : uniteSeen(seen);
  } catch (error) {
    signal?.throwIfAborted();
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    return undefined;
  }
}
