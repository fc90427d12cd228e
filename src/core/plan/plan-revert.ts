/** Station *plan*: the target's present content against its checkpoint, both ways, component by component. */
import { type Component, componentName } from "../model/component.ts";
import type { Revision } from "../model/git.ts";
import { isPartial, requireMatches } from "../selection.ts";
import { attributeKept, attributePlanned, touchesOf } from "./attribute.ts";
import { type Decision, decidePair, sidesOf } from "./decide.ts";
import { requireSingle } from "./duplicates.ts";
import { pathAfter, planFiles } from "./files.ts";
import { filesAfter, mentionRule } from "./mentions.ts";
import { findStrategy } from "../strategy/strategy.ts";
import { carriesChange, trafficFirst } from "../strategy/traffic-first.ts";
import { findAutoscalers } from "./owners.ts";
import { differingPaths, type Pair, pairComponents } from "./pair.ts";
import { findRisks } from "./risks.ts";
import type { NothingToDo, Plan, PlanFacts, PlannedComponent, Snapshot } from "./types.ts";
import { withWorkloadRefs } from "./workload-refs.ts";

/**
 * Throws `UsageComponent` for a selection that names nothing, `RepositoryRename` and `ManifestDuplicate` where it cannot be told
 * which object is meant, `Edit*` when an edit cannot be proved.
 */
export function planRevert(facts: PlanFacts): Plan | NothingToDo {
  const { target, base, branch, goal, current, wanted, undone, unrelated } = facts;
  const paths = differingPaths(current, wanted);
  const pairs = pairComponents(current, wanted, paths);
  const known = [...componentsOf(current), ...componentsOf(wanted)];
  requireMatches(facts.selection, reachable(known, pairs), pairs.flatMap(sidesOf));
  const selection = withWorkloadRefs(facts.selection, known);
  const decisions = decideAll(pairs, { ...facts, selection });
  const changed = decisions.filter(({ planned, kept }) => planned !== undefined || kept.length > 0);
  const attributed = changed.map((decision) => attributeDecision(decision, { ...facts, selection }));
  const kept = attributed.flatMap(({ kept }) => kept);
  const files = planFiles(paths, decisions, { current, wanted, selection });
  if (files.length === 0) return { kind: "nothing-to-do", target, base, goal, kept };
  const components = attributed.flatMap(({ planned }) => planned ?? []);
  requireSingle(target, components, [current, wanted]);
  const planned = { components, kept, files, suspects: suspectsOf(components, facts) };
  const { suspect } = facts;
  const head = { kind: "plan" as const, target, branch, base, goal, suspect, selection: facts.selection };
  const declared = facts.declared === undefined ? {} : { declared: facts.declared };
  return {
    ...head,
    ...planned,
    risks: findRisks(facts, planned),
    ...trafficOf(facts, components),
    ...declared,
    undone,
    unrelated,
  };
}

/** How traffic goes back with it. Nothing is said where the files at hand do not tell. */
export function trafficOf(
  { current, wanted, around = [] }: Pick<PlanFacts, "current" | "wanted" | "around">,
  changed: readonly PlannedComponent[],
): Pick<Plan, "strategy" | "trafficFirst"> {
  const [now, then] = [componentsOf(current), componentsOf(wanted)];
  const moving = changed.filter(carriesChange).map(({ component }) => componentName(component));
  const strategy = findStrategy(now, { around, moving });
  const first = trafficFirst(changed, { before: [...now, ...around], after: [...then, ...around] });
  return {
    ...(strategy.kind === "unknown" ? {} : { strategy }),
    ...(first === undefined ? {} : { trafficFirst: first }),
  };
}

/** Without what stands in files that only go back whole: naming an object there must not pass for "nothing to do". */
function reachable(known: readonly Component[], pairs: readonly Pair[]): readonly Component[] {
  const whole = new Set(
    pairs.flatMap((pair) => sidesOf(pair).flatMap(({ kind, path }) => (kind === "opaque" ? path : []))),
  );
  return known.filter(({ kind, path }) => kind !== "object" || !whole.has(path));
}

/** What scales a workload counts only if the revert leaves it there; what mentions files goes with them. */
export function decideAll(
  pairs: readonly Pair[],
  { selection, current, wanted, isChosen = false }: Pick<PlanFacts, "selection" | "current" | "wanted" | "isChosen">,
): readonly Decision[] {
  const leaving = pairs
    .filter((pair) => pair.wanted === undefined)
    .map((pair) => decidePair(pair, { selection, isChosen, autoscalers: new Map() }));
  const gone = new Set(leaving.filter(({ full }) => full).map(({ pair }) => pair.current));
  const autoscalers = findAutoscalers(componentsOf(current).filter((component) => !gone.has(component)));
  const decisions = pairs.map((pair) => decidePair(pair, { selection, isChosen, autoscalers }));
  if (!isPartial(selection)) return decisions;
  const files = filesAfter(decisions, { current, wanted });
  return decisions.map((decision) => {
    const { pair } = decision;
    const goesWithFile = pair.current === undefined ? undefined : mentionRule(pair.current, files);
    return goesWithFile === undefined ? decision : decidePair(pair, { selection, isChosen, autoscalers, goesWithFile });
  });
}

function componentsOf(snapshot: Snapshot): readonly Component[] {
  return [...snapshot.values()].flatMap(({ manifest }) => manifest.components);
}

function attributeDecision(decision: Decision, { selection, steps }: PlanFacts): Pick<Decision, "planned" | "kept"> {
  const touches = touchesOf(sidesOf(decision.pair), steps);
  const { planned, kept } = decision;
  const path = pathAfter(decision, selection);
  return {
    planned: planned === undefined ? undefined : attributePlanned({ ...planned, path }, touches),
    kept: kept.map((item) => attributeKept(item, touches)),
  };
}

/** The commits that set what goes back, newest first; the suspect when none can be named. */
function suspectsOf(components: readonly PlannedComponent[], facts: PlanFacts): readonly Revision[] {
  const setters = new Set(
    components.flatMap(({ fields, setBy }) =>
      fields.length === 0 ? (setBy?.id ?? []) : fields.flatMap((field) => field.setBy?.id ?? []),
    ),
  );
  const named = facts.undone.map(({ revision }) => revision).filter(({ id }) => setters.has(id));
  return named.length === 0 ? [facts.suspect.revision] : named;
}
