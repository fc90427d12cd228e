/**
 * Turns decisions into files. A revert of the whole target brings the checkpoint's files back, with the kept fields put into their
 * text; a revert of a part changes the present files where they are. Where all of a file goes back, it gets the checkpoint's blob.
 */
import { LastgoodError } from "../../errors.ts";
import { isPartial, type Selection } from "../selection.ts";
import type { Decision } from "./decide.ts";
import { editCheckpoint, editInPlace, editReturning, restoreFile } from "./file-edits.ts";
import { isMoved } from "./pair.ts";
import type { PlannedFile, Snapshot } from "./types.ts";

export interface FileFacts {
  readonly current: Snapshot;
  readonly wanted: Snapshot;
  readonly selection: Selection;
}

/** The files to write, in path order; none when no component changes. Throws `Edit*` errors. */
export function planFiles(
  paths: readonly string[],
  decisions: readonly Decision[],
  facts: FileFacts,
): readonly PlannedFile[] {
  if (decisions.every(({ planned }) => planned === undefined)) return [];
  const byPath = groupByPath(decisions);
  const planFile = isPartial(facts.selection) ? planPart : planWhole;
  return paths.flatMap((path) => planFile(path, byPath.get(path) ?? [], facts) ?? []);
}

/** Where the component stands after the revert. */
export function pathAfter({ pair, planned }: Decision, selection: Selection): string {
  const [here, there] = isPartial(selection) ? [pair.current, pair.wanted] : [pair.wanted, pair.current];
  return (here ?? there)?.path ?? planned?.path ?? "";
}

/** Every decision under its present path and its path at the checkpoint. */
function groupByPath(decisions: readonly Decision[]): ReadonlyMap<string, readonly Decision[]> {
  const groups = new Map<string, Decision[]>();
  for (const decision of decisions) {
    const { current, wanted } = decision.pair;
    for (const path of new Set([current, wanted].flatMap((side) => side?.path ?? []))) {
      const group = groups.get(path);
      if (group === undefined) groups.set(path, [decision]);
      else group.push(decision);
    }
  }
  return groups;
}

function planWhole(path: string, decisions: readonly Decision[], facts: FileFacts): PlannedFile | undefined {
  const [current, wanted] = [facts.current.get(path), facts.wanted.get(path)];
  if (decisions.some(({ kept }) => kept.some(({ reason }) => reason === "NotRestorable"))) return undefined;
  if (wanted === undefined || decisions.every(({ full }) => full)) return restoreFile(path, current, wanted);
  return editCheckpoint(
    wanted,
    current,
    decisions.filter(({ pair }) => pair.wanted?.path === path),
  );
}

function planPart(path: string, decisions: readonly Decision[], facts: FileFacts): PlannedFile | undefined {
  const [current, wanted] = [facts.current.get(path), facts.wanted.get(path)];
  const own = decisions.filter(({ pair }) => (pair.current ?? pair.wanted)?.path === path);
  if (own.every(({ untouched }) => untouched)) return undefined;
  if (decisions.every(({ full, pair }) => full && !isMoved(pair))) return restoreFile(path, current, wanted);
  const whole = own.find(({ planned, untouched }) => !untouched && planned?.component.kind === "opaque");
  if (whole !== undefined) {
    throw new LastgoodError("EditUnproved", `${path}: only the whole file can be reverted`, {
      hint: "Revert the whole target, or leave this file out.",
      place: { file: path },
    });
  }
  if (current !== undefined) return editInPlace(current, own, facts.wanted);
  return wanted === undefined ? undefined : editReturning(wanted, own);
}
