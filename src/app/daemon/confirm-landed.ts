import type { Job } from "../../core/job/job.ts";
import { componentName } from "../../core/model/component.ts";
import { escapeText } from "../../core/model/escape.ts";
import { commitId } from "../../core/model/git.ts";
import type { Plan } from "../../core/plan/types.ts";
import { parseSelectors } from "../../core/selection.ts";
import { LastgoodError } from "../../errors.ts";
import { type ConfirmedComponent, confirmComponents } from "../confirm-components.ts";
import type { DaemonLane, DaemonWorld } from "./daemon-lane.ts";
import { type LandedRevert, planLanded, readLanded } from "./read-landed.ts";
import type { Performing } from "./tick.ts";

/** A revert that was verified, component by component, in the order of its plan. */
export interface Confirmed {
  readonly job: string;
  readonly landed: string;
  readonly components: readonly ConfirmedComponent[];
}

/**
 * Against its plan, which is made once more, and in the cluster. Undefined when that cannot be read, which is said: the job has ended, and
 * nothing is tried again for it.
 */
export async function confirmLanded(
  performing: Performing,
  { engines }: Pick<DaemonWorld, "engines">,
): Promise<Confirmed | undefined> {
  const { facts, look, request } = performing;
  const { log, repository } = request.lane.world;
  const { job } = facts;
  if (job?.landed === undefined) return undefined;
  const { id, landed } = job;
  const unknown = (why: string): undefined => {
    log.warn(`${facts.target.name}: its components cannot be confirmed one by one: ${why}`);
    return undefined;
  };
  try {
    const plan = await findPlan({ job, landed }, performing);
    if (plan?.kind !== "plan") return unknown("what was planned is not found again");
    const { states } = look.observed;
    const asked = { plan, commit: commitId(landed), states };
    return { job: id, landed, components: await confirmComponents(asked, { repository, engines }) };
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.code === "Internal") throw error;
    return unknown(`${error.code}: ${error.message}`);
  }
}

type Planned = Awaited<ReturnType<typeof planLanded>>;

/** Of what went back then: traffic alone, or what a person chose. */
async function findPlan(
  { job, landed }: { readonly job: Job; readonly landed: string },
  { look, request }: Performing,
): Promise<Planned> {
  const lane = beforeQuarantine(request.lane, job);
  const told = await readLanded(landed, { look, lane });
  if (told === undefined) return undefined;
  const query = { look, lane, told, job };
  const plan = await planLanded(query);
  const only = plan?.kind === "plan" ? chosenOf(plan, told) : undefined;
  if (plan?.kind !== "plan" || only === undefined) return plan;
  return planLanded({ ...query, selection: { only: parseSelectors(only), except: plan.selection.except } });
}

/** Undefined: all of it, or it does not say. */
function chosenOf({ components }: Plan, told: LandedRevert): readonly string[] | undefined {
  const said = new Set(told.components);
  const names = [...new Set(components.map(({ component }) => componentName(component)))];
  const chosen = names.filter((name) => said.has(escapeText(name)));
  return chosen.length === 0 || chosen.length === names.length ? undefined : chosen;
}

/** What this revert took back is quarantined by now, which it was not when it was planned. */
function beforeQuarantine(lane: DaemonLane, { id }: Job): DaemonLane {
  const { ledger } = lane.world;
  const read: typeof ledger.read = async () => {
    const reading = await ledger.read();
    return { ...reading, records: reading.records.filter((one) => one.type !== "quarantine" || one.job !== id) };
  };
  return { ...lane, world: { ...lane.world, ledger: { ...ledger, read } } };
}
