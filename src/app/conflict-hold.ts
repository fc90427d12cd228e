/** The hold of an undo that later work overlaps: every place, and the ways out as commands, best first. */
import { shorten } from "../core/model/escape.ts";
import { type CommitId, type Revision, shortId, subjectOf } from "../core/model/git.ts";
import { type Conflict, type Hold, hold, setterOf } from "../core/model/hold.ts";
import { flagWords } from "../core/model/shell.ts";
import type { JsonValue } from "../core/model/json.ts";
import type { Target } from "../core/model/target.ts";
import { valueText } from "../core/patch/display.ts";
import { maskText } from "../core/plan/mask-text.ts";
import { HIDDEN, redactText, redactValue } from "../core/redact.ts";
import type { FieldConflict } from "../core/undo/types.ts";
import { type Asked, askAgain, undoWords } from "./asked.ts";
import type { OwnedConflict } from "./blame-conflicts.ts";
import type { ResolutionRule, UndoGoal } from "./undo-goal.ts";

export interface ConflictFacts {
  readonly target: Target;
  readonly goal: UndoGoal;
  readonly asked?: Asked | undefined;
  readonly conflicts: readonly OwnedConflict[];
  /** The commits that were tried. */
  readonly tried: readonly CommitId[];
  /** The rules that decided something; a name that fits no place is said, since it is likely misspelt. */
  readonly used: ReadonlySet<ResolutionRule>;
}

/** Nothing is decided unasked: every way out is a command that does the same again with one more answer. */
export function conflictHold(facts: ConflictFacts): Hold {
  const { goal, conflicts, tried, used } = facts;
  const undone = tried.map(shortId).join(", ");
  const places = conflicts.length === 1 ? "1 place" : `${conflicts.length} places`;
  const idle = goal.resolutions.filter((rule) => !used.has(rule)).map(({ field }) => field);
  const unused = idle.length === 0 ? "" : `; no place is named ${idle.map((field) => `"${field}"`).join(", ")}`;
  const fields = fieldNames(conflicts);
  const found = hold(
    "Conflict",
    `later work changed ${places} that ${undone} had changed: nothing was written${unused}`,
    proposals(facts, fields[0] ?? "*"),
  );
  const again = askAgain("plan", facts, undoWords(goal));
  return { ...found, conflicts: conflicts.map((conflict, at) => shown(conflict, fields[at] ?? "*")), again };
}

/** Ranked: undo what depends on it too, take the good values, keep the present ones. Each can be looked at first. */
function proposals(facts: ConflictFacts, first: string): readonly string[] {
  const { goal, conflicts } = facts;
  const revert = (words: readonly string[], why: string): string =>
    `${askAgain("revert", facts, [...undoWords(goal), ...words])}    # ${why}`;
  const later = laterWork(goal, conflicts);
  const names = later.slice(0, MAX_NAMES).map((setter) => `${shortId(setter.id)} "${shorten(subjectOf(setter), 60)}"`);
  const more = later.length > MAX_NAMES ? ` and ${later.length - MAX_NAMES} more` : "";
  const chain = undoWords({ ...goal, commits: [...later.map(({ id }) => id), ...goal.commits] });
  const look = askAgain("plan", facts, [...undoWords(goal), "--resolve", "*=good", "--show", "diff"]);
  return [
    ...(later.length === 0
      ? []
      : [`${askAgain("revert", facts, chain)}    # undo the later work too: ${names.join(", ")}${more}`]),
    revert(["--resolve", "*=good"], "take the values from before everywhere"),
    revert(["--resolve", "*=keep"], "keep the present values there, undo the rest"),
    ...(conflicts.length > 1
      ? [revert(flagWords("--resolve", `${first}=good`), "decide one place; --resolve may be given for each")]
      : []),
    `${look}    # looks at a result first`,
  ];
}

/** Later commits that are named one by one. */
const MAX_NAMES = 3;

/** The commits that set what is in conflict now. A merge's side cannot be chosen for commits that have only one. */
function laterWork({ commits, mainline = 1 }: UndoGoal, conflicts: readonly OwnedConflict[]): readonly Revision[] {
  const setters = new Map(conflicts.flatMap(({ setBy }) => (setBy === undefined ? [] : [[setBy.id, setBy]])));
  for (const id of commits) setters.delete(id);
  const later = [...setters.values()];
  return later.every(({ parents }) => parents.length >= mainline) ? later : [];
}

/** What `--resolve` takes for each place: short where that names one place only, else with its file. */
function fieldNames(conflicts: readonly OwnedConflict[]): readonly string[] {
  const short = conflicts.map(({ component, path, display }) => `${component ?? path}:${display}`);
  const files = new Map<string, Set<string>>();
  for (const [at, name] of short.entries()) {
    files.set(name, (files.get(name) ?? new Set()).add(conflicts[at]?.path ?? ""));
  }
  return short.map((name, at) => ((files.get(name)?.size ?? 0) > 1 ? `${conflicts[at]?.path}:${name}` : name));
}

/** Every name by which a person may mean a place. */
export function namesOf({ component, display, path }: FieldConflict): ReadonlySet<string> {
  const own = component === undefined ? [] : [component, `${component}:${display}`, `${path}:${component}:${display}`];
  return new Set(["*", display, path, `${path}:${display}`, `${path}:${path}:${display}`, ...own]);
}

function shown(conflict: OwnedConflict, field: string): Conflict {
  const { path, component, display, kind, now, bad, good, setBy } = conflict;
  return {
    file: path,
    field,
    display,
    kind,
    ...(component === undefined ? {} : { component }),
    ...optional("now", textOf(now, conflict)),
    ...optional("bad", textOf(bad, conflict)),
    ...optional("good", textOf(good, conflict)),
    ...(setBy === undefined ? {} : { setBy: setterOf(setBy) }),
  };
}

/** A value, whole, without what is secret in it: by where it stands, or as the text of a file. */
function textOf(value: JsonValue | undefined, { at, component, path }: FieldConflict): string | undefined {
  if (value === undefined) return undefined;
  if (at === undefined) {
    return valueText(typeof value === "string" ? (maskText(path, value)?.join("\n") ?? HIDDEN) : value, Infinity);
  }
  return redactText(valueText(redactValue(component?.split("/")[0] ?? "", at, value), Infinity));
}

function optional<K extends string>(key: K, value: string | undefined): { readonly [P in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { readonly [P in K]?: string });
}
