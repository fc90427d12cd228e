/** `--traffic-first`, and `strategy: traffic-first` of the policy: what is selected when traffic can go back alone. */
import { chooseStrategy } from "../../../app/choose-strategy.ts";
import { type GoalQuery, planGoal } from "../../../app/plan-goal.ts";
import { escapeText } from "../../../core/model/escape.ts";
import { type Hold, hold } from "../../../core/model/hold.ts";
import { shellLine } from "../../../core/model/shell.ts";
import type { Selection } from "../../../core/selection.ts";
import type { CommandContext } from "../context.ts";
import type { OpenedTarget } from "../open-target.ts";

interface Ordering {
  readonly options: {
    readonly only?: readonly string[];
    readonly except?: readonly string[];
    readonly trafficFirst?: boolean;
  };
  readonly opened: OpenedTarget;
  readonly context: CommandContext;
  /** Nobody looks at it before it counts: what was not seen to run gets no traffic. */
  readonly isUnattended: boolean;
}

/**
 * The selection of the query, or that of what carries traffic where this is asked for, can be, and is safe: looked for in the plan and in the
 * cluster, as far as one can be asked. Holds only where a flag asked for it: a policy then means all.
 */
export async function orderSelection(
  query: GoalQuery,
  { options, opened, context, isUnattended }: Ordering,
): Promise<Selection | Hold> {
  const isAsked = options.trafficFirst === true;
  const isChosen = options.only !== undefined || options.except !== undefined;
  const isMeant = opened.policy?.strategy === "traffic-first" && options.trafficFirst === undefined && !isChosen;
  if (!isAsked && !isMeant) return query.selection;
  const { plan } = await planGoal(query, opened.world);
  if (plan.kind !== "plan") return query.selection;
  const live = plan.trafficFirst === undefined ? undefined : await opened.liveStatuses?.(query.target);
  const chosen = chooseStrategy(plan, live);
  if (chosen.kind === "traffic-first") {
    context.say([`traffic first: ${chosen.message}`]);
    return chosen.selection;
  }
  if (chosen.kind === "unproven" && !isUnattended) {
    context.log.warn(`traffic first: ${chosen.message}`);
    return chosen.selection;
  }
  const message = `${query.target.name}: ${chosen.message}`;
  if (isAsked) return hold("Inconclusive", message, hintsFor(query, chosen.kind));
  context.say([`note: not traffic first: ${escapeText(message)}`]);
  return query.selection;
}

function hintsFor({ target }: GoalQuery, kind: "all" | "unproven"): readonly string[] {
  const named = target.origin.kind === "change" ? [] : [target.name];
  const all = `${shellLine(["lastgood", "revert", ...named, "--no-traffic-first"])}    takes all of it back`;
  return kind === "all" ? [all] : ["name the cluster with --context, or look yourself and use --mode propose", all];
}
