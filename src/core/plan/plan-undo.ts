/** Station *plan*, for an undo: what the inverse of some commits changes. The files are given; here they are described. */
import { EVERYTHING, isPartial } from "../selection.ts";
import { countLines } from "../text-diff.ts";
import { attributePlanned, touchesOf } from "./attribute.ts";
import { decidePair, sidesOf } from "./decide.ts";
import { differingPaths, pairComponents } from "./pair.ts";
import { planRevert } from "./plan-revert.ts";
import { findRisks } from "./risks.ts";
import type { NothingToDo, Plan, PlanFacts, PlannedFile, TargetFile } from "./types.ts";

export interface UndoFacts extends Omit<PlanFacts, "goal"> {
  readonly goal: Extract<PlanFacts["goal"], { readonly kind: "undo" }>;
  /** Of the wanted files: those whose contents are in no repository yet, by path. */
  readonly fresh: ReadonlySet<string>;
}

/** Throws as `planRevert` does when only a part is selected. */
export function planUndo(facts: UndoFacts): Plan | NothingToDo {
  const plan = isPartial(facts.selection) ? planRevert(facts) : planAll(facts);
  if (plan.kind === "nothing-to-do") return plan;
  return { ...plan, suspects: facts.goal.commits, files: plan.files.map((file) => withText(file, facts)) };
}

/** All of it goes: every file is as the undo made it, and nothing is left to decide. */
function planAll(facts: UndoFacts): Plan | NothingToDo {
  const { target, base, branch, goal, suspect, undone, unrelated, current, wanted, steps, selection } = facts;
  const paths = differingPaths(current, wanted);
  if (paths.length === 0) return { kind: "nothing-to-do", target, base, goal, kept: [] };
  const files = paths.map((path) => wholeFile(path, current.get(path), wanted.get(path)));
  const components = pairComponents(current, wanted, paths).flatMap((pair) => {
    const { planned } = decidePair(pair, { selection: EVERYTHING, autoscalers: new Map() });
    return planned === undefined ? [] : [attributePlanned(planned, touchesOf(sidesOf(pair), steps))];
  });
  const planned = { components, kept: [], files, suspects: goal.commits };
  const risks = findRisks(facts, planned);
  return { kind: "plan", target, branch, base, goal, suspect, selection, ...planned, risks, undone, unrelated };
}

function wholeFile(path: string, current: TargetFile | undefined, wanted: TargetFile | undefined): PlannedFile {
  const [beforeText, afterText] = [current?.manifest.text, wanted?.manifest.text];
  const { added, removed } = countLines(beforeText ?? "", afterText ?? "");
  const head = {
    path,
    linesAdded: added,
    linesRemoved: removed,
    ...(current === undefined ? {} : { before: current.state }),
    ...(beforeText === undefined ? {} : { beforeText }),
    ...(afterText === undefined ? {} : { afterText }),
  };
  return wanted === undefined ? { ...head, action: "remove" } : { ...head, action: "restore", after: wanted.state };
}

/** A blob that is in no repository yet is written as text. */
function withText(file: PlannedFile, { fresh, wanted }: UndoFacts): PlannedFile {
  const text = wanted.get(file.path)?.manifest.text;
  if (file.action !== "restore" || !fresh.has(file.path) || text === undefined) return file;
  return { ...file, action: "edit", after: { mode: file.after.mode, text }, method: "hunks" };
}
