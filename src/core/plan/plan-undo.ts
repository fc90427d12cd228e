/** Station *plan*, for an undo: what the inverse of some commits changes. The files are given; here they are described. */
import { EVERYTHING, isPartial } from "../selection.ts";
import type { ChartDecision } from "../undo/chart-habit.ts";
import { attributeKept, attributePlanned, touchesOf } from "./attribute.ts";
import { chartRisks } from "./chart-risks.ts";
import { type Decision, sidesOf } from "./decide.ts";
import { editCheckpoint, restoreFile } from "./file-edits.ts";
import { differingPaths, pairComponents } from "./pair.ts";
import { decideAll, planRevert, trafficOf } from "./plan-revert.ts";
import { findRisks } from "./risks.ts";
import type { Kept, NothingToDo, Plan, PlanFacts, PlannedFile } from "./types.ts";

export interface UndoFacts extends Omit<PlanFacts, "goal"> {
  readonly goal: Extract<PlanFacts["goal"], { readonly kind: "undo" }>;
  /** Of the wanted files: those whose contents are in no repository yet, by path. */
  readonly fresh: ReadonlySet<string>;
  /** What becomes of the versions of charts, where nobody said it. */
  readonly charts?: readonly ChartDecision[];
}

/** Throws as `planRevert` does when only a part is selected. */
export function planUndo(facts: UndoFacts): Plan | NothingToDo {
  const plan = isPartial(facts.selection) ? planRevert(facts) : planAll(facts);
  if (plan.kind === "nothing-to-do") return plan;
  const files = plan.files.map((file) => withText(file, facts));
  const risks = [...plan.risks, ...chartRisks(plan, facts.charts ?? [])];
  return { ...plan, suspects: facts.goal.commits, files, risks };
}

/** All of it goes, but what somebody else owns: every file is as the undo made it, with the kept fields put into its text. */
function planAll(facts: UndoFacts): Plan | NothingToDo {
  const { target, base, branch, goal, suspect, undone, unrelated, current, wanted, steps, selection } = facts;
  const paths = differingPaths(current, wanted);
  const decisions = decideAll(pairComponents(current, wanted, paths), {
    selection: EVERYTHING,
    current,
    wanted,
    isChosen: facts.isChosen ?? false,
  });
  const kept = decisions.flatMap((decision) => {
    const touches = touchesOf(sidesOf(decision.pair), steps);
    return ownedOf(decision).map((item) => attributeKept(item, touches));
  });
  const files = paths.flatMap((path) => planFile(path, decisions, facts) ?? []);
  if (files.length === 0) return { kind: "nothing-to-do", target, base, goal, kept };
  const components = decisions.flatMap(({ pair, planned }) =>
    planned === undefined ? [] : [attributePlanned(planned, touchesOf(sidesOf(pair), steps))],
  );
  const planned = { components, kept, files, suspects: goal.commits };
  const risks = findRisks(facts, planned);
  const head = { kind: "plan" as const, target, branch, base, goal, suspect, selection };
  return {
    ...head,
    ...planned,
    risks,
    ...trafficOf(facts, components),
    ...(facts.declared === undefined ? {} : { declared: facts.declared }),
    undone,
    unrelated,
  };
}

/** An undo leaves links and submodules to git: only fields are kept. */
function ownedOf({ kept }: Decision): readonly Kept[] {
  return kept.filter(({ field }) => field !== undefined);
}

/** Undefined: with what is kept, the file is as it stands. */
function planFile(path: string, decisions: readonly Decision[], facts: UndoFacts): PlannedFile | undefined {
  const [current, wanted] = [facts.current.get(path), facts.wanted.get(path)];
  const own = decisions.filter(({ pair }) => pair.wanted?.path === path);
  if (wanted === undefined || own.every((decision) => ownedOf(decision).length === 0)) {
    return restoreFile(path, current, wanted);
  }
  return editCheckpoint(wanted, current, own);
}

/** A blob that is in no repository yet is written as text. */
function withText(file: PlannedFile, { fresh, wanted }: UndoFacts): PlannedFile {
  const text = wanted.get(file.path)?.manifest.text;
  if (file.action !== "restore" || !fresh.has(file.path) || text === undefined) return file;
  return { ...file, action: "edit", after: { mode: file.after.mode, text }, method: "hunks" };
}
