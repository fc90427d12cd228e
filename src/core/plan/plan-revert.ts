/** Station *plan*: the target's present content against its checkpoint, both ways, component by component. */
import { namesComponent, requireMatches, type Selection, type Selector } from "../selection.ts";
import { type Component, componentName } from "../model/component.ts";
import type { Revision } from "../model/git.ts";
import { stringAt, valueAt } from "../model/json.ts";
import { attribute } from "./attribute.ts";
import { type Decision, decidePair } from "./decide.ts";
import { planFiles } from "./files.ts";
import { findAutoscalers } from "./owners.ts";
import { differingPaths, pairComponents } from "./pair.ts";
import { findRisks } from "./risks.ts";
import type { Kept, NothingToDo, Plan, PlanFacts, PlannedComponent, Snapshot, Step } from "./types.ts";

/** Throws `UsageComponent` for a selection that names nothing, `Edit*` when an edit cannot be proved. */
export function planRevert(facts: PlanFacts): Plan | NothingToDo {
  const { target, base, branch, checkpoint, current, wanted, steps } = facts;
  const paths = differingPaths(current, wanted);
  const pairs = pairComponents(current, wanted, paths);
  const selection = withWorkloadRefs(facts.selection, current);
  requireMatches(
    facts.selection,
    pairs.flatMap((pair) => [pair.current, pair.wanted]).filter((side) => side !== undefined),
  );
  const autoscalers = findAutoscalers(current);
  const decisions = pairs.map((pair) => decidePair(pair, { selection, autoscalers }));
  const files = planFiles(paths, decisions, { current, wanted, selection });
  const kept = decisions.flatMap((decision) => decision.kept.map((item) => attributeKept(item, decision, steps)));
  if (files.length === 0) return { kind: "nothing-to-do", target, base, checkpoint, kept };
  const components = decisions.flatMap((decision) => attributePlanned(decision, steps));
  const suspects = suspectsOf(components, facts);
  const plan = { components, kept, files, suspects };
  return {
    kind: "plan",
    target,
    branch,
    base,
    checkpoint,
    suspect: facts.suspect,
    selection: facts.selection,
    ...plan,
    risks: findRisks(facts, plan),
    undone: facts.undone,
    unrelated: facts.unrelated,
  };
}

function attributePlanned({ planned, pair }: Decision, steps: readonly Step[]): readonly PlannedComponent[] {
  return planned === undefined ? [] : [attribute(planned, pathsOf(pair.current, pair.wanted), steps)];
}

function attributeKept(kept: Kept, { pair }: Decision, steps: readonly Step[]): Kept {
  if (kept.field === undefined) return kept;
  const paths = pathsOf(pair.current, pair.wanted);
  const whole: PlannedComponent = {
    component: kept.component,
    path: kept.component.path,
    change: "change",
    patch: [],
    fields: [kept.field],
  };
  const [field] = attribute(whole, paths, steps).fields;
  return field === undefined ? kept : { ...kept, field };
}

function pathsOf(...sides: readonly (Component | undefined)[]): readonly string[] {
  return [...new Set(sides.flatMap((side) => side?.path ?? []))];
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

/** Whoever selects a Rollout means the object that its `workloadRef` takes the pod template from, too. */
function withWorkloadRefs(selection: Selection, current: Snapshot): Selection {
  const components = [...current.values()].flatMap(({ manifest }) => manifest.components);
  return { only: expand(selection.only, components), except: expand(selection.except, components) };
}

function expand(selectors: readonly Selector[], components: readonly Component[]): readonly Selector[] {
  return selectors.flatMap((selector) => {
    if (selector.object === undefined) return [selector];
    const referenced = components
      .filter((component) => namesComponent(selector, component))
      .flatMap((component): readonly Selector[] => {
        const ref = component.kind === "object" ? valueAt(component.value, "spec", "workloadRef") : undefined;
        const [kind, name] = [stringAt(ref, "kind"), stringAt(ref, "name")];
        if (kind === undefined || name === undefined) return [];
        const facet = selector.facet === undefined ? {} : { facet: selector.facet };
        return [{ text: `${selector.text} (${componentName(component)})`, object: { kind, name }, ...facet }];
      });
    return [selector, ...referenced];
  });
}
