/** Why an undo changes nothing: it was undone before, it never was here, or it is kept. */
import { shorten } from "../core/model/escape.ts";
import { type Revision, shortId, subjectOf } from "../core/model/git.ts";
import { type Hold, hold, setterOf } from "../core/model/hold.ts";
import { shellLine } from "../core/model/shell.ts";
import { type Target, titleOf } from "../core/model/target.ts";
import type { NothingToDo } from "../core/plan/types.ts";
import { isPartial, type Selection } from "../core/selection.ts";
import type { Repository } from "../ports/repository.ts";
import { type Asked, askAgain, undoWords } from "./asked.ts";
import type { UndoOutcome, UndoStep } from "./undo-commits.ts";
import type { UndoGoal } from "./undo-goal.ts";

export interface NothingFacts {
  readonly target: Target;
  readonly goal: UndoGoal;
  readonly selection: Selection;
  readonly asked?: Asked | undefined;
  readonly outcome: UndoOutcome;
  /** Did a person decide to keep something? */
  readonly decided: boolean;
  readonly nothing: NothingToDo;
}

/** `AlreadyReverted` with the commits that did it, or what else was found. */
export async function nothingLeft(facts: NothingFacts, repository: Repository): Promise<NothingToDo | Hold> {
  const { outcome, nothing, goal, decided, selection, target } = facts;
  const names = goal.commits.map(shortId).join(", ");
  const where = placeOf(target);
  if (outcome.steps.every(({ changes }) => changes.length === 0)) return untouched(facts, repository);
  if (decided)
    return {
      ...nothing,
      found: `every place that ${names} changed${where} keeps what it holds now, as --resolve says`,
    };
  const isOwned = nothing.kept.some(({ owner }) => owner !== undefined);
  if (outcome.files.length > 0 && isPartial(selection) && !isOwned) {
    const whole = { ...facts, asked: withoutSelection(facts.asked) };
    return {
      ...nothing,
      found: `${names} did nothing${where} that --only and --except leave in`,
      hints: [`${askAgain("plan", whole, undoWords(goal))}    # shows all that would be undone`],
    };
  }
  return outcome.files.length === 0 && outcome.already.length > 0 ? alreadyReverted(facts) : nothing;
}

function placeOf(target: Target): string {
  return target.origin.kind === "change" ? "" : ` in ${titleOf(target)}`;
}

/** Commits that are named one by one. */
const MAX_NAMED = 3;

function alreadyReverted({ target, goal, asked, outcome }: NothingFacts): Hold {
  const setters = new Map(outcome.already.flatMap(({ by }) => (by === undefined ? [] : [[by.id, by]])));
  const by = [...setters.values()].toSorted((a, b) => b.committedAtMs - a.committedAtMs);
  const named = by.slice(0, MAX_NAMED).map(nameOf);
  const more = by.length > MAX_NAMED ? ` and ${by.length - MAX_NAMED} more` : "";
  const what = goal.commits.map(shortId).join(", ");
  const verb = goal.commits.length === 1 ? "was" : "were";
  const who = named.length === 0 ? "since" : `by ${named.join(", ")}${more}`;
  const [newest] = by;
  const elsewhere = asked?.place.some((word) => word.startsWith("--repo")) === true;
  const place = asked?.target ?? (target.origin.kind === "change" ? undefined : target.name);
  const found = hold(
    "AlreadyReverted",
    `${what} ${verb} reverted already${placeOf(target)} ${who}: nothing of it is left`,
    [
      ...(newest === undefined || elsewhere ? [] : [`git show ${newest.id.slice(0, 12)}    # how it was reverted`]),
      ...(place === undefined
        ? []
        : [`${shellLine(["lastgood", "history", place, ...(asked?.place ?? [])])}    # what came since`]),
      ...(newest === undefined
        ? []
        : [
            `${askAgain("plan", { target, asked }, ["--commit", newest.id.slice(0, 12)])}    # what would bring it back`,
          ]),
    ],
  );
  return { ...found, revertedBy: by.map(setterOf) };
}

function nameOf(revision: Revision): string {
  return `${shortId(revision.id)} "${shorten(subjectOf(revision), 60)}" (${revision.author})`;
}

/** Files that are named of what a commit changed elsewhere. */
const MAX_FILES = 3;

async function untouched(
  { target, goal, asked, outcome, nothing }: NothingFacts,
  repository: Repository,
): Promise<NothingToDo> {
  const names = outcome.steps.map(({ revision }) => shortId(revision.id)).join(", ");
  const paths = [...new Set((await Promise.all(outcome.steps.map(async (step) => pathsOf(step, repository)))).flat())];
  if (paths.length === 0) {
    const merges = outcome.steps.filter(({ revision }) => revision.parents.length > 1);
    const other = askAgain("plan", { target, asked }, [...undoWords({ ...goal, mainline: 2 })]);
    return {
      ...nothing,
      found: `${names} changed no file${merges.length > 0 ? " against the parent that it is compared with" : ""}`,
      hints:
        merges.length > 0 && goal.mainline === undefined ? [`${other}    # compares it with its other parent`] : [],
    };
  }
  const more = paths.length > MAX_FILES ? ` and ${paths.length - MAX_FILES} more` : "";
  const everything = { target: { ...target, origin: { kind: "change" } } as const, asked: withoutTarget(asked) };
  const history = shellLine(["lastgood", "history", asked?.target ?? target.name, ...(asked?.place ?? [])]);
  return {
    ...nothing,
    found: `${names} never touched a file of ${titleOf(target)}: it changed ${paths.slice(0, MAX_FILES).join(", ")}${more}; nothing to undo`,
    hints: [
      `${askAgain("plan", everything, undoWords(goal))}    # undoes it where it was made`,
      `${history}    # what did change ${titleOf(target)}`,
    ],
  };
}

async function pathsOf({ revision, against }: UndoStep, repository: Repository): Promise<readonly string[]> {
  const changes = against === undefined ? [] : await repository.refs.diff(against, revision.id);
  return changes.map(({ path }) => path);
}

function withoutTarget(asked: Asked | undefined): Asked | undefined {
  if (asked === undefined) return undefined;
  const { target: _, ...rest } = asked;
  return rest;
}

function withoutSelection(asked: Asked | undefined): Asked | undefined {
  return asked === undefined ? undefined : { ...asked, selection: [] };
}
