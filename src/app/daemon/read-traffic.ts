/** Did a revert that landed take back the traffic alone, and how is what carries and gets it now? */
import { sourceName } from "../../core/discovery.ts";
import type { Job } from "../../core/job/job.ts";
import type { TrafficFirst } from "../../core/strategy/traffic-first.ts";
import { CARRIER_KINDS } from "../../core/strategy/traffic.ts";
import type { TrafficFacts } from "../../core/verification.ts";
import { LastgoodError } from "../../errors.ts";
import type { Reason } from "../../ports/engine.ts";
import { liveStatusesOf, readLiveReasons } from "../choose-strategy.ts";
import type { DaemonWorld, LaneReading, VerifiedLook } from "./daemon-lane.ts";
import { type LandedRevert, planLanded, readLanded } from "./read-landed.ts";

export interface ReadTraffic {
  readonly look: VerifiedLook;
  readonly lane: LaneReading;
  /** The commit on the target's branch. */
  readonly landed: string;
  /** Missing: none is on record. */
  readonly job?: Pick<Job, "checkpoint">;
}

/**
 * Undefined: all of the target went back, or nobody can tell what gets the traffic: then all of it counts. Found again from git, as the commit
 * tells it and the plan before it confirms: the ledger may be lost.
 */
export async function readTraffic(
  request: ReadTraffic,
  { engines }: Pick<DaemonWorld, "engines">,
): Promise<TrafficFacts | undefined> {
  const first = await findFirst(request);
  if (first === undefined || first.needs.length === 0) return undefined;
  const { watched, states } = request.look.observed;
  const reasons = await readLiveReasons(states, engines);
  const statuses = liveStatusesOf(reasons);
  // Most carriers have no status of their own: only what is said against them counts.
  const carriers = first.only.filter((name) => !["Current", "Unknown"].includes(statuses.get(name) ?? "Unknown"));
  return {
    objects: [...carriers, ...first.needs].map((name) => {
      const sinceMs = sinceOf(name, reasons);
      return { name, status: statuses.get(name) ?? "Unknown", ...(sinceMs === undefined ? {} : { sinceMs }) };
    }),
    ignored: watched.objects.map(sourceName),
    stay: first.stay,
  };
}

async function findFirst({ look, lane, landed, job }: ReadTraffic): Promise<TrafficFirst | undefined> {
  try {
    const told = await readLanded(landed, { look, lane });
    if (told === undefined || !isTraffic(told)) return undefined;
    const plan = await planLanded({ look, lane, told, ...(job === undefined ? {} : { job }) });
    const first = plan?.kind === "plan" ? plan.trafficFirst : undefined;
    const isIt =
      first?.only.length === told.components.length && told.components.every((name) => first.only.includes(name));
    return isIt ? first : undefined;
  } catch (error) {
    if (!(error instanceof LastgoodError) || error.transient || error.code === "Internal") throw error;
    return undefined;
  }
}

/** Nothing but carriers went back, it says. */
function isTraffic({ components }: LandedRevert): boolean {
  return components.length > 0 && components.every((name) => CARRIER_KINDS.includes(name.split("/")[0] ?? ""));
}

/** The latest, where several have that name. */
function sinceOf(name: string, reasons: readonly Reason[]): number | undefined {
  const times = reasons.flatMap(function visit({ id, status, below }): readonly number[] {
    const own = `${id.kind}/${id.name}` === name && status.sinceMs !== undefined ? [status.sinceMs] : [];
    return [...own, ...below.flatMap(visit)];
  });
  return times.length === 0 ? undefined : Math.max(...times);
}
