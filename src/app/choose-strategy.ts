/** `strategy: traffic-first`: may traffic go back alone now, before the workloads themselves? */
import { escapeText, shorten } from "../core/model/escape.ts";
import type { Status } from "../core/kstatus/status.ts";
import type { Plan } from "../core/plan/types.ts";
import { parseSelectors, type Selection } from "../core/selection.ts";
import { LastgoodError } from "../errors.ts";
import type { EngineState } from "../core/engine/engine-state.ts";
import type { Engine, Reason } from "../ports/engine.ts";
import { inLanes } from "./in-lanes.ts";

/** By `Deployment/api`: how workloads are in the cluster now. `Current` only with a pod that is. */
export type LiveStatuses = ReadonlyMap<string, Status>;

/**
 * What goes back first. `message`: why, one sentence without its full stop.
 * - `all`: traffic cannot go back alone
 * - `traffic-first`: it can, and all that it needs is `Current`
 * - `unproven`: it can as far as git tells, and nobody has seen that what it needs runs. Only a person may go on
 */
export type ChosenStrategy =
  | { readonly kind: "all"; readonly message: string }
  | {
      readonly kind: "traffic-first" | "unproven";
      readonly message: string;
      /** Instead of that of the plan. */
      readonly selection: Selection;
      /** What has to be `Current` for it; empty: nobody knows. */
      readonly needs: readonly string[];
    };

/** `live`: undefined when no cluster was asked. Plan anew with the `selection`, and the plan is what goes back. */
export function chooseStrategy(
  { trafficFirst, selection: { except } }: Pick<Plan, "trafficFirst" | "selection">,
  live: LiveStatuses | undefined,
): ChosenStrategy {
  if (trafficFirst === undefined) {
    return { kind: "all", message: "nothing in git brings traffic back apart from the pods" };
  }
  const { only, needs } = trafficFirst;
  const selection: Selection = { only: parseSelectors(only), except };
  const carriers = namesText(only);
  if (needs.length === 0) {
    const message = `${carriers} can go back alone, and git does not tell which pods get the traffic then`;
    return { kind: "unproven", message, selection, needs };
  }
  const statuses = needs.map((name) => ({ name, status: live?.get(name) ?? "Unknown" }));
  const broken = statuses.find(({ status }) => status !== "Current" && status !== "Unknown");
  if (broken !== undefined) {
    const message = `traffic cannot go back alone: ${nameText(broken.name)}, which would get it, is ${broken.status}`;
    return { kind: "all", message };
  }
  const unknown = statuses.filter(({ status }) => status === "Unknown").map(({ name }) => name);
  if (unknown.length > 0) {
    const message = `${namesText(unknown)} must be Current to get the traffic, and nobody has seen that`;
    return { kind: "unproven", message, selection, needs };
  }
  return {
    kind: "traffic-first",
    message: `${carriers} alone: ${namesText(needs)} gets the traffic, and is Current`,
    selection,
    needs,
  };
}

function namesText(names: readonly string[]): string {
  const shown = names.slice(0, 3).map(nameText).join(", ");
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

function nameText(name: string): string {
  return escapeText(shorten(name, 100));
}

/** So many objects are asked about at once. */
const LANES = 4;

/** How the workloads of a target are now; undefined when no engine can tell. Asks clusters, see `readLiveReasons`. */
export async function readLiveStatuses(
  ...asked: Parameters<typeof readLiveReasons>
): Promise<LiveStatuses | undefined> {
  const known = await readLiveReasons(...asked);
  return known.length === 0 ? undefined : liveStatusesOf(known);
}

/** What is live of a target, as far as engines can tell. `patient`: throws what trying again may mend. */
export async function readLiveReasons(
  states: readonly EngineState[],
  engines: ReadonlyMap<string, Pick<Engine, "explain">>,
  { patient = false }: { readonly patient?: boolean } = {},
): Promise<readonly Reason[]> {
  const reasons = await inLanes(states, LANES, async (state) => {
    try {
      return await engines.get(state.engine)?.explain(state);
    } catch (error) {
      if (!(error instanceof LastgoodError) || error.code === "Internal" || (patient && error.transient)) throw error;
      return undefined;
    }
  });
  return reasons.filter((reason) => reason !== undefined);
}

/** Of two objects of one name, in two namespaces, that is well only which is so in both. */
export function liveStatusesOf(reasons: readonly Reason[]): LiveStatuses {
  const statuses = new Map<string, Status>();
  const visit = (reason: Reason): void => {
    const name = `${reason.id.kind}/${reason.id.name}`;
    const status = seenStatus(reason);
    const known = statuses.get(name);
    if (known === undefined || known === "Current") statuses.set(name, status);
    for (const below of reason.below) visit(below);
  };
  for (const reason of reasons) visit(reason);
  return statuses;
}

/** What is `Current` without pods (scaled to zero), or is not followed down to them, gets no traffic on its word. */
function seenStatus({ status: { status }, below }: Reason): Status {
  if (status !== "Current") return status;
  return below.some(hasPod) ? "Current" : "Unknown";
}

function hasPod({ id, status, below }: Reason): boolean {
  return (id.kind === "Pod" && status.status === "Current") || below.some(hasPod);
}
